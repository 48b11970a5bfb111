/** A kind of stage: what a site file may say of it, what it is wired to, and how it is built. */
import type { Counting } from '../../protocol/counting.ts'
import type { Schema } from '../../protocol/files/schema.ts'
import type { GasBasis } from '../../protocol/gas.ts'
import type { Millis } from '../../protocol/time.ts'
import type { Calendar } from './calendar.ts'
import type { Extremes } from './extremes.ts'
import type { Ring } from './ring.ts'
import type { Stage } from './stage.ts'
import type { Window } from './window.ts'

/** What a stage is wired to. `inputs[0]` is the ring that `run` is given. */
export interface Wiring {
  inputs: Ring[]
  units: string[]
  /** Expected time between rows of each input. */
  periods: Millis[]
  counting: (Counting | null)[]
  /** What the figures of each input stand on, where it is a gas. */
  gases: (GasBasis | null)[]
  calendar: Calendar
  /** The ring that a derivation writes. */
  out?: Ring
  /** Of a derivation: rings of the channels that its options name, besides those that it is made of. Judge them by time: they may lag. */
  beside?: Ring[]
  /** The statistics of the last `span` of an input; made once for each (input, span) and run before the stages that use it. */
  window(input: number, span: Millis): Window
  /** Least and greatest of the last `span`; the stage that asked admits the rows. `own`: see Extremes. */
  extremes(input: number, span: Millis, own?: number): Extremes
}

/** One kind of stage, as the lists in gateway/stages hold it. `options` is what a site file may say of it. */
export interface Kind<O, S extends Stage> {
  name: string
  about: string
  options: Schema<O>
  build(options: O, wiring: Wiring): S
  /** The longest span of past rows that it looks at, of each input, so that rings can be sized. */
  reach?(options: O): Millis
  /** Channels that the options name and that it looks at besides its own, in this order: `inputs[1]` and on, of a derivation `beside`. Their newest rows may come later in the same scan. */
  others?(options: O): Named[]
  /** Between which the usable rows lie that it has judged or made; over-range that it holds aside. */
  within?(options: O, inputs: InputKind[]): Bounds | undefined
  /** What the form of the options cannot tell: figures that contradict each other, or that do not fit the inputs. */
  doubts?(options: O, inputs: InputKind[]): OptionDoubt[]
}

/** A channel that options name, and where in them. */
export interface Named {
  at: (string | number)[]
  channel: string
  /** Of a derivation: the unit that it must be in. */
  unit?: string
}

/** What a channel is, for whoever shall look at it. */
export interface InputKind {
  unit: string
  quantity: string
  counting: Counting | null
  gas?: GasBasis
  period: Millis
  /** The least step between two different readings, where that is known. */
  lastDigit?: number
  /** Between which its usable rows lie, where that is known. */
  within?: Bounds
}

/** The least and the greatest. */
export type Bounds = readonly [number, number]

/** A fault in the options: where in them, what is wrong, what to do. `grave: false`: none, and worth a look. */
export interface OptionDoubt {
  at: (string | number)[]
  what: string
  remedy: string
  grave?: false
}

export interface DerivationKind<O> extends Kind<O, Stage> {
  /** How many inputs it takes. */
  inputs: { least: number; most: number }
  /** The unit of its output, given those of its inputs; a sentence where they do not fit. */
  unit(options: O, inputs: Omit<InputKind, 'period'>[]): { unit: string; quantity: string } | string
  /** Time between two rows of the output, where that is not the input's. */
  period?(options: O): Millis
}

/** A kind whose options are not told apart: what the lists hold. Each kind checks its own options by its own schema before it builds. */
// biome-ignore lint/suspicious/noExplicitAny: the options differ from kind to kind, and only their own schema knows them
export type AnyKind<S extends Stage> = Kind<any, S>
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyDerivation = DerivationKind<any>
