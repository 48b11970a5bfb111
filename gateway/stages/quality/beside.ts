/**
 * What the tests have in common that look at other channels beside their own: each row waits until the others have come as far.
 *
 *     own      ──a──────b──────c          a, b: the other has a row at or after them, so its nearest one is known: judged
 *     other    ───o──────o                c: waits; it is judged at the end of the scan, or with the next row, or, where the
 *                                         other stays silent, by what there is once three of its periods have passed
 *
 * By time and not by order of arrival, so that rows in batches are judged as rows one by one. No detector waits for such
 * a verdict: it has seen the row when the verdict falls, unless the test stands on the channel that is read last.
 */
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import type { InputKind, Named, OptionDoubt, Wiring } from '../../core/kind.ts'
import { oldest, type Ring } from '../../core/ring.ts'
import type { Stage } from '../../core/stage.ts'

/** A channel without a row for so many of its periods is lost: nothing waits for it any longer. */
const LOST_PERIODS = 3

/** Rows that wait stand in the ring, whose least length is 128 rows, 64 of them new: so many may wait, and no more. */
const MOST_WAITING = 60

/** Rows of two channels belong together where they are no further apart than half of the longer period. */
const APART_PERIODS = 0.5

/** What is judged, row by row, and what of it must outlive the process. */
export interface Judge extends Pick<Stage, 'kept' | 'recall'> {
  judge(ring: Ring, row: number): void
}

/** Judges each row of the first input once, in order, when the other inputs have come as far. */
export class Beside implements Stage {
  readonly #others: Ring[]
  readonly #waitMs: number
  readonly #judge: Judge
  #next = 0
  #due: Millis = NEVER

  constructor({ inputs, periods }: Wiring, judge: Judge) {
    this.#others = inputs.slice(1)
    this.#waitMs = inputs.length > 1 ? LOST_PERIODS * Math.max(...periods.slice(1)) : 0
    this.#judge = judge
  }

  run(ring: Ring, from: number, to: number, now: Millis): void {
    // While rows come in, those of the others may still come in the same scan.
    const overdue = from === to ? now - this.#waitMs : -Infinity
    this.#next = Math.max(this.#next, oldest(ring))
    for (; this.#next < to; this.#next++) {
      const time = ring.time[this.#next & ring.mask] as number
      if (!this.#reached(time) && time >= overdue) break
      this.#judge.judge(ring, this.#next)
    }
    const waiting = this.#next < to
    this.#due = !waiting ? NEVER : from < to ? now : millis((ring.time[this.#next & ring.mask] as number) + this.#waitMs + 1)
  }

  wakeAt(): Millis {
    return this.#due
  }

  kept(): unknown {
    return this.#judge.kept?.()
  }

  recall(kept: unknown): void {
    this.#judge.recall?.(kept)
  }

  #reached(time: number): boolean {
    for (let other = 0; other < this.#others.length; other++) {
      const ring = this.#others[other] as Ring
      if (ring.head === 0 || (ring.time[(ring.head - 1) & ring.mask] as number) < time) return false
    }
    return true
  }
}

/** How far apart rows of these two may be and still belong together, in ms. */
export const apartMs = (own: Millis, other: Millis): number => APART_PERIODS * Math.max(own, other)

/** The slot of the row nearest to `time`, or -1 where none is within `apart` (ms). By bisection: times only rise. */
export function nearestSlot(ring: Ring, time: number, apart: number): number {
  let low = oldest(ring)
  const end = ring.head
  const start = low
  for (let high = end; low < high; ) {
    const middle = (low + high) >>> 1
    if ((ring.time[middle & ring.mask] as number) < time) low = middle + 1
    else high = middle
  }
  const after = low < end ? (ring.time[low & ring.mask] as number) - time : Infinity
  const before = low > start ? time - (ring.time[(low - 1) & ring.mask] as number) : Infinity
  if (Math.min(after, before) > apart) return -1
  return (after <= before ? low : low - 1) & ring.mask
}

/** Another channel that is much slower than the tested one has nothing beside most of its rows, and rows would wait for it past the end of the ring. */
export function slowDoubts(named: Named[], [own, ...others]: InputKind[]): OptionDoubt[] {
  if (!own) return []
  return others.flatMap((other, index) =>
    LOST_PERIODS * other.period > MOST_WAITING * own.period
      ? [
          {
            at: (named[index] as Named).at,
            what: `comes more than ${MOST_WAITING / LOST_PERIODS} times less often than the tested channel`,
            remedy: 'name a faster one, or put the test on a slower channel',
          },
        ]
      : [],
  )
}
