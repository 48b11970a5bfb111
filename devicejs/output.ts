/** An output by coil: set, then read back, since an answer to a write only says that the write was heard. */
import type { Bus, BusClock, Obeyed, Output, Reply } from '../protocol/ports.ts'

export interface OutputWiring {
  bus: Bus
  busClock: BusClock
  unit: number
  coil: number
  /** Where the state is read back: the coil itself, or better the contact that follows it. */
  readBack: { table: 'coil' | 'discrete'; address: number }
  timeoutMs: number
  /** Further tries of the write and of the read-back, each. */
  retries: number
}

/** A relay drops or pulls in within 5 to 15 ms (data sheets of small power relays); its contact is then still bouncing for some more. */
const SETTLE_MS = 25

/**
 * Calls are obeyed one after the other, in their order. The answer is the state read back, whatever became of the write: a relay
 * that is where it should be counts, and one that says it is not does so too. Null: nothing could be read.
 */
export function makeOutput(wiring: OutputWiring): Output {
  const { bus, busClock, unit, timeoutMs } = wiring
  let last: Promise<unknown> = Promise.resolve()

  async function tries(ask: () => Promise<Reply>): Promise<Reply> {
    let reply = await ask()
    for (let left = wiring.retries; left > 0 && !reply.ok; left--) reply = await ask()
    return reply
  }

  async function obey(on: boolean): Promise<Obeyed> {
    await tries(() => bus.write({ unit, table: 'coil', address: wiring.coil, count: 1 }, Uint16Array.of(on ? 1 : 0), timeoutMs))
    await busClock.wait(SETTLE_MS)
    const state = await tries(() => bus.read({ unit, ...wiring.readBack, count: 1 }, timeoutMs))
    if (state.ok) return { actual: state.words[0] !== 0, detail: '' }
    return { actual: null, detail: state.detail ?? state.fault }
  }

  return {
    set(on) {
      const done = last.then(() => obey(on))
      last = done
      return done
    },
  }
}
