// The judgement alone: CPU time a sample, row by row as a live station has it, and in batches as a replay and a back-fill have it.

import type { AnyKind, Wiring } from '../../gateway/core/kind.ts'
import { type ChannelPlan, plainResponse, type StagePlan, type StationPlan } from '../../gateway/core/plan.ts'
import { makeStation, scan } from '../../gateway/core/scan.ts'
import type { Detector, Stage } from '../../gateway/core/stage.ts'
import { threshold } from '../../gateway/stages/detect/threshold.ts'
import { trend } from '../../gateway/stages/detect/trend.ts'
import { flat } from '../../gateway/stages/quality/flat.ts'
import { range } from '../../gateway/stages/quality/range.ts'
import { rate } from '../../gateway/stages/quality/rate.ts'
import { spike } from '../../gateway/stages/quality/spike.ts'
import { Quality } from '../../protocol/quality.ts'
import { emptyInput } from '../../protocol/recording.ts'
import type { Samples } from '../../protocol/samples.ts'
import { instant, type Millis, type Moment, millis } from '../../protocol/time.ts'
import type { Part } from './part.ts'

/** One row each half minute on each of 64 channels: a point with many instruments, and rings of 4,096 rows. */
const channelCount = 64
const periodMs = 30_000
/** Windows are full before anything is measured, so that rows leave them as fast as they enter. */
const warmUpRows = 10_000
const measuredRows = 20_000
const batchRows = 1000

const hour = 3_600_000

function stage<S extends Stage>(kind: AnyKind<S>, input: number, options: object): StagePlan<S> {
  return { kind: kind.name, inputs: [input], build: (wiring: Wiring) => kind.build(options, wiring) }
}

function channel(index: number): ChannelPlan {
  const perMinute = (value: number) => ({ value, per: millis(60_000) })
  return {
    name: `c${index}`,
    quantity: 'tilt',
    unit: 'deg',
    digits: 4,
    counting: null,
    period: millis(periodMs),
    rows: (24 * hour) / periodMs,
    derivation: null,
    quality: [
      stage(range, index, { sensor: [-30, 30], place: [-10, 10] }),
      stage(spike, index, { suspect: 0.5, fail: 2, method: 'differential' }),
      stage(rate, index, { suspect: perMinute(60), fail: perMinute(600) }),
      stage(flat, index, { suspect: millis(600_000), tolerance: 0 }),
    ],
  }
}

function plan(): StationPlan {
  const numbers = Array.from({ length: channelCount }, (_, index) => index)
  const calm = { clear: 0.8, onDelay: millis(0), offDelay: millis(0) }
  const perHour = (value: number) => ({ value, per: millis(hour) })
  const slope = (over: number, yellow: number) => ({
    over: millis(over),
    at: { blue: undefined, yellow: perHour(yellow), orange: perHour(3 * yellow), red: perHour(9 * yellow) },
  })
  const detectors = numbers.flatMap((index): { name: string; plan: StagePlan<Detector> }[] => [
    {
      name: `high-${index}`,
      plan: stage(threshold, index, {
        at: { blue: 2, yellow: 3, orange: 4, red: 5 },
        direction: 'above',
        ...calm,
      }),
    },
    {
      name: `hour-${index}`,
      plan: stage(trend, index, { ...slope(hour, 1), direction: 'either', confidence: 0.95, ...calm }),
    },
    {
      name: `day-${index}`,
      plan: stage(trend, index, { ...slope(24 * hour, 0.1), direction: 'either', confidence: 0.95, ...calm }),
    },
  ])
  return {
    mode: 'test',
    channels: numbers.map(channel),
    detectors: detectors.map((one) => ({ name: one.name, ...one.plan })),
    alarms: [],
    outputs: [],
    actions: [],
    response: plainResponse,
    reports: [],
  }
}

const moment = (at: Millis): Moment => ({ at, wall: instant(at), wallQuality: 'synchronised' })

/** Scans of `rows` rows a channel, and how much CPU time a sample took. The columns are made before the watch starts. */
function makeRun() {
  const state = makeStation(plan(), moment(millis(0)), 'bench')
  let row = 0
  let noise = 1
  return (scans: number, rows: number): number => {
    const samples = Array.from({ length: channelCount }, (_, index): Samples => {
      return {
        channel: index,
        count: rows,
        time: new Float64Array(rows),
        value: new Float64Array(rows),
        quality: new Uint8Array(rows).fill(Quality.good),
        reason: new Uint8Array(rows),
      }
    })
    let cpuUs = 0
    for (let pass = 0; pass < scans; pass++) {
      for (let i = 0; i < rows; i++, row++) {
        for (const { time, value, channel: index } of samples) {
          noise = (Math.imul(noise, 1103515245) + 12345) & 0x7fffffff
          time[i] = (row + 1) * periodMs
          value[i] = Math.sin((row + index) / 900) + noise / 0x7fffffff / 100
        }
      }
      const input = { ...emptyInput(moment(millis(row * periodMs))), samples }
      const before = process.cpuUsage()
      scan(state, input)
      const { user, system } = process.cpuUsage(before)
      cpuUs += user + system
    }
    return (cpuUs * 1000) / (scans * rows * channelCount)
  }
}

export const part: Part = {
  prefix: 'core',
  keys: ['core.live64.nsPerSample', 'core.batch1000.nsPerSample'],
  async run({ note }) {
    const run = makeRun()
    note(`${channelCount} channels: filling windows of 24 h`)
    run(warmUpRows / batchRows, batchRows)
    const batch = run(measuredRows / batchRows, batchRows)
    run(measuredRows / 10, 1)
    const live = run(measuredRows, 1)
    note(`one row a scan ${live.toFixed(0)} ns, ${batchRows} rows a scan ${batch.toFixed(0)} ns of CPU a sample`)
    return { 'core.live64.nsPerSample': live, 'core.batch1000.nsPerSample': batch }
  },
}
