// What a line knows of its lateness and of what is owed to it: over openings, within bounds.

import { describe, expect, it } from 'vitest'
import { openLine } from '../../../devicejs/line/line.ts'
import { makeStep } from '../../../devicejs/line/step.ts'
import { rtuFrame } from '../../../protocol/frames.ts'
import { virtualClock, virtualWire } from '../virtual.ts'

const request = (unit: number, count: number, code = 3) => rtuFrame(unit, Uint8Array.of(code, 0, 10, 0, count))
const answer = (unit: number, count: number, code = 3) => rtuFrame(unit, Uint8Array.of(code, 2 * count, ...Array.from({ length: 2 * count }, (_, i) => i)))
const countOf = (probe: Uint8Array | null) => probe && (probe[4]! << 8) | probe[5]!
const probe = { table: 'holding', address: 0, most: 125 } as const

describe('the silence', () => {
  it.each<[string, number, number, number]>([
    ['is what the site says where nothing was late', 1000, 0, 1000],
    ['is what the site says where that is longer', 1000, 600, 1000],
    ['is half as long again as the worst that an earlier life has seen', 1000, 2000, 3000],
    ['is bounded: a line must be asked something now and then', 1000, 600_000, 7500],
    ['is longer than the bound where the site says so', 9000, 600_000, 9000],
  ])('%s', (_, quietMs, worstLateMs, silenceMs) => expect(makeStep(quietMs, worstLateMs).quietMs()).toBe(silenceMs))

  it('keeps what a line has learned when it is opened anew', async () => {
    const step = makeStep(1000)
    const settings = { baud: 9600, bitsPerCharacter: 10, quietMs: 1000, step }
    const clock = virtualClock()
    const first = virtualWire(clock)
    first.onRequest(() => first.say(answer(1, 2), 2000))
    const line = openLine(first.port, clock, settings)
    const missed = line.ask(request(1, 2), 100)
    await clock.run()
    expect(await missed).toMatchObject({ fault: 'timeout' })
    first.lose('unplugged')
    const second = virtualWire(clock)
    const again = openLine(second.port, clock, settings)
    const from = clock.now()
    void again.ask(request(1, 2), 100)
    await clock.run()
    expect(second.heard[0]!.at - from).toBeCloseTo(1.5 * step.health.worstLateMs, 6)
    expect(step.health.worstLateMs).toBeGreaterThan(1900)
  })
})

describe('what is owed', () => {
  it.each<[string, Uint8Array, boolean]>([
    ['holds up the same again', request(1, 2), true],
    ['holds up another block of the same function: an exception fits it', request(1, 9), true],
    ['lets another function through', request(1, 2, 4), false],
    ['lets another unit through', request(2, 2), false],
  ])('%s', (_, next, waits) => {
    const step = makeStep(1000)
    step.sent(request(1, 2), 0)
    step.missed(request(1, 2), 0, 100)
    expect(step.clearAt(next, 200)).toBe(waits ? 1100 : 200)
    expect(step.clearAt(next, 1100)).toBe(1100)
  })

  it('is settled when it comes, the oldest first', () => {
    const step = makeStep(1000)
    for (const at of [0, 300]) {
      step.sent(request(1, 2), at)
      step.missed(request(1, 2), at, at + 100)
    }
    expect(step.recognise(answer(1, 2), 500)).toEqual({ from: 0, to: 9 })
    expect(step.health.worstLateMs).toBe(500)
    expect(step.clearAt(request(1, 2), 600)).toBe(1400)
    expect(step.recognise(Uint8Array.of(9, 9, ...answer(1, 2)), 600)).toEqual({ from: 2, to: 11 })
    expect(step.clearAt(request(1, 2), 600)).toBe(600)
    expect(step.late).toBe(2)
  })

  it('is not more than can be kept: then nothing is probed, and silence voids it all', () => {
    const step = makeStep(1000)
    for (let unit = 1; unit <= 15; unit++) step.missed(request(unit, 2), 0, 100)
    expect(step.probe(1, probe, 200)).toBeNull()
    expect(step.probe(1, probe, 1100)).not.toBeNull()
  })
})

describe('the counts of probes', () => {
  it('go round through the least that nothing asks for', () => {
    const step = makeStep(1000)
    for (const count of [1, 2, 4]) step.sent(request(7, count), 0)
    expect(Array.from({ length: 17 }, () => countOf(step.probe(1, probe, 0)))).toEqual([3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 3])
  })

  it('are those that the unit allows; there may be none', () => {
    const step = makeStep(1000)
    for (let count = 1; count <= 4; count++) step.sent(request(7, count), 0)
    expect(step.probe(1, { ...probe, most: 4 }, 0)).toBeNull()
    expect(countOf(step.probe(1, { ...probe, most: 5 }, 0))).toBe(5)
  })

  it('are not used up by the probes themselves', () => {
    const step = makeStep(1000)
    for (let n = 0; n < 40; n++) {
      const sent = step.probe(1, { ...probe, most: 4 }, 0)
      expect(sent).not.toBeNull()
      step.sent(sent!, 0)
    }
  })
})
