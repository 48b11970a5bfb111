import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openHost } from '../../../devicejs/drivers/host.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** A folder as Linux shows its thermal zones. */
function zones(temps: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-thermal-'))
  folders.push(folder)
  for (const [zone, temp] of Object.entries(temps)) {
    mkdirSync(join(folder, zone))
    writeFileSync(join(folder, zone, 'temp'), temp)
  }
  return folder
}

describe('the machine', () => {
  it.each<[string, Record<string, string>, number | undefined]>([
    ['the only zone', { thermal_zone0: '48312\n' }, 48.312],
    ['the hottest of several', { thermal_zone0: '48000\n', thermal_zone1: '71500\n', cooling_device0: '99000\n' }, 71.5],
    ['frost', { thermal_zone0: '-20500\n' }, -20.5],
    ['the zone that works', { thermal_zone0: '-274000\n', thermal_zone1: '40000\n', thermal_zone2: '\n', thermal_zone3: 'N/A\n' }, 40],
    ['nothing where no zone works', { thermal_zone0: '2147483647\n' }, undefined],
    ['nothing where there is none', {}, undefined],
  ])('tells the temperature of %s', async (_, temps, degrees) => {
    expect((await openHost({ thermal: zones(temps) }).read()).temperature).toBe(degrees)
  })

  it('tells shares of disk and memory, uptime and load', async () => {
    const told = await openHost({ disk: tmpdir() }).read()
    for (const share of [told['disk-free'], told['memory-free']]) {
      expect(share).toBeGreaterThan(0)
      expect(share).toBeLessThanOrEqual(100)
    }
    expect(told.uptime).toBeGreaterThan(0)
    expect(told.load).toBeGreaterThanOrEqual(0)
  })

  it('leaves out a disk and a thermometer that are not there, and tells the rest', async () => {
    const told = await openHost({ disk: '/no/such/folder', thermal: '/no/such/folder' }).read()
    expect(Object.keys(told).sort()).toEqual(['load', 'memory-free', 'uptime'])
  })
})
