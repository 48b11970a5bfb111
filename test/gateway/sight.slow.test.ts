// A real station on a real line with a good, a dead, a refusing and a garbling device: status, MQTT and host channels against what the slave did.

import { afterEach, describe, expect, it } from 'vitest'
import { realBusClock, realClock } from '../../devicejs/drivers/clock.ts'
import { findProfile } from '../../devicejs/shelf.ts'
import { makeSlave, rtuStream, type Slave } from '../../devicejs/slave.ts'
import { openField } from '../../gateway/field.ts'
import { healthMessage } from '../../gateway/health.ts'
import { checkSite } from '../../gateway/site/check.ts'
import { openStation, type Station } from '../../gateway/station.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import { rtuFrame } from '../../protocol/frames.ts'
import type { HealthMessage } from '../../protocol/messages.ts'
import { registers } from '../devicejs/registers.ts'
import { later, listen as listenTcp, openEnd, ptyPair, stop } from '../devicejs/serving.ts'
import { startMosquitto } from '../setup/mosquitto.ts'
import { listen, type Wire } from '../setup/wire.ts'

afterEach(stop)

const units = { good: 1, dead: 2, refuser: 3, garbler: 4, sleeper: 5 } as const
type Name = keyof typeof units
const names = Object.keys(units) as Name[]

/** How often each device was asked and did what it does, after each request of the line: what a master has counted is one of these. */
type Account = Record<Name, number>

/** Device failure: it is not asked again at once, and nothing is learned of its registers by it. */
const REFUSAL = 4

/** Longer than the time-out, and shorter than the silence that the line keeps after one. */
const TIMEOUT_MS = 150
const LATE_MS = 230

function badSlave() {
  const slave = makeSlave(new Map(Object.values(units).map((unit) => [unit, registers(unit)])))
  const accounts: Account[] = [{ good: 0, dead: 0, refuser: 0, garbler: 0, sleeper: 0 }]
  const answer: Record<Name, (frame: Uint8Array) => Uint8Array | null> = {
    good: (frame) => slave.rtu(frame),
    dead: () => null,
    refuser: (frame) => rtuFrame(units.refuser, Uint8Array.of(0x80 | frame[1]!, REFUSAL)),
    garbler: (frame) => slave.rtu(frame)!.map((byte, at) => (at === 3 ? byte ^ 0x10 : byte)),
    sleeper: (frame) => slave.rtu(frame),
  }
  /** The slave at the end of a wire. */
  const at = (write: (bytes: Uint8Array) => void): Slave => ({
    ...slave,
    rtu(frame) {
      const name = names.find((one) => units[one] === frame[0])!
      const last = accounts.at(-1)!
      accounts.push({ ...last, [name]: last[name] + 1 })
      const bytes = answer[name](frame)
      if (name !== 'sleeper' || !bytes) return bytes
      setTimeout(() => write(bytes), LATE_MS)
      return null
    },
  })
  return { at, accounts }
}

type SlaveAt = (write: (bytes: Uint8Array) => void) => Slave

const streamOf = (slave: SlaveAt, write: (bytes: Uint8Array) => void) => rtuStream(slave(write), write, performance.now.bind(performance))

const wires: Record<string, (slave: SlaveAt) => Promise<string>> = {
  'a serial line': async (slave) => {
    const { ends } = await ptyPair()
    const port = await openEnd(ends[1])
    port.onBytes(streamOf(slave, (bytes) => port.write(bytes)))
    return `line: ${ends[0]}`
  },
  'RTU over TCP': async (slave) => {
    const { port } = await listenTcp((socket) => {
      socket.setNoDelay()
      socket.on(
        'data',
        streamOf(slave, (bytes) => socket.write(bytes)),
      )
    })
    return `rtuOverTcp: "127.0.0.1:${port}"`
  },
}

async function run(line: string): Promise<{ station: Station; wire: Wire }> {
  const broker = await startMosquitto()
  later(() => broker.stop())
  const wire = await listen(broker.url)
  later(() => wire.close())
  const text = `
site: { area: a, id: b, station: c, mode: test }
buses: { slope: { ${line} } }
devices:
${names.map((name) => `  ${name}: { profile: xunchip/xm9505, bus: slope, unit: ${units[name]}, every: 700ms, timeout: ${TIMEOUT_MS}ms }`).join('\n')}
  host: { profile: hazardpoint/host, every: 1s }
channels:
${names.map((name) => `  ${name}: { read: ${name}.tips }`).join('\n')}
  good-answers: { read: host.good-answers }
  dead-timeouts: { read: host.dead-timeouts }
  refuser-exceptions: { read: host.refuser-exceptions }
  refuser-failures: { read: host.refuser-exceptions-${REFUSAL} }
  line-busy: { read: host.slope-exceptions-6 }
  garbler-checksums: { read: host.garbler-checksums }
  sleeper-timeouts: { read: host.sleeper-timeouts }
  line-timeouts: { read: host.slope-timeouts }
  line-exceptions: { read: host.slope-exceptions }
  line-checksums: { read: host.slope-checksums }
  line-late: { read: host.slope-late }
  uptime: { read: host.uptime }
publish: [ { to: county, broker: "${broker.url}", health: 10s } ]
`
  const checked = checkSite(text, 'site.yaml', { profiles: findProfile })
  if ('faults' in checked) throw new Error(formatFaults(checked.faults))
  const station = openStation(checked.site, openField(checked.site), { epoch: 'e', software: 'test', busClock: realBusClock() })
  const ending = new AbortController()
  const running = station.run(ending.signal)
  later(async () => {
    ending.abort()
    await running
  })
  return { station, wire }
}

/** What a master has counted of each device, by what each of them does. */
const counted = (devices: HealthMessage['devices']): Account => ({
  good: devices.good?.answered ?? -1,
  dead: devices.dead?.faults?.timeout ?? 0,
  refuser: devices.refuser?.exceptions?.[REFUSAL] ?? 0,
  garbler: devices.garbler?.faults?.checksum ?? 0,
  sleeper: devices.sleeper?.faults?.timeout ?? 0,
})

async function until(holds: () => boolean, limitMs = 20_000): Promise<void> {
  for (const start = performance.now(); !holds(); ) {
    if (performance.now() - start > limitMs) throw new Error('not in time')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe.each(Object.entries(wires))('a station on %s', (_, serve) => {
  it('counts to the last one what its devices did, and tells it alike in status, on MQTT and as channels of the host', async () => {
    const { at, accounts } = badSlave()
    const { station, wire } = await run(await serve(at))
    await wire.until('health at the birth, and after the devices were lost', () => wire.of('health').length >= 2, 40_000)

    const status = station.status()
    const [slope] = status.buses
    expect(accounts).toContainEqual(counted(healthMessage(status.buses, 'county', realClock().now()).devices))
    expect(slope!.devices.map(({ name, lostSince }) => [name, lostSince !== null])).toEqual(names.map((name) => [name, name !== 'good']))
    expect(Object.keys(slope!.exceptions)).toEqual([String(REFUSAL)])
    expect(slope!.step!.lost).toBeGreaterThan(0)
    expect(slope!.utilisation).toBeGreaterThan(0)

    for (const { message } of wire.of('health')) expect(accounts).toContainEqual(counted(message.devices))
    expect(wire.of('health').at(-1)!.message.buses.slope).toMatchObject({ state: 'up', openings: 1 })

    const value = (name: string): number => station.status().channels.find((channel) => channel.name === name)!.value!
    expect(accounts).toContainEqual({
      ...{
        good: value('good-answers'),
        dead: value('dead-timeouts'),
        refuser: value('refuser-exceptions'),
        garbler: value('garbler-checksums'),
        sleeper: value('sleeper-timeouts'),
      },
    })
    expect([value('line-timeouts'), value('line-exceptions'), value('line-checksums')]).toEqual([
      value('dead-timeouts') + value('sleeper-timeouts'),
      value('refuser-exceptions'),
      value('garbler-checksums'),
    ])
    // Exceptions by code: those of the one that was given, and none of another.
    expect([value('refuser-failures'), value('line-busy')]).toEqual([value('refuser-exceptions'), 0])
    expect(value('uptime')).toBeGreaterThan(0)
    expect(value('line-late')).toBeGreaterThan(0)
    expect(slope!.step!.lostMs).toBeGreaterThan(0)

    // At rest, the bus has counted every single request that was heard.
    await until(() => {
      const { requests, answers, faults, late } = station.status().buses[0]!
      const last = accounts.at(-1)!
      const [asked, spoken] = [names.reduce((sum, name) => sum + last[name], 0), last.good + last.refuser]
      return (
        requests === asked && answers === spoken && faults.timeout === last.dead + last.sleeper && late === last.sleeper && faults.checksum === last.garbler
      )
    })
  })
})
