/** The map file: which column of a recorded CSV feeds which channel of a site, in what unit, and how it is to be read. */
import type { FileFault } from '../../protocol/files/fault.ts'
import { about, check, either, id, list, number, oneOf, optional, type Read, refine, shape, table, text, turn } from '../../protocol/files/schema.ts'
import { readYaml, type YamlFile } from '../../protocol/files/yaml.ts'
import { dimensionOf, unitNames } from '../../protocol/units.ts'
import { readTime, readZone } from './instants.ts'

/** How the amounts of a column follow each other: each for itself, each since the row before, or all since the beginning. */
export const kinds = ['value', 'increment', 'total'] as const

const columnSchema = shape({
  channel: about(id(), 'The measured channel of the site file that this column feeds'),
  unit: about(
    refine(text(), (name) => (dimensionOf(name) === null ? `the unit "${name}" is not known\nknown: ${unitNames.join(', ')}, and rates such as mm/h` : null)),
    'The unit of the column, once scale and offset are applied; it is turned into that of the channel',
  ),
  kind: about(optional(oneOf(kinds), 'value'), 'value; increment (amount since the row before) or total (amount since the beginning) for a counting channel'),
  step: about(
    optional(refine(number(), (step) => (step > 0 ? null : `a step of ${step} counts nothing\nwrite what one count is worth, such as 0.2`))),
    'What one count of the recorded instrument is worth, in `unit`; checked against the step of the channel',
  ),
  scale: about(optional(number(), 1), 'value = cell * scale + offset'),
  offset: about(optional(number(), 0), 'value = cell * scale + offset'),
  noValue: about(optional(list(either(number(), text())), []), 'Cells that stand for no value, as numbers or texts; empty cells do so anyway'),
})

const recordingSchema = shape({
  file: about(optional(text(), '*'), 'The name of the file, without folders; * stands for any letters. The first entry that fits holds.'),
  start: about(
    optional(
      turn(
        refine(text(), (written) => (readTime(written, null) === null ? `"${written}" is no time\nwrite it as "2022-05-09T00:00:00Z"` : null)),
        (written) => readTime(written, 0),
      ),
    ),
    'The time of t_s = 0',
  ),
  zone: about(
    optional(
      turn(
        refine(text(), (written) => (readZone(written) === null ? `"${written}" is no zone\nwrite it in quotes as "+08:00", east of UTC` : null)),
        readZone,
      ),
    ),
    'The zone of times that name none, as "+08:00" east of UTC',
  ),
  columns: about(table(columnSchema, text()), 'What each column feeds, by its name in the header; other columns are passed over'),
})

const mapSchema = shape({ recordings: about(list(recordingSchema, { least: 1 }), 'One entry a file, or for many files of one form') })

export type ColumnMap = Read<typeof columnSchema>

/** A checked map. `fault` tells one at a column of it that only shows beside the site or the file. */
export interface RecordingMap {
  recordings: Read<typeof mapSchema>['recordings']
  fault(entry: number, column: string | null, key: keyof ColumnMap | null, what: string, remedy: string): FileFault
}

export function readMap(written: string, file: string): { map: RecordingMap } | { faults: FileFault[] } {
  const yaml = readYaml(written, file)
  const checked = check(mapSchema, yaml)
  if ('faults' in checked) return checked
  const { recordings } = checked.value
  const faults = recordings.flatMap(({ columns }, entry) => doubled(columns, entry, yaml))
  if (faults.length > 0) return { faults }
  return {
    map: {
      recordings,
      fault: (entry, column, key, what, remedy) =>
        yaml.fault(['recordings', entry, ...(column === null ? [] : ['columns', column]), ...(key === null ? [] : [key])], what, remedy, {
          of: key === null ? 'key' : 'value',
        }),
    },
  }
}

/** Two columns of one file cannot feed one channel. */
function doubled(columns: Record<string, ColumnMap>, entry: number, yaml: YamlFile): FileFault[] {
  const faults: FileFault[] = []
  const fed = new Map<string, string>()
  for (const [column, { channel }] of Object.entries(columns)) {
    const other = fed.get(channel)
    if (other !== undefined) {
      faults.push(
        yaml.fault(['recordings', entry, 'columns', column, 'channel'], `channel ${channel} is fed by column "${other}" already`, 'keep one of the two'),
      )
    }
    fed.set(channel, column)
  }
  return faults
}

/** The number of the first entry that fits a file's name, or null. */
export function entryFor(map: RecordingMap, name: string): number | null {
  const found = map.recordings.findIndex(({ file }) => fits(file, name))
  return found < 0 ? null : found
}

const fits = (form: string, name: string): boolean =>
  new RegExp(
    `^${form
      .split('*')
      .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
      .join('.*')}$`,
  ).test(name)
