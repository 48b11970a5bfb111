/** Valves at a station, in virtual time: a release-close one is shut at the start, armed by a key, opened by a hand, shut by an alarm and by the end; a pulse-close one is watched. */
import { expect, it } from 'vitest'
import { findProfile } from '../../devicejs/shelf.ts'
import { openMemoryJournal } from '../../gateway/journal/memory.ts'
import { memoryNotes } from '../../gateway/journal/notes.ts'
import { checkSite } from '../../gateway/site/check.ts'
import { openStation } from '../../gateway/station.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import type { ActMessage } from '../../protocol/messages.ts'
import { field, stationClock } from '../devicejs/field.ts'
import { virtualClock } from '../devicejs/virtual.ts'

const second = 1000

const release = 'valve: { action: release-close, feedback: { discrete: 5 }, travel: 1s }\n    arm: key'
const pulse = 'valve: { action: pulse-close, feedback: { discrete: 5 }, supply: { discrete: 4 }, pulse: 500ms, travel: 1s }'

const file = (valve: string): string => `
site: { area: a, id: b, station: c, mode: test }
buses: { line: { tcp: "127.0.0.1:1502" } }
devices:
  gas: { profile: demo/gas, bus: line, unit: 1, every: 5s }
  board: { profile: wirenboard/wb-mr6, bus: line, unit: 2, every: 1s }
  valve:
    profile: wirenboard/wb-mr6
    bus: line
    unit: 3
    coil: 0
    kind: valve
    safe: closed
    ${valve}
channels: { gas: { read: gas.gas }, key: { read: board.input-1 } }
detectors: { leak: { kind: threshold, on: gas, at: { yellow: 10, red: 25 }, clear: 80% } }
alarms: { gas: { red: leak is red } }
actions: [ { when: gas is red, do: [ valve closes ] } ]
`

function start(valve = release) {
  const checked = checkSite(file(valve), 'site.yaml', { profiles: findProfile })
  if ('faults' in checked) throw new Error(formatFaults(checked.faults))
  const clock = virtualClock()
  const bus = field(clock)
  const image = bus.image(3)
  for (const discrete of [0, 1, 2, 3, 4, 5]) for (const unit of [2, 3]) bus.image(unit).discrete.set(discrete, 0)
  image.holding.set(8, 0)
  image.coil.set(0, 0)
  image.discrete.set(4, 1)
  image.discrete.set(5, valve === release ? 1 : 0)
  const write = bus.write
  bus.write = async (block, words, ...rest) => {
    const reply = await write(block, words, ...rest)
    if (block.table === 'coil' && (words[0] === 0) === (valve === release)) image.discrete.set(5, 1)
    return reply
  }
  const gasOf = (value: number): void => {
    const gas = checked.site.devices.find(({ name }) => name === 'gas')
    if (gas) bus.show(1, gas.profile, { gas: value })
  }
  gasOf(0)
  const journal = openMemoryJournal([])
  const acts: ActMessage[] = []
  const append: typeof journal.append = (message) => {
    if (message.kind === 'act') acts.push(message)
    return journal.append(message)
  }
  const ports = { clock: stationClock(clock), buses: { line: bus }, frames: {}, notes: memoryNotes(), brokers: {}, journal: { ...journal, append } }
  const station = openStation(checked.site, ports, { epoch: 'e', software: 'test', busClock: clock })
  const stop = new AbortController()
  const running = station.run(stop.signal)
  const shut = () => image.discrete.get(5) === 1
  return {
    bus,
    image,
    acts,
    gasOf,
    shut,
    until: (at: number) => clock.run(at),
    key: (on: boolean) => bus.image(2).discrete.set(0, on ? 1 : 0),
    openByHand: () => void (image.coil.get(0) === 1 && image.discrete.set(5, 0)),
    status: () => station.status().outputs[0],
    alarm: () => station.status().alarms.find(({ name }) => name === 'outputs'),
    async end() {
      stop.abort()
      await clock.run()
      await running
    },
  }
}

/** The key was pressed while all was known to be well: after 40 s a person may open it. */
async function armed() {
  const s = start()
  await s.until(20 * second)
  s.key(true)
  await s.until(40 * second)
  return s
}

it('is shut at the start, and a hand opens it only after a key at the place', async () => {
  const s = start()
  await s.until(20 * second)
  s.openByHand()
  expect([s.shut(), s.image.coil.get(0)]).toEqual([true, 0])
  s.key(true)
  await s.until(40 * second)
  expect([s.shut(), s.image.coil.get(0)]).toEqual([true, 1])
  s.openByHand()
  await s.until(60 * second)
  expect(s.shut()).toBe(false)
  expect(s.status()).toMatchObject({ wanted: false, actual: false })
  await s.end()
})

it('is shut by the alarm, and stays shut when that is over', async () => {
  const s = await armed()
  s.openByHand()
  s.gasOf(40)
  await s.until(60 * second)
  expect([s.shut(), s.image.coil.get(0)]).toEqual([true, 0])
  s.gasOf(0)
  await s.until(200 * second)
  s.openByHand()
  expect([s.shut(), s.image.coil.get(0)]).toEqual([true, 0])
  await s.end()
})

it('is shut by an orderly end, for then nobody judges any more, and that is written down', async () => {
  const s = await armed()
  s.openByHand()
  await s.until(60 * second)
  await s.end()
  expect([s.shut(), s.image.coil.get(0)]).toEqual([true, 0])
  expect(s.acts.at(-1)).toMatchObject({ output: 'valve', wanted: true, actual: true, cause: 'the station stops' })
})

it('that a hand opens and shuts is seen within ten seconds, though nobody has told it anything', async () => {
  const s = await armed()
  s.openByHand()
  await s.until(50 * second)
  expect(s.status()).toMatchObject({ actual: false })
  s.image.discrete.set(5, 1)
  await s.until(60 * second)
  expect(s.status()).toMatchObject({ actual: true })
  await s.end()
})

it('has its board’s watchdog kept set as long as the station judges', async () => {
  const s = start()
  await s.until(30 * second)
  const feeds = () => s.bus.asked.filter(({ table, address, unit }) => table === 'holding' && address === 8 && unit === 3)
  expect(s.image.holding.get(8)).toBe(10)
  expect(feeds().length).toBeGreaterThanOrEqual(8)
  s.image.holding.set(8, 0) // the board has lost its power, and forgotten
  await s.until(40 * second)
  expect(s.image.holding.get(8)).toBe(10)
  await s.end()
  const after = feeds().length
  await s.until(100 * second)
  expect(feeds().length).toBe(after)
})

it('whose board lost its power under an open valve is a fault, and is not opened again by anybody but the hand', async () => {
  const s = await armed()
  s.openByHand()
  await s.until(50 * second)
  s.image.coil.set(0, 0)
  s.image.discrete.set(5, 1)
  await s.until(60 * second)
  expect(s.alarm()).toMatchObject({ level: 'blue' })
  await s.until(300 * second)
  expect(s.image.coil.get(0)).toBe(0)
  await s.end()
})

it('a pulse-close valve that loses its supply is a fault at once, not when it is needed', async () => {
  const s = start(pulse)
  await s.until(20 * second)
  expect(s.alarm()?.level).toBe('none')
  s.image.discrete.set(4, 0)
  await s.until(30 * second)
  expect(s.alarm()?.level).toBe('blue')
  expect(s.acts.at(-1)).toMatchObject({ output: 'valve', wanted: false, actual: false })
  expect(s.acts.at(-1)?.cause).toContain('its supply is off: a pulse cannot shut it')
  s.image.discrete.set(4, 1)
  await s.until(40 * second)
  expect(s.alarm()?.level).toBe('none')
  await s.end()
})

it('a pulse-close valve is shut by the alarm with one pulse, and left alone by the end', async () => {
  const s = start(pulse)
  await s.until(20 * second)
  s.gasOf(40)
  await s.until(40 * second)
  const writes = () => s.bus.asked.flatMap(({ unit, table, words }) => (unit === 3 && table === 'coil' && words ? [words[0]] : []))
  expect([s.shut(), writes()]).toEqual([true, [1, 0]])
  s.gasOf(0)
  await s.until(200 * second)
  await s.end()
  expect([s.shut(), writes()]).toEqual([true, [1, 0]])
})
