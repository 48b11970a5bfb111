/** Orders to one output, one at a time; what is newer overtakes what still waits, since only the last wish counts. */
import type { Obeyed, Saying } from '../../protocol/ports.ts'

/** `overtaken` tells whether a newer order waits: then nothing is tried again for this one. */
export type Obey = (on: boolean, saying: Saying | undefined, overtaken: () => boolean) => Promise<Obeyed>

interface Order {
  on: boolean
  saying: Saying | undefined
  /** Those whose orders this one has overtaken, and who gave it. */
  tell: ((obeyed: Obeyed) => void)[]
}

/** The answer to an order that was overtaken is what was read back after the one that overtook it. */
export function inTurns(obey: Obey): (on: boolean, saying?: Saying) => Promise<Obeyed> {
  let waiting: Order | null = null
  let busy = false

  async function work(): Promise<void> {
    busy = true
    while (waiting) {
      const order: Order = waiting
      waiting = null
      const obeyed = await obey(order.on, order.saying, () => waiting !== null)
      for (const tell of order.tell) tell(obeyed)
    }
    busy = false
  }

  return (on, saying) =>
    new Promise((resolve) => {
      waiting = { on, saying, tell: [...(waiting?.tell ?? []), resolve] }
      if (!busy) void work()
    })
}
