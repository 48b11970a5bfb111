/** A quality test on the bench: values in, flags out, in one batch; and several channels, whose rows come scan by scan. */
import { type Channel, runDeadlines, take } from '../../../../gateway/core/channel.ts'
import type { AnyKind } from '../../../../gateway/core/kind.ts'
import { oldest } from '../../../../gateway/core/ring.ts'
import type { Stage } from '../../../../gateway/core/stage.ts'
import { reasonName } from '../../../../protocol/quality.ts'
import { millis } from '../../../../protocol/time.ts'
import { type Bench, every, type Row, samplesOf, set } from '../bench.ts'

export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

/** The flags of rows that come in one batch. */
export function flagsOf(kind: AnyKind<Stage>, options: unknown, rows: Row[], bench: Partial<Bench> & { period: number }): number[] {
  const made = set({ ...bench, rows: Math.max(bench.rows ?? 0, rows.length), quality: [[kind, options]] })
  made.batch(rows)
  return made.flags()
}

/** The same, of values that come every period. */
export const flagsEvery = (kind: AnyKind<Stage>, options: unknown, period: number, values: (number | null)[]): number[] =>
  flagsOf(kind, options, every(period, values), { period })

/** The same flags, of rows that come one by one. */
export function flagsOneByOne(kind: AnyKind<Stage>, options: unknown, rows: Row[], bench: Partial<Bench> & { period: number }): number[] {
  const made = set({ ...bench, rows: Math.max(bench.rows ?? 0, rows.length), quality: [[kind, options]] })
  for (const row of rows) made.give(row)
  return made.flags()
}

/** Rows of several channels, by channel: the first is the tested one. A scan is made at each of `times`, and brings all rows up to it. */
export function scanned(bench: Bench, channels: Row[][], times: number[], order = channels.map((_, index) => index)) {
  const made = set({ ...bench, inputs: channels.length, rows: Math.max(...channels.map((rows) => rows.length)) })
  const taken = channels.map(() => 0)
  for (const time of times) {
    for (const input of order) {
      const rows = channels[input] as Row[]
      const from = taken[input] as number
      let to = from
      while (to < rows.length && (rows[to] as Row)[0] <= time) to++
      if (to > from) take(made.machine.channels[input] as Channel, samplesOf(input, rows.slice(from, to)), millis(time))
      taken[input] = to
    }
    runDeadlines(made.machine, millis(time))
  }
  return made
}

/** Each row's flag with its reason, such as `4 range`. */
export function verdicts(made: ReturnType<typeof set>, input = 0): string[] {
  const { ring } = made.machine.channels[input] as Channel
  const rows: string[] = []
  for (let row = oldest(ring); row < ring.head; row++)
    rows.push(`${ring.quality[row & ring.mask]} ${reasonName(ring.reason[row & ring.mask] as number)}`.replace(' none', ''))
  return rows
}

/** What a check says of options, by place. */
export const doubtsOf = (kind: AnyKind<Stage>, options: unknown, inputs: { unit?: string; period?: number; counting?: object | null }[] = [{}]): string[] =>
  (
    kind.doubts?.(
      options,
      inputs.map((input) => ({ unit: 'mm', quantity: 'test', period: millis(minute), counting: null, ...input }) as never),
    ) ?? []
  ).map(({ at, what }) => `${at.join('.')}: ${what}`)
