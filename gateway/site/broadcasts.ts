/** Triggers that are written to all devices of a line: who else hears them is told, for none can say that it did. */
import type { Draft } from './draft.ts'
import type { DeviceSpec } from './site.ts'

export function checkBroadcasts(draft: Draft, devices: DeviceSpec[]): void {
  for (const { name, bus, profile } of devices) {
    const { trigger } = profile
    if (!trigger?.broadcast) continue
    const others = devices.filter((other) => other.bus === bus && other.profile.name !== profile.name).map((other) => `\`${other.name}\``)
    if (others.length === 0) continue
    const what = `each poll writes ${trigger.value} to ${trigger.place.table} ${trigger.place.address} of all devices on \`${bus}\`, also of ${others.join(', ')}`
    draft.odd(['devices', name], what, 'make sure that it does no harm there, or give it a line of its own')
  }
}
