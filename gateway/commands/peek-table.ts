/** The table of `hazardpoint peek`: one row a type and word order, the scales and the neighbours side by side. */
import { encodings, type Glimpse, likely, type Meaning, SCALES, scaled } from '../../devicejs/find/peek.ts'
import type { Encoding } from '../../protocol/numbers.ts'
import { clip, clipPainted, left, paint, right } from '../cells.ts'

/** `bytes-decimal ABCD` */
const LABEL = 18
/** Values of one row: the register before, four scales of its own, the register behind. */
const CELLS = SCALES.length + 2
const NARROWEST_CELL = 8
const WIDEST_CELL = 13

/** What was read of one table, and what it could mean. */
export interface Peeked {
  seen: Glimpse
  meanings: Meaning[]
}

export interface PeekFrame {
  where: string
  address: number
  reads: number
  columns: number
  /** Null: as many as there are. */
  rows: number | null
  coloured: boolean
}

export function peekLines(peeked: Peeked[], frame: PeekFrame): string[] {
  const { where, address, reads, columns, rows, coloured } = frame
  const cell = Math.max(NARROWEST_CELL, Math.min(WIDEST_CELL, Math.floor((columns - LABEL) / CELLS)))
  const heads = peeked.map((one) => headLines(one, address, cell))
  const bodies = peeked.map(({ seen, meanings }) => (seen.trouble ? [] : rowsOf(meanings, cell, coloured)))
  const title = `${where}, register ${address} (0x${address.toString(16).toUpperCase()})${reads > 1 ? `, read ${reads} times` : ''}`
  const foot = '* plausible: of everyday size, and without jumps from one read to the next'
  const room = rows === null ? Number.POSITIVE_INFINITY : rows - 3 - heads.flat().length
  const shown = fitted(bodies, room)
  const hidden = bodies.flat().length - shown.flat().length
  const lines = [
    paint('bold', clip(title, columns), coloured),
    ...heads.flatMap((head, index) => [...head, ...(shown[index] ?? []).map(({ text }) => text)]),
    foot,
  ]
  if (hidden > 0) lines.push(`${hidden} rows more: a higher window, --table, or --once into a file shows them`)
  return lines.slice(0, rows ?? lines.length).map((line) => clipPainted(line, columns))
}

interface Row {
  text: string
  /** What is shown first where not all fit. */
  worth: (typeof WORTH)[keyof typeof WORTH]
}
const WORTH = { empty: 0, plain: 1, plausible: 2 } as const

/** The rows of least worth go first, from the end. */
function fitted(bodies: Row[][], room: number): Row[][] {
  let over = bodies.flat().length - room
  const dropped = new Set<Row>()
  for (const worth of [WORTH.empty, WORTH.plain, WORTH.plausible])
    for (const row of bodies.flat().toReversed()) if (row.worth === worth && over-- > 0) dropped.add(row)
  return bodies.map((rows) => rows.filter((row) => !dropped.has(row)))
}

function headLines({ seen, meanings }: Peeked, address: number, cell: number): string[] {
  if (seen.trouble) return [`${seen.table}: ${seen.trouble}`]
  const words = seen.words.map((word, at) => `${seen.first + at}: ${word === null ? '-' : `0x${word.toString(16).toUpperCase().padStart(4, '0')}`}`)
  const [best, ...others] = likely(meanings)
  const also = others.map(({ encoding, raw }) => `${encoding.type}${encoding.order === 'ABCD' ? '' : ` ${encoding.order}`} ${likelyText(encoding, raw)}`)
  const orElse = also.length > 0 ? `, or ${also.join(', ')}` : ''
  const hint = best
    ? `such as read: { ${seen.table}: ${address}, as: ${best.encoding.type}${orderText(best.encoding)} } for ${likelyText(best.encoding, best.raw)}${orElse}`
    : ''
  const columns = [`-1`, ...SCALES.map((scale) => `x${scale}`), '+1'].map((text) => `${right(text, cell - 1)} `)
  return [`${seen.table}  ${words.join('  ')}`, ...(hint ? [hint] : []), `${left('', LABEL)}${columns.join('')}`]
}

/** A float of 32 bits has seven digits; the others are rounding. */
const likelyText = ({ type }: Encoding, raw: number): string => numberText(type === 'f32' ? Number(raw.toPrecision(6)) : raw, WIDEST_CELL)

const orderText = ({ order }: Encoding): string => (order === 'ABCD' ? '' : `, order: ${order}`)

function rowsOf(meanings: Meaning[], cell: number, coloured: boolean): Row[] {
  return encodings.map(({ type, order }) => {
    const own = meanings.filter(({ encoding }) => encoding.type === type && encoding.order === order)
    const at = (offset: number): Meaning | undefined => own.find((meaning) => meaning.offset === offset)
    const cells = [[at(-1), 0], ...SCALES.map((_, scale) => [at(0), scale]), [at(1), 0]] as [Meaning | undefined, number][]
    const plausible = cells.some(([meaning, scale]) => meaning?.plausible[scale])
    // Digits come and go with the value: a row of them keeps its place.
    const empty = own.every(({ raw }) => Number.isNaN(raw)) && !type.startsWith('b')
    const text = cells.map(([meaning, scale]) => cellText(meaning, scale, cell, coloured)).join('')
    return { text: left(`${type} ${order}`, LABEL) + text, worth: plausible ? WORTH.plausible : empty ? WORTH.empty : WORTH.plain }
  })
}

function cellText(meaning: Meaning | undefined, scale: number, cell: number, coloured: boolean): string {
  if (!meaning || Number.isNaN(meaning.raw)) return `${right('-', cell - 1)} `
  const text = right(numberText(scaled(meaning.raw, SCALES[scale] ?? 1), cell - 2), cell - 1)
  return meaning.plausible[scale] ? paint('bold', `${text}*`, coloured) : `${text} `
}

/** As many digits as fit; a number that is too great or too small for them in powers of ten. */
function numberText(value: number, cells: number): string {
  const plain = String(value)
  if (plain.length <= cells) return plain
  const size = Math.abs(value)
  if (size >= 1e-3 && size < 10 ** (cells - 2)) {
    const whole = Math.trunc(size).toString().length + (value < 0 ? 1 : 0)
    return value.toFixed(Math.max(0, cells - whole - 1))
  }
  for (let digits = cells; digits >= 0; digits--) {
    const text = value.toExponential(Math.min(digits, 6)).replace('e+', 'e')
    if (text.length <= cells) return text
  }
  return plain
}
