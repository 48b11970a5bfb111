/** Recordings of our own format (NDJSON): inputs as a station journalled them, for the channels of a site that bear the same names. */
import type { Site } from '../../gateway/site/site.ts'
import { type FileFault, suggest } from '../../protocol/files/fault.ts'
import { type Input, type RecordingHeader, type Remembered, readRecordingHeader, readRecordingLine } from '../../protocol/recording.ts'
import { cut } from './fields.ts'
import { type Lines, openLines } from './lines.ts'

/** A scan of a station that slept: thousands of rows in each of hundreds of channels. */
const LONGEST_LINE = 50_000_000

export interface Journalled {
  inputs: Generator<{ epoch: string; input: Input; remembered: Remembered | null }, void>
  /** What ended the reading of a file before its end, or was passed over. */
  notes: FileFault[]
  /** A file was given up in its middle; a last line that the power cut short is no such thing. */
  broken(): boolean
  read(): { bytes: number; sizeBytes: number }
  close(): void
}

interface Part {
  file: string
  lines: Lines
  header: RecordingHeader
  /** Channel number in the recording -> in the site; null where the site has it no more. */
  numbers: (number | null)[]
}

/** True where the file begins as our recordings do. */
export function isJournalled(file: string): boolean {
  const found = openLines(file, LONGEST_LINE)
  if ('fault' in found) return false
  const first = found.lines.next()
  found.lines.close()
  return first?.text.trimStart().startsWith('{') ?? false
}

/** Opens the files, earliest start first. */
export function openJournalled(site: Site, files: string[]): { journalled: Journalled } | { faults: FileFault[] } {
  const faults: FileFault[] = []
  const notes: FileFault[] = []
  const parts: Part[] = []
  for (const file of new Set(files)) {
    const part = openPart(site, file, notes)
    if ('faults' in part) faults.push(...part.faults)
    else parts.push(part)
  }
  const close = (): void => {
    for (const { lines } of parts) lines.close()
  }
  if (faults.length > 0) {
    close()
    return { faults }
  }
  let broken = false
  parts.sort((a, b) => a.header.startedAt - b.header.startedAt)

  function* inputs(): Generator<{ epoch: string; input: Input; remembered: Remembered | null }, void> {
    for (const part of parts) {
      const { file, lines, header, numbers } = part
      let last = Number.NEGATIVE_INFINITY
      for (let line = lines.next(); line !== null; line = lines.next()) {
        if (line.text.trim() === '') continue
        const input = inOrder(readRecordingLine(line.text, line.number, numbers.length), last, line.number)
        if (typeof input === 'string') {
          const remedy = line.ended ? 'this is not as a station writes it: was it edited?' : 'all lines before it were used'
          broken ||= line.ended
          notes.push({ file, line: line.number, column: 1, at: '', what: input, remedy, source: cut(line.text) })
          break
        }
        last = input.now.at
        input.samples = input.samples.flatMap((samples) => {
          const channel = numbers[samples.channel]
          return channel === null || channel === undefined ? [] : [{ ...samples, channel }]
        })
        yield { epoch: header.epoch, input, remembered: header.remembered ?? null }
      }
      broken ||= lines.stopped !== null
      if (lines.stopped) notes.push({ file, column: 1, at: '', ...lines.stopped })
      lines.close()
    }
  }

  const read = (): { bytes: number; sizeBytes: number } => ({
    bytes: parts.reduce((sum, { lines }) => sum + lines.bytes, 0),
    sizeBytes: parts.reduce((sum, { lines }) => sum + lines.sizeBytes, 0),
  })
  return { journalled: { inputs: inputs(), notes, broken: () => broken, read, close } }
}

/** Station time never steps back: a line that does was moved, or put there. */
const inOrder = (input: Input | string, last: number, line: number): Input | string =>
  typeof input === 'string' || input.now.at >= last ? input : `line ${line}: its time (${input.now.at}) is before that of the line above (${last})`

function openPart(site: Site, file: string, notes: FileFault[]): Part | { faults: FileFault[] } {
  const found = openLines(file, LONGEST_LINE)
  if ('fault' in found) return { faults: [found.fault] }
  const { lines } = found
  const first = lines.next()
  const header = first === null ? 'the file is empty' : readRecordingHeader(first.text)
  const fault = (what: string, remedy: string): FileFault => ({ file, line: 1, column: 1, at: '', what, remedy, source: cut(first?.text ?? '') })
  if (typeof header === 'string') {
    lines.close()
    return { faults: [fault(header, 'name a recording that a station has written')] }
  }
  const faults: FileFault[] = []
  const known = site.plan.channels.filter(({ derivation }) => derivation === null).map(({ name }) => name)
  const numbers = header.channels.map(({ name, unit }) => {
    const number = site.plan.channels.findIndex((channel) => channel.name === name)
    const channel = site.plan.channels[number]
    if (!channel) {
      notes.push(fault(`the site has no channel ${name}: its rows are passed over`, suggest(name, known)))
      return null
    }
    // A derived channel makes itself anew.
    if (channel.derivation !== null) return null
    if (channel.unit !== unit)
      faults.push(
        fault(`channel ${name} was recorded in ${unit}, the site has it in ${channel.unit}`, 'replay it over the site file that it was recorded with'),
      )
    return number
  })
  if (faults.length === 0) return { file, lines, header, numbers }
  lines.close()
  return { faults }
}
