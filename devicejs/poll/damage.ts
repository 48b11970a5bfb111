/** Tells a damaged line from devices that fail: many that are lost together are one trouble of the bus, not many of devices. */
import type { Millis } from '../../protocol/time.ts'

/** Two devices may fail in one hour of bad luck, or hang on one fuse; three at once hang on one cable. */
const FEWEST = 3

/** So many of those that were up: behind the place where a cable is cut the rest may go on. */
const SHARE = 0.75

/** Lost together: within so many of the longest period among them. A device is silent after two missed polls, and its period has passed once between them. */
const PERIODS = 2

/** The damage is over when all are back; or so many, and the others have had as long as they had to be lost. Who is not back then is told of on its own. */
const BACK_SHARE = 0.5

export interface Verdict {
  /** Devices whose loss is to be told now, each on its own. */
  lost: string[]
  /** Null where the line is as it was before. */
  damaged: { now: boolean; lost: number; of: number; withinMs: number } | null
}

export interface Damage {
  readonly damaged: boolean
  /** It answered. The answer: whether that is to be told, as the end of what was told of it, or as its first word. */
  heard(name: string, now: Millis): boolean
  /** It has missed too many polls. Whether this is to be told is said by a later `judge`, after two of its periods at the latest. */
  lost(name: string, now: Millis): void
  /** It is told of as lost though it spoke: it refuses, or is another. No cable is to blame. */
  spoke(name: string): void
  judge(now: Millis): Verdict
}

interface One {
  every: Millis
  up: boolean | null
  heardAt: Millis
  lostAt: Millis
  /** Its loss waits to be told. */
  pending: boolean
  /** It fell silent with the others, or while the line was damaged. */
  together: boolean
}

const PAST = Number.NEGATIVE_INFINITY as Millis

/** The most of them, the latest first, that were lost within the span which the longest period of these same ones gives. */
function lostTogether(down: One[], now: Millis): One[] {
  const latest = down.toSorted((a, b) => b.lostAt - a.lostAt)
  let longest = 0
  let many = 0
  for (const [k, { every, lostAt }] of latest.entries()) {
    longest = Math.max(longest, every)
    if (now - lostAt <= PERIODS * longest) many = k + 1
  }
  return latest.slice(0, many)
}

export function watchDamage(devices: { name: string; every: Millis }[]): Damage {
  const all = new Map(
    devices.map(({ name, every }): [string, One] => [name, { every, up: null, heardAt: PAST, lostAt: PAST, pending: false, together: false }]),
  )
  const of = (name: string): One => all.get(name) as One
  const ones = [...all.values()]
  let damaged = false
  /** When the first of those that were lost together came back. */
  let backAt: Millis | null = null

  /** All whose loss waits to be told, but for those. */
  const tell = (but: One[] = []): string[] => {
    const told = [...all].filter(([, one]) => one.pending && !but.includes(one)).map(([name]) => name)
    for (const name of told) of(name).pending = false
    return told
  }

  function begun(now: Millis): Verdict {
    const down = ones.filter(({ up }) => up === false)
    const lost = lostTogether(down, now)
    // Who was never asked yet may be there or not, as who was heard last before the first was lost.
    const up = ones.filter((one) => one.up !== false)
    const enough = Math.max(FEWEST, Math.ceil(SHARE * (up.length + lost.length)))
    if (lost.length >= enough) {
      damaged = true
      backAt = null
      for (const one of lost) {
        one.together = true
        one.pending = false
      }
      const times = lost.map(({ lostAt }) => lostAt)
      return { lost: tell(), damaged: { now: true, lost: lost.length, of: up.length + lost.length, withinMs: Math.max(...times) - Math.min(...times) } }
    }
    // Those that have not been heard since may be lost as well, and not know it yet.
    const firstAt = Math.min(...lost.filter(({ pending }) => pending).map(({ lostAt }) => lostAt))
    const doubtful = up.filter(({ heardAt }) => heardAt <= firstAt)
    return { lost: tell(lost.length + doubtful.length >= enough ? lost : []), damaged: null }
  }

  function ended(now: Millis): Verdict {
    const lost = ones.filter(({ together }) => together)
    const back = lost.filter(({ up }) => up).length
    if (back > 0) backAt ??= now
    const waited = backAt !== null && now - backAt >= PERIODS * Math.max(...lost.map(({ every }) => every))
    if (back < lost.length && !(waited && back >= BACK_SHARE * lost.length)) return { lost: [], damaged: null }
    damaged = false
    for (const one of lost) {
      one.together = false
      one.pending = !one.up
    }
    return { lost: tell(), damaged: { now: false, lost: lost.length - back, of: lost.length, withinMs: 0 } }
  }

  return {
    get damaged() {
      return damaged
    },
    heard(name, now) {
      const one = of(name)
      const news = one.up === null || (one.up === false && !one.pending && !one.together)
      one.up = true
      one.heardAt = now
      one.pending = false
      return news
    },
    lost(name, now) {
      const one = of(name)
      one.lostAt = now
      one.up = false
      one.together = damaged
      one.pending = !damaged
    },
    spoke(name) {
      Object.assign(of(name), { up: false, lostAt: PAST, pending: false, together: false })
    },
    judge(now) {
      if (damaged) return ended(now)
      return ones.some(({ pending }) => pending) ? begun(now) : { lost: [], damaged: null }
    },
  }
}
