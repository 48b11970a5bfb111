/** One end of a line that is served: it hears bytes, and says some. */

/** One connection, or one line. */
export interface Voice {
  take(bytes: Uint8Array): void
  /** It says nothing more. */
  end(): void
}

export type Speech = (say: (bytes: Uint8Array) => void) => Voice
