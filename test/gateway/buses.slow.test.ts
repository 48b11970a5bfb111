/** A whole station on a line of pseudo-terminals: a cut cable, a register that is not there, and what is remembered of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { realBusClock, scaledClock } from '../../devicejs/drivers/clock.ts'
import { findProfile } from '../../devicejs/shelf.ts'
import { makeSlave, type RegisterMap } from '../../devicejs/slave.ts'
import { openField } from '../../gateway/field.ts'
import { openNotes } from '../../gateway/journal/notes.ts'
import { checkSite } from '../../gateway/site/check.ts'
import { openStation } from '../../gateway/station.ts'
import type { StationStatus } from '../../gateway/status.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import type { LinkChange } from '../../protocol/recording.ts'
import { later, serveLine, stop } from '../devicejs/serving.ts'

afterEach(stop)

/** Registers 0 to 3; the second is not there. */
const profile = `title: t
source: s
line: { timeout: 60ms, maxHole: 2 }
channels:
  a: { quantity: level, unit: m, read: { holding: 0 } }
  b: { quantity: level, unit: m, read: { holding: 1 } }
  c: { quantity: level, unit: m, read: { holding: 3 } }
`

/** Polled each half second of ours; `speed` makes more of it to the station, for what takes it minutes. */
async function line(speed = 1) {
  const world = { cut: false, asked: [] as string[] }
  const map: RegisterMap = {
    read(_, address, count) {
      world.asked.push(`${address}+${count}`)
      return address <= 1 && address + count > 1 ? 2 : Uint16Array.from({ length: count }, (_, k) => address + k)
    },
    write: () => 2,
  }
  const slave = makeSlave(new Map([1, 2, 3, 4].map((unit) => [unit, map])))
  const served = await serveLine({ ...slave, rtu: (request) => (world.cut ? null : slave.rtu(request)) })
  const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-buses-'))
  later(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'gauge.yaml'), profile)
  const units = [1, 2, 3, 4]
  const text = `site: { area: a, id: b, station: c, mode: test }
buses: { slope: { line: ${served.path}, quiet: 60ms } }
devices:
${units.map((unit) => `  d${unit}: { profile: ./gauge.yaml, bus: slope, unit: ${unit}, every: ${speed * 500}ms, retries: 0 }`).join('\n')}
channels:
${units.map((unit) => `  a${unit}: { read: d${unit}.a }\n  c${unit}: { read: d${unit}.c }`).join('\n')}
  b1: { read: d1.b }
`
  const checked = checkSite(text, join(folder, 'site.yaml'), { profiles: findProfile })
  if ('faults' in checked) throw new Error(formatFaults(checked.faults))
  const { site } = checked

  /** Runs until `ended` holds of what it shows. */
  async function run(ended: (status: StationStatus, links: LinkChange[]) => boolean): Promise<{ status: StationStatus; links: LinkChange[] }> {
    const links: LinkChange[] = []
    const notes = openNotes(join(folder, 'notes.json'), realBusClock(), (trouble) => {
      throw new Error(trouble)
    })
    const stopping = new AbortController()
    const station = openStation(site, openField(site, { notes, clock: scaledClock(speed) }), {
      epoch: 'e',
      software: 'test',
      busClock: realBusClock(),
      onScan: (input) => {
        links.push(...input.links)
        if (ended(station.status(), links)) stopping.abort()
      },
    })
    await station.run(stopping.signal)
    await notes.close()
    return { status: station.status(), links }
  }
  return { world, run }
}

const unknown = ({ alarms }: StationStatus, name: string): string[] => alarms.find((alarm) => alarm.name === name)?.unknown ?? []
const shownOf = ({ channels }: StationStatus, name: string): number | null => channels.find((channel) => channel.name === name)?.value ?? null

describe('a line of a station', () => {
  it('that is cut is one trouble of the bus, and ends when it is whole again', async () => {
    const { world, run } = await line()
    let cutAt = -1
    const { status, links } = await run((now, told) => {
      // All four answer, and what one of them does not have is missed: now somebody cuts the cable.
      if (cutAt < 0 && [1, 2, 3, 4].every((unit) => shownOf(now, `c${unit}`) === 3) && unknown(now, 'sensors').join() === 'b1') {
        cutAt = told.length
        world.cut = true
      }
      if (cutAt >= 0 && unknown(now, 'sensors').includes('bus slope')) world.cut = false
      return cutAt >= 0 && !world.cut && unknown(now, 'buses').length === 0 && unknown(now, 'sensors').join() === 'b1'
    })
    const after = links.slice(cutAt)
    expect(after.map(({ link, up, trouble }) => `${link} ${up} ${trouble ?? ''}`)).toEqual(['slope true damaged', 'slope true '])
    expect(unknown(status, 'sensors')).toEqual(['b1'])
  }, 30_000)

  it('has a device without one of its registers: the others are read, that one is told of once, and after a restart it is not asked at all', async () => {
    const { world, run } = await line(60)
    const first = await run((now, told) => shownOf(now, 'a1') === 0 && told.some(({ detail }) => detail.includes('not asked for it any more')))
    expect(first.links.filter(({ detail }) => detail.includes('not asked for it')).map(({ detail }) => detail)).toEqual([
      'd1 (bus slope, unit 1): it does not have holding 1 (b), and is not asked for it any more',
    ])
    world.asked.length = 0
    const second = await run((now) => [1, 2, 3, 4].every((unit) => shownOf(now, `c${unit}`) === 3))
    expect(world.asked).not.toContain('0+4')
    expect(world.asked).not.toContain('1+1')
    expect(second.links.filter(({ detail }) => detail.includes('not asked'))).toEqual([])
    expect(second.status.channels.find(({ name }) => name === 'b1')).toMatchObject({ value: null, reason: 'exception' })
  }, 30_000)
})
