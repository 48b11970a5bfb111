/** `hazardpoint peek` on a real socket and a real line, on a terminal and into a file. */
import { afterEach, describe, expect, it } from 'vitest'
import { makeSlave, type RegisterMap } from '../../../devicejs/slave.ts'
import { cellsOf, plain } from '../../../gateway/cells.ts'
import { type PeekOptions, peekCommand, readRegister } from '../../../gateway/commands/peek.ts'
import { encodeNumber } from '../../../protocol/numbers.ts'
import { serveLine, serveTcp, stop } from '../../devicejs/serving.ts'

afterEach(stop)

/** Input registers 0 to 7 with a float of low word first at 2; no holding registers. */
function meter(): RegisterMap {
  let reads = 0
  return {
    read: (table, address, count) => {
      if (table !== 'input' || address + count > 8) return 2
      const words = [7, 8, ...encodeNumber(21.5 + 0.1 * reads++, { type: 'f32', order: 'CDAB' }), 0, 0, 0, 0]
      return Uint16Array.from(words.slice(address, address + count))
    },
    write: () => {
      throw new Error('it was written to')
    },
  }
}

interface Terminal {
  isTTY?: boolean
  columns?: number
  rows?: number
}

async function peek(line: string, register: string, more: Partial<PeekOptions> = {}, terminal: Terminal = {}, unit = 2) {
  const said = { out: '', err: '' }
  const stopping = new AbortController()
  const out = {
    ...terminal,
    write: (text: string) => {
      said.out += text
      // Ctrl-C at the first picture.
      if (terminal.isTTY && text.includes('unit 2')) stopping.abort()
    },
  }
  const err = {
    write: (text: string) => {
      said.err += text
    },
  }
  const options: PeekOptions = { table: null, baud: 9600, parity: 'none', timeoutMs: 500, once: false, forMs: null, json: false, ...more }
  const code = await peekCommand([line, unit, register], options, { out, err, stop: stopping.signal })
  return { code, ...said }
}

const served = async (): Promise<string> => `127.0.0.1:${(await serveTcp(makeSlave(new Map([[2, meter()]])))).port}`

describe('hazardpoint peek', () => {
  it('prints one table into a file, of both kinds of registers, within 80 columns', async () => {
    const { code, out, err } = await peek(await served(), '2')
    expect([code, err]).toEqual([0, ''])
    const lines = out.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^127\.0\.0\.1:\d+, unit 2, register 2 \(0x2\)$/)
    expect(lines[1]).toBe('holding: illegal address (2)')
    expect(lines.slice(2, 4)).toEqual([
      'input  1: 0x0008  2: 0x0000  3: 0x41AC  4: 0x0000  5: 0x0000  6: 0x0000',
      'such as read: { input: 2, as: f32, order: CDAB } for 21.5, or i32 16812',
    ])
    expect(lines.find((text) => text.startsWith('f32 CDAB'))).toMatch(/ 21\.5\* {5}2\.15 {5}0\.215 {4}0\.0215 /)
    expect(lines.filter((text) => /^[uifb][^ ]+ [ABCD]{4} /.test(text))).toHaveLength(32)
    expect(Math.max(...lines.map(cellsOf))).toBeLessThanOrEqual(80)
  })

  it('works on a serial line', async () => {
    const { path } = await serveLine(makeSlave(new Map([[2, meter()]])))
    expect(await peek(path, 'input:2', { baud: 115_200 })).toMatchObject({ code: 0, out: expect.stringContaining('order: CDAB') })
  })

  it.each([
    [80, 24],
    [100, 30],
    [60, 12],
    [30, 5],
  ])('fits a terminal of %d columns and %d rows, and draws in place', async (columns, rows) => {
    const { out } = await peek(await served(), '2', {}, { isTTY: true, columns, rows })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the cursor is moved with it
    const lines = plain(out.replaceAll(/\u001b\[[?0-9]*[A-KM-Zhl]/g, ''))
      .trimEnd()
      .split('\n')
    expect(lines.length).toBeLessThan(rows)
    expect(Math.max(...lines.map(cellsOf))).toBeLessThanOrEqual(columns)
    expect(out.startsWith('\u001b[?25l')).toBe(true)
    expect(out.endsWith('\u001b[?25h')).toBe(true)
  })

  it('keeps the plausible rows where not all of them fit', async () => {
    const { out } = await peek(await served(), 'input:2', {}, { isTTY: true, columns: 80, rows: 16 })
    expect(out).toMatch(/f32 CDAB .*21\.5\*/)
    expect(out).not.toContain('f64 DCBA')
    expect(out).toMatch(/\d+ rows more/)
  })

  it('gives every read as a line of JSON', async () => {
    const { out } = await peek(await served(), 'input:2', { json: true, forMs: 1200 })
    const reads = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(reads.length).toBe(2)
    expect(reads[1]).toMatchObject([{ table: 'input', first: 1, likeliest: { as: 'f32', order: 'CDAB' } }])
    expect(JSON.stringify(reads[1][0].meanings)).toContain('"as":"f32","order":"CDAB","offset":0,"raw":21.6')
  })

  it('ends with 1 where nothing can be read, and says why', async () => {
    expect(await peek(await served(), 'holding:2')).toMatchObject({ code: 1, err: 'holding: illegal address (2)\n' })
    expect(await peek('127.0.0.1:1', '2', { once: true })).toMatchObject({ code: 1, err: expect.stringMatching(/refuses the connection/) })
  })

  it.each([
    ['a line that is none', 'x', '2', 2, /names no line/],
    ['a register that is none', '/dev/ttyX', 'two', 2, /"two" is no register/],
    ['a unit that is all units', '/dev/ttyX', '2', 0, /unit 0 is all devices at once/],
  ])('refuses %s', async (_, line, register, unit, sentence) => {
    expect(await peek(line, register, {}, {}, unit)).toMatchObject({ code: 1, out: '', err: expect.stringMatching(sentence) })
  })
})

describe('a register on the command line', () => {
  const both = ['holding', 'input']
  it.each([
    ['2', both, 2],
    ['0x118', both, 0x118],
    ['0xFFFF', both, 65_535],
    ['holding:40001', ['holding'], 40_001],
    ['input:0x7919', ['input'], 31_001],
    ['40001', ['holding'], 0],
    ['30018', ['input'], 17],
    ['400001', ['holding'], 0],
    ['20000', both, 20_000],
  ])('%s', (text, tables, address) => expect(readRegister(text, null)).toEqual({ tables, address }))

  it('is of the table that is named', () => expect(readRegister('2', 'input')).toEqual({ tables: ['input'], address: 2 }))

  it.each([
    ['70000', null, 'there is no register 70000'],
    ['-1', null, '"-1" is no register'],
    ['holding:x', null, '"holding:x" is no register'],
    ['30001', 'holding', 'register 30001 is of the table input: leave --table out, or write holding:0'],
    ['input:7', 'holding', 'is of the table input'],
  ] as const)('%s (--table %s) is none', (text, table, what) => expect(readRegister(text, table)).toContain(what))
})
