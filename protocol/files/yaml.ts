/** YAML text to a value, with the place of every part of it. The only file that knows the YAML library. */
import { type Document, isAlias, isCollection, isMap, isNode, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml'
import { type FileFault, pathText } from './fault.ts'

export type Path = readonly (string | number)[]

/** A file that has been read. `value` is undefined where there are `faults`. */
export interface YamlFile {
  file: string
  value: unknown
  /** What YAML itself forbids: broken syntax, a key given twice, an alias that multiplies. */
  faults: FileFault[]
  /** Where a part stands; where the file does not have it, its nearest ancestor. */
  place(path: Path, of?: 'key' | 'value'): Spot
  /** A fault at a part of the file. `letter`: how far into a text value, from 0. */
  fault(path: Path, what: string, remedy: string, where?: { of?: 'key' | 'value'; letter?: number }): FileFault
}

export interface Spot {
  line: number
  column: number
  source: string
}

/** One hazard point fills some 20 kB, the largest register maps 100 kB; more is the wrong file, and costs seconds to read on a small board. */
export const MOST_CHARACTERS = 512 * 1024

/** Anchors save typing in a file of ours; a hundred uses is generous, and stops a "billion laughs". */
const MOST_ALIASES = 100

/** A file of ours is eight deep at most; the library calls itself once a level, and would overflow the stack in the thousands. */
const MOST_DEEP = 64

/** Reads the text of one of our files; what is wrong with it is told in `faults`, under the name `file`, and never thrown. */
export function readYaml(text: string, file: string): YamlFile {
  if (text.length > MOST_CHARACTERS) {
    return unreadable(file, `${text.length} characters are too many for a file of ours (most: ${MOST_CHARACTERS})`, 'is this the right file?')
  }
  if (text.includes('\0')) return unreadable(file, 'this is no text: it has zero bytes', 'save the file as UTF-8, or name the right one')
  const foreign = text.split('\n').findIndex((line) => line.includes('\ufffd'))
  if (foreign >= 0) return unreadable(file, 'this line has letters that are no UTF-8', 'save the file as UTF-8 (it may be in GBK)', foreign + 1, text)
  const deep = tooDeep(text)
  if (deep !== null) return unreadable(file, `line ${deep} is nested more than ${MOST_DEEP} deep`, 'close the brackets, or flatten the list', deep, text)

  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, logLevel: 'error', strict: true, uniqueKeys: true })
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''))

  const spot = (offset: number): Spot => {
    const { line, col } = counter.linePos(Math.min(offset, text.length))
    return { line: Math.max(1, line), column: Math.max(1, col), source: lines[line - 1] ?? '' }
  }
  const place = (path: Path, of: 'key' | 'value' = 'value'): Spot => spot(offsetOf(document, path, of))
  const fault = (path: Path, what: string, remedy: string, where: { of?: 'key' | 'value'; letter?: number } = {}): FileFault => {
    const node = where.letter === undefined ? undefined : document.getIn(path, true)
    return { file, at: pathText(path), what, remedy, ...(node === undefined ? place(path, where.of) : spot(letterOf(node, where.letter ?? 0, text))) }
  }

  // One slip makes many errors of one kind on its line: the first tells it.
  const slips = new Map<string, FileFault>()
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    const where = spot(pos[0])
    const slip = `${where.line} ${code} ${code === 'DUPLICATE_KEY' ? where.column : ''}`
    if (!slips.has(slip)) slips.set(slip, { file, at: '', ...plain(code, message), ...where })
  }
  const faults = [...slips.values()]
  if (faults.length === 0) faults.push(...aliasFaults(document, (offset) => ({ file, at: '', ...spot(offset) })))
  return { file, value: faults.length === 0 ? document.toJS({ maxAliasCount: MOST_ALIASES }) : undefined, faults, place, fault }
}

/** Aliases that name no anchor, hold themselves, or multiply: the library would throw on them. */
function aliasFaults(document: Document.Parsed, at: (offset: number) => Omit<FileFault, 'what' | 'remedy'>): FileFault[] {
  const faults: FileFault[] = []
  let aliases = 0
  visit(document, {
    Alias(_, alias, ancestors) {
      const target = alias.resolve(document)
      const offset = alias.range?.[0] ?? 0
      if (target === undefined) faults.push({ ...at(offset), what: `no anchor \`&${alias.source}\` before this`, remedy: 'write the value out' })
      else if (ancestors.includes(target)) faults.push({ ...at(offset), what: `\`*${alias.source}\` holds itself`, remedy: 'write the value out' })
      else if (++aliases > MOST_ALIASES || holdsAlias(target)) {
        faults.push({
          ...at(offset),
          what: `the alias \`*${alias.source}\` multiplies what it names`,
          remedy: `write the value out; at most ${MOST_ALIASES} plain aliases are read`,
        })
        return visit.BREAK
      }
      return undefined
    },
  })
  return faults
}

function holdsAlias(node: Node): boolean {
  let found = false
  visit(node, {
    Alias() {
      found = true
      return visit.BREAK
    },
  })
  return found
}

/** The library's words for the commonest mistakes, as a person on a slope would say them. */
function plain(code: string, message: string): { what: string; remedy: string } {
  switch (code) {
    case 'DUPLICATE_KEY':
      return { what: 'this key is given twice', remedy: 'keep one of the two' }
    case 'TAB_AS_INDENT':
      return { what: 'a tab indents this line', remedy: 'indent with spaces' }
    case 'BAD_INDENT':
      return { what: `the indentation is off: ${message}`, remedy: 'line it up with its neighbours, with spaces' }
    case 'MULTILINE_IMPLICIT_KEY':
    case 'BLOCK_AS_IMPLICIT_KEY':
      return { what: `this cannot be a key: ${message}`, remedy: 'is a colon, quote or bracket missing, or one too many?' }
    case 'MULTIPLE_DOCS':
      return { what: 'there is a second document after `---`', remedy: 'keep one file to one document' }
    case 'TAG_RESOLVE_FAILED':
      return { what: message, remedy: 'write plain values without tags; quote a text that begins with `!`' }
    default:
      return { what: message, remedy: 'see the YAML 1.2 syntax; quote texts that hold : # { } [ ] , & * ! | > % @' }
  }
}

/** The line that goes deeper than any file of ours, by its brackets or by what it is indented with; null where none does. Brackets in quotes are counted too, which harms nobody. */
function tooDeep(text: string): number | null {
  let depth = 0
  for (const [index, line] of text.split('\n').entries()) {
    const [indentation = ''] = /^ *(?:[-?:] +)*/.exec(line) ?? []
    if (indentation.length > MOST_INDENTED) return index + 1
    for (const letter of line) {
      if (letter === '[' || letter === '{') depth++
      else if (letter === ']' || letter === '}') depth = Math.max(0, depth - 1)
      if (depth > MOST_DEEP) return index + 1
    }
  }
  return null
}

/** Each level of a block is at least one column further in. */
const MOST_INDENTED = 4 * MOST_DEEP

function unreadable(file: string, what: string, remedy: string, line = 1, text = ''): YamlFile {
  const spot = { line, column: 1, source: (text.split('\n')[line - 1] ?? '').slice(0, 80) }
  return {
    file,
    value: undefined,
    faults: [{ file, at: '', what, remedy, ...spot }],
    place: () => spot,
    fault: (path, problem, cure) => ({ file, at: pathText(path), what: problem, remedy: cure, ...spot }),
  }
}

/** Offset of a part's key or value; of the nearest ancestor's key where the part is not there. */
function offsetOf(document: Document.Parsed, path: Path, of: 'key' | 'value'): number {
  let node: unknown = document.contents
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0
  for (const [depth, key] of path.entries()) {
    const last = depth === path.length - 1
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(key))
      if (!pair) return offset
      const keyOffset = isNode(pair.key) ? (pair.key.range?.[0] ?? offset) : offset
      node = pair.value
      offset = last && of === 'value' && isNode(node) && node.range ? node.range[0] : keyOffset
    } else if (isCollection(node)) {
      node = node.items[Number(key)]
      if (!isNode(node)) return offset
      offset = node.range?.[0] ?? offset
    } else return offset
  }
  return offset
}

/** Offset of one letter of a text, where it is written on one line as it is read; else of its beginning. */
function letterOf(node: unknown, letter: number, text: string): number {
  if (!isScalar(node) || !node.range) return isNode(node) ? (node.range?.[0] ?? 0) : 0
  const [from, to] = node.range
  const quote = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? 1 : 0
  const written = text.slice(from + quote, to - quote)
  return written === node.value ? from + quote + letter : from
}
