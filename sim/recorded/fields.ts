/** One line of CSV: fields between commas, in quotes where they hold one; and a cell read as a number. */

/** As much of a line as a person wants to see of it. */
const SHOWN = 120

export const cut = (text: string, longest = SHOWN): string => (text.length <= longest ? text : `${text.slice(0, longest - 1)}…`)

/** The fields of a line (RFC 4180, without line ends inside quotes), or null where a quote is not closed. */
export function splitLine(line: string): string[] | null {
  if (!line.includes('"')) return line.split(',')
  const fields: string[] = []
  let at = 0
  for (;;) {
    const quoted = /^\s*"/.exec(line.slice(at))
    if (quoted) {
      let text = ''
      let from = at + quoted[0].length
      for (;;) {
        const close = line.indexOf('"', from)
        if (close < 0) return null
        text += line.slice(from, close)
        from = close + 1
        if (line[from] !== '"') break
        text += '"'
        from++
      }
      const comma = line.indexOf(',', from)
      fields.push(text + line.slice(from, comma < 0 ? undefined : comma).trimEnd())
      if (comma < 0) return fields
      at = comma + 1
    } else {
      const comma = line.indexOf(',', at)
      fields.push(line.slice(at, comma < 0 ? undefined : comma))
      if (comma < 0) return fields
      at = comma + 1
    }
  }
}

const number = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/
/** What loggers and spreadsheets write where they have no value. */
const nothing = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '-'])

/** The number of a cell, null where it is empty, undefined where it is no number. */
export function readCell(cell: string): number | null | undefined {
  const text = cell.trim()
  if (nothing.has(text.toLowerCase())) return null
  if (!number.test(text)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}
