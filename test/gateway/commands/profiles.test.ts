/** `hazardpoint profiles`: the list, one explained, and the check of one's own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findProfile, listProfiles, wholeShelf } from '../../../devicejs/shelf.ts'
import { cellsOf } from '../../../gateway/cells.ts'
import { copyLines } from '../../../gateway/commands/profile-text.ts'
import { checkProfilesCommand, explainCommand, listCommand } from '../../../gateway/commands/profiles.ts'
import { checkSite } from '../../../gateway/site/check.ts'
import { formatFaults } from '../../../protocol/files/fault.ts'

const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-profiles-'))
afterAll(() => rmSync(folder, { recursive: true }))
function written(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

const plain = { json: false }

describe('the list', () => {
  it('names every profile of the shelf once, with what it speaks and what it measures', () => {
    const { out, exitCode } = listCommand({ ...plain, columns: null })
    const lines = out.split('\n')
    expect(exitCode).toBe(0)
    expect(lines.map((line) => line.split(' ')[0])).toEqual(listProfiles())
    expect(lines.find((line) => line.startsWith('demo/tilt-2axis'))).toMatch(/ modbus {2}Two-axis tilt meter of the demo point: tilt, temperature$/)
    expect(lines.find((line) => line.startsWith('bewis/bwm826'))).toMatch(/ frames /)
  })

  it('fits a terminal', () => {
    const { out } = listCommand({ ...plain, columns: 60 })
    expect(Math.max(...out.split('\n').map(cellsOf))).toBeLessThanOrEqual(60)
  })

  it('tells the same as JSON', () => {
    const told = JSON.parse(listCommand({ json: true, columns: null }).out)
    expect(told.map(({ name }: { name: string }) => name)).toEqual(listProfiles())
    expect(told.find(({ name }: { name: string }) => name === 'xunchip/xm9505')).toMatchObject({ unit: 1, speaks: 'modbus', quantities: ['rain'], outputs: [] })
  })
})

describe('one profile', () => {
  it('is explained: line, places, scales, faults, and the lines to copy', () => {
    const { out, exitCode } = explainCommand('demo/tilt-2axis', plain)
    expect(exitCode).toBe(0)
    expect(out).toMatch(/^demo\/tilt-2axis: Two-axis tilt meter/)
    expect(out).toContain('line     9600 8N1, no unit id of the factory; answers within 500 ms; at most 16 registers a request')
    expect(out).toContain('x     tilt, deg; input 0, i32 CDAB x 0.0001; -30 to 30; no value: 2147483647')
    expect(out).toContain('input 5, u16, bit 0  device fault; x, y fail')
    expect(out).toContain('  tilt-2axis: { profile: demo/tilt-2axis, bus: line, unit: 1, every: 10s }')
  })

  it.each([
    ['lambrecht/rain-e', /since .*input 31103 \(0x797F\), i32; .*; reading clears it/],
    ['dfrobot/sen0575', /known by input 0, u16 = 192, input 1, u16, bits 0 to 13 = 13123/],
    ['geokon/6150f', /holding 280 is written first, then it measures for 300 ms/],
    ['xunchip/xm9505', /tips {2}rain, running total, 0\.1 mm a count; holding 0, u16/],
    ['generic/relay', /relay {2}relay: coil 0; read back at coil 0/],
    ['generic/current-8', /loop-1 .*raw up to 3600: broken.*raw from 21000: shorted/],
    ['bewis/bwm826', /frames of its own, alone on its line/],
  ])('%s says what is particular to it', (name, words) => expect(explainCommand(name, plain).out).toMatch(words))

  it.each(wholeShelf().profiles.map((profile) => [profile.name, profile] as const))('%s has lines that the check takes as they stand', (_, profile) => {
    const checked = checkSite(`site: { area: a, id: b, station: c }\n${copyLines(profile)}\n`, 'site.yaml', { profiles: findProfile })
    // In served time a station asks for the clock, which is not the matter here.
    expect('faults' in checked ? formatFaults(checked.faults) : '').toBe('')
  })

  it.each([
    ['mistyped', 'xunchip/xm9506', 'no profile `xunchip/xm9506`: did you mean `xunchip/xm9505`?'],
    ['without its maker', 'XM9505', 'no profile `XM9505`: did you mean `xunchip/xm9505`?'],
    ['near to none', 'zzzzzzzz', 'no profile `zzzzzzzz`: `hazardpoint profiles` lists them; a file of your own is named by its path'],
    ['that would steer the terminal', '\u001b[2J', 'no profile ` [2J`: `hazardpoint profiles` lists them; a file of your own is named by its path'],
  ])('%s is told', (_, name, err) => expect(explainCommand(name, plain)).toEqual({ out: '', err, exitCode: 1 }))

  it('may be a file of one’s own, which the lines name as a site file does', () => {
    const file = written('own.yaml', 'title: Mine\nsource: me\nchannels: { a: { quantity: q, unit: m, read: { input: 1 } } }\n')
    expect(explainCommand(file, plain)).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining(`own: { profile: ${file}, bus: line, unit: 1, every: 10s }`),
    })
  })

  it('as JSON has its bytes in hexadecimal', () => {
    const { out } = explainCommand('bewis/bwm826', { json: true })
    expect(JSON.parse(out).talk.example).toMatch(/^[0-9a-f]+$/)
  })
})

describe('the check', () => {
  const good = written('good.yaml', 'title: Good\nsource: me\nchannels: { a: { quantity: q, unit: m, read: { input: 1 } } }\n')
  const bad = written(
    'bad.yaml',
    'titel: Bad\nsource: me\nchannels:\n  a: { quantity: q, unit: metre, read: { input: 1 } }\n  b: { quantity: q, unit: m, read: { input: 65536 } }\n',
  )

  it('explains a good file', () => {
    expect(checkProfilesCommand([good], plain)).toMatchObject({ exitCode: 0, err: '', out: expect.stringContaining('a  q, m; input 1, u16') })
  })

  it('tells all faults of a bad one at once, and ends with 1', () => {
    const { err, exitCode, out } = checkProfilesCommand([bad], plain)
    expect([exitCode, out]).toEqual([1, ''])
    expect(err.match(/bad\.yaml:\d+:\d+: [a-z.]+/g)?.map((text) => text.replace(/^.*bad\.yaml:/, ''))).toEqual([
      '1:1: title',
      '1:1: titel',
      '4:21: channels.a.unit',
      '5:45: channels.b.read.input',
    ])
    expect(err).toMatch(/4 faults$/)
  })

  it('goes through several, each by itself', () => {
    const { err, out, exitCode } = checkProfilesCommand([bad, good, join(folder, 'none.yaml'), folder], plain)
    expect(exitCode).toBe(1)
    expect(out).toContain('Good')
    expect(err).toMatch(/bad\.yaml:1:1/)
    expect(err).toMatch(/none\.yaml: this profile cannot be read: there is none of this name; check the path/)
    expect(err).toMatch(/: it is a folder; name the file in it$/m)
  })

  it('tells the same as JSON', () => {
    const { out, exitCode } = checkProfilesCommand([bad, good], { json: true })
    expect(exitCode).toBe(1)
    expect(JSON.parse(out)).toMatchObject([
      { file: bad, sound: false },
      { file: good, sound: true, faults: [] },
    ])
  })
})
