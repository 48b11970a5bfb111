// The silent device: several devices on one line, one of them mute, late or garbled for a while, by seed. No value may ever be another's.

import { afterMs, monotonicMs, realBusClock } from '../../devicejs/drivers/clock.ts'
import { openBus } from '../../devicejs/drivers/modbus.ts'
import { openLine } from '../../devicejs/line/line.ts'
import { makeSlave } from '../../devicejs/slave.ts'
import { rtuFrame } from '../../protocol/frames.ts'
import { type Chance, makeChance } from '../../sim/world/chance.ts'
import type { Part } from '../bench/part.ts'
import { registers, valueAt } from '../devicejs/registers.ts'
import { listen, openEnd, ptyPair, stop } from '../devicejs/serving.ts'
import { virtualClock, virtualWire } from '../devicejs/virtual.ts'

const units = [1, 2, 3, 4, 5]
const words = 2

/** The line of the virtual runs as a site has it: 9600 baud, 300 ms for an answer, a second of silence. */
const virtualPolls = { quick: 300_000, full: 5_000_000 }
const pollsPerSeed = 10_000
/** The real runs are in a hurry, but lateness stays far below the silence: a busy machine adds some of its own. */
const realMs = { quick: 15_000, full: 180_000 }
const real = { timeoutMs: 25, quietMs: 300, latestMs: 90 }

interface Tally {
  polls: number
  right: number
  wrong: number
  missed: number
}

/** What becomes of one good answer: pieces, and after how long. */
type Spoken = { bytes: Uint8Array; afterMs: number }[]

/** One device at a time has a spell of a bad habit; between spells all are well. */
function makeCast(chance: Chance, timeoutMs: number, latestMs: number): (answer: Uint8Array) => Spoken {
  let unit = 0
  let habit = 0
  let left = 0
  return (answer) => {
    if (left-- <= 0) {
      left = Math.floor(chance.between(5, 60))
      unit = units[Math.floor(chance.fraction() * units.length)]!
      habit = Math.floor(chance.fraction() * 6)
    }
    const soon = chance.between(0, timeoutMs * 0.2)
    if (answer[0] !== unit || chance.fraction() < 0.3) return [{ bytes: answer, afterMs: soon }]
    switch (habit) {
      case 0: // well
        return [{ bytes: answer, afterMs: soon }]
      case 1: // mute
        return []
      case 2: // late
        return [{ bytes: answer, afterMs: timeoutMs + chance.between(0, latestMs) }]
      case 3: {
        // garbled
        const bytes = answer.slice()
        bytes[Math.floor(chance.fraction() * bytes.length)]! ^= 1 << Math.floor(chance.fraction() * 8)
        return [{ bytes, afterMs: soon }]
      }
      case 4: // cut short, the rest late
        return [
          { bytes: answer.slice(0, 4), afterMs: soon },
          { bytes: answer.slice(4), afterMs: timeoutMs + chance.between(0, latestMs) },
        ]
      default: // twice
        return [{ bytes: Uint8Array.of(...answer, ...answer), afterMs: soon }]
    }
  }
}

const request = (unit: number, address: number) => rtuFrame(unit, Uint8Array.of(3, address >>> 8, address & 0xff, 0, words))

function judge(tally: Tally, unit: number, address: number, values: ArrayLike<number> | null): void {
  tally.polls++
  if (values === null) tally.missed++
  else if (Array.from(values).every((value, i) => value === valueAt(unit, 'holding', address + i))) tally.right++
  else tally.wrong++
}

async function virtualRun(seed: number, tally: Tally): Promise<void> {
  const timeoutMs = 300
  const quietMs = 1000
  const chance = makeChance(seed)
  const clock = virtualClock()
  const wire = virtualWire(clock)
  const slave = makeSlave(new Map(units.map((unit) => [unit, registers(unit)])))
  // The line gives the wire's own time on top of the timeout; an answer may be as late as the silence less that.
  const cast = makeCast(chance.fork('cast'), timeoutMs, quietMs - 50)
  wire.onRequest((bytes) => {
    const answer = slave.rtu(bytes)
    if (answer) for (const spoken of cast(answer)) wire.say(spoken.bytes, spoken.afterMs)
  })
  const line = openLine(wire.port, clock, { baud: 9600, bitsPerCharacter: 10, quietMs })
  const poll = async () => {
    for (let n = 0; n < pollsPerSeed; n++) {
      const unit = units[n % units.length]!
      const address = Math.floor(chance.fraction() * 60_000)
      const reply = await line.ask(request(unit, address), timeoutMs)
      const { frame } = reply.ok ? reply : { frame: null }
      judge(tally, unit, address, frame && [(frame[3]! << 8) | frame[4]!, (frame[5]! << 8) | frame[6]!])
    }
  }
  const done = poll()
  await clock.run()
  await done
}

/** The same through the library and a real line or connection. */
async function realRun(how: 'serial' | 'rtu-over-tcp', seed: number, ms: number, tally: Tally): Promise<void> {
  const chance = makeChance(seed)
  const slave = makeSlave(new Map(units.map((unit) => [unit, registers(unit)])))
  const cast = makeCast(chance.fork('cast'), real.timeoutMs, real.latestMs)
  const speak = (bytes: Uint8Array, say: (bytes: Uint8Array) => void) => {
    const answer = slave.rtu(bytes)
    if (answer) for (const spoken of cast(answer)) afterMs(spoken.afterMs, () => say(spoken.bytes))
  }
  const line = { speaks: 'rtu', baud: 115_200, dataBits: 8, stopBits: 1, parity: 'none', quietMs: real.quietMs } as const
  let bus: ReturnType<typeof openBus>
  if (how === 'serial') {
    const { ends } = await ptyPair()
    const device = await openEnd(ends[1])
    device.onBytes((bytes) => speak(bytes, device.write))
    bus = openBus({ name: how, wire: { how, path: ends[0] }, ...line }, realBusClock())
  } else {
    const { port } = await listen((socket) => socket.on('data', (bytes) => speak(bytes, (answer) => socket.write(answer))))
    bus = openBus({ name: how, wire: { how, host: '127.0.0.1', port }, ...line }, realBusClock())
  }
  const end = monotonicMs() + ms
  for (let n = 0; monotonicMs() < end; n++) {
    const unit = units[n % units.length]!
    const address = Math.floor(chance.fraction() * 60_000)
    const reply = await bus.read({ unit, table: 'holding', address, count: words }, real.timeoutMs)
    judge(tally, unit, address, reply.ok ? reply.words : null)
  }
  await bus.close()
}

export const part: Part = {
  prefix: 'silent',
  keys: ['silent.polls', 'silent.wrong'],
  async run({ quick, note, bookmark }) {
    const size = quick ? 'quick' : 'full'
    const total: Tally = { polls: 0, right: 0, wrong: 0, missed: 0 }
    const tell = (what: string, tally: Tally) => {
      note(`${what}: ${tally.polls} polls, ${tally.missed} missed, ${tally.wrong} wrong`)
      for (const key of ['polls', 'right', 'wrong', 'missed'] as const) total[key] += tally[key]
    }
    const { seed: begin, tally: inVirtual } = (bookmark.last() as { seed: number; tally: Tally } | null) ?? {
      seed: 1,
      tally: { polls: 0, right: 0, wrong: 0, missed: 0 },
    }
    if (begin > 1) note(`going on at seed ${begin}`)
    for (let seed = begin; inVirtual.polls < virtualPolls[size]; seed++) {
      const before = inVirtual.wrong
      await virtualRun(seed, inVirtual)
      if (inVirtual.wrong > before) note(`seed ${seed}: ${inVirtual.wrong - before} wrong values`)
      bookmark.keep({ seed: seed + 1, tally: inVirtual })
    }
    tell('a line in virtual time', inVirtual)
    for (const how of ['serial', 'rtu-over-tcp'] as const) {
      const tally: Tally = { polls: 0, right: 0, wrong: 0, missed: 0 }
      await realRun(how, 1, realMs[size], tally)
      tell(how, tally)
    }
    await stop()
    // A campaign in which nothing was missed, or hardly anything was read, has tried nothing.
    if (total.missed < total.polls / 100 || total.right < total.polls / 2) throw new Error('the cast was not bad enough, or too bad')
    return { 'silent.polls': total.polls, 'silent.wrong': total.wrong }
  },
}
