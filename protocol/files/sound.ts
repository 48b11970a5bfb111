/**
 * What is left of a file when its malformed entries are taken out: the rest is still held against itself, so that a mistyped
 * key here does not hide an unknown name there. What the missing entries would have meant is not asked.
 */
import { type FileFault, nearest } from './fault.ts'
import type { Path, YamlFile } from './yaml.ts'

/** Which sections of a file can lose an entry. */
export interface Sections {
  /** Sections that are tables of names: the name that is malformed goes. */
  tables: readonly string[]
  /** Sections that are lists. */
  lists: readonly string[]
  /** Sections that go as a whole, with what stands there then; undefined: nothing. */
  standIns: Readonly<Record<string, unknown>>
  /** Sections that rule all the others: with one of them malformed nothing can be said of the rest. */
  rulers: readonly string[]
}

export interface Sound {
  /** The file without its malformed entries; its places are those of the whole file. */
  yaml: YamlFile
  /** The names of the entries taken out: to miss one of them is no further fault. */
  removed: Set<string>
}

/** Null where the file is malformed at its root, or a table goes by a mistyped name, so that nothing can be said of the rest. */
export function soundPart(yaml: YamlFile, faults: readonly FileFault[], { tables, lists, standIns, rulers }: Sections): Sound | null {
  if (!isMap(yaml.value)) return null
  const value: Record<string, unknown> = { ...yaml.value }
  const absent = [...tables, ...rulers].filter((section) => !Object.hasOwn(value, section))
  const removed = new Set<string>()
  const indices = new Map<string, number[]>()
  for (const { at } of faults) {
    const section = /^[^.[]*/.exec(at)?.[0] ?? ''
    const held = value[section]
    if (Object.hasOwn(standIns, section)) {
      if (standIns[section] === undefined) delete value[section]
      else value[section] = standIns[section]
    } else if (tables.includes(section) && isMap(held)) {
      // A key may hold a dot: that is what is wrong with it.
      const names = Object.keys(held).filter((name) => startsAt(at, `${section}.${name}`))
      if (names.length === 0 && !removedUnder(at, section, removed)) return null
      for (const name of names) removed.add(name)
      value[section] = Object.fromEntries(Object.entries(held).filter(([name]) => !names.includes(name)))
    } else if (lists.includes(section) && Array.isArray(yaml.value[section])) {
      const whole = yaml.value[section] as unknown[]
      const bad = whole.findIndex((_, index) => startsAt(at, `${section}[${index}]`))
      if (bad < 0) return null
      const kept = (indices.get(section) ?? whole.map((_, index) => index)).filter((index) => index !== bad)
      indices.set(section, kept)
      value[section] = kept.map((index) => whole[index])
    } else if (rulers.includes(section) || tables.includes(section) || lists.includes(section) || section === '' || nearest(section, absent) !== undefined)
      return null
    // A key that no such file has.
    else delete value[section]
  }
  const inFile = (path: Path): Path => {
    const [section, index, ...rest] = path
    const kept = typeof index === 'number' ? indices.get(String(section))?.[index] : undefined
    return kept === undefined ? path : [section as string, kept, ...rest]
  }
  return {
    yaml: {
      ...yaml,
      value,
      place: (path, of) => yaml.place(inFile(path), of),
      fault: (path, what, remedy, where) => yaml.fault(inFile(path), what, remedy, where),
    },
    removed,
  }
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The place is the entry itself or lies within it. */
const startsAt = (at: string, entry: string): boolean => at === entry || at.startsWith(`${entry}.`) || at.startsWith(`${entry}[`)

/** A second fault of an entry that is out already. */
const removedUnder = (at: string, section: string, removed: ReadonlySet<string>): boolean => [...removed].some((name) => startsAt(at, `${section}.${name}`))
