/** Twins of what is told in frames and AT commands, driven by the station's own outputs: each profile against the twin made of the same file. */
import { describe, expect, it } from 'vitest'
import { makeOutput } from '../../../devicejs/output.ts'
import type { FramesDrive } from '../../../devicejs/outputs/drive.ts'
import { makeSms } from '../../../devicejs/outputs/sms.ts'
import { findProfile, listProfiles } from '../../../devicejs/shelf.ts'
import { formatFaults } from '../../../protocol/files/fault.ts'
import { mobile } from '../../../sim/serve/mobile.ts'
import { teller } from '../../../sim/serve/teller.ts'
import type { Speech } from '../../../sim/serve/voice.ts'
import { lineOver } from '../../devicejs/outputs/line-over.ts'
import { virtualClock, virtualWire } from '../../devicejs/virtual.ts'

/** A line with a twin at its end. */
function lineTo(speech: (clock: ReturnType<typeof virtualClock>) => Speech) {
  const clock = virtualClock()
  const wire = virtualWire(clock)
  let freeAt = 0
  const voice = speech(clock)((bytes) => {
    freeAt = Math.max(freeAt, clock.now()) + 2
    wire.say(bytes, freeAt - clock.now())
  })
  wire.onRequest((bytes) => {
    // In two pieces, as they come from a serial line.
    voice.take(bytes.subarray(0, 2))
    voice.take(bytes.subarray(2))
  })
  return { clock, line: lineOver(wire.port, clock), wire }
}

const told = listProfiles().flatMap((name) => {
  const found = findProfile(name, 'site.yaml')
  if ('faults' in found) throw new Error(formatFaults(found.faults))
  const { outputs, line } = found.profile
  return outputs.flatMap(({ kind, drive }) => (drive.by === 'frames' ? [{ name, kind, drive, timeoutMs: line.timeoutMs }] : []))
})

function start({ kind, drive, timeoutMs }: (typeof told)[number]) {
  const heard: (string | null)[] = []
  const { clock, line, wire } = lineTo((busClock) => teller({ drive, speaks: kind === 'voice', busClock, told: (text) => heard.push(text) }))
  const driven = { unit: 0, timeoutMs, kind, drive, valve: null, watchdog: null, maxWords: 125, afterWriteMs: 0 }
  const output = makeOutput(driven, { frames: line, busClock: clock })
  const set = async (on: boolean, text = '') => {
    const done = output.set(on, { text, to: [] })
    await clock.run(clock.now() + 1500)
    return done
  }
  return { clock, heard, set, wire }
}

const wordsOf = (drive: FramesDrive): string => (drive.say ? '红色预警，立即撤离' : '#12')

describe.each(told)('$name', (kind) => {
  it('says what it is told, and then nothing', async () => {
    const { heard, set } = start(kind)
    const text = wordsOf(kind.drive)
    expect(await set(true, text)).toEqual({ actual: true, detail: '' })
    expect(heard).toContain(text)
    expect(await set(false)).toEqual({ actual: false, detail: '' })
    expect(heard.at(-1)).toBeNull()
  })

  it('finds its frames behind noise', async () => {
    const { clock, heard, set, wire } = start(kind)
    wire.port.write(Uint8Array.of(0x00, 0x55, 0x11))
    await clock.run(clock.now() + 500)
    if (kind.drive.start.length > 0) {
      await set(true, wordsOf(kind.drive))
      expect(heard).toContain(wordsOf(kind.drive))
    }
  })
})

it('a voice ends its text by itself, and is told to speak it again', async () => {
  const [kind] = told.filter(({ name }) => name === 'yutone/syn6288')
  const { clock, heard, set } = start(kind as (typeof told)[number])
  await set(true, '撤离')
  await clock.run(clock.now() + 5000)
  await set(true, '撤离')
  expect(heard.filter((text) => text === '撤离')).toHaveLength(2)
})

it('a modem sends what it is told, and nothing else', async () => {
  const heard: string[] = []
  const { clock, line } = lineTo(() => mobile((to, text) => heard.push(`${to}: ${text}`)))
  const output = makeSms(line, clock)
  const done = output.set(true, { text: '红色预警', to: ['+8613800138000', '10086'] })
  await clock.run()
  expect(await done).toEqual({ actual: true, detail: '' })
  expect(heard).toEqual(['+8613800138000: 红色预警', '10086: 红色预警'])
})
