/** Which sections of a site file can lose an entry that is malformed, without hiding what is wrong with the rest. */
import type { FileFault } from '../../protocol/files/fault.ts'
import { soundPart as partOf, type Sections, type Sound } from '../../protocol/files/sound.ts'
import type { YamlFile } from '../../protocol/files/yaml.ts'

const sections: Sections = {
  tables: ['buses', 'devices', 'channels', 'detectors', 'alarms', 'seasons', 'texts', 'calls', 'roles'],
  lists: ['actions', 'publish'],
  standIns: {
    // No other section is held against the ids of the site.
    site: { area: 'x', id: 'x', station: 'x' },
    ...{ silence: undefined, acknowledge: undefined, tests: undefined, defaults: undefined },
  },
  rulers: [],
}

/** Null where the file is malformed at its root. */
export const soundPart = (yaml: YamlFile, faults: readonly FileFault[]): Sound | null => partOf(yaml, faults, sections)
