/** The frame of a detector that grades values: each usable row is judged, each other one is missed, and without one it looks at the time. */
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Ring } from '../../core/ring.ts'
import { type Detector, type Margin, usable } from '../../core/stage.ts'
import type { Grades } from './grade.ts'
import { Watch } from './watch.ts'

const OVER_RANGE = reasonCode('over-range')

export abstract class Watched implements Detector {
  protected readonly grades: Grades
  protected readonly watch: Watch

  constructor(grades: Grades, period: Millis) {
    this.grades = grades
    this.watch = new Watch(grades, period)
  }

  get level() {
    return this.watch.level
  }

  get since() {
    return this.watch.since
  }

  get doubt() {
    return this.watch.doubt
  }

  get unconfirmed() {
    return this.grades.unconfirmed
  }

  get undenied() {
    return this.grades.undenied
  }

  run(ring: Ring, from: number, to: number, now: Millis): void {
    for (let row = from; row < to; row++) {
      const slot = row & ring.mask
      const time = ring.time[slot] as number
      if (usable(ring.quality[slot] as number)) this.take(ring, row, time, row - from)
      else this.watch.miss(ring.reason[slot] as number, time)
    }
    if (from === to) this.watch.look(now)
  }

  /** A usable row comes. */
  protected take(ring: Ring, row: number, time: number, at: number): void {
    const slot = row & ring.mask
    this.grades.suspect = ring.quality[slot] === Quality.suspect
    this.grades.overRange = ring.reason[slot] === OVER_RANGE
    this.judge(ring, row, time, at)
  }

  /** A usable row; `at` is its place in the batch, as in the figures of a window. */
  protected abstract judge(ring: Ring, row: number, time: number, at: number): void

  wakeAt(): Millis {
    return this.watch.wakeAt()
  }

  abstract margins(): Margin[]
  abstract evidence(): Record<string, number>
}
