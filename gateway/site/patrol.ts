/** A patrol of a site: people who read a tape, a staff or a gauge on their round and enter what they read, as a device without a bus. */
import type { Draft } from './draft.ts'
import type { DeviceFile } from './file.ts'
import type { PatrolSpec } from './site.ts'

/** What a site file calls it. It has no file on the shelf: nothing is read from it. */
export const PATROL = 'hazardpoint/patrol'

/** People walk: nobody comes by more often. */
const FASTEST_MS = 60_000

const channel = (name: string, quantity: string, unit: string, digits: number): PatrolSpec['profile']['channels'][number] => ({
  ...{ name, quantity, unit, digits },
  counting: null,
})

/** What people can read without a wire; several of a kind are several devices. */
const patrolChannels = [
  channel('crack', 'displacement', 'mm', 1),
  channel('displacement', 'displacement', 'mm', 1),
  channel('settlement', 'displacement', 'mm', 1),
  channel('tilt', 'tilt', 'deg', 2),
  channel('level', 'level', 'm', 2),
  channel('groundwater', 'level', 'm', 2),
  channel('seepage', 'flow', 'L/s', 2),
  // How many new signs of movement were seen on the round: cracks, leaning trees, muddy springs.
  channel('signs', 'signs', 'count', 0),
]

export const isPatrol = ({ profile }: DeviceFile): boolean => profile === PATROL

export function readPatrols(draft: Draft): PatrolSpec[] {
  return Object.entries(draft.written.devices)
    .filter(([, device]) => isPatrol(device))
    .map(([name, device]) => {
      for (const key of ['bus', 'unit', 'timeout', 'set', 'coil', 'kind', 'safe', 'longest'] as const)
        if (device[key] !== undefined) draft.wrong(['devices', name, key], `people on their round have no ${key}`, 'leave it out', { of: 'key' })
      if (device.every < FASTEST_MS)
        draft.wrong(
          ['devices', name, 'every'],
          'nobody says how often people come by',
          'write `every: 1d`: three times that without a reading, and it is missed',
        )
      return { name, every: device.every, profile: { name: PATROL, channels: patrolChannels }, channels: [] }
    })
}
