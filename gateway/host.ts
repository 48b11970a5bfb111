/** The loop of the host: at its period one row of what the station sees of its lines, their devices, its alarms and its machine. */
import type { BusFigures, DeviceFigures } from '../protocol/messages.ts'
import type { Clock, Machine, MachineFigure } from '../protocol/ports.ts'
import { Quality, type Reason } from '../protocol/quality.ts'
import { missingSample, oneSample, type Samples } from '../protocol/samples.ts'
import { type Millis, millis } from '../protocol/time.ts'
import { type AlarmFigures, alarmFigures, busFigures, deviceFigures } from './site/host.ts'
import type { HostChannel, HostSpec } from './site/site.ts'
import type { BusStatus } from './status.ts'

export interface HostRun {
  spec: HostSpec
  machine: Machine | undefined
  lines(): BusStatus[]
  /** Null before the first scan. */
  alarms(): AlarmFigures | null
  clock: Clock
  deliver(samples: Samples[]): void
  stop: AbortSignal
}

/** Ends after `stop`. */
export async function runHost({ spec, machine, lines, alarms, clock, deliver, stop }: HostRun): Promise<void> {
  const sources = spec.channels.map(({ from, channel }) => ({ channel, source: spec.profile.channels.find(({ name }) => name === from) as HostChannel }))
  const own = sources.some(({ source }) => source.of === 'machine')
  // A disk that hangs is asked once and not each time anew, lest every thread of the process hang with it.
  let reading: ReturnType<Machine['read']> | null = null
  let due = clock.now().at
  while (!stop.aborted) {
    reading ??= own && machine ? machine.read() : Promise.resolve({})
    const over = new AbortController()
    const told = await Promise.race([reading, clock.until(millis(due + spec.every / 2), AbortSignal.any([stop, over.signal])).then(() => null)])
    over.abort()
    if (told) reading = null
    if (stop.aborted) return
    const { at } = clock.now()
    const seen = lines()
    const load = alarms()
    const readingOf = (source: HostChannel): number | Reason => {
      if (source.of === 'machine') return machineReading(source, told)
      return source.of === 'alarms' ? alarmReading(source, load) : lineReading(source, seen)
    }
    deliver(sources.map(({ channel, source }) => row(channel, at, readingOf(source))))
    // What was slept through is not made up.
    due = millis(due + spec.every * (1 + Math.floor((at - due) / spec.every)))
    await clock.until(due, stop)
  }
}

const row = (channel: number, at: Millis, reading: number | Reason): Samples =>
  typeof reading === 'number' ? oneSample(channel, at, reading, Quality.good, 'none') : missingSample(channel, at, reading)

function machineReading({ figure }: HostChannel, told: Partial<Record<MachineFigure, number>> | null): number | Reason {
  return told ? (told[figure as MachineFigure] ?? 'no-value') : 'timeout'
}

function alarmReading({ figure }: HostChannel, load: AlarmFigures | null): number | Reason {
  return (load && alarmFigures[figure]?.of(load)) ?? 'warm-up'
}

/** What has no figure yet has no value: a latency before the first answer, a share before the first minute was looked at. */
function lineReading({ of, subject, figure }: HostChannel, lines: BusStatus[]): number | Reason {
  const bus: BusFigures | undefined = lines.find(({ name }) => name === subject)
  const device: DeviceFigures | undefined = lines.flatMap(({ devices }) => devices).find(({ name }) => name === subject)
  const found = of === 'bus' ? bus && busFigures[figure]?.of(bus) : device && deviceFigures[figure]?.of(device)
  return found ?? (figure === 'utilisation' ? 'warm-up' : 'no-value')
}
