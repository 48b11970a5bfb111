// Late, doubled, stray, truncated, merged, split and corrupted answers: no value may ever be filed under another's name. The library's own port is the control.

import modbus from 'modbus-serial'
import { afterMs, monotonicMs, realBusClock } from '../../devicejs/drivers/clock.ts'
import { openBus } from '../../devicejs/drivers/modbus.ts'
import { openLine } from '../../devicejs/line/line.ts'
import { makeSlave } from '../../devicejs/slave.ts'
import { rtuFrame } from '../../protocol/frames.ts'
import type { Probe, Wire } from '../../protocol/ports.ts'
import { type Chance, makeChance } from '../../sim/world/chance.ts'
import type { Part } from '../bench/part.ts'
import { registers, valueAt } from '../devicejs/registers.ts'
import { listen, openEnd, ptyPair, stop } from '../devicejs/serving.ts'
import { virtualClock, virtualWire } from '../devicejs/virtual.ts'
import { type Cast, habits, makeCast } from './cast.ts'

/** Mostly one device, always asked for as many registers: what comes late has the right unit, function and length. */
const units = [1, 1, 1, 2, 3]
const words = 2
const lastAddress = 60_000
/** Registers that may be read in any number, on every second line; the others find back into step by silence alone. */
const probe: Probe = { table: 'holding', address: 0, most: 40 }

const linesSideBySide = 16
const realAnswers = { quick: 2000, full: 10_000 }
const controlAnswers = { quick: 300, full: 800 }
const virtualAnswers = { quick: 50_000, full: 1_000_000 }
const answersPerSeed = 10_000

/** In a hurry, but lateness stays far below the silence: a busy machine adds some of its own. */
const real = { timeoutMs: 60, latestMs: 250, quietMs: 500 }
const onSite = { timeoutMs: 300, latestMs: 900, quietMs: 1000 }

interface Tally {
  polls: number
  right: number
  wrong: number
  answers: number
}

const nothing = (): Tally => ({ polls: 0, right: 0, wrong: 0, answers: 0 })

function add(total: Tally, part: Tally): void {
  for (const key of ['polls', 'right', 'wrong', 'answers'] as const) total[key] += part[key]
}

/** What one poll asks for. */
const draw = (chance: Chance) => ({ unit: units[Math.floor(chance.fraction() * units.length)]!, address: Math.floor(chance.fraction() * lastAddress) })

function judge(tally: Tally, { unit, address }: ReturnType<typeof draw>, values: ArrayLike<number> | null): void {
  tally.polls++
  if (values === null) return
  const right = values.length === words && Array.from(values).every((value, i) => value === valueAt(unit, 'holding', address + i))
  if (right) tally.right++
  else tally.wrong++
}

const slaveOf = () => makeSlave(new Map([...new Set(units)].map((unit) => [unit, registers(unit)])))

/** A device on a real wire that says what the cast makes of its answers. */
async function serve(how: 'serial' | 'rtu-over-tcp', cast: Cast): Promise<Wire> {
  const slave = slaveOf()
  const answer = (request: Uint8Array, say: (bytes: Uint8Array) => void) => {
    const good = slave.rtu(request)
    if (good) for (const { bytes, afterMs: ms } of cast.speak(good, monotonicMs())) afterMs(ms, () => say(bytes))
  }
  if (how === 'serial') {
    const { ends } = await ptyPair()
    const device = await openEnd(ends[1])
    device.onBytes((bytes) => answer(bytes, (spoken) => device.write(spoken)))
    return { how, path: ends[0] }
  }
  const { port } = await listen((socket) => {
    socket.setNoDelay()
    socket.on('data', (bytes) => answer(bytes, (spoken) => socket.write(spoken)))
  })
  return { how, host: '127.0.0.1', port }
}

async function realLine(number: number, answers: number): Promise<Tally> {
  const how = number % 2 === 0 ? 'serial' : 'rtu-over-tcp'
  const chance = makeChance(number)
  const cast = makeCast(chance.fork('cast'), real)
  const wire = await serve(how, cast)
  const bus = openBus({ name: how, wire, speaks: 'rtu', baud: 115_200, dataBits: 8, stopBits: 1, parity: 'none', quietMs: real.quietMs }, realBusClock())
  const tally = nothing()
  while (cast.answers < answers) {
    const asked = draw(chance)
    const block = { unit: asked.unit, table: 'holding', address: asked.address, count: words } as const
    const reply = await bus.read(block, real.timeoutMs, number % 4 < 2 ? { probe } : {})
    judge(tally, asked, reply.ok ? reply.words : null)
  }
  tally.answers = cast.answers
  await bus.close()
  return tally
}

/** The same faults, read through the library's own serial port. */
async function controlLine(answers: number): Promise<Tally> {
  const chance = makeChance(1)
  const cast = makeCast(chance.fork('cast'), real)
  const wire = await serve('serial', cast)
  if (wire.how !== 'serial') throw new Error('the control runs on a serial line')
  const client = new modbus.default()
  await client.connectRTUBuffered(wire.path, { baudRate: 115_200 })
  client.setTimeout(real.timeoutMs)
  const tally = nothing()
  while (cast.answers < answers) {
    const asked = draw(chance)
    client.setID(asked.unit)
    const values = await client.readHoldingRegisters(asked.address, words).then(
      ({ data }) => data,
      () => null, // a time-out or a bad checksum that the library has noticed is a miss, not a wrong value
    )
    judge(tally, asked, values)
  }
  tally.answers = cast.answers
  await new Promise<void>((resolve) => client.close(() => resolve()))
  return tally
}

/** Byte by byte at 9600 baud, 10 bits a character. */
async function virtualLine(seed: number): Promise<Tally> {
  const characterMs = 10 / 9.6
  const chance = makeChance(seed)
  const cast = makeCast(chance.fork('cast'), onSite)
  const clock = virtualClock()
  const wire = virtualWire(clock)
  const slave = slaveOf()
  wire.onRequest((request) => {
    const good = slave.rtu(request)
    if (!good) return
    let sayAt = request.length * characterMs
    for (const { bytes, afterMs: ms } of cast.speak(good, clock.now())) {
      sayAt = Math.max(sayAt, request.length * characterMs + ms)
      for (const byte of bytes) {
        sayAt += characterMs
        wire.say(Uint8Array.of(byte), sayAt)
      }
    }
  })
  const line = openLine(wire.port, clock, { baud: 9600, bitsPerCharacter: 10, quietMs: onSite.quietMs })
  const tally = nothing()
  const poll = async () => {
    while (cast.answers < answersPerSeed) {
      const asked = draw(chance)
      const { unit, address } = asked
      const request = rtuFrame(unit, Uint8Array.of(3, address >>> 8, address & 0xff, 0, words))
      const reply = await line.ask(request, onSite.timeoutMs, seed % 2 === 0 ? { probe } : {})
      const { frame } = reply.ok ? reply : { frame: null }
      judge(tally, asked, frame && Array.from({ length: (frame.length - 5) / 2 }, (_, i) => (frame[3 + 2 * i]! << 8) | frame[4 + 2 * i]!))
    }
  }
  const done = poll()
  await clock.run()
  await done
  tally.answers = cast.answers
  for (const habit of habits) if (cast.bad[habit] < answersPerSeed / 200) throw new Error(`seed ${seed}: hardly any answer was ${habit}`)
  return tally
}

const told = ({ polls, right, wrong, answers }: Tally): string => `${answers} answers to ${polls} polls: ${right} right, ${wrong} wrong`

export const part: Part = {
  prefix: 'late',
  keys: ['late.answers', 'late.wrong', 'late.wrongControl', 'late.goodShare', 'late.virtual.answers', 'late.virtual.wrong'],
  async run({ quick, note, bookmark }) {
    const size = quick ? 'quick' : 'full'
    const wired = nothing()
    const lines = Array.from({ length: linesSideBySide }, (_, number) => realLine(number, Math.ceil(realAnswers[size] / linesSideBySide)))
    for (const [number, tally] of (await Promise.all(lines)).entries()) {
      if (tally.wrong > 0) note(`line ${number}: ${tally.wrong} wrong`)
      add(wired, tally)
    }
    await stop()
    note(`${linesSideBySide} lines side by side, ptys and RTU over TCP: ${told(wired)}`)
    const control = await controlLine(controlAnswers[size])
    await stop()
    note(`the library's own port: ${told(control)}`)

    const { seed: begin, tally: inVirtual } = (bookmark.last() as { seed: number; tally: Tally } | null) ?? { seed: 1, tally: nothing() }
    if (begin > 1) note(`going on at seed ${begin}`)
    for (let seed = begin; inVirtual.answers < virtualAnswers[size]; seed++) {
      const tally = await virtualLine(seed)
      if (tally.wrong > 0) note(`seed ${seed}: ${tally.wrong} wrong`)
      add(inVirtual, tally)
      bookmark.keep({ seed: seed + 1, tally: inVirtual })
    }
    note(`byte by byte in virtual time: ${told(inVirtual)}`)
    return {
      'late.answers': wired.answers,
      'late.wrong': wired.wrong,
      'late.wrongControl': control.wrong,
      'late.goodShare': wired.right / wired.polls,
      'late.virtual.answers': inVirtual.answers,
      'late.virtual.wrong': inVirtual.wrong,
    }
  },
}
