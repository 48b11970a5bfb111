/** A stage on the bench: rows in, flags or rows out, without a site file. */
import { makeCalendar } from '../../../gateway/core/calendar.ts'
import { makeChannels, take } from '../../../gateway/core/channel.ts'
import type { AnyDerivation, AnyKind } from '../../../gateway/core/kind.ts'
import { type ChannelPlan, type DetectorPlan, plainResponse, type StagePlan, type StationPlan } from '../../../gateway/core/plan.ts'
import type { Detector, Stage } from '../../../gateway/core/stage.ts'
import type { Counting } from '../../../protocol/counting.ts'
import type { GasBasis } from '../../../protocol/gas.ts'
import { Quality, reasonCode, reasonName } from '../../../protocol/quality.ts'
import type { Samples } from '../../../protocol/samples.ts'
import { instant, millis, type WallQuality } from '../../../protocol/time.ts'

/** null is a reading that did not come. */
export type Row = [time: number, value: number | null]

export interface Bench {
  quality?: [AnyKind<Stage>, unknown][]
  detector?: [AnyKind<Detector>, unknown]
  derivation?: [AnyDerivation, unknown]
  counting?: Counting
  inputs?: number
  unit?: string
  /** Of each input, where they differ. */
  units?: string[]
  gas?: GasBasis
  period: number
  rows?: number
  /** Wall time, in ms of UTC, at station time 0; its place is 8 hours ahead of UTC. */
  wall?: number
  wallQuality?: WallQuality
}

const channelPlan = (name: string, bench: Bench): ChannelPlan => ({
  name,
  quantity: 'test',
  unit: bench.unit ?? 'mm',
  digits: 3,
  counting: bench.counting ?? null,
  ...(bench.gas && { gas: bench.gas }),
  period: millis(bench.period),
  rows: bench.rows ?? 2048,
  derivation: null,
  quality: [],
})

export function set(bench: Bench) {
  const stagePlan = <S extends Stage>(kind: AnyKind<S>, options: unknown, inputs: number[]): StagePlan<S> => ({
    kind: kind.name,
    inputs,
    build: (wiring) => kind.build(options, wiring),
  })
  const count = bench.inputs ?? 1
  const channels = Array.from({ length: count }, (_, k) => ({ ...channelPlan(`in-${k}`, bench), ...(bench.units && { unit: bench.units[k] as string }) }))
  const first = channels[0] as ChannelPlan
  const withOthers = (kind: AnyKind<Stage>, options: unknown): number[] => [0, ...(kind.others?.(options) ?? []).map((_, k) => k + 1)]
  first.quality = (bench.quality ?? []).map(([kind, options]) => stagePlan(kind, options, withOthers(kind, options)))
  if (bench.derivation) {
    const [kind, options] = bench.derivation
    channels.push({
      ...channelPlan('out', bench),
      counting: null,
      derivation: stagePlan(
        kind,
        options,
        Array.from({ length: count }, (_, k) => k),
      ),
    })
  }
  const detectors: DetectorPlan[] = bench.detector ? [{ name: 'd', ...stagePlan(bench.detector[0], bench.detector[1], withOthers(...bench.detector)) }] : []
  const plan: StationPlan = { mode: 'test', channels, detectors, alarms: [], outputs: [], actions: [], response: plainResponse, reports: [] }
  const { calendar } = makeCalendar(millis(8 * 3_600_000), { at: millis(0), wall: instant(bench.wall ?? 0), wallQuality: bench.wallQuality ?? 'synchronised' })
  const machine = makeChannels(plan, millis(0), calendar)
  const detector = machine.detectors[0]?.detector

  return {
    machine,
    detector,
    /** Gives one row to input k. */
    give(row: Row, input = 0): void {
      take(machine.channels[input] as (typeof machine.channels)[number], samplesOf(input, [row]), millis(row[0]))
    },
    /** All rows in one batch. */
    batch(rows: Row[], input = 0): void {
      take(machine.channels[input] as (typeof machine.channels)[number], samplesOf(input, rows), millis(rows.at(-1)?.[0] ?? 0))
    },
    flags(input = 0): number[] {
      const { ring } = machine.channels[input] as (typeof machine.channels)[number]
      return Array.from({ length: ring.head }, (_, row) => ring.quality[row & ring.mask] as number)
    },
    /** The derived channel's rows. */
    out(): { time: number; value: number; quality: number; reason: string }[] {
      const { ring } = machine.channels.at(-1) as (typeof machine.channels)[number]
      return Array.from({ length: ring.head }, (_, row) => {
        const slot = row & ring.mask
        return {
          time: ring.time[slot] as number,
          value: ring.value[slot] as number,
          quality: ring.quality[slot] as number,
          reason: reasonName(ring.reason[slot] as number),
        }
      })
    },
  }
}

export function samplesOf(channel: number, rows: Row[]): Samples {
  return {
    channel,
    count: rows.length,
    time: Float64Array.from(rows, ([time]) => time),
    value: Float64Array.from(rows, ([, value]) => value ?? Number.NaN),
    quality: Uint8Array.from(rows, ([, value]) => (value === null ? Quality.missing : Quality.good)),
    reason: Uint8Array.from(rows, ([, value]) => (value === null ? reasonCode('timeout') : 0)),
  }
}

export const every = (stepMs: number, values: (number | null)[]): Row[] => values.map((value, k) => [k * stepMs, value])
