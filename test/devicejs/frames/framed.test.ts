// Instruments that speak frames of their own, in virtual time: asked, or speaking by themselves, and polled by the loop of every device.

import { describe, expect, it } from 'vitest'
import { framedBus, openTalk } from '../../../devicejs/frames/framed.ts'
import type { Profile, Talk } from '../../../devicejs/profile.ts'
import type { FrameLine, FrameReply } from '../../../protocol/ports.ts'
import { profileOf } from '../field.ts'
import { virtualClock, virtualWire } from '../virtual.ts'

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

const asked = profileOf(`driver: frames
line: { timeout: 300ms }
talk: { request: "?", start: "=", end: "\\n", text: yes, separator: ";", example: "=1.5;20\\n" }
channels:
  level: { quantity: q, unit: m, digits: 1, read: { field: 1 } }
  heat: { quantity: q, unit: degC, digits: 0, read: { field: 2 } }`)

const free = profileOf(`driver: frames
talk: { period: 1s, start: "=", end: "\\n", text: yes, separator: ";", example: "=1.5;20\\n" }
channels:
  level: { quantity: q, unit: m, digits: 1, read: { field: 1 } }
  heat: { quantity: q, unit: degC, digits: 0, read: { field: 2 } }`)

const talkOf = ({ talk }: Profile): Talk => talk as Talk

function bench(quietMs = 500) {
  const clock = virtualClock()
  const wire = virtualWire(clock)
  const talk = openTalk(wire.port, clock, quietMs)
  const exchange = (profile: Profile): Promise<FrameReply> => talk.exchange(talkOf(profile).request, talkOf(profile).framing, profile.line.timeoutMs)
  /** What comes of one exchange; from `atMs` on, where that is given. */
  async function one(profile: Profile, atMs = clock.now()): Promise<FrameReply> {
    await clock.run(atMs)
    const reply = exchange(profile)
    await clock.run()
    return reply
  }
  return { clock, wire, talk, exchange, one }
}
const textOf = (reply: FrameReply): string => (reply.ok ? String.fromCharCode(...reply.frame) : reply.fault)

describe('an instrument that is asked', () => {
  it('gives its frame, at the time of its first byte', async () => {
    const { wire, one } = bench()
    wire.onRequest(() => {
      wire.say(bytesOf('=2.5'), 40)
      wire.say(bytesOf(';21\n'), 60)
    })
    expect(await one(asked, 1000)).toMatchObject({ ok: true, at: 1040, tookMs: 60, frame: bytesOf('=2.5;21\n') })
  })

  it.each<[string, string[], string]>([
    ['nothing', [], 'timeout'],
    ['half a frame', ['=2.5;2'], 'short'],
    ['a field too few', ['=2.5\n'], 'short'],
    ['what is no text', ['=2.5;\xff\n'], 'checksum'],
    ['noise', ['zzz'], 'short'],
  ])('and says %s is missed', async (_, said, fault) => {
    const { wire, one } = bench()
    wire.onRequest(() => {
      for (const piece of said) wire.say(bytesOf(piece), 40)
    })
    expect(await one(asked, 1000)).toMatchObject({ ok: false, fault })
  })

  it('is not asked before the line that was just opened has been silent', async () => {
    const { clock, wire, one } = bench()
    wire.onRequest(() => wire.say(bytesOf('=2.5;21\n'), 40))
    wire.say(bytesOf('=9.9;99\n'), 300)
    expect(textOf(await one(asked))).toBe('=2.5;21\n')
    expect(wire.heard).toMatchObject([{ at: 800 }])
    expect(clock.now()).toBeGreaterThanOrEqual(840)
  })

  it('is not believed when it answers late: the next request waits for silence', async () => {
    const { wire, talk, one } = bench()
    let late = true
    wire.onRequest(() => {
      wire.say(bytesOf(late ? '=9.9;99\n' : '=2.5;21\n'), late ? 450 : 40)
      late = false
    })
    expect(textOf(await one(asked, 1000))).toBe('timeout')
    expect(textOf(await one(asked))).toBe('=2.5;21\n')
    expect(wire.heard.map(({ at }) => at)).toEqual([1000, 1950])
    expect(talk.late()).toBe(1)
  })

  it('does not have half an answer from before the request taken for the beginning of the answer', async () => {
    const { wire, one } = bench()
    let answers = ['=1.0;10\n=9.', '=2.5;21\n']
    wire.onRequest(() => {
      wire.say(bytesOf(answers[0] as string), 40)
      answers = answers.slice(1)
    })
    expect(textOf(await one(asked, 1000))).toBe('=1.0;10\n')
    expect(textOf(await one(asked, 2000))).toBe('=2.5;21\n')
  })

  it('is given up on a line that never falls silent', async () => {
    const { clock, wire, exchange } = bench()
    for (let at = 0; at < 3000; at += 100) wire.say(bytesOf('zz'), at)
    const reply = exchange(asked)
    await clock.run()
    expect(await reply).toMatchObject({ ok: false, fault: 'overload' })
    expect(wire.heard).toEqual([])
  })

  it('is not taken at the rest of a line that was under way when it was asked', async () => {
    const { clock, wire, exchange, one } = bench()
    const bare = profileOf(`driver: frames
line: { timeout: 300ms }
talk: { request: "?", end: "\\n", separator: ";", example: "12.5\\n" }
channels: { level: { quantity: q, unit: m, digits: 1, read: { field: 1 } } }`)
    wire.onRequest(() => wire.say(bytesOf('12.5\n'), 40))
    expect(textOf(await one(bare, 1000))).toBe('12.5\n')
    await clock.run(2000)
    wire.say(bytesOf('1'), 0)
    wire.say(bytesOf('2.5\n'), 20)
    await clock.run(2010)
    const reply = exchange(bare)
    await clock.run()
    expect(textOf(await reply)).toBe('12.5\n')
  })

  it('is not taken at its echo of the request', async () => {
    const { wire, one } = bench()
    const addressed = profileOf(`driver: frames
line: { timeout: 300ms }
talk: { request: "1\\r", end: "\\r", separator: ";", example: "12.5\\r" }
channels: { level: { quantity: q, unit: m, digits: 1, read: { field: 1 } } }`)
    let said = ['1\r', '12.5\r']
    wire.onRequest(() => {
      for (const [k, piece] of said.entries()) wire.say(bytesOf(piece), 10 + 20 * k)
    })
    expect(textOf(await one(addressed, 1000))).toBe('12.5\r')
    said = ['1\r12.5\r']
    expect(textOf(await one(addressed, 2000))).toBe('12.5\r')
    said = ['1\r']
    expect(textOf(await one(addressed, 3000))).toBe('timeout')
  })

  it('ends with its line', async () => {
    const { clock, wire, exchange } = bench()
    const first = exchange(asked)
    await clock.run(100)
    wire.lose('it is gone')
    expect(await first).toEqual({ ok: false, fault: 'closed', detail: 'it is gone' })
    expect(await exchange(asked)).toMatchObject({ ok: false, fault: 'closed' })
  })
})

describe('an instrument that speaks by itself', () => {
  it('is listened to: its next frame is the row, whole or under way', async () => {
    const { clock, wire, exchange } = bench()
    for (const at of [0, 1000, 2000]) {
      wire.say(bytesOf(`=${at / 1000}`), at)
      wire.say(bytesOf(';20\n'), at + 200)
    }
    const first = exchange(free)
    await clock.run(1100)
    expect(await first).toMatchObject({ ok: true, at: 0, frame: bytesOf('=0;20\n') })
    const reply = exchange(free)
    await clock.run(1500)
    expect(await reply).toMatchObject({ ok: true, at: 1000, frame: bytesOf('=1;20\n') })
    const next = exchange(free)
    await clock.run()
    expect(await next).toMatchObject({ ok: true, at: 2000 })
    expect(wire.heard).toEqual([])
  })

  it.each([
    ['in the middle of a frame', ['0;20\n', '=1;20\n'], 10, '=1;20\n'],
    ['between two', ['=1;20\n', '=2;20\n'], 1100, '=1;20\n'],
  ])('and whose frames have no start is heard %s: no rest of a frame is taken for a whole one', async (_, said, afterMs, first) => {
    const lines = profileOf(`driver: frames
talk: { period: 1s, end: "\\n", text: yes, separator: ";", example: "=1.5;20\\n" }
channels: { heat: { quantity: q, unit: degC, digits: 0, read: { field: 2 } } }`)
    const { clock, wire, exchange } = bench()
    const reply = exchange(lines)
    for (const [k, piece] of said.entries()) wire.say(bytesOf(piece), afterMs + 10 * k)
    await clock.run()
    expect(textOf(await reply)).toBe(first)
  })

  it('that is silent for longer than its period is missed', async () => {
    const { clock, one } = bench()
    expect(await one(free, 1000)).toMatchObject({ ok: false, fault: 'timeout' })
    expect(clock.now()).toBe(2500)
  })

  it('has the last of its frames taken that was not yet, if it is no older than its silence may be', async () => {
    const { clock, wire, exchange } = bench()
    const first = exchange(free)
    for (const at of [0, 1000, 2000]) wire.say(bytesOf(`=${at / 1000};20\n`), at + 10)
    await clock.run(2500)
    expect(await first).toMatchObject({ at: 10 })
    expect(await exchange(free)).toMatchObject({ ok: true, at: 2010, frame: bytesOf('=2;20\n'), tookMs: 0 })
    wire.say(bytesOf('=3;20\n'), 500)
    await clock.run(9000)
    expect(await exchange(free)).toMatchObject({ ok: false, fault: 'timeout' })
  })

  it('may share its line with others, and each hears its own', async () => {
    const other = profileOf(`driver: frames
talk: { period: 60s, start: "#", end: "\\n", text: yes, separator: ";", example: "#1\\n" }
channels: { tilt: { quantity: q, unit: deg, digits: 0, read: { field: 1 } } }`)
    const { clock, wire, exchange } = bench()
    for (let at = 0; at < 9; at++) wire.say(bytesOf(`=${at};20\n`), 1000 * at)
    wire.say(bytesOf('#7\n'), 5500)
    const mine = exchange(free)
    await clock.run(1)
    expect(await mine).toMatchObject({ ok: true, at: 0 })
    // The other is silent for as long as it may be, but does not keep its neighbour waiting.
    const others = exchange(other)
    await clock.run(2001)
    expect(await others).toMatchObject({ ok: false, fault: 'timeout' })
    expect(await exchange(free)).toMatchObject({ ok: true, at: 2000 })
    await clock.run(6001)
    expect(await exchange(free)).toMatchObject({ ok: true, at: 6000 })
    expect(await exchange(other)).toMatchObject({ ok: true, at: 5500, frame: bytesOf('#7\n') })
  })

  it('says nothing of what came long ago', async () => {
    const { clock, wire, exchange } = bench()
    wire.say(bytesOf('=7;20\n'), 0)
    await clock.run(5000)
    const reply = exchange(free)
    wire.say(bytesOf('=8;20\n'), 100)
    await clock.run()
    expect(await reply).toMatchObject({ ok: true, at: 5100, frame: bytesOf('=8;20\n') })
  })
})

describe('its bus', () => {
  const lineOf = (reply: FrameReply): FrameLine => ({
    exchange: async () => reply,
    converse: async () => reply,
    send: async () => null,
    health: () => {
      throw new Error('not asked')
    },
    close: async () => {},
  })
  const frame = bytesOf('=2.5;21\n')

  it('shows each value in four registers', async () => {
    const bus = framedBus(lineOf({ ok: true, frame, at: 40, tookMs: 60 }), new Map([[0, talkOf(asked)]]))
    expect(await bus.read({ unit: 0, table: 'input', address: 4, count: 4 }, 300)).toEqual({ ok: true, words: Uint16Array.of(0x4035, 0, 0, 0), tookMs: 60 })
  })

  it('tells when a frame began that nobody asked for', async () => {
    const bus = framedBus(lineOf({ ok: true, frame, at: 40, tookMs: 60 }), new Map([[0, talkOf(free)]]))
    expect(await bus.read({ unit: 0, table: 'input', address: 0, count: 8 }, 300)).toMatchObject({ ok: true, at: 40 })
  })

  it('cannot be written to', async () => {
    const bus = framedBus(lineOf({ ok: true, frame, at: 40, tookMs: 60 }), new Map([[0, talkOf(asked)]]))
    await expect(bus.write({ unit: 0, table: 'holding', address: 0, count: 1 }, Uint16Array.of(1), 300)).rejects.toThrow('no registers to write to')
  })
})
