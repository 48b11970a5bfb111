// The RTU line in virtual time, byte by byte, against the cast of bad devices: faults are told, and nothing wrong is ever believed.

import { describe, expect, it } from 'vitest'
import { type LineReply, openLine, silenceMs } from '../../../devicejs/line/line.ts'
import { makeSlave } from '../../../devicejs/slave.ts'
import { crc16, rtuFrame } from '../../../protocol/frames.ts'
import { registers, valueAt } from '../registers.ts'
import { virtualClock, virtualWire } from '../virtual.ts'

const baud = { baud: 9600, bitsPerCharacter: 11 }
const quietMs = 1000
const timeoutMs = 100

const readRequest = (unit: number, address: number, count: number) => rtuFrame(unit, Uint8Array.of(3, address >>> 8, address & 0xff, 0, count))

const wordsOf = (frame: Uint8Array) => Array.from({ length: frame[2]! / 2 }, (_, i) => (frame[3 + 2 * i]! << 8) | frame[4 + 2 * i]!)

/** A line with three good units, in step from time 0 on; `speak` may change what each good answer becomes. */
function rig(speak: (answer: Uint8Array, say: (bytes: Uint8Array, afterMs?: number) => void, request: Uint8Array) => void = (answer, say) => say(answer, 20)) {
  const clock = virtualClock(-quietMs)
  const wire = virtualWire(clock)
  const units = new Map([1, 2, 3].map((unit) => [unit, registers(unit)]))
  const slave = makeSlave(units)
  wire.onRequest((request) => {
    const answer = slave.rtu(request)
    if (answer) speak(answer, wire.say, request)
  })
  const line = openLine(wire.port, clock, { ...baud, quietMs })
  const read = async (unit = 1, address = 10, count = 2): Promise<LineReply & { at: number }> => {
    const reply = await line.ask(readRequest(unit, address, count), timeoutMs)
    return { ...reply, at: clock.now() }
  }
  return { clock, wire, line, read, units, slave }
}

const good = {
  ok: true,
  frame: rtuFrame(1, Uint8Array.of(3, 4, ...[10, 11].flatMap((at) => [valueAt(1, 'holding', at) >>> 8, valueAt(1, 'holding', at) & 0xff]))),
}

async function outcome(setup: ReturnType<typeof rig>) {
  const reply = setup.read()
  await setup.clock.run()
  return reply
}

describe('a good device', () => {
  it('is believed, however its answer is cut', async () => {
    for (let cut = 0; cut <= good.frame.length; cut++) {
      const setup = rig((answer, say) => {
        say(answer.slice(0, cut), 20)
        say(answer.slice(cut), 35)
      })
      expect(await outcome(setup)).toMatchObject(good)
      expect(setup.line.inStep()).toBe(true)
    }
  })

  it('is believed byte by byte', async () => {
    const setup = rig((answer, say) => {
      for (const [i, byte] of answer.entries()) say(Uint8Array.of(byte), 20 + i)
    })
    expect(await outcome(setup)).toMatchObject(good)
  })

  it('is asked in the order of the calls, one at a time, with silence before each request', async () => {
    const { clock, wire, read } = rig()
    const replies = Promise.all([read(1, 10), read(2, 20), read(3, 30), read(1, 40)])
    await clock.run()
    expect((await replies).map((reply) => reply.ok && wordsOf(reply.frame)[0])).toEqual([
      valueAt(1, 'holding', 10),
      valueAt(2, 'holding', 20),
      valueAt(3, 'holding', 30),
      valueAt(1, 'holding', 40),
    ])
    const gaps = wire.heard.slice(1).map(({ at }, i) => at - wire.heard[i]!.at - 20)
    for (const gap of gaps) expect(gap).toBeCloseTo(silenceMs(baud), 6)
  })

  it('has t3.5 of silence: 4.01 ms at 9600 baud, 1.75 ms above 19,200', () => {
    expect(silenceMs(baud)).toBeCloseTo(4.0104, 4)
    expect(silenceMs({ baud: 19200, bitsPerCharacter: 11 })).toBeCloseTo(2.005, 3)
    expect(silenceMs({ baud: 115200, bitsPerCharacter: 10 })).toBe(1.75)
  })

  it('may write, and its confirmation must be that of the write', async () => {
    const setup = rig()
    const request = rtuFrame(2, Uint8Array.of(6, 0, 5, 0x12, 0x34))
    const reply = setup.line.ask(request, timeoutMs)
    await setup.clock.run()
    expect(await reply).toMatchObject({ ok: true, frame: request })
    expect(setup.units.get(2)!.written).toEqual([['holding', 5, [0x1234]]])

    const liar = rig((_answer, say) => say(rtuFrame(2, Uint8Array.of(6, 0, 5, 0x12, 0x35)), 20))
    const lie = liar.line.ask(request, timeoutMs)
    await liar.clock.run()
    expect(await lie).toMatchObject({ ok: false, fault: 'out-of-step' })
  })

  it('may write to all at once: nobody answers, and the line stays in step', async () => {
    const setup = rig()
    const replies = [
      setup.line.ask(rtuFrame(0, Uint8Array.of(6, 0, 5, 0x12, 0x34)), timeoutMs),
      setup.line.ask(rtuFrame(0, Uint8Array.of(16, 0, 7, 0, 1, 2, 0, 9)), timeoutMs),
      setup.line.ask(rtuFrame(0, Uint8Array.of(3, 0, 7, 0, 1)), timeoutMs),
    ]
    await setup.clock.run()
    expect(await replies[0]).toMatchObject({ ok: true, frame: rtuFrame(0, Uint8Array.of(6, 0, 5, 0x12, 0x34)) })
    expect(await replies[1]).toMatchObject({ ok: true, frame: rtuFrame(0, Uint8Array.of(16, 0, 7, 0, 1)) })
    expect(await replies[2]).toMatchObject({ ok: false, fault: 'timeout' })
    for (const { written } of setup.units.values())
      expect(written).toEqual([
        ['holding', 5, [0x1234]],
        ['holding', 7, [9]],
      ])
    const [first, second] = setup.wire.heard
    expect(second!.at - first!.at).toBeLessThan(timeoutMs + 50)
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(timeoutMs)
  })

  it('has the time that its bytes take on the wire on top of its own', async () => {
    const wireMs = ((8 + 9) * 11_000) / 9600 + silenceMs(baud)
    const slow = (ms: number) => outcome(rig((answer, say) => say(answer, wireMs + ms)))
    expect(await slow(timeoutMs - 1)).toMatchObject(good)
    expect(await slow(timeoutMs + 1)).toMatchObject({ ok: false, fault: 'timeout' })
  })
})

describe('the cast of bad devices', () => {
  const frame = good.frame

  it('the mute: a timeout, and a second of silence before the next is asked', async () => {
    const setup = rig((answer, say) => {
      if (answer[0] !== 1) say(answer, 20)
    })
    const first = setup.read(1)
    const second = setup.read(2)
    await setup.clock.run()
    expect(await first).toMatchObject({ ok: false, fault: 'timeout', detail: 'unit 1 did not answer' })
    expect((await second).ok).toBe(true)
    expect(setup.wire.heard[1]!.at).toBeCloseTo((await first).at + quietMs, 6)
  })

  it('the refuser: an exception is an answer, and the line stays in step', async () => {
    const setup = rig((_answer, say) => say(rtuFrame(1, Uint8Array.of(0x83, 2)), 20))
    expect(await outcome(setup)).toMatchObject({ ok: true, frame: rtuFrame(1, Uint8Array.of(0x83, 2)) })
    expect(setup.line.inStep()).toBe(true)
  })

  it.each<[string, Uint8Array, string, RegExp]>([
    ['the short', frame.slice(0, 6), 'short', /6 of 9 bytes/],
    ['the short with a good CRC', rtuFrame(1, Uint8Array.of(3, 2, 1, 2)), 'short', /7 of 9 bytes/],
    ['the garbler', Uint8Array.from(frame, (byte, i) => (i === 4 ? byte ^ 4 : byte)), 'checksum', /none of them a good answer/],
    ['the impostor', rtuFrame(7, frame.slice(1, -2)), 'out-of-step', /unit 7 answered in place of unit 1/],
    ['the one that answers another function', rtuFrame(1, Uint8Array.of(4, ...frame.slice(2, -2))), 'out-of-step', /something else/],
    ['the one that answers more than was asked', rtuFrame(1, Uint8Array.of(3, 6, 1, 2, 3, 4, 5, 6)), 'out-of-step', /something else/],
    ['the one with another byte count', rtuFrame(1, Uint8Array.of(3, 3, ...frame.slice(3, -2))), 'out-of-step', /something else/],
    ['the garbler of exceptions', Uint8Array.of(1, 0x83, 2, 0, 0), 'short', /5 of 9/],
    ['the babbler', new Uint8Array(400).fill(0x55), 'checksum', /400 bytes/],
    ['a good answer with a stranger’s behind it', Uint8Array.of(...frame, ...rtuFrame(2, frame.slice(1, -2))), 'out-of-step', /more than the answer/],
    ['a good answer with noise behind it', Uint8Array.of(...frame, 0, 0), 'out-of-step', /2 bytes more than the answer/],
    ['a good answer behind a stranger’s', Uint8Array.of(...rtuFrame(2, frame.slice(1, -2)), ...frame), 'checksum', /none of them a good answer/],
  ])('%s: a fault, and out of step', async (_, bytes, fault, detail) => {
    const setup = rig((_answer, say) => say(bytes, 20))
    const reply = setup.read()
    await setup.clock.run(500)
    expect(await reply).toMatchObject({ ok: false, fault, detail: expect.stringMatching(detail) })
    expect(setup.line.inStep()).toBe(false)
    await setup.clock.run(2000)
    expect(setup.line.inStep()).toBe(true)
  })

  it('the noisy: a few bytes before an answer are passed over', async () => {
    for (const noise of [[0], [0xff, 0], [1, 3, 0xff], [1, 3, 4, 0]]) {
      const whole = rig((answer, say) => say(Uint8Array.of(...noise, ...answer), 20))
      expect(await outcome(whole)).toMatchObject(good)
      const dripping = rig((answer, say) => {
        for (const [i, byte] of [...noise, ...answer].entries()) say(Uint8Array.of(byte), 20 + i)
      })
      expect(await outcome(dripping)).toMatchObject(good)
      expect(dripping.line.inStep()).toBe(true)
    }
  })

  it('the echo: an answer that comes twice is believed once, and the line waits for silence', async () => {
    const setup = rig((answer, say) => say(Uint8Array.of(...answer, ...answer), 20))
    const [first, second] = [setup.read(), setup.read()]
    await setup.clock.run()
    expect([await first, await second]).toMatchObject([good, good])
    expect(setup.wire.heard[1]!.at - (await first).at).toBeCloseTo(quietMs, 6)
  })

  it('the echo a little later: the copy is thrown away, counted, and restarts the silence', async () => {
    const setup = rig((answer, say) => {
      say(answer, 20)
      say(answer, 42)
    })
    const first = setup.read(1, 10)
    await setup.clock.run(100)
    const second = setup.read(1, 50)
    await setup.clock.run()
    expect(await first).toMatchObject(good)
    const reply = await second
    expect(reply.ok && wordsOf(reply.frame)).toEqual([50, 51].map((at) => valueAt(1, 'holding', at)))
    expect(setup.line.late()).toBe(2)
    expect(setup.wire.heard[1]!.at).toBeCloseTo(42 + quietMs, 6)
  })

  it('the echo into the next request: a copy of the right shape that is followed by the answer is not believed', async () => {
    let asked = 0
    const setup = rig((answer, say) => {
      say(answer, 20)
      if (asked++ === 0) say(answer, 42)
    })
    const [first, second] = [setup.read(1, 10), setup.read(1, 50)]
    await setup.clock.run()
    expect(await first).toMatchObject(good)
    expect(await second).toMatchObject({ ok: false, fault: 'out-of-step', detail: '9 bytes more than the answer' })
  })

  it('the one that repeats a part of its answer: not believed, the part may be the beginning of another', async () => {
    expect(await outcome(rig((answer, say) => say(Uint8Array.of(...answer, ...answer.slice(0, 3)), 20)))).toMatchObject({ fault: 'out-of-step' })
  })

  it('the late: its answer restarts the silence, and is never taken for the next one’s', async () => {
    let late = true
    const setup = rig((answer, say) => {
      say(answer, late ? 700 : 20)
      late = false
    })
    const [first, second] = [setup.read(1, 10), setup.read(1, 50)]
    await setup.clock.run()
    expect(await first).toMatchObject({ ok: false, fault: 'timeout' })
    const reply = await second
    expect(reply.ok && wordsOf(reply.frame)).toEqual([50, 51].map((at) => valueAt(1, 'holding', at)))
    expect(setup.wire.heard[1]!.at).toBeCloseTo(700 + quietMs, 6)
    expect(setup.line.late()).toBe(1)
  })

  it('the late, to what was asked before the line was opened: it restarts the silence', async () => {
    const setup = rig()
    setup.wire.say(frame, 100)
    const reply = setup.read(1, 50)
    await setup.clock.run()
    expect(await reply).toMatchObject({ ok: true })
    expect(setup.wire.heard[0]!.at).toBeCloseTo(100, 6)
  })

  it('the stuck: a line that never falls silent ends each request with a fault, and is used again when it does', async () => {
    const setup = rig()
    for (let at = 0; at < 10_000; at += 50) setup.wire.say(Uint8Array.of(0x55), at)
    await setup.clock.run(1)
    const replies = [setup.read(), setup.read()]
    await setup.clock.run(9000)
    expect(await replies[0]).toMatchObject({ ok: false, fault: 'overload', detail: 'the line was not silent for 1000 ms' })
    expect(await replies[1]).toMatchObject({ ok: false, fault: 'overload' })
    expect(setup.wire.heard).toEqual([])
    const after = setup.read()
    await setup.clock.run()
    expect(await after).toMatchObject(good)
  })
})

describe('urgent requests', () => {
  it('go before all that waits, in the order of their calls', async () => {
    const { clock, line } = rig()
    const order: string[] = []
    const ask = async (name: string, urgent: boolean) => {
      const reply = await line.ask(readRequest(1, 10, 2), timeoutMs, { urgent })
      order.push(reply.ok ? name : reply.fault)
    }
    await clock.run(0)
    const all = [ask('a', false), ask('b', false), ask('c', true), ask('d', false), ask('e', true)]
    await clock.run()
    await Promise.all(all)
    expect(order).toEqual(['a', 'c', 'e', 'b', 'd'])
  })

  it('go before one that waits for the line to fall silent', async () => {
    const setup = rig((answer, say) => answer[0] !== 1 && say(answer, 20))
    const order: number[] = []
    const ask = async (unit: number, urgent = false) => {
      await setup.line.ask(readRequest(unit, 10, 2), timeoutMs, { urgent })
      order.push(unit)
    }
    const all = [ask(1), ask(2)]
    await setup.clock.run(500)
    all.push(ask(3, true))
    await setup.clock.run()
    await Promise.all(all)
    expect(order).toEqual([1, 3, 2])
  })
})

describe('a probe', () => {
  const probe = { table: 'holding', address: 7, most: 40 } as const
  const asking = { probe }
  const countOf = (request: Uint8Array) => (request[4]! << 8) | request[5]!

  /** Unit 1 does with its nth answer what `habits` says; all else is well. Reads without a number of retries, as a poll loop does. */
  function probed(habit: (nth: number, answer: Uint8Array, say: (bytes: Uint8Array, afterMs?: number) => void) => void) {
    let nth = 0
    const setup = rig((answer, say) => {
      if (answer[0] === 1) habit(nth++, answer, say)
      else say(answer, 20)
    })
    const read = async (unit: number, address: number, count = 2) => {
      const reply = await setup.line.ask(readRequest(unit, address, count), timeoutMs, asking)
      return { ...reply, at: setup.clock.now() }
    }
    const all = async (...reads: [number, number, number?][]) => {
      const replies = reads.map((one) => read(...one))
      await setup.clock.run()
      return Promise.all(replies)
    }
    return { ...setup, all }
  }
  const right = (unit: number, address: number, count = 2) =>
    expect.objectContaining({ frame: makeSlave(new Map([[unit, registers(unit)]])).rtu(readRequest(unit, address, count)) })

  it('brings the line back into step long before silence would, and nothing is asked before', async () => {
    const { all, wire, line } = probed((nth, answer, say) => nth > 0 && say(answer, 20))
    const [missed, next] = await all([1, 10], [2, 20])
    expect(missed).toMatchObject({ fault: 'timeout' })
    expect(next).toEqual(right(2, 20))
    expect(wire.heard.map(({ bytes }) => [bytes[0], countOf(bytes)])).toEqual([
      [1, 2],
      [1, 1],
      [2, 2],
    ])
    expect(next!.at - missed!.at).toBeLessThan(60)
    expect(line.step()).toMatchObject({ inStep: true, lost: 1, probes: 1, probesAnswered: 1, silences: 0 })
    expect(line.step().lostMs).toBeCloseTo(quietMs + 20 + silenceMs(baud), 6) // that of the opening, too
  })

  it('is followed by the late answer while the next request is held back for it: no time is lost twice', async () => {
    const { all, line, clock } = probed((nth, answer, say) => say(answer, nth === 0 ? timeoutMs + 500 : 20))
    const [missed, next] = await all([1, 10], [1, 10])
    expect(next).toMatchObject({ ok: true })
    expect(line.late()).toBe(1)
    expect(line.step().lostMs).toBeLessThanOrEqual(quietMs + next!.at - missed!.at)
    expect(clock.now()).toBeGreaterThanOrEqual(next!.at)
  })

  it('saves no time where the next request is for the missed unit, and what that waits for is counted as lost', async () => {
    const { all, line } = probed((nth, answer, say) => nth > 0 && say(answer, 20))
    const [missed, next] = await all([1, 10], [1, 10])
    expect(next!.at - missed!.at).toBeGreaterThanOrEqual(quietMs)
    expect(line.step().probesAnswered).toBe(1)
    expect(line.step().lostMs).toBeCloseTo(2 * quietMs, 6) // that of the opening, too
  })

  it('is not sent while nobody waits', async () => {
    const { all, wire } = probed(() => {})
    await all([1, 10])
    expect(wire.heard).toHaveLength(1)
  })

  it('passes over the late answer that it was sent for, and counts it', async () => {
    const { all, line } = probed((nth, answer, say) => say(answer, nth === 0 ? 140 : 60))
    const [missed, next] = await all([1, 10], [1, 50])
    expect(missed).toMatchObject({ fault: 'timeout' })
    expect(next).toEqual(right(1, 50))
    expect(next!.at - missed!.at).toBeLessThan(150)
    expect(line.late()).toBe(1)
    expect(line.step().worstLateMs).toBeCloseTo(140 - (8 * 11_000) / 9600, 6)
  })

  it('does not make the missed answer believable: what it could be taken for is asked when it is too late to come', async () => {
    // The late answer overtakes nothing here: it comes long after the probe's own, as it may through a repeater.
    const { all, wire } = probed((nth, answer, say) => say(answer, nth === 0 ? 700 : 20))
    const [missed, other, same] = await all([1, 10], [2, 20], [1, 50])
    expect(missed).toMatchObject({ fault: 'timeout' })
    expect(other).toEqual(right(2, 20))
    expect(other!.at).toBeLessThan(300)
    expect(same).toEqual(right(1, 50))
    expect(wire.heard.at(-1)!.at).toBeGreaterThan(700)
  })

  it('costs nothing where it is not answered: the silence has gone on meanwhile', async () => {
    const { all, line } = probed(() => {})
    const [missed, next] = await all([1, 10], [2, 20])
    expect(next).toEqual(right(2, 20))
    expect(next!.at - missed!.at - 20 - silenceMs(baud)).toBeCloseTo(quietMs, 6)
    expect(line.step()).toMatchObject({ probes: 1, probesAnswered: 0, silences: 1 })
  })

  it.each<[string, (answer: Uint8Array) => Uint8Array]>([
    ['with something behind it', (answer) => Uint8Array.of(...answer, 0)],
    ['twice', (answer) => Uint8Array.of(...answer, ...answer)],
    ['by an exception, which may be the late answer', () => rtuFrame(1, Uint8Array.of(0x83, 2))],
    ['with another number of registers', () => rtuFrame(1, Uint8Array.of(3, 4, 1, 2, 3, 4))],
    ['by another unit', (answer) => rtuFrame(2, answer.slice(1, -2))],
    ['garbled', (answer) => Uint8Array.from(answer, (byte, i) => (i === 3 ? byte ^ 1 : byte))],
  ])('that is answered %s proves nothing: then the line has to be silent', async (_, bad) => {
    const { all, line, wire } = probed((nth, answer, say) => nth > 0 && say(bad(answer), 20))
    const [, next] = await all([1, 10], [2, 20])
    expect(next).toEqual(right(2, 20))
    expect(line.step()).toMatchObject({ probesAnswered: 0, silences: 1 })
    expect(wire.heard.at(-1)!.at - wire.heard[1]!.at).toBeGreaterThan(quietMs)
  })

  it('has another count each time, and never one that a request has', async () => {
    const { all, wire } = probed(() => {})
    await all([2, 10, 1], [2, 10, 3], [2, 10, 4])
    const reads: [number, number][] = Array.from({ length: 8 }, () => [1, 10])
    await all(...reads)
    const counts = wire.heard.slice(4).flatMap(({ bytes }, i) => (i % 2 === 0 ? [countOf(bytes)] : []))
    expect(counts).toEqual([5, 6, 7, 8, 9, 10, 11])
  })

  it('whose count a request asks for soon after: that one waits until the probe’s answer is too late to come', async () => {
    // The probe (1 register) is answered so late that a silence has passed before; the next request has its very shape.
    const { all, line } = probed((nth, answer, say) => nth > 0 && say(answer, nth === 1 ? 1100 : 20))
    const [missed, next] = await all([1, 10, 2], [1, 60, 1])
    expect(missed).toMatchObject({ fault: 'timeout' })
    expect(next).toEqual(right(1, 60, 1))
    expect(line.late()).toBe(1)
  })

  it('is left out after a stranger’s answer: who else owes one, nobody knows', async () => {
    const { all, line } = probed((nth, answer, say) => say(nth === 0 ? rtuFrame(7, answer.slice(1, -2)) : answer, 20))
    const [, next] = await all([1, 10], [2, 20])
    expect(next).toEqual(right(2, 20))
    expect(line.step()).toMatchObject({ probes: 0, silences: 1 })
  })
})

describe('the learned lateness', () => {
  it('makes the silence half as long again as the worst answer was late', async () => {
    let asked = 0
    const setup = rig((answer, say) => say(answer, asked++ === 0 ? 900 : 20))
    await outcome(setup)
    const { worstLateMs } = setup.line.step()
    expect(worstLateMs).toBeCloseTo(900 - (8 * 11_000) / 9600, 6)
    setup.wire.say(Uint8Array.of(0), 5000)
    const noisyAt = setup.clock.now() + 5000
    await setup.clock.run()
    const next = setup.read()
    await setup.clock.run()
    await next
    expect(setup.wire.heard.at(-1)!.at - noisyAt).toBeCloseTo(1.5 * worstLateMs, 6)
  })

  it('is bounded: what comes an age later is thrown away, and nothing is learned of it', async () => {
    let asked = 0
    const setup = rig((answer, say) => say(answer, asked++ === 0 ? 60_000 : 20))
    await outcome(setup)
    expect(setup.line.step()).toMatchObject({ worstLateMs: 0, lost: 2 })
  })
})

describe('thousands of reads', () => {
  /** A small generator of its own: the test is the same each time. */
  const chance = (seed: number) => () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return seed / 2 ** 32
  }

  it('one answer in ten late, on three devices of the same shape: no value is ever another’s', async () => {
    const draw = chance(7)
    const setup = rig((answer, say) => say(answer, draw() < 0.1 ? 130 + draw() * 900 : 5 + draw() * 20))
    const { clock, read, line } = setup
    let right = 0
    let wrong = 0
    let missed = 0
    const poll = async () => {
      for (let n = 0; n < 6000; n++) {
        const unit = 1 + (n % 3)
        const address = Math.floor(draw() * 60000)
        const reply = await read(unit, address, 2)
        if (!reply.ok) missed++
        else if (wordsOf(reply.frame).every((value, i) => value === valueAt(unit, 'holding', address + i))) right++
        else wrong++
      }
    }
    const done = poll()
    await clock.run()
    await done
    expect(wrong).toBe(0)
    expect(right).toBeGreaterThan(5200)
    expect(missed).toBeGreaterThan(450)
    expect(line.late()).toBe(missed)
  })

  it('any of the cast at random, cut anywhere: no value is ever wrong', async () => {
    const draw = chance(11)
    const pick = (most: number) => Math.floor(draw() * most)
    const setup = rig((answer, say) => {
      const garbled = answer.slice()
      garbled[pick(garbled.length)]! ^= 1 << pick(8)
      const other = rtuFrame(((answer[0]! + pick(2)) % 3) + 1, answer.slice(1, -2))
      const many: [Uint8Array, number][][] = [
        [],
        [[garbled, 20]],
        [[answer.slice(0, pick(answer.length)), 20]],
        [[answer, 150 + pick(800)]],
        [[Uint8Array.of(...answer, ...answer), 20]],
        [
          [answer, 20],
          [answer, 21],
        ],
        [[other, 20]],
        [[Uint8Array.of(0xff, ...answer), 20]],
        [[rtuFrame(answer[0]!, Uint8Array.of(0x83, 1 + pick(4))), 20]],
        [
          [answer, 20],
          [Uint8Array.of(pick(256)), 20 + pick(400)],
        ],
      ]
      const bad = draw() < 0.3 ? many[pick(many.length)]! : [[answer, 20] as [Uint8Array, number]]
      for (const [bytes, afterMs] of bad) {
        const cut = pick(bytes.length + 1)
        say(bytes.slice(0, cut), afterMs)
        say(bytes.slice(cut), afterMs)
      }
    })
    let right = 0
    let wrong = 0
    const poll = async () => {
      for (let n = 0; n < 4000; n++) {
        const unit = 1 + pick(3)
        const address = pick(60000)
        const reply = await setup.read(unit, address, 2)
        if (!reply.ok || reply.frame[1] === 0x83) continue
        if (wordsOf(reply.frame).every((value, i) => value === valueAt(unit, 'holding', address + i))) right++
        else wrong++
      }
    }
    const done = poll()
    await setup.clock.run()
    await done
    expect(wrong).toBe(0)
    expect(right).toBeGreaterThan(2800)
  })
})

describe('the end of a line', () => {
  it('ends what is asked and what waits, and all after it', async () => {
    const setup = rig(() => {})
    const replies = [setup.read(), setup.read()]
    await setup.clock.run(50)
    setup.wire.lose('the adapter was unplugged')
    replies.push(setup.read())
    for (const reply of replies) expect(await reply).toMatchObject({ ok: false, fault: 'closed', detail: 'the adapter was unplugged', at: 50 })
    setup.wire.say(good.frame)
    await setup.clock.run()
    expect(setup.line.late()).toBe(0)
  })

  it('refuses what cannot wait any more', async () => {
    const setup = rig()
    await setup.clock.run(0)
    const replies = Array.from({ length: 70 }, () => setup.read())
    await setup.clock.run()
    const all = await Promise.all(replies)
    expect(all.filter((reply) => reply.ok)).toHaveLength(65)
    expect(all.filter((reply) => !reply.ok && reply.fault === 'overload')).toHaveLength(5)
  })
})

it('the answers of this file are whole', () => expect(crc16(good.frame)).toBe(0))
