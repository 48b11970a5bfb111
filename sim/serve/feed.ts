/** A feed: where a virtual point's devices take their values from, a field that follows the clock or rows that were recorded. */
import type { Instant } from '../../protocol/time.ts'

/** One recorded row of one device. A counting channel holds its running total, in counts; null is a value that is missing. */
export interface RecordedRow {
  time: Instant
  /** By the name of the profile's channel. */
  values: Map<string, number | null>
}

/** The rows of each device, by its name in the site file; ascending in time. Read one row ahead, so they may come from a file of any length. */
export type RecordedRows = Map<string, Iterator<RecordedRow>>

/** What a device shows now. */
export interface Showing {
  values: Map<string, number | null>
  /** What its own clock shows; null before its first row: its clock registers then stand at 0, which is no time. */
  time: Instant | null
  /** It does not answer at all: unplugged, drowned, struck. */
  mute: boolean
}

export interface Feed {
  show(device: string): Showing
  /** The block that holds the device's clock (or, where it has none, any block of it) was read: the row that it showed has been taken. */
  taken(device: string): void
  /** Resolves when everything has been shown and taken; a field without an end never does. */
  done: Promise<void>
}
