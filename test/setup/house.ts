// The mechanics of the house rules: reads the tree and its imports, and answers with sentences; the rules themselves are tables in house.test.ts.

import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, posix } from 'node:path'

export interface File {
  /** From the clone's top, with `/`. */
  path: string
  text: string
}

/** What the files of one room may import. A target is a room or a file without its ending; a room does not stand for the rooms inside it. */
export interface Room {
  may: string[]
  /** May be named in `import type` besides. */
  types?: string[]
  node?: boolean
}

export interface Import {
  /** A path from the top without its ending (`protocol/time`), or a package, or `node:fs`. */
  target: string
  inside: boolean
  typeOnly: boolean
}

const ignored = new Set(['node_modules', 'dist', 'coverage', '.git'])

/** Every file of the tree that is not made or fetched. */
export function readTree(root: string): File[] {
  return readdirSync(root, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(entry.parentPath.slice(root.length).replaceAll('\\', '/'), entry.name).replace(/^\//, ''))
    .filter((path) => !path.split('/').some((part) => ignored.has(part)) && !path.endsWith('.tgz'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

export const isSource = (path: string) => /\.(ts|mjs)$/.test(path)

/** A `/` after one of these opens a regular expression; after anything else it divides. */
const beforeRegex = /(^|[([{,;=:!&|?+\-*%<>~^]|\b(return|typeof|case|in|of|do|else))\s*$/

/** The text with its comments (and, where asked, the insides of its strings) turned into spaces; places and line breaks stay. */
export function blank(text: string, strings: boolean): string {
  const out = text.split('')
  const wipe = (from: number, to: number) => {
    for (let i = from; i < to; i++) if (out[i] !== '\n') out[i] = ' '
  }
  const braces: number[] = [] // for every `${` that is open: the depth of braces inside it
  let i = 0
  const quoted = (quote: string, from: number): number => {
    let at = from
    while (at < text.length && text[at] !== quote) {
      if (quote === '`' && text[at] === '$' && text[at + 1] === '{') {
        if (strings) wipe(from, at)
        braces.push(0)
        return at + 2
      }
      at += text[at] === '\\' ? 2 : 1
    }
    if (strings) wipe(from, at)
    return at + 1
  }
  while (i < text.length) {
    const c = text[i]
    const two = text.slice(i, i + 2)
    if (two === '//' || two === '/*') {
      const end = two === '//' ? text.indexOf('\n', i) : text.indexOf('*/', i) + 2
      const to = end < (two === '//' ? 0 : 2) ? text.length : end
      wipe(i, to)
      i = to
    } else if (c === "'" || c === '"' || c === '`') i = quoted(c, i + 1)
    else if (c === '/' && beforeRegex.test(text.slice(Math.max(0, i - 20), i))) {
      const from = ++i
      for (let set = false; i < text.length && text[i] !== '\n' && (set || text[i] !== '/'); i += text[i] === '\\' ? 2 : 1) {
        if (text[i] === '[') set = true
        else if (text[i] === ']') set = false
      }
      if (strings) wipe(from, i)
      i++
    } else {
      const open = braces.length - 1
      if (c === '{' && open >= 0) braces[open]!++
      i++
      if (c === '}' && open >= 0 && braces[open]!-- === 0) {
        braces.pop()
        i = quoted('`', i)
      }
    }
  }
  return out.join('')
}

const importForms = [
  /\b(?:import|export)\s+(type\s)?\s*(?:[\w$*]+\s*,?\s*)?(?:\*\s*as\s+[\w$]+\s*|\{[^}]*\}\s*|\*\s*)?from\s*['"]([^'"]+)['"]/g,
  /\bimport\s*()['"]([^'"]+)['"]/g,
  /\bimport\s*\(()\s*['"]([^'"]+)['"]/g,
  /\bnew URL\(()\s*['"]([^'"]+\.m?[jt]s)['"]/g,
]

/** All that a file imports: statically, as a type, when needed, and as a worker. */
export function importsOf({ path, text }: File): Import[] {
  const code = blank(text, false)
  return importForms.flatMap((form) =>
    [...code.matchAll(form)].map(([, type, from]) => {
      const inside = from!.startsWith('.')
      const target = inside ? posix.join(posix.dirname(path), from!).replace(/\.(ts|mjs|json)$/, '') : from!
      return { target, inside, typeOnly: Boolean(type) }
    }),
  )
}

/** `@scope/name/deep` and `name/deep` to the package's name. */
export const packageOf = (target: string) =>
  target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/')

/** The innermost room that a path lies in; a file may be a room of its own. */
export function roomOf(path: string, rooms: Record<string, unknown>): string | undefined {
  const bare = path.replace(/\.(ts|mjs)$/, '')
  return Object.keys(rooms)
    .filter((room) => bare === room || bare.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0]
}

export function importFaults(files: File[], rooms: Record<string, Room>): string[] {
  const faults: string[] = []
  for (const file of files) {
    const name = roomOf(file.path, rooms)
    const room = name === undefined ? undefined : rooms[name]
    if (name === undefined || room === undefined) {
      faults.push(`${file.path} lies in no room of the table`)
      continue
    }
    for (const { target, inside, typeOnly } of importsOf(file)) {
      const may = typeOnly ? [...room.may, ...(room.types ?? [])] : room.may
      const allowed = inside
        ? [target, roomOf(target, rooms)].some((one) => one === name || (one !== undefined && may.includes(one)))
        : !isBuiltin(target) || room.node
      if (!allowed) faults.push(`${file.path} imports ${target}${typeOnly ? ' (type)' : ''}, which ${name} may not`)
    }
  }
  return faults
}

/** Every package that the files import belongs to the files that the table names for it, and to no other. */
export function libraryFaults(files: File[], homes: Record<string, string[]>): string[] {
  return files.flatMap((file) =>
    importsOf(file)
      .filter(({ inside, target }) => !inside && (!isBuiltin(target) || target in homes))
      .map(({ target }) => (target in homes ? target : packageOf(target)))
      .filter((library) => !homes[library]?.includes(file.path))
      .map((library) => `${file.path} imports ${library}, which ${homes[library] ? `belongs to ${homes[library].join(' and ')}` : 'the table does not know'}`),
  )
}

/** Circles of imports between files, each told once from its first file on. Types count: two files that need each other to be understood are one. */
export function circleFaults(files: File[]): string[] {
  const next = new Map(
    files.map((file) => [
      file.path.replace(/\.(ts|mjs)$/, ''),
      importsOf(file)
        .filter((one) => one.inside)
        .map((one) => one.target),
    ]),
  )
  const faults: string[] = []
  const done = new Set<string>()
  const visit = (at: string, trail: string[]) => {
    const start = trail.indexOf(at)
    if (start >= 0) faults.push(`${[...trail.slice(start), at].join(' -> ')} is a circle`)
    if (start >= 0 || done.has(at)) return
    for (const to of next.get(at) ?? []) visit(to, [...trail, at])
    done.add(at)
  }
  for (const at of next.keys()) visit(at, [])
  return faults
}

/** Calls that fetch a clock or a die from the air. */
export function callFaults(files: File[], banned: { call: RegExp; instead: string; except: string[] }[]): string[] {
  return files.flatMap((file) => {
    const lines = blank(file.text, true).split('\n')
    return banned
      .filter(({ except }) => !except.includes(file.path))
      .flatMap(({ call, instead }) => lines.flatMap((line, i) => (call.test(line) ? [`${file.path}:${i + 1} has ${call.exec(line)![0]}: ${instead}`] : [])))
  })
}

/** `deviceClock`, `device-clock` and `DEVICE_CLOCK` to their words, in lower case. */
export const wordsOf = (name: string) =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.toLowerCase())

export function exportedNames(text: string): string[] {
  const code = blank(text, true)
  const declared = [
    ...code.matchAll(/\bexport\s+(?:default\s+)?(?:declare\s+|abstract\s+|async\s+)*(?:function\s*\*?|const|let|class|interface|type)\s+([\w$]+)/g),
  ].map((match) => match[1]!)
  const listed = [...code.matchAll(/\bexport\s+(?:type\s+)?\{([^}]*)\}/g)].flatMap((match) =>
    match[1]!.split(',').map(
      (one) =>
        one
          .trim()
          .split(/\s+as\s+|\s+/)
          .at(-1)!,
    ),
  )
  return [...declared, ...listed].filter((name) => name !== '')
}

export function nameFaults(files: File[], banned: string[]): string[] {
  const bad = (name: string) => wordsOf(name).find((word) => banned.includes(word))
  return files.flatMap(({ path, text }) => {
    const names = isSource(path) ? exportedNames(text).map((name) => [name, `${path} exports ${name}`] as const) : []
    return [[path, `the path ${path}`] as const, ...names].flatMap(([name, where]) =>
      bad(name) ? [`${where}: "${bad(name)}" is not a word of the glossary`] : [],
    )
  })
}
