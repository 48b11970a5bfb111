/** `hazardpoint run`: the station of a site file in the foreground, with its picture, its control socket and, if asked, a recording. */
import { randomBytes } from 'node:crypto'
import { realBusClock, realClock, waitMs } from '../../devicejs/drivers/clock.ts'
import { writeRecordingHeader, writeRecordingLine } from '../../protocol/recording.ts'
import { version } from '../../protocol/version.ts'
import { askStatus, controlPath, serveControl } from '../control/control.ts'
import { resumeAt } from '../core/remember.ts'
import { openField } from '../field.ts'
import { actsPath, openActs } from '../journal/acts.ts'
import { notesPath, openNotes } from '../journal/notes.ts'
import { openRecord } from '../journal/record.ts'
import type { Site } from '../site/site.ts'
import { openStation, type Station } from '../station.ts'
import type { StationStatus } from '../status.ts'
import { type Outlet, openScreen } from '../terminal.ts'
import { endingAfter } from './stop.ts'

export interface RunOptions {
  /** Every input is written here as NDJSON, for `hazardpoint-sim replay`; null: nowhere. */
  record: string | null
  /** The control socket; null: where `hazardpoint status` looks for it. */
  control: string | null
  /** Ends by itself after this time; null: never. */
  forMs: number | null
}

/** Often enough for an eye on a terminal; a station without a terminal prints only what has changed. */
const REDRAW_MS = 1_000

/** Eight bytes of chance: two starts of one station never share an epoch. */
const EPOCH_BYTES = 8

/** The answer is the exit code; what goes wrong is said on `err`, and the station runs on with what works. */
export async function runSite(site: Site, options: RunOptions, { out, err, stop }: { out: Outlet; err: Outlet; stop: AbortSignal }): Promise<number> {
  const path = options.control ?? controlPath(site)
  const twin = await runningTwin(site, [path, controlPath(site)])
  if (twin !== null) {
    err.write(`${twin}\n`)
    return 1
  }
  const epoch = randomBytes(EPOCH_BYTES).toString('hex')
  const say = (trouble: string): void => void err.write(`${trouble}\n`)
  // What a recording led it to is no past of the place.
  const memory = site.clock === 'served' ? null : openActs(actsPath(notesPath(site)), say)
  const remembered = memory?.remembered ?? null
  const clock = realClock({ from: resumeAt(remembered, realClock().now()) })
  const record = options.record === null ? null : await openRecord(options.record, say)
  if (record && 'trouble' in record) {
    err.write(`${record.trouble}\n`)
    return 1
  }
  record?.add(
    writeRecordingHeader({
      ...{ site: site.id, station: site.station, channels: site.plan.channels, epoch, startedAt: clock.now().wall },
      ...(remembered && { remembered }),
    }),
  )
  const notes = openNotes(notesPath(site), realBusClock(), say)
  const station = openStation(
    site,
    { ...openField(site, { clock, notes }), ...(memory && { memory }) },
    {
      epoch,
      software: `hazardpoint ${version}`,
      busClock: realBusClock(),
      ...(record && { onScan: (input) => record.add(writeRecordingLine(input)) }),
    },
  )
  const control = await serveControl({
    path,
    status: () => station.status(),
    why: (alarm) => station.why(alarm),
    act: (op, args, by) => station.act(op, args, by),
  })
  if ('trouble' in control) err.write(`${control.trouble}\nThe station runs without a control socket: \`hazardpoint status\` will not find it.\n`)

  const ending = new AbortController()
  const running = station.run(ending.signal).finally(() => ending.abort())
  // Awaited below; until then a mistake of ours must only end the loop.
  running.catch(() => {})
  try {
    await show(station, out, AbortSignal.any([stop, ending.signal]), options.forMs)
    ending.abort()
    await running
  } finally {
    if (!('trouble' in control)) await control.close()
    await notes.close()
    await memory?.close()
    await record?.close()
  }
  return 0
}

/** Two stations of one name would drive the same siren, each against the other, and throw each other out at the broker. */
async function runningTwin({ area, id, station }: Site, paths: string[]): Promise<string | null> {
  for (const path of new Set(paths)) {
    const asked = await askStatus(path)
    const { status } = 'status' in asked ? (asked as { status: Partial<StationStatus> | null }) : { status: null }
    if (status?.area === area && status.site === id && status.station === station)
      return `the station ${area}/${id}/${station} already runs (control socket ${path}): stop it first, or give this one another \`station\` in its site file`
  }
  return null
}

async function show(station: Station, out: Outlet, stop: AbortSignal, forMs: number | null): Promise<void> {
  const screen = openScreen(out)
  const limit = endingAfter(forMs, stop)
  while (!limit.aborted) {
    screen.show(station.status())
    await waitMs(REDRAW_MS, limit)
  }
  screen.show(station.status())
  screen.close()
}
