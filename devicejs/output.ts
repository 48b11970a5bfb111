/** Makes an output of what its profile and its site say of it: each way to drive one is a file in outputs/. */
import type { Bus, BusClock, FrameLine, Output } from '../protocol/ports.ts'
import { type Board, makeBoard } from './outputs/board.ts'
import type { Driven } from './outputs/drive.ts'
import { makeFrameOutput } from './outputs/frames.ts'
import { makeHeartbeat } from './outputs/heartbeat.ts'
import type { Unit } from './outputs/modbus.ts'
import { makeRelay } from './outputs/relay.ts'
import { makeSms } from './outputs/sms.ts'
import { makeValve } from './outputs/valve.ts'
import { watched } from './outputs/watchdog.ts'
import { makeWordSign } from './outputs/words.ts'

/** The line that it hangs on, of the one kind or the other. */
export interface OutputLine {
  bus?: Bus | undefined
  frames?: FrameLine | undefined
  busClock: BusClock
  /** Shared by the outputs of one unit; its own where it is left out. */
  board?: Board
}

export function makeOutput(driven: Driven, { bus, frames, busClock, board = makeBoard(busClock, driven.timeoutMs) }: OutputLine): Output {
  const { drive, kind, valve, watchdog } = driven
  if (drive.by === 'frames' || drive.by === 'modem') {
    if (!frames) throw new Error('an output with frames of its own needs a line of its own')
    return drive.by === 'modem' ? makeSms(frames, busClock) : makeFrameOutput(frames, busClock, driven, drive)
  }
  if (!bus) throw new Error('an output on Modbus needs a bus')
  const unit: Unit = { bus, unit: driven.unit, timeoutMs: driven.timeoutMs, board }
  // It feeds no watchdog: what stops that feeding stops the beat.
  if (kind === 'heartbeat' && drive.by !== 'words') return makeHeartbeat(unit, busClock, driven, drive)
  const output =
    drive.by === 'words'
      ? makeWordSign(unit, busClock, driven, drive)
      : valve
        ? makeValve(unit, busClock, driven, drive, valve)
        : makeRelay(unit, busClock, driven, drive)
  return watchdog ? watched(output, unit, watchdog) : output
}
