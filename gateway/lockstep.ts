/**
 * Time led by rows: all rows of one time are one scan, and every deadline before it runs first, at its own time.
 *
 *     rows at t1  ... deadlines in (t0, t1), each its own scan ...  scan at t1 with its rows  ─►  rows at t2 ...
 *
 * A station that polls a served recording and a replay of the same recording both go through here, so that they cannot disagree.
 */
import { emptyInput, type Input } from '../protocol/recording.ts'
import type { Samples } from '../protocol/samples.ts'
import { instant, type Millis, type Moment, millis, NEVER } from '../protocol/time.ts'

/** In such a run station time and wall time are one: the time of the row. */
export const servedMoment = (at: Millis): Moment => ({ at, wall: instant(at), wallQuality: 'synchronised' })

export class Lockstep {
  readonly #scan: (input: Input) => Millis
  #at: Millis | null = null
  #last: Millis = millis(-Infinity)
  #input: Input = emptyInput(servedMoment(millis(0)))
  #wakeAt: Millis = NEVER

  /** `scan` makes one scan and gives its next deadline. */
  constructor(scan: (input: Input) => Millis) {
    this.#scan = scan
  }

  /** The time whose rows are being gathered; null before the first. */
  get at(): Millis | null {
    return this.#at
  }

  /** True where a row of this time can only be taken in after the scan that is being gathered is closed. */
  closes(time: Millis): boolean {
    return this.#at !== null && time > this.#at
  }

  /** Takes rows in: all of one time, not later than the one that is being gathered, unless that is closed. */
  gather(samples: Samples, time: Millis): void {
    if (this.closes(time)) throw new Error('rows of a later time were gathered before the scan was closed')
    // A row that comes after its scan was closed is judged late, but station time never steps back for it.
    this.#at ??= millis(Math.max(time, this.#last))
    this.#input.samples.push(samples)
  }

  /** What else enters the next scan: commands, links, outputs read back. */
  also(more: Pick<Input, 'commands' | 'links' | 'outputs' | 'clock'>): void {
    this.#input.commands.push(...more.commands)
    this.#input.links.push(...more.links)
    this.#input.outputs.push(...more.outputs)
    this.#input.clock.push(...more.clock)
  }

  /** Runs the deadlines before the gathered rows, then their scan. Without rows it does nothing. */
  close(): void {
    const at = this.#at
    if (at === null) return
    while (this.#wakeAt < at) this.#wakeAt = this.#scan(emptyInput(servedMoment(this.#wakeAt)))
    // Devices answer in any order; a scan takes them in one.
    const samples = this.#input.samples.sort((a, b) => a.channel - b.channel)
    const input = { ...this.#input, samples, now: servedMoment(at) }
    this.#at = null
    this.#last = at
    this.#input = emptyInput(servedMoment(at))
    this.#wakeAt = this.#scan(input)
  }
}
