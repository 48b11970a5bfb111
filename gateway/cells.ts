/** Text in the cells of a terminal: how wide it is, cut and padded to a width, coloured, and never able to steer the terminal. */
import type { Colour } from '../protocol/level.ts'

/** Characters of two cells: CJK, Hangul, full-width forms, emoji (Unicode TR11, classes W and F, by block). */
const wide = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
] as const

const zero = /[\p{Mn}\p{Me}\p{Cf}]/u
/** C0, DEL and C1: with one of these in a name, a file or a broker could move the cursor, or worse. */
const control = /\p{Cc}/gu

export const tame = (text: string): string => text.replace(control, ' ')

function cellsOfCharacter(character: string): number {
  const code = character.codePointAt(0) as number
  if (code < 0x300) return 1
  if (zero.test(character)) return 0
  return wide.some(([first, last]) => code >= first && code <= last) ? 2 : 1
}

export function cellsOf(text: string): number {
  let cells = 0
  for (const character of text) cells += cellsOfCharacter(character)
  return cells
}

/** Cut to a width; what was cut shows as an ellipsis. */
export function clip(text: string, cells: number): string {
  const tamed = tame(text)
  if (cellsOf(tamed) <= cells) return tamed
  let cut = ''
  let used = 1
  for (const character of tamed) {
    used += cellsOfCharacter(character)
    if (used > cells) break
    cut += character
  }
  return cells > 0 ? `${cut}…` : ''
}

/** Exactly so wide: cut, or filled with blanks behind the text. */
export function left(text: string, cells: number): string {
  const cut = clip(text, cells)
  return cut + ' '.repeat(cells - cellsOf(cut))
}

/** Exactly so wide: cut, or filled with blanks before the text. */
export function right(text: string, cells: number): string {
  const cut = clip(text, cells)
  return ' '.repeat(cells - cellsOf(cut)) + cut
}

/** The broken pieces of a sentence, each within a width. A word longer than that is cut. */
export function wrap(text: string, cells: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of tame(text).split(/\s+/)) {
    const longer = line ? `${line} ${word}` : word
    if (cellsOf(longer) <= cells) line = longer
    else {
      if (line) lines.push(line)
      line = clip(word, cells)
    }
  }
  if (line) lines.push(line)
  return lines
}

/** ANSI SGR of each warning colour, and of the few other marks. The word always stands there too: a colour alone tells nothing in a log or to a colour-blind eye. */
const marks = { none: '2', blue: '1;37;44', yellow: '1;30;43', orange: '1;30;48;5;208', red: '1;37;41', bold: '1', dim: '2', warn: '33', bad: '31' } as const
export type Mark = Colour | keyof typeof marks

export const paint = (mark: Mark, text: string, coloured: boolean): string => (coloured ? `\u001b[${marks[mark]}m${text}\u001b[0m` : text)

/** A painted line cut to a width: all its colours stay, so that each one ends. */
export function clipPainted(line: string, cells: number): string {
  if (cellsOf(plain(line)) <= cells) return line
  let room = cells
  const pieces = line.split(mark).map((piece) => {
    if (mark.test(piece) || room === 0) return mark.test(piece) ? piece : ''
    // Something is cut behind this piece, if not in it: the ellipsis stands on the last cell.
    const cut = cellsOf(piece) < room ? piece : clip(`${piece}  `, room)
    room -= cellsOf(cut)
    return cut
  })
  return pieces.join('')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are written with it
const mark = /(\u001b\[[0-9;]*m)/

/** The text without its colours, as it stands in the cells. */
export const plain = (text: string): string =>
  text
    .split(mark)
    .filter((piece) => !mark.test(piece))
    .join('')
