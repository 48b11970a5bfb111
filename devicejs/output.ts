/** Makes an output of what its profile and its site say of it: each way to drive one is a file in outputs/. */
import type { Bus, BusClock, FrameLine, Output } from '../protocol/ports.ts'
import type { Driven } from './outputs/drive.ts'
import { makeFrameOutput } from './outputs/frames.ts'
import { makeHeartbeat } from './outputs/heartbeat.ts'
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
}

export function makeOutput(driven: Driven, { bus, frames, busClock }: OutputLine): Output {
  const { drive, kind, valve, watchdog } = driven
  if (drive.by === 'frames' || drive.by === 'modem') {
    if (!frames) throw new Error('an output with frames of its own needs a line of its own')
    return drive.by === 'modem' ? makeSms(frames, busClock) : makeFrameOutput(frames, busClock, driven, drive)
  }
  if (!bus) throw new Error('an output on Modbus needs a bus')
  const output =
    drive.by === 'words'
      ? makeWordSign(bus, busClock, driven, drive)
      : valve
        ? makeValve(bus, busClock, driven, drive, valve)
        : kind === 'heartbeat'
          ? makeHeartbeat(bus, busClock, driven, drive)
          : makeRelay(bus, busClock, driven, drive)
  return watchdog ? watched(output, bus, driven, watchdog) : output
}
