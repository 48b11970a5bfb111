/** The words in which our files are declared, and the check of a file against them: all faults at once. The only file that knows the schema library. */
import { toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { colours } from '../level.ts'
import { type Millis, millis } from '../time.ts'
import { type FileFault, suggest } from './fault.ts'
import type { Path, YamlFile } from './yaml.ts'

/** What a part of a file may be, read as a T. */
// biome-ignore lint/suspicious/noExplicitAny: what stands in the file before it is read is of no interest to whoever holds the schema
export type Schema<T> = v.GenericSchema<any, T>
// biome-ignore lint/suspicious/noExplicitAny: as above
type AnySchema = Schema<any>
/** The type that a schema reads. */
export type Read<S extends AnySchema> = v.InferOutput<S>

/** Every message has two lines: what is wrong, and what to do. */
const told = (what: string, remedy: string): string => `${what}\n${remedy}`

/** A name on a sign or a screen is shorter; a longer text is a slip of the editor. */
const LONGEST_TEXT = 500
/** A year and a day: the longest window that any of the methods looks back over. */
const LONGEST_MS = 366 * 86_400_000
/** Entries of one list or table: the largest point has some hundreds of channels. */
const MOST_ENTRIES = 5000

export const MS = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const
const NUMBER = String.raw`\d+(?:\.\d+)?`
const UNIT = '(ms|s|min|h|d)'
const DURATION = new RegExp(`^(${NUMBER}) ?${UNIT}$`)
const PERCENT = new RegExp(`^(${NUMBER}) ?%$`)
const RATE = new RegExp(`^([-+]?${NUMBER}(?:e[-+]?\\d+)?) ?/ ?(${NUMBER} ?)?${UNIT}$`)
const QUANTITY = new RegExp(String.raw`^([-+]?${NUMBER}(?:e[-+]?\d+)?) ?([^\s\d].{0,19})$`)
const ID = /^[a-z0-9-]{1,40}$/

interface Bounds {
  least?: number
  most?: number
}

export function text({ least = 1, most = LONGEST_TEXT }: Bounds = {}): Schema<string> {
  return v.pipe(
    v.string(({ input }) => told(`${shown(input)} is no text`, `write it in quotes: "${typeof input === 'object' ? '...' : input}"`)),
    v.minLength(least, told(least === 1 ? 'this text is empty' : `this text is shorter than ${least}`, 'write it out, or leave the key out')),
    v.maxLength(most, told(`this text is longer than ${most}`, 'shorten it')),
  )
}

/** A text of a stated form. `what` is the form in words, such as "a host and port". */
export function pattern(form: RegExp, what: string, example: string): Schema<string> {
  return matching(form, (input) => told(`${shown(input)} is not ${what}`, `such as ${example}`))
}

export function id(): Schema<string> {
  return matching(ID, (input) => told(`${shown(input)} is no name`, 'a name has 1 to 40 of a-z, 0-9 and -'))
}

/** Yes or no. YAML 1.2 reads `on`, `off`, `yes` and `no` as texts: people mean a flag by them. */
export function flag(): Schema<boolean> {
  const bad = ({ input }: { input: unknown }): string => told(`${shown(input)} is neither on nor off`, 'write on or off (or yes, no, true, false)')
  return v.pipe(
    v.union([v.boolean(), v.picklist(['on', 'off', 'yes', 'no'])], bad),
    v.transform((word) => word === 'on' || word === 'yes' || word === true),
  )
}

export function number({ least = -Infinity, most = Infinity }: Bounds = {}): Schema<number> {
  return bounded(v.pipe(v.number(notNumber), v.finite(told('this is no finite number', 'write a number'))), least, most)
}

/** `allowed` says what may stand there, where that is narrower than the bounds in most cases. */
export function whole({ least = -Infinity, most = Infinity, allowed }: Bounds & { allowed?: string } = {}): Schema<number> {
  return bounded(
    v.pipe(
      v.number(notNumber),
      v.safeInteger(({ input }) => told(`${shown(input)} is no whole number`, 'write a whole number')),
    ),
    least,
    most,
    allowed,
  )
}

const notNumber = ({ input }: { input: unknown }): string =>
  told(`${shown(input)} is no number`, typeof input === 'string' && /\d/.test(input) ? 'write a plain number, without quotes or unit' : 'write a number')

function bounded(schema: Schema<number>, least: number, most: number, allowed?: string): Schema<number> {
  const bounds = least === -Infinity ? `at most ${most}` : most === Infinity ? `at least ${least}` : `from ${least} to ${most}`
  const outside = ({ input }: { input: number }): string => told(`${input} is out of bounds`, `allowed: ${allowed ?? bounds}`)
  let checked = schema
  if (least !== -Infinity) checked = v.pipe(checked, v.minValue(least, outside))
  if (most !== Infinity) checked = v.pipe(checked, v.maxValue(most, outside))
  return checked
}

export function oneOf<const T extends string | number>(allowed: readonly T[]): Schema<T> {
  const names = allowed.map(String)
  return v.picklist(allowed, ({ input }) =>
    told(
      `${shown(input)} is not allowed here`,
      typeof input === 'string' ? suggest(input, names).replace('known:', 'allowed:') : `allowed: ${names.join(', ')}`,
    ),
  )
}

/** `250ms`, `10s`, `5min`, `1h`, `3d`; a bare number is refused, for nobody knows its unit. */
export function duration({ least = 0, most = LONGEST_MS }: Bounds = {}): Schema<Millis> {
  const bad = (input: unknown): string =>
    typeof input === 'number'
      ? told(`${input} has no unit`, `write ${input}ms, ${input}s, ${input}min, ${input}h or ${input}d`)
      : typeof input === 'string' && /\dm$/.test(input)
        ? told(`${shown(input)} is no duration`, `for minutes write ${input.slice(0, -1)}min`)
        : told(`${shown(input)} is no duration`, 'write a number and one of ms, s, min, h, d: 10s')
  return refine(
    v.pipe(
      matching(DURATION, bad),
      v.transform((written: string) => readDuration(written) as Millis),
    ),
    (value) => (value < least || value > most ? told('this duration is out of bounds', `allowed: from ${durationText(least)} to ${durationText(most)}`) : null),
  )
}

/** A duration that stands within a longer text; null where it is none. */
export function readDuration(written: string): Millis | null {
  const match = DURATION.exec(written)
  return match ? millis(Number(match[1]) * MS[match[2] as keyof typeof MS]) : null
}

/** The shortest way to write a duration: 90 s is `90s`, an hour `1h`. */
export function durationText(value: number): string {
  const unit = (['d', 'h', 'min', 's'] as const).find((name) => value !== 0 && Number.isInteger(value / MS[name])) ?? (value === 0 ? 's' : 'ms')
  return `${value / MS[unit]}${unit}`
}

/** `80%`, read as 0.8. */
export function percent({ least = 0, most = 1 }: Bounds = {}): Schema<number> {
  const bad = (input: unknown): string =>
    typeof input === 'number'
      ? told(`${input} has no %`, `write ${input <= 1 ? Math.round(input * 1e6) / 1e4 : input}%`)
      : told(`${shown(input)} is no percentage`, 'write a number and %: 80%')
  return refine(
    v.pipe(
      matching(PERCENT, bad),
      v.transform((written: string) => Number.parseFloat(written) / 100),
    ),
    (value) => (value < least || value > most ? told('this percentage is out of bounds', `allowed: from ${least * 100}% to ${most * 100}%`) : null),
  )
}

export interface Rate {
  value: number
  per: Millis
}

/** `0.01/h`: so much, in the unit of the channel, per so long. */
export function rate(): Schema<Rate> {
  const bad = (input: unknown): string => told(`${shown(input)} is no rate`, 'write a number, a slash and one of s, min, h, d: 0.01/h')
  const read = (written: string): Rate => {
    const [, value, many, unit] = RATE.exec(written) as unknown as [string, string, string | undefined, keyof typeof MS]
    return { value: Number(value), per: millis(Number(many ?? 1) * MS[unit]) }
  }
  return refine(v.pipe(matching(RATE, bad), v.transform(read)), ({ value, per }) =>
    per > 0 && per <= LONGEST_MS ? infinite(value) : told(per > 0 ? 'a rate per more than a year' : 'a rate per no time at all', 'such as 0.01/h'),
  )
}

export interface Quantity {
  value: number
  unit: string
}

/** `0.2 mm`: a number with its unit. */
export function quantity(): Schema<Quantity> {
  const bad = (input: unknown): string =>
    typeof input === 'number'
      ? told(`${input} has no unit`, `write ${input} and its unit: ${input} mm`)
      : told(`${shown(input)} is no quantity`, 'write a number and its unit: 0.2 mm')
  const read = (written: string): Quantity => {
    const [, value, unit] = QUANTITY.exec(written) as unknown as [string, string, string]
    return { value: Number(value), unit: unit.trim() }
  }
  return refine(v.pipe(matching(QUANTITY, bad), v.transform(read)), ({ value }) => infinite(value))
}

/** 1e999 has the form of a number, and is none. */
const infinite = (value: number): string | null => (Number.isFinite(value) ? null : told('this is no finite number', 'write a smaller one'))

/** Keys and what they hold; any other key is a fault, told with the nearest known one. */
export function shape<const E extends Record<string, AnySchema>>(entries: E): v.StrictObjectSchema<E, undefined> {
  const schema = v.strictObject(entries)
  const known = Object.keys(entries)
  return {
    ...schema,
    // The library stops at the first unknown key; we tell them all.
    '~run'(dataset, config) {
      const { value } = dataset as { value: unknown }
      if (!isTable(value))
        return { typed: false, value, issues: [wrongForm(value, 'a table of keys', 'write it as `key: value`, indented or in { }')] } as never
      const result = schema['~run'](dataset, config)
      const unknown = Object.keys(value).filter((key) => !Object.hasOwn(entries, key))
      if (unknown.length === 0) return result
      const others = (result.issues ?? []).filter((issue) => !isUnknownKey(issue))
      const own = unknown.map((key) => keyIssue(value, key, told(`unknown key \`${key}\``, suggest(key, known))))
      return { typed: false, value: result.value, issues: [...others, ...own] } as unknown as typeof result
    },
  } as v.StrictObjectSchema<E, undefined>
}

// biome-ignore lint/suspicious/noExplicitAny: the library's own type of any issue
type AnyIssue = v.BaseIssue<any>

const isUnknownKey = (issue: AnyIssue): boolean => issue.type === 'strict_object' && issue.expected === 'never'
const isTable = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The library would take a list for a table. */
const wrongForm = (input: unknown, form: string, remedy: string): AnyIssue => ({
  kind: 'validation',
  type: 'form',
  input,
  expected: null,
  received: shown(input),
  message: told(`${shown(input)} stands where ${form} must`, remedy),
})

const keyIssue = (input: Record<string, unknown>, key: string, message: string): AnyIssue => ({
  kind: 'validation',
  type: 'key',
  input: key,
  expected: null,
  received: key,
  message,
  path: [{ type: 'object', origin: 'key', input, key, value: input[key] }],
})

/** A key that may be left out; `otherwise` is what is then read, as the file would write it. */
export function optional<T>(schema: Schema<T>): v.OptionalSchema<Schema<T>, undefined>
export function optional<T, const D>(schema: Schema<T>, otherwise: D): v.OptionalSchema<Schema<T>, D>
export function optional(schema: AnySchema, otherwise?: unknown): unknown {
  return v.optional(schema, otherwise)
}

export function list<T>(schema: Schema<T>, { least = 0, most = MOST_ENTRIES }: Bounds = {}): Schema<T[]> {
  const many = least === most ? `${least}` : most === MOST_ENTRIES ? `at least ${least}` : `from ${least} to ${most}`
  const bad = ({ input }: { input: unknown[] }): string => told(`this list has ${input.length} ${input.length === 1 ? 'entry' : 'entries'}`, `allowed: ${many}`)
  return v.pipe(
    v.array(schema, ({ input }) => told(`${shown(input)} is no list`, `write it in brackets: [${isTable(input) || input === null ? '...' : input}]`)),
    v.minLength(least, bad),
    v.maxLength(most, bad),
  )
}

/** A table of names of the file's own choosing. */
export function table<T>(schema: Schema<T>, key: Schema<string> = id()): Schema<Record<string, T>> {
  const record = v.record(key as v.GenericSchema<string, string>, schema)
  return {
    ...record,
    '~run'(dataset: v.UnknownDataset, config: v.Config<AnyIssue>) {
      const { value } = dataset
      if (!isTable(value)) return { typed: false, value, issues: [wrongForm(value, 'a table of names', 'write it as `name: ...`, one a line')] }
      const result = record['~run'](dataset, config)
      const issues: AnyIssue[] = [...(result.issues ?? [])]
      // The library passes over these names in silence, for they are traps of the language.
      for (const name of ['constructor', 'prototype', '__proto__'])
        if (Object.hasOwn(value, name)) issues.push(keyIssue(value, name, told(`\`${name}\` cannot be a name`, 'choose another')))
      const many = Object.keys(value).length
      if (many > MOST_ENTRIES)
        issues.push({ ...keyIssue(value, '', told(`this table has ${many} entries`, `at most ${MOST_ENTRIES}`)), path: undefined } as unknown as AnyIssue)
      return issues.length === 0 ? result : { typed: false, value: result.value, issues }
    },
  } as unknown as Schema<Record<string, T>>
}

/** One of several forms. Told is what is wrong with the form that was most likely meant. */
export function either<const S extends readonly AnySchema[]>(...schemas: S): Schema<Read<S[number]>> {
  const union = v.union(schemas)
  return {
    ...union,
    '~run'(dataset: v.UnknownDataset, config: v.Config<AnyIssue>) {
      const { value } = dataset
      const misses: AnyIssue[][] = []
      for (const schema of schemas) {
        const result = schema['~run']({ value }, config)
        if (!result.issues) return result
        misses.push([...result.issues])
      }
      // A form whose top fits was meant; of several, the one with fewest faults. Where none fits, all are told in one.
      const meant = misses.filter((issues) => issues.every(({ path }) => path !== undefined)).sort((a, b) => a.length - b.length)[0]
      const first = misses[0]![0]!
      const remedies = misses.map((issues) => remedyOf(issues[0]!)).filter((remedy, index, all) => all.indexOf(remedy) === index)
      const issues = meant ?? [{ ...first, message: told(`${shown(value)} is none of the forms allowed here`, remedies.join('; or ')) }]
      return { typed: false, value, issues }
    },
  } as unknown as Schema<Read<S[number]>>
}

/** A part whose form is told by what stands in it: `which` says the number of the schema that was meant. */
export function chosen<const S extends readonly AnySchema[]>(which: (value: Record<string, unknown>) => number, ...schemas: S): Schema<Read<S[number]>> {
  return {
    ...v.union(schemas),
    '~run'(dataset: v.UnknownDataset, config: v.Config<AnyIssue>) {
      const { value } = dataset
      if (!isTable(value)) return { typed: false, value, issues: [wrongForm(value, 'a table of keys', 'write it as `key: value`, indented or in { }')] }
      const schema = schemas[which(value)]
      if (!schema) throw new Error('no schema of this number')
      return schema['~run']({ value }, config)
    },
  } as unknown as Schema<Read<S[number]>>
}

interface Named {
  name: string
  about: string
  options: AnySchema
}

/** A table in which one key names a kind, and the other keys are the options of that kind, beside those that all kinds have in common. */
export function named<const K extends string, const E extends Record<string, AnySchema>>(key: K, kinds: readonly Named[], common: E) {
  const names = kinds.map(({ name }) => name)
  const whole = kinds.map(({ name, about: words, options }) => about(v.strictObject({ [key]: v.literal(name), ...common, ...entriesOf(options) }), words))
  const ours = shape({ [key]: oneOf(names), ...common })
  return {
    ...v.union(whole),
    '~run'(dataset: v.UnknownDataset, config: v.Config<AnyIssue>) {
      const { value } = dataset
      if (!isTable(value)) return { typed: false, value, issues: [wrongForm(value, 'a table of keys', 'write it as `key: value`, indented or in { }')] }
      const kind = kinds.find(({ name }) => name === value[key])
      const own = Object.entries(value).filter(([name]) => !kind || name === key || Object.hasOwn(common, name))
      const rest = Object.entries(value).filter(([name]) => kind && name !== key && !Object.hasOwn(common, name))
      const first = ours['~run']({ value: Object.fromEntries(own) }, config)
      // Where the kind is not known its options are not told as unknown keys on top.
      const issues: AnyIssue[] = (first.issues ?? []).filter((issue) => kind || issue.type !== 'key')
      if (!kind) return { typed: false, value, issues }
      const second = kind.options['~run']({ value: Object.fromEntries(rest) }, config)
      const known = [...Object.keys(common), ...Object.keys(entriesOf(kind.options))]
      for (const issue of second.issues ?? []) {
        const stray = issue.type === 'key' && issue.path?.length === 1
        issues.push(stray ? { ...issue, message: told(`${kind.name} has no key \`${issue.input}\``, suggest(String(issue.input), known)) } : issue)
      }
      return issues.length > 0 ? { typed: false, value, issues } : { typed: true, value: { ...(first.value as object), options: second.value } }
    },
  } as unknown as Schema<Read<ReturnType<typeof shape<E>>> & { [key in K]: string } & { options: unknown }>
}

/** `- spike: { fail: 1 }`: one kind and its options. */
export function oneKind(kinds: readonly Named[]): Schema<{ kind: string; options: unknown }> {
  const one = told('exactly one kind must stand here', `write \`- kind: { ... }\`; kinds: ${kinds.map(({ name }) => name).join(', ')}`)
  return v.pipe(
    shape(Object.fromEntries(kinds.map(({ name, about: words, options }) => [name, about(optional(options), words)]))),
    v.minEntries(1, one),
    v.maxEntries(1, one),
    v.transform((table) => {
      const [kind, options] = Object.entries(table)[0] as [string, unknown]
      return { kind, options }
    }),
  ) as unknown as Schema<{ kind: string; options: unknown }>
}

/** The keys of a shape, also where more is demanded of it. */
const entriesOf = (schema: AnySchema): Record<string, AnySchema> => (schema as unknown as { entries?: Record<string, AnySchema> }).entries ?? {}

/** Something for each colour, at least for one. */
export function levels<T>(schema: Schema<T>) {
  const [, blue, yellow, orange, red] = colours
  return v.pipe(
    shape({ [blue]: optional(schema), [yellow]: optional(schema), [orange]: optional(schema), [red]: optional(schema) }),
    v.minEntries(1, told('no colour is given', `give at least one of ${colours.slice(1).join(', ')}`)),
  ) as Schema<{ blue?: T | undefined; yellow?: T | undefined; orange?: T | undefined; red?: T | undefined }>
}

/** What a part is for, as editors and the documentation show it. */
export function about<S extends AnySchema>(schema: S, words: string): S {
  return v.pipe(schema, v.description(words)) as unknown as S
}

/** A schema that holds itself. */
export const lazy = <T>(schema: () => Schema<T>): Schema<T> => v.lazy(schema)

/** A further demand on what was read: null, or what is wrong and, on a second line, what to do. */
export function refine<T>(schema: Schema<T>, wrong: (value: T) => string | null): Schema<T> {
  return v.pipe(
    schema,
    v.rawCheck(({ dataset, addIssue }) => {
      const message = dataset.typed ? wrong(dataset.value) : null
      if (message !== null) addIssue({ message })
    }),
  )
}

/** What was read, turned into something else. */
export const turn = <T, U>(schema: Schema<T>, into: (value: T) => U): Schema<U> => v.pipe(schema, v.transform(into))

function matching(form: RegExp, bad: (input: unknown) => string): Schema<string> {
  return v.pipe(
    v.string(({ input }) => bad(input)),
    v.regex(form, ({ input }) => bad(input)),
  )
}

/** The value that a file holds, or all its faults. A file that YAML itself refuses tells those faults only. */
export function check<T>(schema: Schema<T>, yaml: YamlFile): { value: T } | { faults: FileFault[] } {
  if (yaml.faults.length > 0) return { faults: yaml.faults }
  const result = v.safeParse(schema, yaml.value)
  if (result.success) return { value: result.output }
  return { faults: result.issues.map((issue) => faultOf(issue, yaml)).sort((a, b) => a.line - b.line || a.column - b.column) }
}

/** The value of a part that was put together of others, or its faults by their place within it. */
export function checkPart<T>(schema: Schema<T>, value: unknown): { value: T } | { faults: { at: Path; what: string; remedy: string }[] } {
  const result = v.safeParse(schema, value)
  if (result.success) return { value: result.output }
  return { faults: result.issues.map((issue) => ({ at: pathOf(issue), what: issue.message.split('\n')[0] as string, remedy: remedyOf(issue) })) }
}

const pathOf = (issue: AnyIssue): Path => (issue.path ?? []).map(({ key }: { key: unknown }) => (typeof key === 'number' ? key : String(key)))

function faultOf(issue: AnyIssue, yaml: YamlFile): FileFault {
  const path = pathOf(issue)
  const key = issue.path?.at(-1)
  const missing = key?.origin === 'key' && issue.type === 'strict_object' && !isUnknownKey(issue)
  if (missing) return yaml.fault(path, `\`${String(key.key)}\` is missing`, `add \`${String(key.key)}: ...\``, { of: 'key' })
  return yaml.fault(path, issue.message.split('\n')[0]!, remedyOf(issue), { of: key?.origin === 'key' ? 'key' : 'value' })
}

const remedyOf = (issue: AnyIssue): string => issue.message.split('\n')[1] ?? ''

/** A value as a message shows it. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a table of keys'
  const written = typeof value === 'string' ? `"${value}"` : String(value)
  return written.length > 60 ? `${written.slice(0, 57)}...` : written
}

/** The JSON Schema (draft 7) by which an editor completes and checks such a file. */
export function jsonSchema(schema: AnySchema): Record<string, unknown> {
  return toJsonSchema(schema, { typeMode: 'input', errorMode: 'ignore' }) as unknown as Record<string, unknown>
}
