/** What is spoken on a line that is served: Modbus RTU or ASCII by its units, or the frames of the one instrument on it. */
import { asciiReader, toAscii } from '../../devicejs/ascii.ts'
import { everyMs, monotonicMs } from '../../devicejs/drivers/clock.ts'
import { frameOfWords, wordsEach } from '../../devicejs/fields.ts'
import type { Talk } from '../../devicejs/profile.ts'
import { rtuStream, type Slave } from '../../devicejs/slave.ts'
import { longestFrame } from '../../protocol/frames.ts'
import type { BusSpec } from '../../protocol/ports.ts'
import type { Twin } from './twin.ts'

/** One connection, or one line. */
export interface Voice {
  take(bytes: Uint8Array): void
  /** It says nothing more. */
  end(): void
}

export type Speech = (say: (bytes: Uint8Array) => void) => Voice

export function speechOf({ speaks }: Pick<BusSpec, 'speaks'>, slave: Slave, twins: Twin[]): Speech {
  if (speaks === 'rtu') return (say) => ({ take: rtuStream(slave, say, monotonicMs), end: () => {} })
  if (speaks === 'ascii') return (say) => asciiVoice(slave, say)
  const speaker = twins.find(({ device }) => device.profile.talk)
  return speaker ? (say) => frameVoice(speaker, speaker.device.profile.talk as Talk, say) : () => ({ take: () => {}, end: () => {} })
}

function asciiVoice(slave: Slave, say: (bytes: Uint8Array) => void): Voice {
  const serve = rtuStream(slave, (frame) => say(toAscii(frame)), monotonicMs)
  const take = asciiReader(serve, () => longestFrame)
  return { take: (bytes) => take(bytes, monotonicMs()), end: () => {} }
}

function frameVoice(twin: Twin, talk: Talk, say: (bytes: Uint8Array) => void): Voice {
  const speak = (): void => {
    if (twin.mute()) return
    const words = twin.read('input', 0, wordsEach * talk.values.length)
    const frame = typeof words === 'number' ? null : frameOfWords(talk, words)
    if (frame) say(frame)
  }
  const { request } = talk
  if (!request) return { take: () => {}, end: everyMs(talk.everyMs as number, speak) }
  let heard: number[] = []
  return {
    take(bytes) {
      for (const byte of bytes) {
        heard = [...heard, byte].slice(-request.length)
        if (heard.length < request.length || !request.every((one, at) => heard[at] === one)) continue
        heard = []
        speak()
      }
    },
    end: () => {},
  }
}
