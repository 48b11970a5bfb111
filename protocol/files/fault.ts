/** A fault in a file of ours: where it stands, what is wrong, what to do; and how it is told to a person. */

export interface FileFault {
  file: string
  /** From 1, as editors count. */
  line: number
  column: number
  /** Where in the file's tree, such as `channels.rain.read`; empty for the file as a whole. */
  at: string
  what: string
  remedy: string
  /** The offending line. */
  source: string
}

/** A longer list helps nobody: after so many faults the rest are counted. */
const MOST_SHOWN = 50

/** A line of a minified file would fill the terminal; a piece of this width around the fault is shown. */
const WIDTH = 120

/**
 *     site.yaml:14:14: unknown key `yelow`
 *       |   at: { yelow: 30 }
 *       |         ^
 *       = did you mean `yellow`?
 */
export function formatFaults(faults: readonly FileFault[]): string {
  const shown = faults.slice(0, MOST_SHOWN).map(formatFault)
  if (faults.length > MOST_SHOWN) shown.push(`... and ${faults.length - MOST_SHOWN} more`)
  return shown.join('\n')
}

function formatFault({ file, line, column, at, what, remedy, source }: FileFault): string {
  const lines = [`${file}:${line}:${column}: ${tame(at === '' ? '' : `${at}: `)}${tame(what)}`]
  if (source.trim() !== '') {
    const skip = column > WIDTH ? column - WIDTH / 2 : 0
    const piece = tame(source.slice(skip, skip + WIDTH))
    lines.push(`  | ${piece}`, `  | ${blank(piece.slice(0, column - 1 - skip))}^`)
  }
  if (remedy !== '') lines.push(`  = ${tame(remedy)}`)
  return lines.join('\n')
}

/** Control characters but tabs: with one of these a file from elsewhere could steer the terminal of whoever checks it. A stray byte order mark has no width of its own. */
const tame = (text: string): string => text.replace(/(?!\t)\p{Cc}|\ufeff/gu, '\u00b7')

/** As wide as the text, so that the caret stands under its place: tabs stay, a Chinese character is two columns wide. */
const blank = (text: string): string =>
  text.replace(/[^\t]/gu, (letter) => (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u.test(letter) ? '\u3000' : ' '))

/** `channels.rain.quality[0].range` */
export function pathText(path: readonly (string | number)[]): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`)).join('')
}

/** The known word that a mistyped one most likely meant, or undefined where none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  // A third of the letters may be wrong: `yelow`, `treshold`, `rian`, but not `red` for `rain`.
  let least = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), least)
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

/** `did you mean x? known: a, b, c` */
export function suggest(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  const listed = known.length === 0 ? 'none is known here' : `known: ${known.slice(0, MOST_LISTED).join(', ')}${known.length > MOST_LISTED ? ', ...' : ''}`
  return near === undefined ? listed : `did you mean \`${near}\`? ${listed}`
}

/** More names than this are no help to choose from. */
const MOST_LISTED = 30

/** Letters to add, drop, change, or swap with their neighbour (optimal string alignment); words too different in length are not measured. */
function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const next = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let distance = Math.min(last[column]! + 1, next[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1))
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) distance = Math.min(distance, before[column - 2]! + 1)
      next.push(distance)
    }
    before = last
    last = next
  }
  return last[b.length]!
}
