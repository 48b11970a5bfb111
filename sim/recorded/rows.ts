/** Recorded files as the rows of a site's devices: merged in time, in the units of the channels, counts as integers. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { DeviceSpec, Site } from '../../gateway/site/site.ts'
import type { Counting } from '../../protocol/counting.ts'
import { type FileFault, suggest } from '../../protocol/files/fault.ts'
import { Quality } from '../../protocol/quality.ts'
import { missingSample, oneSample, type Samples } from '../../protocol/samples.ts'
import { instant, millis } from '../../protocol/time.ts'
import { conversion } from '../../protocol/units.ts'
import type { RecordedRow, RecordedRows } from '../serve/feed.ts'
import { amountOf, type Feeding } from './amounts.ts'
import { type Account, type Csv, type CsvRow, openCsv } from './csv.ts'
import { type ColumnMap, entryFor, type RecordingMap, readMap } from './map.ts'

/** Each file stays open once a device that it feeds; a process may hold 1,024 files by default. */
const MOST_OPEN = 500

export interface Recorded {
  rows: RecordedRows
  /** One a file; whole once all rows were taken. */
  accounts(): Account[]
  /** Measured channels that no column feeds. */
  unfed: string[]
  /** How far reading is, and how far there is to read. */
  read(): { bytes: number; sizeBytes: number }
  close(): void
}

interface Opened {
  csv: Csv
  lines: Feeding[]
}

interface Target {
  device: DeviceSpec
  from: string
  unit: string
  counting: Counting | null
}

/** Reads the map file and opens the recordings that it speaks of; all faults at once. */
export function openRecorded(site: Site, files: string[], mapFile: string): { recorded: Recorded } | { faults: FileFault[] } {
  let written: string
  try {
    written = readFileSync(mapFile, 'utf8')
  } catch (error) {
    const what = `the map cannot be read (${(error as NodeJS.ErrnoException).code})`
    return { faults: [{ file: mapFile, line: 1, column: 1, at: '', what, remedy: 'check the path given with --map', source: '' }] }
  }
  const read = readMap(written, mapFile)
  return 'faults' in read ? read : openRows(site, files, read.map)
}

export function openRows(site: Site, files: string[], map: RecordingMap): { recorded: Recorded } | { faults: FileFault[] } {
  const faults: FileFault[] = []
  const targets = targetsOf(site)
  const opened = new Map<DeviceSpec, Opened[]>()
  const all: Csv[] = []
  const fed = new Set<string>()
  const close = (): void => {
    for (const csv of all) csv.close()
  }

  for (const file of new Set(files)) {
    const fault = (what: string, remedy: string): void => void faults.push({ file, line: 1, column: 1, at: '', what, remedy, source: '' })
    const entry = entryFor(map, basename(file))
    if (entry === null) {
      fault('no entry of the map fits this file', `add one, or rename the file; entries: ${map.recordings.map((recording) => recording.file).join(', ')}`)
      continue
    }
    const recording = map.recordings[entry] as RecordingMap['recordings'][number]
    const open = (): Csv | null => {
      if (all.length >= MOST_OPEN) {
        fault(`more than ${MOST_OPEN} files at once`, 'replay them in parts')
        return null
      }
      const read = openCsv(file, { start: recording.start ?? null, zoneMin: recording.zone ?? null })
      if ('faults' in read) {
        faults.push(...read.faults)
        return null
      }
      all.push(read.csv)
      return read.csv
    }
    const first = open()
    if (!first) continue
    let csv: Csv | null = first
    for (const [device, lines] of linesOf(recording.columns, entry, first)) {
      // A file that feeds several devices is read once for each: they need not go at one pace.
      csv ??= open()
      if (!csv) break
      opened.set(device, [...(opened.get(device) ?? []), { csv, lines }])
      csv = null
    }
  }
  if (faults.length > 0) {
    close()
    return { faults }
  }
  const rows: RecordedRows = new Map([...opened].map(([device, parts]) => [device.name, rowsOf(device, parts)]))
  const unfed = [...targets.keys()].filter((name) => !fed.has(name))
  const sum = (of: (account: Account) => number): number => all.reduce((total, { account }) => total + of(account), 0)
  return {
    recorded: {
      rows,
      unfed,
      accounts: () => perFile(all),
      read: () => ({ bytes: sum(({ bytes }) => bytes), sizeBytes: sum(({ sizeBytes }) => sizeBytes) }),
      close,
    },
  }

  /** The columns of one file, by the device that they feed. */
  function linesOf(columns: Record<string, ColumnMap>, entry: number, csv: Csv): Map<DeviceSpec, Feeding[]> {
    const lines = new Map<DeviceSpec, Feeding[]>()
    for (const [column, how] of Object.entries(columns)) {
      const refuse = (key: keyof ColumnMap | null, what: string, remedy: string): void => void faults.push(map.fault(entry, column, key, what, remedy))
      const at = csv.columns.indexOf(column)
      if (at < 0) refuse(null, `${basename(csv.file)} has no column "${column}"`, foreign(csv.columns) ?? suggest(column, csv.columns))
      const target = targets.get(how.channel)
      if (!target) {
        const derived = site.plan.channels.some(({ name }) => name === how.channel)
        if (derived) refuse('channel', `channel ${how.channel} is derived: it makes itself`, 'feed the measured channels that it is derived from')
        else refuse('channel', `the site has no channel ${how.channel}`, suggest(how.channel, [...targets.keys()]))
        continue
      }
      const into = conversion(how.unit, target.unit)
      if (!into) {
        refuse(
          'unit',
          `${how.unit} cannot be turned into ${target.unit}, the unit of ${how.channel}`,
          'correct the unit; scale and offset are applied before it',
        )
        continue
      }
      const wrong = kindFault(how, target, into.scale)
      if (wrong) refuse(wrong.key, wrong.what, wrong.remedy)
      if (at < 0 || wrong) continue
      fed.add(how.channel)
      const line = { column, at, from: target.from, how, scale: into.scale, offset: into.offset, counting: target.counting }
      lines.set(target.device, [...(lines.get(target.device) ?? []), line])
    }
    return lines
  }
}

/** A header in another encoding has none of the names that it seems to have. */
const foreign = (columns: string[]): string | null =>
  columns.some((name) => name.includes('\ufffd')) ? 'its header is no UTF-8: save the file as UTF-8 (it may be in GBK)' : null

/** What was read of each file. Of one that was read for several devices, its rows count once, its faults as each device met them. */
function perFile(all: Csv[]): Account[] {
  const files = new Map<string, Account>()
  for (const { account } of all) {
    const held = files.get(account.file)
    if (!held) {
      files.set(account.file, { ...account, bad: new Map(account.bad), notes: [...account.notes] })
      continue
    }
    for (const [column, count] of account.bad) held.bad.set(column, count)
    held.notes.push(...account.notes.filter(({ what }) => !held.notes.some((note) => note.what === what)))
    held.stopped ??= account.stopped
  }
  return [...files.values()]
}

/** The measured channels of a site, by name. */
function targetsOf(site: Site): Map<string, Target> {
  const targets = new Map<string, Target>()
  for (const device of site.devices) {
    for (const { from, channel } of device.channels) {
      const plan = site.plan.channels[channel]
      if (!plan) throw new Error(`device ${device.name} feeds channel ${channel}, which the plan does not have`)
      targets.set(plan.name, { device, from, unit: plan.unit, counting: plan.counting })
    }
  }
  return targets
}

function kindFault(how: ColumnMap, { counting, unit }: Target, scale: number): { key: keyof ColumnMap; what: string; remedy: string } | null {
  if (!counting) return how.kind === 'value' ? null : { key: 'kind', what: `channel ${how.channel} does not count: it takes values`, remedy: 'kind: value' }
  if (how.kind === 'value')
    return { key: 'channel', what: `channel ${how.channel} counts`, remedy: 'add kind: increment (amounts since the row before) or kind: total' }
  if (how.kind === 'total' && counting.kind === 'increment') {
    return {
      key: 'kind',
      what: `channel ${how.channel} counts increments, not totals`,
      remedy: 'record increments, or give the device a profile that counts a total',
    }
  }
  if (how.step !== undefined && Math.abs(how.step * scale - counting.step) > 1e-6 * counting.step) {
    return {
      key: 'step',
      what: `one count of ${how.channel} is ${counting.step} ${unit}, not ${how.step * scale}`,
      remedy: 'set the step of the device in the site file to that of the recording',
    }
  }
  return null
}

/** The rows of one device, out of all the files that feed it. Rows of one time become one; each names every channel that the site reads. */
function* rowsOf(device: DeviceSpec, parts: Opened[]): Generator<RecordedRow, void> {
  const sources = parts.map(({ csv, lines }) => ({ csv, lines, rows: csv.rows(), next: undefined as CsvRow | undefined }))
  for (const source of sources) source.next = source.rows.next().value ?? undefined
  // What is behind the last whole count, by profile channel: nothing is lost where increments are no whole steps.
  const totals = new Map<string, number>()
  for (;;) {
    let time = Infinity
    for (const { next } of sources) if (next && next.time < time) time = next.time
    if (time === Infinity) return
    const values = new Map<string, number | null>()
    for (const { from } of device.channels) values.set(from, null)
    for (const source of sources) {
      const { csv, lines, next } = source
      if (next?.time !== time) continue
      for (const line of lines) {
        // Where two files tell of one time, the first holds: an increment must not count twice.
        if (values.get(line.from) === null) values.set(line.from, amountOf(line, csv, next, totals))
      }
      source.next = source.rows.next().value ?? undefined
    }
    yield { time: instant(time), values }
  }
}

/** A row as the samples that a station takes in, one a channel that the site reads from the device. */
export function samplesOf(device: DeviceSpec, { time, values }: RecordedRow): Samples[] {
  const at = millis(time)
  return device.channels.map(({ from, channel }) => {
    const value = values.get(from) ?? null
    return value === null
      ? { ...missingSample(channel, at, 'no-value'), observed: Float64Array.of(time) }
      : oneSample(channel, at, value, Quality.good, 'none', time)
  })
}
