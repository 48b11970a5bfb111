/** `hazardpoint-sim replay`: the same station over recordings, in virtual time, and what it would have raised, when, and why. */
import { setImmediate } from 'node:timers/promises'
import { technicalAlarms } from '../gateway/core/scan.ts'
import type { Site } from '../gateway/site/site.ts'
import { type FileFault, formatFaults } from '../protocol/files/fault.ts'
import type { Clock } from '../protocol/ports.ts'
import { type Instant, millis } from '../protocol/time.ts'
import { version } from '../protocol/version.ts'
import type { Account } from './recorded/csv.ts'
import { isJournalled, openJournalled } from './recorded/journalled.ts'
import { openingFault } from './recorded/lines.ts'
import { type Outlet, openProgress, perSecond } from './recorded/progress.ts'
import { openRecorded } from './recorded/rows.ts'
import { type OnScan, replayInputs, replayRows, type Step } from './recorded/run.ts'
import { changeJson, changeText, makeTallies, tallyLines, when } from './recorded/story.ts'

/** Between two looks at the world (Ctrl-C, the terminal) a replay works for so long. */
const BREATH_MS = 50

/** No timer is finer than this: rows that are due sooner are judged at once, and the next wait makes up for it. */
const LEAST_WAIT_MS = 2

export interface ReplayOptions {
  site: Site
  recordings: string[]
  /** What the columns of CSV files mean; our own recordings need none. */
  map: string | null
  json: boolean
  /** Recorded seconds a second. */
  speed: 'max' | number
}

export interface ReplayIo {
  out: Outlet
  err: Outlet
  clock: Clock
  monotonicMs(): number
  stop: AbortSignal
  /** For a caller that wants more than the lines. */
  onScan?: OnScan
}

interface Source {
  steps: Generator<Step, void>
  read(): { bytes: number; sizeBytes: number }
  /** What was wrong with the files, once they are read. */
  accounts(): Account[]
  notes(): FileFault[]
  broken(): boolean
  close(): void
}

/** Gives the exit code: 1 where a file could not be read to its end. */
export async function replay(options: ReplayOptions, io: ReplayIo): Promise<number> {
  const { site, json } = options
  const progress = openProgress(io.err, io.monotonicMs)
  const tallies = makeTallies([...site.plan.alarms.map(({ name }) => name), ...technicalAlarms])
  const onScan: OnScan = (input, out) => {
    for (const change of out.changes) {
      tallies.note(change)
      if (!json && change.what === 'detection') continue
      progress.clear()
      io.out.write(`${json ? changeJson(change) : changeText(change)}\n`)
    }
    io.onScan?.(input, out)
  }

  const source = openSource(options, onScan)
  if ('faults' in source) {
    io.err.write(`${formatFaults(source.faults)}\n`)
    return 1
  }
  const begun = io.monotonicMs()
  let rows = 0
  let first: Instant | null = null
  let last: Instant | null = null
  let breath = begun
  try {
    const from = io.clock.now().at
    for (const step of source.steps) {
      if (io.stop.aborted) break
      first ??= step.at
      last = step.at
      rows += step.rows
      if (options.speed !== 'max') {
        const due = millis(from + (step.at - first) / options.speed)
        if (due - io.clock.now().at >= LEAST_WAIT_MS) await io.clock.until(due, io.stop)
      }
      const now = io.monotonicMs()
      if (now - breath < BREATH_MS) continue
      breath = now
      const { bytes, sizeBytes } = source.read()
      progress.show(sizeBytes > 0 ? bytes / sizeBytes : 0, rows, when(step.at))
      await setImmediate()
    }
  } finally {
    source.close()
  }
  progress.clear()

  const faults = [...source.notes(), ...source.accounts().flatMap(({ notes, stopped }) => (stopped ? [...notes, stopped] : notes))]
  if (faults.length > 0) io.err.write(`${formatFaults(faults)}\n`)
  for (const line of source.accounts().flatMap(accountLines)) io.err.write(`${line}\n`)
  if (json) return source.broken() ? 1 : 0
  if (first === null || last === null) io.out.write('No rows were replayed.\n')
  else {
    const seconds = (io.monotonicMs() - begun) / 1000
    const head = `\n${when(first)} to ${when(last)} UTC: ${rows} rows in ${seconds.toFixed(1)} s (${perSecond(rows / seconds)} rows/s)${io.stop.aborted ? ', stopped' : ''}`
    io.out.write(`${[head, '', ...tallyLines(tallies.all())].join('\n')}\n`)
  }
  return source.broken() ? 1 : 0
}

function openSource({ site, recordings, map }: ReplayOptions, onScan: OnScan): Source | { faults: FileFault[] } {
  const unreadable = recordings.flatMap((file) => openingFault(file) ?? [])
  if (unreadable.length > 0) return { faults: unreadable }
  const ours = recordings.filter(isJournalled)
  const refuse = (file: string, what: string, remedy: string): { faults: FileFault[] } => ({
    faults: [{ file, line: 1, column: 1, at: '', what, remedy, source: '' }],
  })
  if (ours.length === recordings.length && ours[0] !== undefined) {
    const opened = openJournalled(site, ours)
    if ('faults' in opened) return opened
    const { inputs, notes, broken, read, close } = opened.journalled
    return { steps: replayInputs(site, inputs, version, onScan), read, accounts: () => [], notes: () => notes, broken, close }
  }
  if (ours[0] !== undefined)
    return refuse(ours[0], 'this is a recording of a station, others are CSV', 'replay them one after the other: they have clocks of their own')
  if (map === null) return refuse(recordings[0] ?? '', 'nobody says what the columns of this file mean', 'name a map: --map MAP.yaml')
  const opened = openRecorded(site, recordings, map)
  if ('faults' in opened) return opened
  const { rows, accounts, unfed, read, close } = opened.recorded
  const notes = unfed.map(
    (name): FileFault => ({
      file: map,
      line: 1,
      column: 1,
      at: '',
      what: `no column feeds channel ${name}`,
      remedy: 'what hangs on it stays unknown',
      source: '',
    }),
  )
  return {
    steps: replayRows(site, rows, version, onScan),
    read,
    accounts,
    notes: () => notes,
    broken: () => accounts().some(({ stopped }) => stopped !== null),
    close,
  }
}

/** What was left out of a file, where anything was. */
function accountLines({ file, rows, dropped, damaged, bad }: Account): string[] {
  const left = [
    dropped > 0 ? `${dropped} rows not later than the one before dropped` : '',
    damaged > 0 ? `${damaged} damaged rows not used` : '',
    ...[...bad].map(([column, cells]) => `${cells} cells of ${column} are no numbers`),
  ].filter((text) => text !== '')
  return left.length > 0 ? [`${file}: ${rows} rows; ${left.join('; ')}`] : []
}
