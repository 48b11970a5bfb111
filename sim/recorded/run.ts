/**
 * The same station core over recordings, in virtual time: rows of one time are one scan, deadlines before it run first, at their own times.
 *
 *     CSV and map ─► rows of each device ─► lock-step ─┐
 *     NDJSON      ─► inputs, as they were journalled ──┴─► scan ─► what it wanted and what changed
 */
import { makeStation, type Out, type StationState, scan } from '../../gateway/core/scan.ts'
import { Lockstep } from '../../gateway/lockstep.ts'
import type { Site } from '../../gateway/site/site.ts'
import { emptyInput, type Input, type Remembered } from '../../protocol/recording.ts'
import { type Instant, millis } from '../../protocol/time.ts'
import type { RecordedRow, RecordedRows } from '../serve/feed.ts'
import { samplesOf } from './rows.ts'

export type OnScan = (input: Input, out: Out) => void

/** What a replay has come to: the time it is at, and how many rows it has judged. */
export interface Step {
  at: Instant
  rows: number
}

/** Judges recorded rows, one time a step. Before each step the caller may wait. */
export function* replayRows(site: Site, rows: RecordedRows, software: string, onScan: OnScan): Generator<Step, void> {
  let state: StationState | null = null
  const lockstep = new Lockstep((input) => {
    state ??= makeStation(site.plan, input.now, software)
    const out = scan(state, input)
    onScan(input, out)
    // Outputs of a replay obey: what was told is what is read back at the next scan.
    lockstep.also({ ...emptyInput(input.now), outputs: out.actions.map(({ output, on }) => ({ output, wanted: on, actual: on })) })
    return out.wakeAt
  })

  const reels = site.devices.flatMap((device) => {
    const reel = rows.get(device.name)
    return reel ? [{ device, reel, next: nextOf(reel) }] : []
  })
  for (;;) {
    let time = Infinity
    for (const { next } of reels) if (next && next.time < time) time = next.time
    if (time === Infinity) return
    let taken = 0
    for (const part of reels) {
      if (part.next?.time !== time) continue
      for (const samples of samplesOf(part.device, part.next)) lockstep.gather(samples, millis(time))
      part.next = nextOf(part.reel)
      taken++
    }
    yield { at: time as Instant, rows: taken }
    lockstep.close()
  }
}

const nextOf = (reel: Iterator<RecordedRow>): RecordedRow | null => {
  const row = reel.next()
  return row.done ? null : row.value
}

/** An input, and of which life of the station; what that one knew at its start of the life before. */
export interface Journalled {
  epoch: string
  input: Input
  remembered?: Remembered | null
}

/** Judges journalled inputs again, scan by scan, as the station did. A new epoch is a new life: it starts with empty rings. */
export function* replayInputs(site: Site, inputs: Iterable<Journalled>, software: string, onScan: OnScan): Generator<Step, void> {
  let state: StationState | null = null
  let held = ''
  for (const { epoch, input, remembered } of inputs) {
    if (epoch !== held) state = null
    held = epoch
    yield { at: input.now.wall, rows: input.samples.reduce((most, { count }) => Math.max(most, count), 0) }
    state ??= makeStation(site.plan, input.now, software, remembered)
    onScan(input, scan(state, input))
  }
}
