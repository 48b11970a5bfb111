import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { formatFaults } from '../../protocol/files/fault.ts'
import { instant, iso } from '../../protocol/time.ts'
import { type CsvOptions, openCsv } from '../../sim/recorded/csv.ts'
import { readCell, splitLine } from '../../sim/recorded/fields.ts'
import { readTime } from '../../sim/recorded/instants.ts'

const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-csv-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
function fileOf(content: string | Uint8Array): string {
  const file = join(folder, `${files++}.csv`)
  writeFileSync(file, content)
  return file
}

const utc: CsvOptions = { start: null, zoneMin: null }

function read(content: string | Uint8Array, options = utc) {
  const opened = openCsv(fileOf(content), options)
  if ('faults' in opened) throw new Error(formatFaults(opened.faults))
  const rows = [...opened.csv.rows()].map(({ time, cells }) => [iso(time), ...cells.slice(1)].join(' '))
  return { rows, account: opened.csv.account }
}

function faultOf(content: string | Uint8Array, options = utc) {
  const opened = openCsv(fileOf(content), options)
  if (!('faults' in opened)) throw new Error('read without a fault')
  return opened.faults[0]!
}

const minutes = (from: number, to: number): string[] => {
  const step = Math.sign(to - from)
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, row) => `${iso(instant((from + step * row) * 60_000))},1`)
}

describe('a CSV recording', () => {
  it('gives its rows in recorded order, with times in UTC', () => {
    const { rows, account } = read('time,a\n2015-08-18T02:15:00Z,1\n2015-08-18T10:30:00+08:00,2\n')
    expect(rows).toEqual(['2015-08-18T02:15:00.000Z 1', '2015-08-18T02:30:00.000Z 2'])
    expect(account).toMatchObject({ rows: 2, dropped: 0, damaged: 0, stopped: null, notes: [] })
    expect(account.bytes).toBe(account.sizeBytes)
  })

  it('takes seconds since a start that the map tells', () => {
    expect(read('t_s,a\n0,1\n0.5,2\n', { start: instant(Date.UTC(2022, 4, 9)), zoneMin: null }).rows).toEqual([
      '2022-05-09T00:00:00.000Z 1',
      '2022-05-09T00:00:00.500Z 2',
    ])
    expect(faultOf('t_s,a\n0,1\n').remedy).toContain('start:')
  })

  it('has no times that no calendar of ours holds', () => {
    const { rows, account } = read('t_s,a\n0,1\n1e300,2\n-1e12,3\n1e999,4\n60,5\n', { start: instant(Date.UTC(2022, 4, 9)), zoneMin: null })
    expect(rows).toEqual(['2022-05-09T00:00:00.000Z 1', '2022-05-09T00:01:00.000Z 5'])
    expect(account.damaged).toBe(3)
  })

  it('passes over a byte order mark, empty lines, and carriage returns', () => {
    expect(read('\uFEFFtime,a\r\n2020-01-01T00:00:00Z,1\r\n\r\n2020-01-01T00:01:00Z,2\r\n').rows).toHaveLength(2)
  })

  it('reads quoted fields', () => {
    expect(read('time,a,b\n2020-01-01T00:00:00Z,"1,5","say ""no"""\n').rows).toEqual(['2020-01-01T00:00:00.000Z 1,5 say "no"'])
  })

  it('reads lines over the edge of a piece, whatever letters stand there', () => {
    const rows = Array.from({ length: 20_000 }, (_, row) => `${iso(instant(row * 1000))},雨${row}`)
    const got = read(`time,a\n${rows.join('\n')}\n`).rows
    expect(got).toHaveLength(20_000)
    expect(got.every((row, index) => row.endsWith(` 雨${index}`))).toBe(true)
  })

  it('drops rows that are not later than the one before, counts them, and says so once', () => {
    // As USGS' logger on Marine View Drive sent 2015-10-01 04:15..05:00 twice.
    const { rows, account } = read(`time,a\n${[...minutes(0, 7), ...minutes(4, 7), ...minutes(9, 12)].join('\n')}\n`)
    expect(rows).toHaveLength(12)
    expect(account).toMatchObject({ rows: 12, dropped: 4 })
    expect(account.notes).toHaveLength(1)
    expect(account.notes[0]).toMatchObject({ line: 10, at: 'time' })
  })

  it('refuses a file that runs backwards, and says how to sort it', () => {
    const fault = faultOf(`time,a\n${minutes(200, 0).join('\n')}\n`)
    expect(fault.what).toContain('newest first')
    expect(fault.remedy).toContain('sort')
    expect(faultOf('time,a\n2020-01-02T00:00:00Z,1\n2020-01-01T00:00:00Z,1\n').what).toContain('newest first')
  })

  it('stops in a file that turns back after its head, and one that tells many rows of one time', () => {
    expect(read(`time,a\n${[...minutes(100, 200), ...minutes(199, 0)].join('\n')}\n`).account.stopped?.what).toContain('older')
    const long = minutes(0, 100).flatMap((row) => [row, row, row])
    expect(read(`time,a\n${long.join('\n')}\n`).account.stopped?.what).toContain('repeat the time')
  })

  it('does not use a last line that is cut short, and tells one that may be', () => {
    const cut = read('time,a,b\n2020-01-01T00:00:00Z,1,2\n2020-01-01T00:01:00Z,1')
    expect(cut.rows).toHaveLength(1)
    expect(cut.account.notes[0]).toMatchObject({ line: 3, what: 'the last line is cut short and is not used' })
    const perhaps = read('time,a\n2020-01-01T00:00:00Z,1\n2020-01-01T00:01:00Z,1')
    expect(perhaps.rows).toHaveLength(2)
    expect(perhaps.account.notes[0]?.what).toContain('may be cut short')
  })

  it('does not use damaged rows, counts them, and says once a kind what is wrong', () => {
    const { rows, account } = read(
      'time,a\n2020-01-01T00:00:00Z,1\nyesterday,1\n2020-01-01T00:01:00Z,1,5\n2020-01-01T00:02:00Z,"1\n2020-01-01T00:03:00Z,1,6\n2020-01-01T00:04:00Z,2\n',
    )
    expect(rows).toHaveLength(2)
    expect(account.damaged).toBe(4)
    expect(account.notes.map(({ line }) => line)).toEqual([3, 4, 5])
  })

  it.each([
    ['', 'the file is empty'],
    ['time,a\n', 'there is no row'],
    ['date,a\n2020-01-01T00:00:00Z,1\n', 'no column of times'],
    ['time,a,a\n2020-01-01T00:00:00Z,1,1\n', '"a" stands twice'],
    ['time,a\n2020-01-01T00:00:00,1\n', 'time cannot be read'],
    ['PK\0\0\0', 'no plain text'],
    ['x'.repeat(60_000), 'longer than'],
  ])('refuses %j in a sentence', (content, what) => {
    expect(faultOf(content).what).toContain(what)
  })

  it('names the remedy: commas for semicolons, a zone for local times', () => {
    expect(faultOf('time;a\n2020-01-01T00:00:00Z;1\n').remedy).toContain('semicolons')
    expect(faultOf('time,a\n2020-01-01 00:00,1\n').remedy).toContain('zone:')
    expect(read('time,a\n2020-01-01 00:00,1\n', { start: null, zoneMin: 480 }).rows).toEqual(['2019-12-31T16:00:00.000Z 1'])
  })

  it('says of a missing file and of a folder what they are', () => {
    const gone = openCsv(join(folder, 'gone.csv'), utc)
    expect('faults' in gone && gone.faults[0]?.what).toBe('there is no such file')
    const inside = openCsv(folder, utc)
    expect('faults' in inside && inside.faults[0]?.what).toBe('this is a folder')
    const device = openCsv('/dev/zero', utc)
    expect('faults' in device && device.faults[0]).toMatchObject({
      what: 'this is a pipe or a device, no file',
      remedy: 'save what it gives as a file, and name that',
    })
  })
})

describe('a cell', () => {
  it.each([
    ['1', 1],
    [' -2.5e3 ', -2500],
    ['.5', 0.5],
    ['+3.', 3],
    ['', null],
    ['NaN', null],
    ['n/a', null],
    ['1,5', undefined],
    ['0x10', undefined],
    ['Infinity', undefined],
    ['1e999', undefined],
    ['12 mm', undefined],
  ])('%j reads as %s', (cell, value) => {
    expect(readCell(cell)).toBe(value)
  })

  it('stands between commas, quoted where it holds one', () => {
    expect(splitLine('a,,"b,c" , d')).toEqual(['a', '', 'b,c', ' d'])
    expect(splitLine('"a""b",""')).toEqual(['a"b', ''])
    expect(splitLine('a,"b')).toBeNull()
  })
})

describe('a time', () => {
  it.each([
    ['2015-08-18T02:15:00Z', null, '2015-08-18T02:15:00.000Z'],
    ['2015-08-18T02:15:00.1239Z', null, '2015-08-18T02:15:00.123Z'],
    ['2015-08-18T02:15Z', null, '2015-08-18T02:15:00.000Z'],
    ['2015-08-18T02:15:00-0330', null, '2015-08-18T05:45:00.000Z'],
    ['2015-08-18 02:15:00+08', null, '2015-08-17T18:15:00.000Z'],
    ['2015-08-18 02:15', 480, '2015-08-17T18:15:00.000Z'],
    ['2015-08-18T02:15:00', null, null],
    ['2015-02-30T02:15:00Z', null, null],
    ['2015-13-01T02:15:00Z', null, null],
    ['18.08.2015 02:15', 0, null],
    ['2015-08-18T24:00:00Z', null, null],
    ['2015-08-18T02:15:00+99:00', null, null],
  ])('%s in zone %s is %s', (text, zone, expected) => {
    const time = readTime(text, zone)
    expect(time && iso(time)).toBe(expected)
  })
})
