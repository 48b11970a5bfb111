import { describe, expect, it } from 'vitest'
import { makeOutput } from '../../../devicejs/output.ts'
import { findProfile } from '../../../devicejs/shelf.ts'
import { formatFaults } from '../../../protocol/files/fault.ts'
import type { Obeyed, Output } from '../../../protocol/ports.ts'
import { virtualClock, virtualWire } from '../virtual.ts'
import { lineOver } from './line-over.ts'
import { type FakeVoice, fakeVoice } from './voice.ts'

const LEAVE = '红色预警，请立即撤离'

function outputOf(name: string, of: 'voice' | 'sign' = 'voice') {
  const found = findProfile(name, 'site.yaml')
  if ('faults' in found) throw new Error(formatFaults(found.faults))
  const output = found.profile.outputs.find((one) => one.name === of)
  if (!output) throw new Error(`${name} has no ${of}`)
  return {
    unit: 0,
    timeoutMs: found.profile.line.timeoutMs,
    kind: output.kind,
    drive: output.drive,
    valve: null,
    watchdog: null,
    maxWords: 125,
    afterWriteMs: 0,
  }
}

function start(profile = 'yutone/syn6288', of: 'voice' | 'sign' = 'voice') {
  const clock = virtualClock()
  const wire = virtualWire(clock)
  const world = { refuses: false, mute: false }
  const voice: FakeVoice = fakeVoice({
    say: (bytes) => world.mute || wire.say(bytes, 3),
    after: clock.after,
    speakMs: 4000,
    refuses: () => world.refuses,
  })
  wire.onRequest(voice.take)
  const output: Output = makeOutput(outputOf(profile, of), { frames: lineOver(wire.port, clock), busClock: clock })
  const set = async (on: boolean, text = '', untilMs = 1000): Promise<Obeyed> => {
    const done = output.set(on, on ? { text, to: [] } : undefined)
    await clock.run(clock.now() + untilMs)
    return done
  }
  return { clock, wire, world, voice, output, set }
}

describe('a voice', () => {
  it('speaks the text, and says that it does', async () => {
    const { voice, set } = start()
    expect(await set(true, LEAVE)).toEqual({ actual: true, detail: '' })
    expect([voice.spoken, voice.speaking()]).toEqual([[LEAVE], true])
  })

  it('is not interrupted by being told the same again, and speaks it again when it has ended', async () => {
    const { voice, set } = start()
    await set(true, LEAVE)
    expect(await set(true, LEAVE)).toEqual({ actual: true, detail: '' })
    expect(voice.spoken).toEqual([LEAVE])
    await set(true, LEAVE, 5000)
    await set(true, LEAVE)
    expect(voice.spoken).toEqual([LEAVE, LEAVE])
  })

  it('that says it speaks for far longer than the text can take is told anew', async () => {
    const { wire, voice, set } = start()
    await set(true, LEAVE)
    const texts = () => wire.heard.filter(({ bytes }) => bytes[3] === 0x01).length
    wire.onRequest((bytes) => wire.say(Uint8Array.of(bytes[3] === 0x21 ? 0x4e : 0x41), 3))
    await set(true, LEAVE)
    expect(texts()).toBe(1)
    await set(true, LEAVE, 20_000)
    expect(await set(true, LEAVE)).toEqual({ actual: true, detail: '' })
    expect([texts(), voice.spoken]).toEqual([2, [LEAVE]])
  })

  it('leaves off for another text', async () => {
    const { voice, set } = start()
    await set(true, '黄色预警')
    await set(true, LEAVE)
    expect(voice.spoken).toEqual(['黄色预警', LEAVE])
  })

  it('falls silent when it is told so, and that is asked', async () => {
    const { voice, set } = start()
    await set(true, LEAVE)
    expect(await set(false)).toEqual({ actual: false, detail: '' })
    expect([voice.told.slice(-2), voice.speaking()]).toEqual([[0x02, 0x21], false])
  })

  it('that refuses is told of, with what it does then', async () => {
    const { world, set } = start()
    world.refuses = true
    expect(await set(true, LEAVE)).toEqual({ actual: false, detail: 'it refused the text' })
  })

  it('whose line gives back what is sent is not taken for one that answers', async () => {
    const { wire, world, voice, set } = start()
    wire.onRequest((bytes) => {
      for (const byte of bytes) wire.say(Uint8Array.of(byte), 1)
      voice.take(bytes)
    })
    expect((await set(true, 'A级 OK')).actual).toBe(true)
    expect((await set(false)).actual).toBe(false)
    world.mute = true
    wire.onRequest((bytes) => wire.say(bytes, 1))
    expect((await set(true, 'A级 OK')).actual).toBeNull()
  })

  it('that does not answer is not known to speak', async () => {
    const { world, set } = start()
    world.mute = true
    expect(await set(true, LEAVE)).toEqual({ actual: null, detail: 'no answer came' })
    expect((await set(false)).actual).toBeNull()
  })

  it('takes no orders from a text', async () => {
    const { voice, set } = start()
    await set(true, `[v0]${LEAVE}`)
    expect(voice.spoken).toEqual([`(v0)${LEAVE}`])
  })

  it('is told of what it cannot say', async () => {
    const { voice, set } = start()
    expect((await set(true, `镕${'滑'.repeat(120)}`)).detail).toBe('it has no characters for 镕; the text was too long by 21 characters')
    expect(voice.spoken).toEqual([`?${'滑'.repeat(99)}`])
  })

  it('that tells unasked that it has ended is still understood', async () => {
    const { wire, set } = start()
    const done = set(true, LEAVE)
    wire.say(Uint8Array.of(0x4f), 1)
    expect((await done).actual).toBe(true)
  })

  it('is told the last of several texts, when it is told them at once', async () => {
    const { voice, output, clock } = start()
    const texts = ['一', '二', '三'].map((text) => output.set(true, { text, to: [] }))
    await clock.run(1000)
    expect((await Promise.all(texts)).map(({ actual }) => actual)).toEqual([true, true, true])
    expect(voice.spoken).toEqual(['一', '三'])
  })
})

const sent = (wire: ReturnType<typeof virtualWire>): string[] => wire.heard.map(({ bytes }) => Buffer.from(bytes).toString('hex').toUpperCase())

describe('what is sent', () => {
  it.each([
    ['yutone/syn6288', 'voice', '宇音天下', 'FD000B0100D3EED2F4CCECCFC2C1', 'FD000202FD'],
    ['iflytek/xfs5152', 'voice', '你好', 'FD00060100C4E3BAC3', 'FD000102'],
    ['dfrobot/dfr0299', 'voice', '#3', '7EFF06120100' + '03FEE5EF', '7EFF061601' + '0000FEE4EF'],
    ['generic/sign-serial', 'sign', 'A1', '0241310337350D', '0203' + '3033' + '0D'],
  ] as const)('to %s', async (profile, of, text, say, stop) => {
    const { wire, set } = start(profile, of)
    await set(true, text, 2000)
    await set(false, '', 2000)
    expect(sent(wire)[0]).toBe(say)
    expect(sent(wire)).toContain(stop)
  })

  it('a player of recordings cannot say a text, and says so', async () => {
    const { wire, set } = start('dfrobot/dfr0299')
    expect(await set(true, LEAVE)).toEqual({ actual: false, detail: `it only plays recordings: write #1 for the first, in place of "${LEAVE}"` })
    expect(sent(wire)).toEqual([])
  })

  it.each([
    ['announces no drill', '演练，演练。#3', 'it only plays recordings: write #1 for the first, in place of "演练，演练。#3"'],
    ['plays no number of a place', '3#井 #12 泵房', 'it only plays recordings: write #1 for the first, in place of "3#井 #12 泵房"'],
    ['plays no other recording than was meant', '#65539', 'it has no recording 65539'],
    ['plays no part of a number', '#123456', 'it has no recording 123456'],
  ])('a player of recordings %s', async (_, text, detail) => {
    const { wire, set } = start('dfrobot/dfr0299')
    expect(await set(true, text)).toEqual({ actual: false, detail })
    expect(sent(wire)).toEqual([])
  })

  it('of several recordings, the first is played, and that is told', async () => {
    const { wire, set } = start('dfrobot/dfr0299')
    wire.onRequest(() => wire.say(Uint8Array.from([0x7e, 0xff, 0x06, 0x41, 0, 0, 0, 0xfe, 0xba, 0xef]), 3))
    expect(await set(true, '#3 #4')).toEqual({ actual: true, detail: 'it plays the first recording alone' })
    expect(sent(wire)[0]).toBe('7EFF0612010003FEE5EF')
  })

  it('a recording is heard to its end, though the order is repeated', async () => {
    const { wire, set } = start('dfrobot/dfr0299')
    wire.onRequest(() => wire.say(Uint8Array.from([0x7e, 0xff, 0x06, 0x41, 0, 0, 0, 0xfe, 0xba, 0xef]), 3))
    const plays = () => sent(wire).filter((frame) => frame.startsWith('7EFF0612')).length
    await set(true, '#3', 16_000)
    await set(true, '#3', 16_000)
    expect(plays()).toBe(1)
    await set(true, '#3', 16_000)
    expect(plays()).toBe(2)
  })

  it('a sign that never answers is taken at its word', async () => {
    const { set } = start('generic/sign-serial', 'sign')
    expect(await set(true, '注意落石')).toEqual({ actual: true, detail: '' })
    expect(await set(false)).toEqual({ actual: false, detail: '' })
  })
})
