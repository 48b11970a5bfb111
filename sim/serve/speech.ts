/** What is spoken on a line that is served: Modbus RTU or ASCII by its units, or the frames of its instruments. */

import { everyMs, monotonicMs } from '../../devicejs/drivers/clock.ts'
import { frameOfWords, wordsEach } from '../../devicejs/frames/fields.ts'
import { asciiReader, toAscii } from '../../devicejs/line/ascii.ts'
import type { Talk } from '../../devicejs/profile.ts'
import { rtuStream, type Slave } from '../../devicejs/slave.ts'
import { longestFrame } from '../../protocol/frames.ts'
import type { BusSpec } from '../../protocol/ports.ts'
import type { Twin } from './twin.ts'
import type { Speech, Voice } from './voice.ts'

export type { Speech }

export function speechOf({ speaks }: Pick<BusSpec, 'speaks'>, slave: Slave, twins: Twin[]): Speech {
  if (speaks === 'rtu') return (say) => ({ take: rtuStream(slave, say, monotonicMs), end: () => {} })
  if (speaks === 'ascii') return (say) => asciiVoice(slave, say)
  return (say) => {
    const voices = twins.flatMap((twin) => [
      ...(twin.device.profile.talk ? [frameVoice(twin, twin.device.profile.talk, say)] : []),
      ...twin.speeches.map((speech) => speech(say)),
    ])
    return {
      take(bytes) {
        for (const voice of voices) voice.take(bytes)
      },
      end() {
        for (const voice of voices) voice.end()
      },
    }
  }
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
