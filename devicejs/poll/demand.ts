/** How much of a serial line's time the polls of its devices need, and what is asked of its outputs now and then, from the lengths of the frames. */
import { shortestFrame } from '../../protocol/frames.ts'
import type { BusSpec } from '../../protocol/ports.ts'
import { silenceMs } from '../line/line.ts'
import type { PolledDevice } from '../profile.ts'
import { jobsOf } from './jobs.ts'
import { isBits, type PollBlock, planPoll } from './poll.ts'

/** An instrument thinks for 5 to 50 ms before it answers; most take about this. */
const USUAL_TURNAROUND_MS = 15

/** A read, or a write of one value: unit, function, address, count or value, CRC. */
const REQUEST_BYTES = 8

export interface Demand {
  /** Share of the line's time that the bytes and their silences take: above 1 the line cannot do it, however fast the devices are. */
  least: number
  /** The same with devices that think as long as most do. */
  usual: number
}

type LineOf = Pick<BusSpec, 'speaks' | 'baud' | 'dataBits' | 'stopBits' | 'parity'>

/** Faults, retries and commands to outputs come on top. */
export function demandOf(bus: LineOf, devices: PolledDevice[]): Demand {
  const demand: Demand = { least: 0, usual: 0 }
  for (const device of devices) {
    for (const job of jobsOf(device)) {
      const plan = planPoll(
        device.profile,
        job.channels.map(({ from }) => from),
      )
      const answers = plan.blocks.map(answerBytes)
      if (device.profile.trigger) answers.push(device.profile.trigger.broadcast ? 0 : REQUEST_BYTES)
      const leastMs = answers.reduce((sum, bytes) => sum + exchangeMs(bus, bytes) + device.profile.line.gapMs, 0)
      demand.least += leastMs / job.every
      demand.usual += (leastMs + answers.length * USUAL_TURNAROUND_MS) / job.every
    }
  }
  return demand
}

/** What is asked of outputs now and then: each of these periods, in ms, is one short request. */
export function demandOfRounds(bus: LineOf, periods: number[]): Demand {
  const leastMs = exchangeMs(bus, REQUEST_BYTES)
  const perMs = periods.reduce((sum, everyMs) => sum + 1 / everyMs, 0)
  return { least: leastMs * perMs, usual: (leastMs + USUAL_TURNAROUND_MS) * perMs }
}

/** Request and answer, each with the silence before it. */
function exchangeMs(bus: LineOf, bytes: number): number {
  const bits = 1 + bus.dataBits + (bus.parity === 'none' ? 0 : 1) + bus.stopBits
  // ASCII: a colon, two digits a byte with one byte of checksum in place of two, CR and LF; no silence rules there.
  const characters = (length: number): number => (length === 0 ? 0 : bus.speaks === 'ascii' ? 2 * (length - 1) + 3 : length)
  const silences = bus.speaks === 'ascii' ? 0 : 2 * silenceMs({ baud: bus.baud, bitsPerCharacter: bits })
  return ((characters(REQUEST_BYTES) + characters(bytes)) * bits * 1000) / bus.baud + silences
}

const answerBytes = ({ table, count }: PollBlock): number => shortestFrame + (isBits(table) ? Math.ceil(count / 8) : 2 * count)
