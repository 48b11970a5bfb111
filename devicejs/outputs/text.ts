/** Texts as bytes for what speaks and shows them: the encodings of Chinese, cut at a character, and told of what it cannot say. */

export const textEncodings = ['gb2312', 'gbk', 'utf-16be', 'utf-8', 'ascii'] as const
export type TextEncoding = (typeof textEncodings)[number]

export interface EncodedText {
  bytes: Uint8Array
  /** Characters that the encoding does not have; a `?` stands in their place. */
  unknown: string
  /** What did not fit, at the end of the text. */
  cut: string
}

/** Ends of lines, and what else steers a device in place of being said: a text from a file may hold it, and a frame may end with it. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]/gu

/** The text in no more than `most` bytes: what is longer is cut between two characters. A control character is a blank. */
export function encodeText(written: string, encoding: TextEncoding, most: number): EncodedText {
  const text = written.replace(CONTROLS, ' ')
  const bytes: number[] = []
  let unknown = ''
  let taken = 0
  for (const character of text) {
    const found = encodeCharacter(character, encoding)
    const next = found ?? encodeCharacter('?', encoding) ?? []
    if (bytes.length + next.length > most) break
    bytes.push(...next)
    taken += character.length
    if (!found && !unknown.includes(character)) unknown += character
  }
  return { bytes: Uint8Array.from(bytes), unknown, cut: text.slice(taken) }
}

/** Null where the encoding has no such character. */
function encodeCharacter(character: string, encoding: TextEncoding): readonly number[] | null {
  const code = character.codePointAt(0) as number
  if (encoding === 'utf-8') return [...new TextEncoder().encode(character)]
  if (encoding === 'utf-16be') return character.split('').flatMap((unit) => [unit.charCodeAt(0) >> 8, unit.charCodeAt(0) & 0xff])
  if (code < 0x80) return [code]
  return encoding === 'ascii' ? null : (tableOf(encoding).get(character) ?? null)
}

const tables = new Map<'gb2312' | 'gbk', Map<string, readonly [number, number]>>()

/** Cells of GB 2312's own rows that only GBK has filled: a device of 1980's set shows nothing there. */
const laterCells: [from: number, to: number][] = [
  [0xa2a1, 0xa2b0],
  [0xa2e3, 0xa2e4],
  [0xa6d9, 0xa6f5],
  [0xa8bb, 0xa8c0],
]

/** Two signs whose code has changed over the years: either is meant by the one cell. */
const aliases: [character: string, of: string][] = [
  ['\u30fb', '\u00b7'],
  ['\u2015', '\u2014'],
]

/**
 * Made at first use by decoding every pair of bytes. GB 2312-80 is rows 0xA1-0xF7 and columns 0xA1-0xFE of GBK, of which the rows
 * 0xAA-0xAF are empty. The decoder is that of the Encoding Standard, which knows all of GB 18030.
 */
function tableOf(encoding: 'gb2312' | 'gbk'): Map<string, readonly [number, number]> {
  const held = tables.get(encoding)
  if (held) return held
  const table = new Map<string, readonly [number, number]>()
  const decoder = new TextDecoder('gb18030')
  const [firstRow, lastRow, firstColumn] = encoding === 'gb2312' ? [0xa1, 0xf7, 0xa1] : [0x81, 0xfe, 0x40]
  for (let row = firstRow; row <= lastRow; row++) {
    if (encoding === 'gb2312' && row > 0xa9 && row < 0xb0) continue
    for (let column = firstColumn; column <= 0xfe; column++) {
      if (encoding === 'gb2312' && laterCells.some(([from, to]) => row * 256 + column >= from && row * 256 + column <= to)) continue
      const character = decoder.decode(Uint8Array.of(row, column))
      const code = character.codePointAt(0) as number
      // Places that no standard fills decode to U+FFFD or into the private area.
      const isPrivate = code >= 0xe000 && code <= 0xf8ff
      if ([...character].length === 1 && code !== 0xfffd && !isPrivate && !table.has(character)) table.set(character, [row, column])
    }
  }
  for (const [character, of] of aliases) {
    const cell = table.get(of)
    if (cell && !table.has(character)) table.set(character, cell)
  }
  tables.set(encoding, table)
  return table
}
