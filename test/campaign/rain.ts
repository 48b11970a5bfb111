// Rain gauges whose counters wrap, are reset, told twice, misread, or die, and stations that start again: no tip is invented, none is lost that could be known.

import { accumulate } from '../../gateway/stages/derive/accumulate.ts'
import { countOn, mostCounts } from '../../gateway/stages/derive/counts.ts'
import { type Chance, makeChance } from '../../sim/world/chance.ts'
import type { Part } from '../bench/part.ts'
import { type Bench, type Row, set } from '../gateway/stages/bench.ts'

const tries = { quick: 3000, full: 100_000 }

const minuteMs = 60_000
const dayMs = 1440 * minuteMs
const stepMm = 0.2
/** Some hours of reading; the last readings are good, so that whatever can be known is known by then. */
const reads = 90
const quietEnd = 4
/** So many good readings stand between two that are bad by themselves: of two wrong ones in a row that agree nobody can tell. */
const apart = 4
/** Beyond so many readings without an answer there was a gap. */
const GAP_READS = 3
/** A cloudburst tips 8 mm a minute: more than any record, less than the bucket can. */
const mostTips = 40

/** One reading: what the station is given (null: no answer), and what is true by then. */
export interface Reading {
  row: Row
  /** The same row comes twice. */
  twice: boolean
  /** The station starts again before it. */
  restart: boolean
  /** Of the tips until then those that any reader could ever know of. */
  known: number
  /** A false value of this reading or one of the two before may still be believed. */
  astray: boolean
}

export interface Story {
  counting: NonNullable<Bench['counting']>
  period: number
  readings: Reading[]
}

const wraps = [65_536, 2 ** 32, null] as const

/** What stands in place of a total: some bits turned, half a word of another time, an answer of before, nothing or all ones. */
function misread(chance: Chance, total: number, before: number, wrap: number | null): number {
  const bits = wrap === 65_536 ? 16 : 32
  const turned = () => {
    const bit = 2 ** (chance.whole() % bits)
    return Math.floor(total / bit) % 2 === 0 ? total + bit : total - bit
  }
  const forms = [turned, () => chance.whole() % 2 ** bits, () => Math.max(0, total - 65_536), () => total + 65_536, () => before, () => 0, () => 2 ** bits - 1]
  return (forms[chance.whole() % forms.length] as () => number)() % (wrap ?? Infinity)
}

/** A counter of totals: in one story it wraps or is reset once, never both: of a reset at the wrap nobody can tell which it was. */
export function totals(chance: Chance): Story {
  const period = [10_000, minuteMs, 10 * minuteMs][chance.whole() % 3] as number
  const wrap = wraps[chance.whole() % 3] as number | null
  let resetAt = chance.fraction() < 0.4 ? 5 + (chance.whole() % (reads - 15)) : Number.NaN
  const nearWrap = wrap !== null && Number.isNaN(resetAt) && chance.fraction() < 0.6
  const most = Math.min(mostTips, Math.floor(mostCounts('mm', stepMm, period) / 2))
  const start = nearWrap ? (wrap as number) - 1 - (chance.whole() % 1000) : Number.isNaN(resetAt) ? chance.whole() % 30_000 : 8000 + (chance.whole() % 20_000)
  const readings: Reading[] = []
  let [total, known, unread, before] = [start, 0, 0, start]
  let [silent, wet, good, unheard] = [0, 0, 0, 0]
  for (let k = 0; k < reads; k++) {
    const ending = k >= reads - quietEnd
    if (wet-- <= 0 && chance.fraction() < 0.1) wet = 1 + (chance.whole() % 20)
    const tips = k > 0 && wet > 0 ? chance.whole() % (1 + most) : 0
    if (k >= resetAt && good >= apart) {
      resetAt = Number.POSITIVE_INFINITY
      // What it had counted since it was last read is gone with it.
      known -= unread
      total = 0
      unread = 0
      good = 0
      if (chance.fraction() < 0.5) silent = 1 + (chance.whole() % 10)
    }
    total = (total + tips) % (wrap ?? Infinity)
    known += tips
    unread += tips
    const restart = k > 0 && chance.fraction() < 0.02
    // A false total needs two others to be known for one.
    if (good >= 2 && (restart || (silent <= 0 && chance.fraction() < 0.03))) silent = Math.max(silent, chance.whole() % 8)
    const dumb = silent-- > 0 && !ending
    // Nor can a false answer be told from a wrap where both may have come in one silence.
    const clear = good >= apart && !ending && (unheard === 0 || !nearWrap)
    const bad = !dumb && clear && chance.fraction() < 0.1
    good = dumb ? good : bad ? 0 : good + 1
    const value = dumb ? null : bad ? misread(chance, total, before, wrap) : total
    unheard++
    // Wrapped or off in a silence, nobody can tell: what it shows is counted, and what it had to the wrap is not known.
    const lapped = !dumb && !bad && total < before && unread > total && unheard > GAP_READS
    if (lapped) {
      for (const past of readings.slice(-unheard)) past.astray = true
      known -= (wrap as number) - before
      good = 0
    }
    readings.push({ row: [k * period, value], twice: chance.fraction() < 0.05, restart, known, astray: good < 2 })
    if (dumb || bad) continue
    unheard = 0
    unread = 0
    before = total
  }
  return { counting: { kind: 'total', step: stepMm, wrap }, period, readings }
}

/** Counts since the last answer: what an impossible answer should have told is gone for ever. */
export function increments(chance: Chance): Story {
  const period = minuteMs
  const readings: Reading[] = []
  let [known, unread] = [0, 0]
  for (let k = 0; k < reads; k++) {
    const tips = chance.fraction() < 0.4 ? chance.whole() % mostTips : 0
    unread += tips
    const dumb = chance.fraction() < 0.05
    const bad = !dumb && chance.fraction() < 0.05
    if (!dumb && !bad) known += unread
    const value = dumb ? null : bad ? ([65_535, -32_768, 30_000][chance.whole() % 3] as number) : unread
    if (!dumb) unread = 0
    readings.push({ row: [k * period, value], twice: chance.fraction() < 0.1, restart: k > 0 && chance.fraction() < 0.02, known, astray: false })
  }
  return { counting: { kind: 'increment', step: stepMm, wrap: null }, period, readings }
}

/** Takes readings, one by one, and says after each how many tips it has counted; null where it tells nothing. */
export interface Teller {
  read(reading: Reading): number | null
}

/** The sum of the station, over a time that holds the whole story. */
export function ours({ counting, period }: Story): Teller {
  const bench: Bench = { derivation: [accumulate, { over: 2 * dayMs }], counting, period, rows: 128 }
  let station = set(bench)
  return {
    read({ row, twice, restart }) {
      if (restart) {
        const kept = JSON.stringify(station.machine.channels[1]?.maker?.kept?.() ?? null)
        station = set(bench)
        station.machine.channels[1]?.maker?.recall?.(JSON.parse(kept))
      }
      station.give(row)
      if (twice) station.give(row)
      const told = station.out().at(-1)?.value ?? Number.NaN
      return Number.isNaN(told) ? null : Math.round(told / stepMm)
    },
  }
}

/** What is commonly done: differences of totals, with the wrap and the reset believed at once. */
export function plain({ counting }: Story): Teller {
  let [last, sum] = [Number.NaN, 0]
  return {
    read({ row: [, value] }) {
      if (value === null) return sum
      if (counting.kind === 'increment') sum += value
      else if (!Number.isNaN(last)) {
        const count = countOn(last, value, counting.wrap, Infinity)
        sum += Number.isNaN(count) ? value : count
      }
      last = value
      return sum
    },
  }
}

/** Tips that were told and never were, at any reading that is not astray; and tips that could be known and are not told in the end. */
export function judge(story: Story, make: (story: Story) => Teller): { phantom: number; lost: number } {
  const teller = make(story)
  let [phantom, told] = [0, 0]
  for (const reading of story.readings) {
    told = teller.read(reading) ?? told
    if (!reading.astray) phantom = Math.max(phantom, told - reading.known)
  }
  return { phantom, lost: Math.max(0, (story.readings.at(-1)?.known ?? 0) - told) }
}

/** One story in five is of increments. */
export const storyOf = (seed: number): Story => (seed % 5 === 0 ? increments : totals)(makeChance(seed))

export const part: Part = {
  prefix: 'rain',
  keys: ['rain.phantomMm', 'rain.lostTips'],
  async run({ quick, note }) {
    const many = tries[quick ? 'quick' : 'full']
    let [phantom, lost, naive] = [0, 0, 0]
    for (let seed = 1; seed <= many; seed++) {
      const story = storyOf(seed)
      const found = judge(story, ours)
      if (found.phantom + found.lost > 0) note(`seed ${seed}: ${found.phantom} phantom tips, ${found.lost} lost`)
      phantom += found.phantom
      lost += found.lost
      const common = judge(story, plain)
      if (common.phantom + common.lost > 0) naive++
    }
    note(`${many} gauges; ${naive} of them told wrong by plain differences`)
    if (naive === 0) throw new Error('nothing went wrong with any gauge')
    return { 'rain.phantomMm': phantom * stepMm, 'rain.lostTips': lost }
  },
}
