/** A real station at a real slave: one wild reading, and a true jump, seen on the wire. */
import { afterEach, describe, expect, it } from 'vitest'
import { realBusClock } from '../../devicejs/drivers/clock.ts'
import { findProfile } from '../../devicejs/shelf.ts'
import { makeSlave } from '../../devicejs/slave.ts'
import type { Change } from '../../gateway/core/scan.ts'
import { makeStation, scan } from '../../gateway/core/scan.ts'
import { openField } from '../../gateway/field.ts'
import { checkSite } from '../../gateway/site/check.ts'
import { openStation } from '../../gateway/station.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import type { Input } from '../../protocol/recording.ts'
import { later, serveLine, serveTcp, stop } from '../devicejs/serving.ts'

afterEach(stop)

/** Long beside the second within which a reading is to be confirmed. */
const PERIOD_MS = 4000
const AGAIN_MS = 1000

const siteText = (bus: string): string => `
site: { area: a, id: b, station: c, mode: test }
buses: { line: { ${bus} } }
devices: { meter: { profile: demo/water-level, bus: line, unit: 1, every: ${PERIOD_MS}ms } }
channels: { level: { read: meter.level, quality: [ { spike: { suspect: 0.3, fail: 1 } } ] } }
detectors: { high: { kind: threshold, on: level, at: { yellow: 3, orange: 4, red: 5 }, clear: 90% } }
alarms: { flood: { red: high is red, orange: high is orange, yellow: high is yellow } }
`

/** A meter of whom each reading is asked for in turn; the last one stands. */
function meter(levels: number[]) {
  const readAt: number[] = []
  const words = (value: number): Uint16Array => {
    const view = new DataView(new ArrayBuffer(4))
    view.setFloat32(0, value)
    return Uint16Array.of(view.getUint16(0), view.getUint16(2))
  }
  const slave = makeSlave(
    new Map([
      [
        1,
        {
          read: () => {
            readAt.push(performance.now())
            return words(levels[Math.min(readAt.length, levels.length) - 1] as number)
          },
          write: () => 2,
        },
      ],
    ]),
  )
  return { slave, readAt }
}

const wires = {
  'Modbus TCP': async (slave: ReturnType<typeof makeSlave>) => `tcp: "127.0.0.1:${(await serveTcp(slave)).port}"`,
  'a serial line': async (slave: ReturnType<typeof makeSlave>) => `line: ${(await serveLine(slave)).path}`,
}

/** Runs the station until the meter was read as often as it has readings; gives what was asked when, and what became of it. */
async function watched(wire: keyof typeof wires, levels: number[]) {
  const { slave, readAt } = meter(levels)
  const checked = checkSite(siteText(await wires[wire](slave)), 'site.yaml', { profiles: findProfile })
  if ('faults' in checked) throw new Error(formatFaults(checked.faults))
  const { site } = checked
  const inputs: Input[] = []
  const changes: (Change & { scan: number })[] = []
  const stopping = new AbortController()
  const all = Promise.withResolvers<void>()
  const station = openStation(site, openField(site), {
    epoch: 'e',
    software: 'test',
    busClock: realBusClock(),
    onScan: (input, out) => {
      inputs.push(input)
      changes.push(...out.changes.map((change) => ({ ...change, scan: inputs.length })))
      if (inputs.filter(({ samples }) => samples.length > 0).length >= levels.length) all.resolve()
    },
  })
  const running = station.run(stopping.signal)
  later(async () => {
    stopping.abort()
    await running
  })
  await all.promise
  stopping.abort()
  await running
  const gapsMs = readAt.slice(1).map((at, k) => at - (readAt[k] as number))
  const flood = changes.filter(({ what, name }) => what === 'alarm' && name === 'flood').map(({ to }) => to)
  return { site, inputs, changes, gapsMs, flood }
}

describe.each(Object.keys(wires) as (keyof typeof wires)[])('over %s', (wire) => {
  it('a wild reading is read again within a second, and raises no more than yellow', async () => {
    const { flood, gapsMs } = await watched(wire, [1, 9, 1.02])
    expect(flood).toEqual(['yellow', 'none'])
    expect(gapsMs[0]).toBeGreaterThan(PERIOD_MS / 2)
    expect(gapsMs[1]).toBeLessThan(AGAIN_MS)
  })

  it('a true jump is red with the second reading, long before the next poll', async () => {
    const { flood, gapsMs, inputs, site, changes } = await watched(wire, [1, 9, 9.01])
    expect(flood).toEqual(['yellow', 'red'])
    expect(gapsMs[1]).toBeLessThan(AGAIN_MS)
    // What was recorded is judged alike, though nobody is asked again.
    const [first] = inputs as [Input, ...Input[]]
    const again = makeStation(site.plan, first.now, 'test')
    const replayed = inputs.flatMap((input) => scan(again, input).changes)
    expect(replayed).toEqual(changes.map(({ scan: _, ...change }) => change))
  })
})
