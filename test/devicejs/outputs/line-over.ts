// A line of frames over a virtual wire.

import { openTalk } from '../../../devicejs/frames/framed.ts'
import type { BytePort, FrameLine } from '../../../protocol/ports.ts'
import type { VirtualClock } from '../virtual.ts'

/** A line at whose end nobody answers, but somebody hears. */
export const heardBy = (hear: (bytes: Uint8Array) => void): FrameLine => ({
  exchange: async () => ({ ok: false, fault: 'timeout', detail: 'no answer came' }),
  async converse(bytes) {
    hear(bytes)
    return { ok: false, fault: 'timeout', detail: 'no answer came' }
  },
  async send(bytes) {
    hear(bytes)
    return null
  },
  health: () => {
    throw new Error('nobody asks here')
  },
  close: async () => {},
})

/** The line without its keeping of turns and opening, which the driver's own tests see to. */
export function lineOver(port: BytePort, clock: VirtualClock): FrameLine {
  const talk = openTalk(port, clock, 100)
  return {
    exchange: talk.exchange,
    converse: talk.converse,
    send: async (bytes) => {
      talk.send(bytes)
      return null
    },
    health: () => {
      throw new Error('nobody asks here')
    },
    close: async () => talk.close('closed'),
  }
}
