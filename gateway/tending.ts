/**
 * Outputs that must hear that the station lives, or be looked at now and then. The run loop tends them between its scans, so that a
 * station that judges no more feeds no watchdog; the timer here only wakes the loop.
 */
import type { BusClock, Obeyed, Output } from '../protocol/ports.ts'

export interface Tending {
  /** Feeds and looks where it is due. */
  tend(): void
  /** An order was answered: what a look finds is news where it differs from that. */
  answered(output: string, obeyed: Obeyed): void
  /** Resolves when nothing of it is under way any more. */
  stop(): Promise<void>
}

interface Round {
  everyMs: number
  dueAt: number
  act(): Promise<void>
  /** The one that is under way: a slow line gets no second one on top. */
  busy: Promise<void> | null
}

/** `onLook` is told what a look has found where that is not what was last known. */
export function makeTending(
  outputs: ReadonlyMap<string, Output>,
  busClock: BusClock,
  { wake, onLook }: { wake(): void; onLook(output: string, obeyed: Obeyed): void },
): Tending {
  const rounds: Round[] = []
  const known = new Map<string, string>()

  /** Takes in what is known now; tells whether that is news. */
  function isNews(name: string, { actual, detail }: Obeyed): boolean {
    const text = `${actual} ${detail}`
    const news = known.get(name) !== text
    known.set(name, text)
    return news
  }

  async function look(name: string, output: Output): Promise<void> {
    const found = await output.look?.()
    if (found && isNews(name, found)) onLook(name, found)
  }

  for (const [name, output] of outputs) {
    if (output.alive && output.aliveEveryMs)
      rounds.push({ everyMs: output.aliveEveryMs, dueAt: busClock.now(), act: () => output.alive?.() ?? Promise.resolve(), busy: null })
    if (output.look && output.lookEveryMs)
      rounds.push({ everyMs: output.lookEveryMs, dueAt: busClock.now() + output.lookEveryMs, act: () => look(name, output), busy: null })
  }
  let cancel = (): void => {}
  let stopped = false

  function tend(): void {
    if (stopped || rounds.length === 0) return
    const now = busClock.now()
    for (const round of rounds) {
      if (round.dueAt > now) continue
      round.dueAt = now + round.everyMs
      round.busy ??= round.act().finally(() => {
        round.busy = null
      })
    }
    cancel()
    cancel = busClock.after(Math.min(...rounds.map(({ dueAt }) => dueAt)) - now, wake)
  }

  return {
    tend,
    answered: (name, obeyed) => void isNews(name, obeyed),
    async stop() {
      stopped = true
      cancel()
      await Promise.all(rounds.map(({ busy }) => busy))
    },
  }
}
