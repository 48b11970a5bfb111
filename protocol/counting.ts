/** How a channel's values count things, where they do: raw rows are integers, and one count is `step` units. */
export interface Counting {
  kind: 'total' | 'increment'
  step: number
  /** The total starts again at 0 on reaching this; null where it never does. */
  wrap: number | null
}
