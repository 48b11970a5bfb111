/** Reads a recording in CSV row by row: a column of times and columns of numbers, oldest first; what is wrong is told with its line. */
import type { FileFault } from '../../protocol/files/fault.ts'
import { type Instant, instant } from '../../protocol/time.ts'
import { cut, splitLine } from './fields.ts'
import { readTime, timeForm } from './instants.ts'
import { openLines } from './lines.ts'

/** A line of 1,000 columns of 50 characters; what is longer is no table of numbers. */
const LONGEST_LINE = 50_000
/** Rows looked at before any is used, to tell a file that runs backwards from one with a few rows out of order. */
const HEAD_ROWS = 64
/** Years have four digits: what lies outside cannot be written as a time, and no instrument was there. */
const FIRST_TIME = Date.parse('0000-01-01T00:00:00Z')
const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z')

export interface CsvRow {
  line: number
  time: Instant
  cells: string[]
}

/** What was read so far, and what was wrong with it; whole once the rows are at their end. */
export interface Account {
  file: string
  rows: number
  /** Rows that were not later than the one before. */
  dropped: number
  /** Rows without a time that can be read, or with more or fewer fields than the header. */
  damaged: number
  /** Cells that are no number, by column: their values are missing. */
  bad: Map<string, number>
  bytes: number
  sizeBytes: number
  /** Why reading ended before the end of the file; null where it did not. */
  stopped: FileFault | null
  /** Said once a kind, with the first line that shows it. */
  notes: FileFault[]
}

export interface Csv {
  file: string
  columns: string[]
  account: Account
  rows(): Generator<CsvRow, void>
  /** Adds to the notes of the account what was not yet said. */
  note(line: number, at: string, what: string, remedy: string, source: string): void
  close(): void
}

export interface CsvOptions {
  /** The time of `t_s` = 0. */
  start: Instant | null
  /** Minutes east of UTC of times that name no zone themselves; null where nobody told. */
  zoneMin: number | null
}

/** Opens the file and reads its head. The rows come in recorded order; those that are not later than the one before are dropped and counted. */
export function openCsv(file: string, options: CsvOptions): { csv: Csv } | { faults: FileFault[] } {
  const found = openLines(file, LONGEST_LINE)
  if ('fault' in found) return { faults: [found.fault] }
  const { lines } = found
  const refuse = (line: number, at: string, what: string, remedy: string, source: string): { faults: FileFault[] } => {
    lines.close()
    return { faults: [{ file, line, column: 1, at, what, remedy, source: cut(source) }] }
  }

  const first = lines.next()
  if (lines.stopped) return refuse(lines.stopped.line, 'line', lines.stopped.what, lines.stopped.remedy, lines.stopped.source)
  if (first === null) return refuse(1, 'header', 'the file is empty', 'name a CSV file with a header line and at least one row', '')
  const columns = splitLine(first.text)?.map((name) => name.trim()) ?? []
  const column = columns.includes('time') ? 'time' : 't_s'
  const timeAt = columns.indexOf(column)
  if (timeAt < 0) {
    const other = [';', '\t'].find((mark) => first.text.includes(mark))
    const remedy = other
      ? `the fields seem to be separated by ${other === ';' ? 'semicolons' : 'tabs'}: export the file with commas, and with points in the numbers`
      : 'name the column of times "time" (ISO-8601) or "t_s" (seconds) in the first line'
    return refuse(1, 'header', 'there is no column of times', remedy, first.text)
  }
  const twice = columns.find((name, index) => name !== '' && columns.indexOf(name) !== index)
  if (twice !== undefined) return refuse(1, twice, `column "${twice}" stands twice in the header`, 'give each column a name of its own', first.text)
  if (column === 't_s' && options.start === null) {
    return refuse(1, 't_s', 'the times are seconds, but nobody says from when', 'give `start: 2022-05-09T00:00:00Z` in the map, or a column "time"', first.text)
  }

  const account: Account = { file, rows: 0, dropped: 0, damaged: 0, bad: new Map(), bytes: 0, sizeBytes: lines.sizeBytes, stopped: null, notes: [] }
  const told = new Set<string>()
  const note = (line: number, at: string, what: string, remedy: string, source: string): void => {
    if (told.has(what)) return
    told.add(what)
    account.notes.push({ file, line, column: 1, at, what, remedy, source: cut(source) })
  }

  function* parsed(): Generator<CsvRow, void> {
    for (let line = lines.next(); line !== null; line = lines.next()) {
      account.bytes = lines.bytes
      if (line.text.trim() === '') continue
      const cells = splitLine(line.text)
      if (!line.ended) {
        const remedy = 'copy the file again; the rows before it are used'
        if (cells === null || cells.length < columns.length) {
          account.damaged++
          note(line.number, 'line', 'the last line is cut short and is not used', remedy, line.text)
          return
        }
        note(line.number, 'line', 'the last line has no line end: its last number may be cut short', 'copy the file again if it was cut in copying', line.text)
      }
      if (cells === null || cells.length !== columns.length) {
        account.damaged++
        const fields = cells === null ? 'a quoted field without an end' : `other than the ${columns.length} fields of the header`
        note(line.number, 'line', `a row with ${fields} is not used`, 'a comma inside a number or a text needs quotes around the field', line.text)
        continue
      }
      const text = cells[timeAt] as string
      const time = column === 'time' ? readTime(text, options.zoneMin) : readSeconds(text, options.start as Instant)
      if (time === null) {
        account.damaged++
        note(line.number, column, 'a row whose time cannot be read is not used', timeForm(text, column), line.text)
        continue
      }
      yield { line: line.number, time, cells }
    }
    account.bytes = lines.bytes
    if (lines.stopped) account.stopped = { file, column: 1, at: 'line', ...lines.stopped }
  }

  const source = parsed()
  const head: CsvRow[] = []
  let forward = 0
  let backward = 0
  while (head.length < HEAD_ROWS) {
    const next = source.next()
    if (next.done) break
    const before = head.at(-1)
    if (before && next.value.time > before.time) forward++
    if (before && next.value.time < before.time) backward++
    head.push(next.value)
  }
  const start = head[0]
  if (account.stopped) {
    lines.close()
    return { faults: [account.stopped] }
  }
  if (start === undefined) {
    lines.close()
    const none: FileFault = {
      file,
      line: 1,
      column: 1,
      at: 'header',
      what: 'there is no row that can be used',
      remedy: 'see the faults of its lines',
      source: cut(first.text),
    }
    return { faults: account.notes.length > 0 ? account.notes : [{ ...none, remedy: 'a header line alone is no recording' }] }
  }
  if (backward > forward) return refuse(start.line, column, 'the rows run backwards, newest first', sortRemedy(file), first.text)

  function* rows(): Generator<CsvRow, void> {
    let last = -Infinity
    let repeated = 0
    try {
      for (const row of inOrder(head, source)) {
        if (row.time > last) {
          last = row.time
          account.rows++
          yield row
          continue
        }
        account.dropped++
        if (row.time === last) repeated++
        note(row.line, column, 'a row that is not later than the one before it is dropped', 'nothing, where a logger sent some rows twice', row.cells.join())
        if (account.dropped <= HEAD_ROWS || account.dropped <= account.rows) continue
        const manyAtOnce = repeated > account.dropped / 2
        account.stopped = {
          file,
          line: row.line,
          column: 1,
          at: column,
          what: manyAtOnce ? 'most rows repeat the time of the row before' : 'most rows are older than a row before them',
          remedy: manyAtOnce ? 'a recording has one row a time: give each device a file, or its quantities a column each' : sortRemedy(file),
          source: cut(row.cells.join()),
        }
        return
      }
    } finally {
      lines.close()
    }
  }
  return { csv: { file, columns, account, rows, note, close: () => lines.close() } }
}

function* inOrder(head: CsvRow[], rest: Generator<CsvRow, void>): Generator<CsvRow, void> {
  yield* head
  yield* rest
}

const sortRemedy = (file: string): string =>
  `sort them oldest first: (head -n 1 "${file}"; tail -n +2 "${file}" | sort -t, -k1,1 -s) > sorted.csv, where the time is the first column`

function readSeconds(text: string, start: Instant): Instant | null {
  const time = text.trim() === '' ? Number.NaN : Math.round(start + Number(text) * 1000)
  return time >= FIRST_TIME && time <= LAST_TIME ? instant(time) : null
}
