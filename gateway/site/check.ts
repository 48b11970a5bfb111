/** A site file to a Site: form first, then all that its parts say of each other; every fault at once, before anything opens. */
import type { FileFault } from '../../protocol/files/fault.ts'
import { check, jsonSchema } from '../../protocol/files/schema.ts'
import { readYaml, type YamlFile } from '../../protocol/files/yaml.ts'
import { readActions, unusedNames } from './actions.ts'
import { boundChannels } from './bounds.ts'
import { checkBroadcasts } from './broadcasts.ts'
import { readChannels, sizeRings } from './channels.ts'
import { type ProfileReader, readField } from './devices.ts'
import { Draft, inOrder } from './draft.ts'
import { type Kinds, ourKinds, siteSchema } from './file.ts'
import { hostDoubts } from './host.ts'
import { readAlarms, readDetectors } from './judgement.ts'
import { checkLoads } from './loads.ts'
import { readPeople, readWatches } from './people.ts'
import { checkRecordings } from './recordings.ts'
import { readSeasons } from './seasons.ts'
import type { Site } from './site.ts'
import { soundPart } from './sound.ts'
import { besides, unsetFaults } from './unset.ts'
import { readUplinks } from './uplinks.ts'
import { markUrgent } from './urgent.ts'
import { checkVotes } from './votes.ts'

export interface CheckOptions {
  profiles: ProfileReader
  /** Stages that the file may name; the shelf of gateway/stages where left out. */
  kinds?: Kinds
}

export type Checked = { site: Site; warnings: FileFault[] } | { faults: FileFault[] }

export function checkSite(text: string, file: string, options: CheckOptions): Checked {
  const yaml = readYaml(text, file)
  const unset = unsetFaults(yaml)
  const checked = checkYaml(yaml, file, options)
  if (unset.length === 0) return checked
  return { faults: inOrder([...unset, ...('faults' in checked ? besides(checked.faults, unset) : [])]) }
}

function checkYaml(yaml: YamlFile, file: string, { profiles, kinds = ourKinds }: CheckOptions): Checked {
  const read = check(siteSchema(kinds), yaml)
  if ('faults' in read) return { faults: inOrder([...read.faults, ...faultsOfRest(yaml, read.faults, profiles, kinds)]) }
  const { value: written } = read
  const draft = new Draft(written, yaml)
  const { field, channels, detectors, seasons, alarms, outputs, actions, people, uplinks, reports, ringBytes, position } = partsOf(draft, profiles, kinds)
  if (draft.faults.length > 0) return { faults: inOrder(draft.faults) }

  markUrgent(field.devices, { channels: channels.plans, detectors, alarms, actions, outputs, response: people.response })
  unusedNames(draft, detectors, alarms, actions, outputs)
  for (const { name, channels: reads } of [...field.devices, ...field.patrols]) {
    if (reads.length === 0 && !field.outputs.some((output) => output.device === name))
      draft.odd(['devices', name], 'no channel reads this device', 'read it in channels, or take it away')
  }
  const { area, id, station, name = id, hazards, clock, mode } = written.site
  const site: Site = {
    ...{ file, area, id, station, name, position, hazards, clock },
    ...{ buses: field.buses, devices: field.devices, host: field.host, patrols: field.patrols, outputs: field.outputs, uplinks, roles: people.roles },
    plan: { mode, channels: channels.plans, detectors, seasons, alarms, outputs, actions, response: people.response, reports },
    ringBytes,
  }
  return { site, warnings: inOrder(draft.warnings) }
}

/** All that the parts of a well-formed file mean, and say of each other; what is wrong with that is noted in the draft. */
function partsOf(draft: Draft, profiles: ProfileReader, kinds: Kinds) {
  const field = readField(draft, profiles)
  const channels = readChannels(draft, field, kinds)
  boundChannels(draft, kinds, channels)
  hostDoubts(draft, field.host, field.devices)
  checkLoads(draft, field.buses, field.devices, field.outputs)
  checkBroadcasts(draft, field.devices)
  const detectors = readDetectors(draft, channels, kinds)
  const seasons = readSeasons(draft)
  const alarms = readAlarms(draft)
  const outputs = readWatches(draft, field.outputPlans, channels)
  const actions = readActions(draft, outputs, alarms)
  checkVotes(draft, channels, { detectors, alarms, actions })
  const people = readPeople(draft, draft.written.site.name ?? draft.written.site.id, channels)
  checkRecordings(draft, field.outputs, actions)
  const { uplinks, reports } = readUplinks(draft, channels)
  const ringBytes = sizeRings(draft, channels)
  const position = positionOf(draft)
  if (draft.written.site.clock === 'served') servedClocks(draft, field.devices)
  return { field, channels, detectors, seasons, alarms, outputs, actions, people, uplinks, reports, ringBytes, position }
}

/** What is wrong besides, in a file with malformed entries. */
function faultsOfRest(yaml: YamlFile, faults: readonly FileFault[], profiles: ProfileReader, kinds: Kinds): FileFault[] {
  const sound = soundPart(yaml, faults)
  if (!sound) return []
  const read = check(siteSchema(kinds), sound.yaml)
  if ('faults' in read) return []
  const draft = new Draft(read.value, sound.yaml, sound.removed)
  partsOf(draft, profiles, kinds)
  return draft.faults
}

function positionOf(draft: Draft): Site['position'] {
  const { position } = draft.written.site
  if (!position) return null
  const [east = 0, north = 0, height = 0] = position
  const swapped = Math.abs(north) > 90 && Math.abs(east) <= 90
  if (Math.abs(east) > 180 || Math.abs(north) > 90)
    draft.wrong(
      ['site', 'position'],
      `no place on earth has ${east} degrees east and ${north} degrees north`,
      swapped ? 'east comes first, then north' : 'write [degrees east, degrees north, metres]',
    )
  else if (height < -500 || height > 9000)
    draft.wrong(['site', 'position', 2], `${height} metres is below the Dead Sea or above all mountains`, 'give metres above the sea')
  return [east, north, height]
}

/** Led by served time, a row without its time would have none at all. */
function servedClocks(draft: Draft, devices: Site['devices']): void {
  for (const { name, profile, channels } of devices) {
    if (channels.length > 0 && !profile.clock)
      draft.wrong(['devices', name, 'profile'], `the clock is served, but ${profile.name} has no clock`, 'take a profile with a `clock`, or `clock: own`')
  }
}

/** The JSON Schema of a site file, for editors. */
export function siteSchemaJson(kinds: Kinds = ourKinds): Record<string, unknown> {
  return { title: 'Hazardpoint site file', ...jsonSchema(siteSchema(kinds)) }
}
