/** Whether each serial line can keep the periods of its devices: told before anything opens. */

import { roundsOf } from '../../devicejs/outputs/rounds.ts'
import { type Demand, demandOf, demandOfRounds } from '../../devicejs/poll/demand.ts'
import type { BusSpec } from '../../protocol/ports.ts'
import type { Draft } from './draft.ts'
import type { DeviceSpec, OutputSpec } from './site.ts'

/** Above this share a line has no room for retries, for what silent devices cost (a tenth), and for commands to outputs. */
const MOST_USUAL = 0.7

export function checkLoads(draft: Draft, buses: BusSpec[], devices: DeviceSpec[], outputs: OutputSpec[]): void {
  if (draft.written.site.clock === 'served') return
  for (const bus of buses) {
    const demand = loadOf(bus, devices, outputs)
    if (!demand) continue
    const remedy = 'take a longer `every`, a higher `baud`, or a second line'
    if (demand.least > 1)
      draft.wrong(['buses', bus.name], `its polls need ${percent(demand.least)} of its time: bytes and silences alone`, remedy, { of: 'key' })
    else if (demand.usual > MOST_USUAL) draft.odd(['buses', bus.name], `its polls need about ${percent(demand.usual)} of its time, faults apart`, remedy)
  }
}

/** Null where the wire sets no pace: Modbus TCP, and instruments that speak frames of their own. */
export function loadOf(bus: BusSpec, devices: DeviceSpec[], outputs: OutputSpec[]): Demand | null {
  if (bus.wire.how === 'tcp' || bus.speaks === 'frames') return null
  const polls = demandOf(
    bus,
    devices.filter((device) => device.bus === bus.name),
  )
  const fed = new Set<number>()
  const rounds = outputs.flatMap((output) => {
    if (output.bus !== bus.name) return []
    const feeds = !fed.has(output.unit)
    if (output.kind !== 'heartbeat') fed.add(output.unit)
    return roundsOf(output, feeds)
  })
  const more = demandOfRounds(bus, rounds)
  return { least: polls.least + more.least, usual: polls.usual + more.usual }
}

export const percent = (share: number): string => `${Math.ceil(share * 100)} %`
