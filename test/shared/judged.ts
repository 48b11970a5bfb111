/** Recorded columns as channels of a small station, whose rows come scan by scan: what quality tests and detectors make of them. */
import { readFileSync } from 'node:fs'
import { makeCalendar } from '../../gateway/core/calendar.ts'
import { type Channel, makeChannels, runDeadlines, take } from '../../gateway/core/channel.ts'
import type { AnyDerivation, AnyKind } from '../../gateway/core/kind.ts'
import { type ChannelPlan, type DetectorPlan, plainResponse, type StagePlan, type StationPlan } from '../../gateway/core/plan.ts'
import { oldest } from '../../gateway/core/ring.ts'
import type { Detector, Stage } from '../../gateway/core/stage.ts'
import type { Counting } from '../../protocol/counting.ts'
import { reasonName } from '../../protocol/quality.ts'
import { instant, millis } from '../../protocol/time.ts'
import { type Row, samplesOf } from '../gateway/stages/bench.ts'
import { recordingFile } from './figures.ts'

/** Rows of all recordings that are judged here, with room for those that a sum writes in between. */
const RING_ROWS = 65_536

export interface Judged {
  /** Recorded rows, in recorded order; none where it is derived. */
  rows?: Row[]
  period: number
  unit?: string
  counting?: Counting
  /** Of the first `rows` channel by name, and the options. */
  derive?: { kind: AnyDerivation; from: string[]; options: unknown }
  quality?: [AnyKind<Stage>, unknown][]
  detector?: [AnyKind<Detector>, unknown]
}

/** One column as it was recorded, repeated and backward times too; rows without a time are left out, empty cells are readings that did not come. */
export function columnOf(name: string, column: string, scale = 1): Row[] {
  const [header = '', ...lines] = readFileSync(recordingFile(name), 'utf8').trim().split('\n')
  const columns = header.trim().split(',')
  const [at, seconds] = [columns.indexOf(column), columns.indexOf('t_s')]
  return lines.flatMap((line): Row[] => {
    const cells = line.trim().split(',')
    const time = seconds < 0 ? Date.parse(cells[columns.indexOf('time')] as string) : Number(cells[seconds]) * 1000
    return Number.isNaN(time) ? [] : [[time, cells[at] === '' ? null : scale * Number(cells[at])]]
  })
}

export interface Verdict {
  time: number
  value: number
  quality: number
  reason: string
}

export interface Account {
  /** Every row as it was judged in the end. */
  rows: Verdict[]
  dropped: number
  /** When the detector rose from none or unknown to a level. */
  raised: number[]
}

export function judge<N extends string>(written: Record<N, Judged>): Record<N, Account> {
  const names = Object.keys(written) as N[]
  const number = (name: string): number => names.indexOf(name as N)
  const plans: ChannelPlan[] = names.map((name) => {
    const { period, unit = 'mm', counting = null, derive, quality = [] } = written[name]
    const staged = (kind: AnyKind<Stage>, options: unknown, inputs: number[]): StagePlan<Stage> => ({
      kind: kind.name,
      inputs,
      build: (wiring) => kind.build(options, wiring),
    })
    return {
      name,
      quantity: 'test',
      unit,
      digits: 3,
      counting,
      period: millis(period),
      rows: RING_ROWS,
      derivation: derive ? staged(derive.kind, derive.options, derive.from.map(number)) : null,
      quality: quality.map(([kind, options]) => staged(kind, options, [number(name), ...(kind.others?.(options) ?? []).map(({ channel }) => number(channel))])),
    }
  })
  const detectors = names.flatMap((name): DetectorPlan[] => {
    const [kind, options] = written[name].detector ?? []
    return kind ? [{ name, kind: kind.name, inputs: [number(name)], build: (wiring) => kind.build(options, wiring) }] : []
  })
  const plan: StationPlan = { mode: 'test', channels: plans, detectors, alarms: [], outputs: [], actions: [], response: plainResponse, reports: [] }
  const recorded = names.map((name) => written[name].rows ?? [])
  const start = millis(Math.min(...recorded.map((rows) => rows[0]?.[0] ?? Infinity)))
  const { calendar } = makeCalendar(millis(0), { at: start, wall: instant(start), wallQuality: 'synchronised' })
  const machine = makeChannels(plan, start, calendar)

  const raised = new Map(detectors.map(({ name }) => [name, { up: false, times: [] as number[] }]))
  const next = recorded.map(() => 0)
  const times = [...new Set(recorded.flatMap((rows) => rows.map(([time]) => time)))].sort((a, b) => a - b)
  for (const time of times) {
    for (const [index, rows] of recorded.entries()) {
      const from = next[index] as number
      let to = from
      while (to < rows.length && (rows[to] as Row)[0] <= time) to++
      next[index] = to
      if (to > from) take(machine.channels[index] as Channel, samplesOf(index, rows.slice(from, to)), millis(time))
    }
    runDeadlines(machine, millis(time))
    for (const { name, detector } of machine.detectors) {
      const held = raised.get(name) as { up: boolean; times: number[] }
      const up = detector.level !== 'unknown' && detector.level > 0
      if (up && !held.up) held.times.push(time)
      held.up = up
    }
  }
  return Object.fromEntries(
    names.map((name) => {
      const channel = machine.channels[number(name)] as Channel
      return [name, { rows: verdictsOf(channel), dropped: channel.dropped, raised: raised.get(name)?.times ?? [] }]
    }),
  ) as never
}

function verdictsOf({ ring }: Channel): Verdict[] {
  const rows: Verdict[] = []
  for (let row = oldest(ring); row < ring.head; row++) {
    const slot = row & ring.mask
    rows.push({
      time: ring.time[slot] as number,
      value: ring.value[slot] as number,
      quality: ring.quality[slot] as number,
      reason: reasonName(ring.reason[slot] as number),
    })
  }
  return rows
}
