// One bad device on the line of a gas detector and its siren: each of the cast of bad devices, on real lines. The siren is not late.

import { afterEach, describe, expect, it } from 'vitest'
import { makeSlave, rtuStream, type Slave } from '../../../devicejs/slave.ts'
import { rtuFrame } from '../../../protocol/frames.ts'
import { listen, openEnd, ptyPair, stop } from '../../devicejs/serving.ts'
import { gasAlarm, leak, startPost, yard } from './post.ts'

afterEach(stop)

/** Of the bad device; good devices have 1 and 2. */
const BAD = 3
const TIMEOUT_MS = 150

type Write = (bytes: Uint8Array) => void

/** What it answers a request with, at once or later. */
const cast: [string, (frame: Uint8Array, write: Write) => Uint8Array | null][] = [
  ['mute', () => null],
  [
    'late',
    (frame, write) => {
      setTimeout(() => write(rtuFrame(BAD, Uint8Array.of(frame[1]!, 2, 0, 80))), TIMEOUT_MS + 80)
      return null
    },
  ],
  ['garbling', (frame) => rtuFrame(BAD, Uint8Array.of(frame[1]!, 2, 0, 80)).map((byte, at) => (at === 3 ? byte ^ 0x10 : byte))],
  ['short', (frame) => rtuFrame(BAD, Uint8Array.of(frame[1]!, 2, 0, 80)).subarray(0, 4)],
  ['refusing', (frame) => rtuFrame(BAD, Uint8Array.of(0x80 | frame[1]!, 4))],
  ['an impostor', (frame) => rtuFrame(1, Uint8Array.of(frame[1]!, 4, 0x42, 0xa0, 0, 0))],
  ['flooding', () => new Uint8Array(4096).fill(0x55)],
]

const wires: [string, (slaveAt: (write: Write) => Slave) => Promise<string>][] = [
  [
    'a serial line',
    async (slaveAt) => {
      const { ends } = await ptyPair()
      const port = await openEnd(ends[1])
      const write: Write = (bytes) => port.write(bytes)
      port.onBytes(rtuStream(slaveAt(write), write, performance.now.bind(performance)))
      return `line: ${ends[0]}`
    },
  ],
  [
    'RTU over TCP',
    async (slaveAt) => {
      const { port } = await listen((socket) => {
        socket.setNoDelay()
        const write: Write = (bytes) => void socket.write(bytes)
        socket.on('data', rtuStream(slaveAt(write), write, performance.now.bind(performance)))
      })
      return `rtuOverTcp: "127.0.0.1:${port}"`
    },
  ],
]

describe.each(wires)('on %s', (_, serve) => {
  it.each(cast)('a device that is %s invents no alarm, and delays none', async (_name, answer) => {
    const place = yard()
    const good = makeSlave(place.units)
    let asked = 0
    const slaveAt = (write: Write): Slave => ({
      ...good,
      rtu(frame) {
        if (frame[0] !== BAD) return good.rtu(frame)
        asked++
        return answer(frame, write)
      },
    })
    const wire = await serve(slaveAt)
    const post = await startPost({
      wire,
      devices: `  bad: { profile: xunchip/xm9505, bus: line, unit: ${BAD}, every: 500ms, timeout: ${TIMEOUT_MS}ms }`,
      channels: '  bad: { read: bad.tips }',
    })
    await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(1)
    expect(gasAlarm(await post.status()).level).toBe('none')
    expect(place.told()).not.toContain(true)
    await leak(place)
  })
})
