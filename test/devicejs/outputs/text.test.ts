import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { encodeText } from '../../../devicejs/outputs/text.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase()

describe('a text for what speaks or shows it', () => {
  it.each([
    ['gb2312', '宇音天下', 'D3EED2F4CCECCFC2'], // the example of the SYN6288 data sheet
    ['gb2312', '红色预警，请立即撤离。', 'BAECC9ABD4A4BEAFA3ACC7EBC1A2BCB4B3B7C0EBA1A3'],
    ['gb2312', '雨量 50mm', 'D3EAC1BF2035306D6D'],
    ['gb2312', '·\u30fb—\u2015', 'A1A4A1A4A1AAA1AA'],
    ['gbk', '镕', 'E946'],
    ['gbk', '€', 'A2E3'],
    ['utf-16be', '好a', '597D0061'],
    ['utf-8', '好', 'E5A5BD'],
    ['ascii', 'Evacuate!', '4576616375617465' + '21'],
  ] as const)('in %s: %s', (encoding, text, bytes) => {
    const made = encodeText(text, encoding, 200)
    expect([hex(made.bytes), made.unknown, made.cut]).toEqual([bytes, '', ''])
  })

  it('in gb2312 has all 7,445 characters where Python has them', () => {
    const script = `
for cell in range(0xA1A1, 0xF7FF):
    try: print('%04X %s' % (cell, cell.to_bytes(2, 'big').decode('gb2312')))
    except UnicodeDecodeError: pass`
    const told = spawnSync('/usr/bin/python3', ['-c', script], { encoding: 'utf8', env: { PYTHONIOENCODING: 'utf-8' } })
    const cells = told.stdout.trim().split('\n')
    expect(cells).toHaveLength(7445)
    expect(cells.filter((line) => hex(encodeText(line.slice(5), 'gb2312', 2).bytes) !== line.slice(0, 4))).toEqual([])
  })

  it.each([
    ['gb2312', 'a\r\nb', '61202062'],
    ['gbk', '\x02\x03\x1b\x1a\x00', '2020202020'],
    ['utf-16be', 'a\nb\u2028', '0061002000620020'],
    ['utf-8', '\x7f\x85', '2020'],
  ] as const)('in %s holds nothing that could end its frame: %j', (encoding, text, bytes) => {
    const made = encodeText(text, encoding, 200)
    expect([hex(made.bytes), made.unknown]).toEqual([bytes, ''])
  })

  it('is what any decoder of Chinese makes of it again', () => {
    const text = '滑坡泥石流崩塌地面沉降，水位雨量位移：３级'
    expect(new TextDecoder('gb18030').decode(encodeText(text, 'gb2312', 200).bytes)).toBe(text)
  })

  it.each([
    ['gb2312', '镕基', '镕'],
    ['gb2312', '山🏔山', '🏔'],
    ['gb2312', 'ⅲ级', 'ⅲ'], // row 2, filled by GBK alone
    ['ascii', 'a红b红', '红'],
  ] as const)('in %s has no characters for some, and says which: %s', (encoding, text, unknown) => {
    const made = encodeText(text, encoding, 200)
    expect(made.unknown).toBe(unknown)
    expect(made.bytes).toContain('?'.charCodeAt(0))
  })

  it.each([
    [4, '红色', '预警'],
    [5, '红色', '预警'],
    [6, '红色预', '警'],
    [8, '红色预警', ''],
    [1, '', '红色预警'],
  ])('of which %i bytes fit is cut between two characters', (most, kept, cut) => {
    const made = encodeText('红色预警', 'gb2312', most)
    expect(new TextDecoder('gb18030').decode(made.bytes)).toBe(kept)
    expect(made.cut).toBe(cut)
  })
})
