/** Which channels are read before others when a line is short of time: those on which, through derivations, an alarm or an action hangs, and keys and proofs. */
import { namesIn } from '../core/alarm/condition.ts'
import type { ActionPlan, AlarmPlan, ChannelPlan, DetectorPlan, OutputPlan, ResponsePlan } from '../core/plan.ts'
import type { DeviceSpec } from './site.ts'

export interface Judgement {
  channels: ChannelPlan[]
  detectors: DetectorPlan[]
  alarms: AlarmPlan[]
  actions: ActionPlan[]
  outputs: OutputPlan[]
  response: ResponsePlan
}

export function markUrgent(devices: DeviceSpec[], { channels, detectors, alarms, actions, outputs, response }: Judgement): void {
  const conditions = [...alarms.flatMap(({ levels }) => levels.map(({ when }) => when)), ...actions.map(({ when }) => when)]
  const asked = new Set(conditions.flatMap(namesIn))
  const urgent = new Set<number>()
  const visit = (channel: number): void => {
    if (urgent.has(channel)) return
    urgent.add(channel)
    for (const input of channels[channel]?.derivation?.inputs ?? []) visit(input)
  }
  for (const { name, inputs } of detectors) if (asked.has(name)) for (const input of inputs) visit(input)
  for (const key of [response.silence.key, response.acknowledge.key]) if (key !== null) visit(key)
  for (const watched of outputs.flatMap(({ arm, proof }) => [arm, proof?.channel])) if (watched !== undefined) visit(watched)
  for (const device of devices) for (const channel of device.channels) if (urgent.has(channel.channel)) channel.urgent = true
}
