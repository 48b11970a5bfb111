import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Site } from '../../gateway/site/site.ts'
import type { Counting } from '../../protocol/counting.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import { iso } from '../../protocol/time.ts'
import { entryFor, readMap } from '../../sim/recorded/map.ts'
import { openRows, samplesOf } from '../../sim/recorded/rows.ts'

const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-map-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(name: string, rows: string[]): string {
  const file = join(folder, name)
  writeFileSync(file, `${rows.join('\n')}\n`)
  return file
}

/** The parts of a site that a recording is joined to: a rain gauge that counts, and a tilt meter. */
function siteOf(counting: Counting = { kind: 'total', step: 0.01, wrap: null }): Site {
  const channels = [
    { name: 'rain', unit: 'in', counting, derivation: null },
    { name: 'tilt-x', unit: 'deg', counting: null, derivation: null },
    { name: 'tilt-y', unit: 'deg', counting: null, derivation: null },
    { name: 'rain-1h', unit: 'in', counting: null, derivation: {} },
  ]
  const devices = [
    { name: 'gauge', channels: [{ from: 'tips', channel: 0 }] },
    {
      name: 'tilt',
      channels: [
        { from: 'x', channel: 1 },
        { from: 'y', channel: 2 },
      ],
    },
  ]
  return { plan: { channels }, devices } as unknown as Site
}

function mapOf(written: string) {
  const read = readMap(written, 'map.yaml')
  if ('faults' in read) throw new Error(formatFaults(read.faults))
  return read.map
}

function open(files: string[], written: string, site = siteOf()) {
  const opened = openRows(site, files, mapOf(written))
  if ('faults' in opened) throw new Error(formatFaults(opened.faults))
  return opened.recorded
}

function rowsOf(recorded: ReturnType<typeof open>, device: string): string[] {
  const rows = recorded.rows.get(device)!
  const told: string[] = []
  for (let row = rows.next(); !row.done; row = rows.next())
    told.push(`${iso(row.value.time).slice(11, 16)} ${[...row.value.values].map(([name, value]) => `${name}=${value}`).join(' ')}`)
  return told
}

const rainMap = 'recordings: [ { columns: { rain_in: { channel: rain, unit: in, kind: increment } } } ]'

describe('a map file', () => {
  it('tells all its faults at once, with line, column and the nearest known word', () => {
    const read = readMap(
      [
        'recordings:',
        '  - file: a.csv',
        '    start: yesterday',
        '    columns:',
        '      x: { chanel: tilt-x, unit: deg }',
        '      y: { channel: tilt-y, unit: furlong, kind: values, step: 0 }',
      ].join('\n'),
      'map.yaml',
    )
    const faults = 'faults' in read ? read.faults : []
    expect(faults.map(({ line, what }) => [line, what])).toEqual([
      [3, '"yesterday" is no time'],
      [5, '`channel` is missing'],
      [5, 'unknown key `chanel`'],
      [6, 'the unit "furlong" is not known'],
      [6, '"values" is not allowed here'],
      [6, 'a step of 0 counts nothing'],
    ])
    expect(faults[2]?.remedy).toContain('`channel`')
  })

  it('does not feed one channel from two columns of a file', () => {
    const read = readMap('recordings: [ { columns: { a: { channel: x, unit: deg }, b: { channel: x, unit: deg } } } ]', 'map.yaml')
    expect('faults' in read && read.faults[0]?.what).toBe('channel x is fed by column "a" already')
  })

  it('finds the entry of a file by its name, the first that fits', () => {
    const map = mapOf('recordings: [ { file: rain_*_2015.csv, columns: {} }, { file: a.b, columns: {} }, { columns: {} } ]')
    expect(['rain_mlp_2015.csv', 'a.b', 'aXb', 'rain_2015.csv'].map((name) => entryFor(map, name))).toEqual([0, 1, 2, 2])
  })

  it('is checked beside the site and the file: every fault of every file at once', () => {
    const files = [
      fileOf('one.csv', ['time,rain_in,x', '2020-01-01T00:00:00Z,1,1']),
      fileOf('two.csv', ['time,x', '2020-01-02T00:00:00Z,1', '2020-01-01T00:00:00Z,1']),
      join(folder, 'three.txt'),
    ]
    const map = mapOf(`recordings:
  - file: "*.csv"
    columns:
      rain: { channel: rain, unit: in, kind: increment }
      x: { channel: tilt-z, unit: deg }
      rain_in: { channel: rain-1h, unit: in }
      t: { channel: tilt-y, unit: degC }`)
    const opened = openRows(siteOf(), files, map)
    const faults = 'faults' in opened ? opened.faults : []
    expect(faults.map(({ line, what }) => `${line} ${what}`)).toEqual([
      '4 one.csv has no column "rain"',
      '5 the site has no channel tilt-z',
      '6 channel rain-1h is derived: it makes itself',
      '7 one.csv has no column "t"',
      '7 degC cannot be turned into deg, the unit of tilt-y',
      '2 the rows run backwards, newest first',
      '1 no entry of the map fits this file',
    ])
    expect(faults[0]?.remedy).toContain('rain_in')
  })

  it('says of a header in another encoding why it has not the names that it seems to have', () => {
    const file = fileOf('gbk.csv', [])
    writeFileSync(file, Buffer.concat([Buffer.from('time,'), Buffer.from([0xd3, 0xea, 0xc1, 0xbf]), Buffer.from('\n2020-01-01T00:00:00Z,1\n')]))
    const opened = openRows(siteOf(), [file], mapOf('recordings: [ { columns: { 雨量: { channel: rain, unit: in, kind: increment } } } ]'))
    const faults = 'faults' in opened ? opened.faults : []
    expect(faults[0]).toMatchObject({ what: 'gbk.csv has no column "雨量"', remedy: expect.stringContaining('no UTF-8: save the file as UTF-8') })
  })

  it.each([
    ['{ channel: rain, unit: in }', 'counts'],
    ['{ channel: tilt-x, unit: deg, kind: total }', 'does not count'],
    ['{ channel: rain, unit: mm, kind: increment, step: 0.2 }', 'one count of rain is 0.01 in'],
  ])('refuses %s: %s', (column, what) => {
    const opened = openRows(siteOf(), [fileOf('kind.csv', ['time,a', '2020-01-01T00:00:00Z,1'])], mapOf(`recordings: [ { columns: { a: ${column} } } ]`))
    expect('faults' in opened && opened.faults[0]?.what).toContain(what)
  })
})

describe('recorded rows', () => {
  it('turn increments into a running total of whole counts', () => {
    const file = fileOf('rain.csv', [
      'time,rain_in',
      '2020-01-01T00:00:00Z,0.07',
      '2020-01-01T00:15:00Z,0',
      '2020-01-01T00:30:00Z,0.29',
      '2020-01-01T00:45:00Z,',
    ])
    expect(rowsOf(open([file], rainMap), 'gauge')).toEqual(['00:00 tips=7', '00:15 tips=7', '00:30 tips=36', '00:45 tips=null'])
  })

  it('wrap as the counter of the device does, and stay increments where the device counts those', () => {
    const file = fileOf('wrap.csv', ['time,rain_in', '2020-01-01T00:00:00Z,0.07', '2020-01-01T00:15:00Z,0.05', '2020-01-01T00:30:00Z,0.01'])
    expect(rowsOf(open([file], rainMap, siteOf({ kind: 'total', step: 0.01, wrap: 10 })), 'gauge')).toEqual(['00:00 tips=7', '00:15 tips=2', '00:30 tips=3'])
    expect(rowsOf(open([file], rainMap, siteOf({ kind: 'increment', step: 0.01, wrap: null })), 'gauge')).toEqual([
      '00:00 tips=7',
      '00:15 tips=5',
      '00:30 tips=1',
    ])
  })

  it('lose nothing where an amount is no whole number of steps, and say so once', () => {
    const rows = Array.from({ length: 10 }, (_, row) => `2020-01-01T00:0${row}:00Z,0.1`)
    const recorded = open(
      [fileOf('mm.csv', ['time,rain_mm', ...rows])],
      'recordings: [ { columns: { rain_mm: { channel: rain, unit: mm, kind: increment } } } ]',
    )
    // 1 mm is 3.94 hundredths of an inch.
    expect(rowsOf(recorded, 'gauge').at(-1)).toBe('00:09 tips=4')
    expect(recorded.accounts()[0]?.notes.map(({ what }) => what)).toEqual([expect.stringContaining('no whole number of steps')])
  })

  it('take totals as they are, and no amount that runs backwards', () => {
    const file = fileOf('total.csv', ['time,rain_in', '2020-01-01T00:00:00Z,100.07', '2020-01-01T00:15:00Z,100.1', '2020-01-01T00:30:00Z,-1'])
    const recorded = open([file], rainMap.replace('increment', 'total'))
    expect(rowsOf(recorded, 'gauge')).toEqual(['00:00 tips=10007', '00:15 tips=10010', '00:30 tips=null'])
    expect(recorded.accounts()[0]?.bad.get('rain_in')).toBe(1)
  })

  it('are calibrated, then turned into the unit of the channel; a cell that is no number is missing and counted', () => {
    const file = fileOf('tilt.csv', ['time,x,y', '2020-01-01T00:00:00Z,1000,-9999', '2020-01-01T00:01:00Z,oops,90', '2020-01-01T00:02:00Z,bad,n/a'])
    const recorded = open(
      [file],
      'recordings: [ { columns: { x: { channel: tilt-x, unit: arcmin, scale: 0.06, offset: 60 }, y: { channel: tilt-y, unit: deg, noValue: [-9999] } } } ]',
    )
    expect(rowsOf(recorded, 'tilt')).toEqual(['00:00 x=2 y=null', '00:01 x=null y=90', '00:02 x=null y=null'])
    expect(recorded.accounts()[0]).toMatchObject({ rows: 3, bad: new Map([['x', 2]]), notes: [{ line: 3, at: 'x' }] })
  })

  it('come merged from all the files of a device, and each device at its own pace from a file that feeds two', () => {
    const both = fileOf('both.csv', ['time,rain_in,x', '2020-01-01T00:00:00Z,0.01,1', '2020-01-01T00:10:00Z,0.01,2'])
    const other = fileOf('other.csv', ['time,y', '2020-01-01T00:05:00Z,8', '2020-01-01T00:10:00Z,9'])
    const recorded = open(
      [both, other],
      'recordings: [ { file: other.csv, columns: { y: { channel: tilt-y, unit: deg } } }, { columns: { rain_in: { channel: rain, unit: in, kind: increment }, x: { channel: tilt-x, unit: deg } } } ]',
    )
    expect(rowsOf(recorded, 'tilt')).toEqual(['00:00 x=1 y=null', '00:05 x=null y=8', '00:10 x=2 y=9'])
    expect(rowsOf(recorded, 'gauge')).toEqual(['00:00 tips=1', '00:10 tips=2'])
    expect(recorded.accounts().map(({ rows }) => rows)).toEqual([2, 2])
    expect(recorded.unfed).toEqual([])
  })

  it('do not count an increment twice where two files overlap', () => {
    const one = fileOf('p1.csv', ['time,rain_in', '2020-01-01T00:00:00Z,0.01', '2020-01-01T00:10:00Z,0.02'])
    const two = fileOf('p2.csv', ['time,rain_in', '2020-01-01T00:10:00Z,0.02', '2020-01-01T00:20:00Z,0.03'])
    expect(rowsOf(open([one, two], rainMap), 'gauge')).toEqual(['00:00 tips=1', '00:10 tips=3', '00:20 tips=6'])
  })

  it('become samples with the row time as their time and as observed; what is missing is NaN, never 0', () => {
    const file = fileOf('samples.csv', ['time,x', '2020-01-01T00:00:00Z,1.5'])
    const site = siteOf()
    const recorded = open([file], 'recordings: [ { columns: { x: { channel: tilt-x, unit: deg } } } ]', site)
    const row = recorded.rows.get('tilt')!.next().value!
    const [x, y] = samplesOf(site.devices[1]!, row)
    const time = Float64Array.of(Date.UTC(2020, 0, 1))
    expect(x).toMatchObject({ channel: 1, count: 1, time, observed: time, value: Float64Array.of(1.5), quality: Uint8Array.of(1) })
    expect(y).toMatchObject({ channel: 2, count: 1, time, observed: time, value: Float64Array.of(Number.NaN), quality: Uint8Array.of(9) })
    expect(recorded.unfed).toEqual(['rain', 'tilt-y'])
  })
})
