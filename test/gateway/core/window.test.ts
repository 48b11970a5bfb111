import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Extremes } from '../../../gateway/core/extremes.ts'
import { makeRing, push, type Ring } from '../../../gateway/core/ring.ts'
import { worsen } from '../../../gateway/core/stage.ts'
import { PIECE, Window } from '../../../gateway/core/window.ts'
import { Quality } from '../../../protocol/quality.ts'
import { millis } from '../../../protocol/time.ts'

/** A small generator of our own (xorshift): the same rows at each run. */
function chance(seed: number): () => number {
  let state = seed | 0
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** Double-double: the sum of two doubles holds twice the digits, so that it can be an oracle. */
class Exact {
  high = 0
  low = 0
  add(x: number): void {
    const sum = this.high + x
    const part = sum - this.high
    this.low += this.high - (sum - part) + (x - part)
    this.high = sum
  }
  addProduct(a: number, b: number): void {
    const product = a * b
    const split = (x: number): [number, number] => {
      const big = 134_217_729 * x
      const top = big - (big - x)
      return [top, x - top]
    }
    const [ah, al] = split(a)
    const [bh, bl] = split(b)
    this.add(product)
    this.add(ah * bh - product + ah * bl + al * bh + al * bl)
  }
  get value(): number {
    return this.high + this.low
  }
}

function oracle(ring: Ring, head: number, edge: number) {
  const rows: [number, number][] = []
  for (let row = Math.max(0, head - ring.mask - 1); row < head; row++) {
    const slot = row & ring.mask
    if ((ring.time[slot] as number) > edge && (ring.quality[slot] as number) < Quality.fail) rows.push([ring.time[slot] as number, ring.value[slot] as number])
  }
  const [t0, y0] = rows[0] ?? [0, 0]
  const n = rows.length
  const sum = (of: (t: number, y: number) => [number, number]): number => {
    const exact = new Exact()
    for (const [t, y] of rows) exact.addProduct(...of(t - t0, y - y0))
    return exact.value
  }
  const st = sum((t) => [t, 1])
  const sy = sum((_, y) => [y, 1])
  const minus = (a: number, b: number, c: number): number => {
    const exact = new Exact()
    exact.add(a)
    exact.addProduct(-b / n, c)
    return exact.value
  }
  return {
    n,
    mean: y0 + sy / n,
    syy: minus(
      sum((_, y) => [y, y]),
      sy,
      sy,
    ),
    stt: minus(
      sum((t) => [t, t]),
      st,
      st,
    ),
    sty: minus(
      sum((t, y) => [t, y]),
      st,
      sy,
    ),
  }
}

/** Runs `rows` rows through a window piece by piece and gives the worst relative errors against the oracle. */
function worstErrors(rows: number, span: number, valueAt: (row: number, next: () => number) => number, piece = 17) {
  const next = chance(7)
  const ring = makeRing(1024)
  const window = new Window(millis(span), 0)
  let time = 1.7e12
  let worst = { mean: 0, syy: 0, sty: 0 }
  for (let row = 0; row < rows; ) {
    const from = ring.head
    for (let i = 0; i < piece && row < rows; i++, row++) {
      time += 500 + Math.floor(1000 * next())
      push(ring, time, valueAt(row, next), next() < 0.02 ? Quality.fail : Quality.good, 0)
    }
    window.run(ring, from, ring.head, millis(time))
    ring.settled = ring.head
    const at = ring.head - 1 - from
    const truth = oracle(ring, ring.head, time - span)
    const c = window.figures
    expect(c.count(at)).toBe(truth.n)
    if (truth.n < 3) continue
    const scale = Math.sqrt(truth.stt * truth.syy)
    worst = {
      mean: Math.max(worst.mean, Math.abs(c.mean(at) - truth.mean) / Math.abs(truth.mean)),
      syy: Math.max(worst.syy, Math.abs(c.syy(at) - truth.syy) / truth.syy),
      sty: Math.max(worst.sty, Math.abs(c.sty(at) - truth.sty) / scale),
    }
  }
  return { ...worst, renewals: window.renewals }
}

describe('a window', () => {
  it('stays exact over a random walk with glitches of 1e9 that have left it', () => {
    let level = 5
    const errors = worstErrors(20_000, 400_000, (row, next) => {
      level += next() - 0.5
      return row % 997 === 0 ? 1e9 : level
    })
    expect(errors.syy).toBeLessThan(5e-10)
    expect(errors.sty).toBeLessThan(5e-10)
    expect(errors.mean).toBeLessThan(5e-10)
  })

  it('renews seldom on quiet values', () => {
    const { renewals, syy } = worstErrors(20_000, 300_000, (_, next) => 12 + 0.01 * next())
    expect(syy).toBeLessThan(5e-10)
    expect(renewals).toBeLessThan(20_000 / 50)
  })

  it('gives exactly no variance for equal values, without renewing at each row', () => {
    const { renewals } = worstErrors(5_000, 100_000, () => 0.1 + 0.2)
    const ring = makeRing(256)
    const window = new Window(millis(10_000), 0)
    for (let row = 0; row < 200; row++) push(ring, row * 1000, 0.1 + 0.2, Quality.good, 0)
    for (let from = 0; from < 200; from += PIECE) window.run(ring, from, Math.min(200, from + PIECE), millis(200_000))
    expect(window.figures.syy(199 % PIECE)).toBe(0)
    expect(renewals).toBeLessThan(5_000 / 10)
  })

  it('is half-open: a row that is exactly as old as the span does not count', () => {
    const ring = makeRing(128)
    const window = new Window(millis(1000), 0)
    for (const time of [0, 500, 1000]) push(ring, time, 1, Quality.good, 0)
    window.run(ring, 0, 3, millis(1000))
    expect(Array.from({ length: 3 }, (_, at) => window.figures.count(at))).toEqual([1, 2, 2])
    window.run(ring, 3, 3, millis(1500))
    expect(window.figures.count(0)).toBe(1)
    window.run(ring, 3, 3, millis(2000))
    expect(window.figures.count(0)).toBe(0)
  })

  it('forgets a row that was failed after it had entered', () => {
    const ring = makeRing(128)
    const window = new Window(millis(10_000), 0)
    for (let row = 0; row < 5; row++) push(ring, row * 1000, row === 3 ? 1000 : 1, Quality.good, 0)
    window.run(ring, 0, 5, millis(4000))
    ring.settled = 5
    worsen(ring, 3, Quality.fail, 1)
    push(ring, 5000, 1, Quality.good, 0)
    window.run(ring, 5, 6, millis(5000))
    expect(window.figures.count(0)).toBe(5)
    expect(window.figures.mean(0)).toBe(1)
  })

  it('forgets it too where no row has come since, only time', () => {
    const ring = makeRing(128)
    const window = new Window(millis(10_000), 0)
    for (let row = 0; row < 5; row++) push(ring, row * 1000, row === 3 ? 1000 : 1, Quality.good, 0)
    window.run(ring, 0, 5, millis(4000))
    ring.settled = 5
    worsen(ring, 3, Quality.fail, 1)
    window.run(ring, 5, 5, millis(11_500))
    expect([window.figures.count(0), window.figures.mean(0)]).toEqual([2, 1])
  })

  it('is made anew for its oldest new row, not for the time at which a late batch of rows is judged', () => {
    const ring = makeRing(128)
    const window = new Window(millis(10_000), 0)
    for (let row = 0; row < 10; row++) push(ring, row * 1000, 1, Quality.good, 0)
    window.run(ring, 0, 10, millis(9000))
    ring.settled = 10
    worsen(ring, 9, Quality.fail, 1)
    for (let row = 10; row < 20; row++) push(ring, row * 1000, 1, Quality.good, 0)
    window.run(ring, 10, 20, millis(19_000))
    expect(Array.from({ length: 10 }, (_, at) => window.figures.count(at))).toEqual([9, 9, 9, 9, 9, 9, 9, 9, 9, 10])
  })

  it('tells the truth again after values whose squares are no double any more', () => {
    const ring = makeRing(128)
    const window = new Window(millis(10_000), 0)
    for (let row = 0; row < 60; row++) {
      push(ring, row * 1000, row === 20 ? 1e200 : row, Quality.good, 0)
      window.run(ring, row, row + 1, millis(row * 1000))
    }
    const { figures } = window
    expect([figures.sty(0) / figures.stt(0), figures.mean(0)]).toEqual([1 / 1000, 54.5])
  })

  it('holds what a plain search finds, whatever comes: pieces of any length, gaps, failures after the fact, deadlines between', () => {
    const step = fc.record({
      dt: fc.integer({ min: 1, max: 4000 }),
      value: fc.oneof(fc.integer({ min: -20, max: 20 }), fc.double({ min: -1e9, max: 1e9, noNaN: true })),
      flag: fc.constantFrom(Quality.good, Quality.good, Quality.good, Quality.suspect, Quality.fail, Quality.missing),
      spoils: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: PIECE }), { maxLength: 12 }), fc.integer({ min: 1, max: 60_000 }), (pieces, span) => {
        const ring = makeRing(1024)
        const window = new Window(millis(span), 0)
        let time = 1.7e12
        for (const rows of pieces) {
          const from = ring.head
          for (const { dt, value, flag, spoils } of rows) {
            time += dt
            if (spoils && ring.head > 0) worsen(ring, ring.head - 1, Quality.fail, 1)
            push(ring, time, flag === Quality.missing ? Number.NaN : value, flag, 0)
          }
          window.run(ring, from, ring.head, millis(time))
          ring.settled = ring.head
          const { figures } = window
          for (let row = from; row < ring.head; row++) {
            const truth = oracle(ring, row + 1, (ring.time[row & ring.mask] as number) - span)
            expect(figures.count(row - from)).toBe(truth.n)
            if (truth.n === 0) continue
            expect(Math.abs(figures.mean(row - from) - truth.mean)).toBeLessThanOrEqual(1e-9 * Math.abs(truth.mean) + 1e-9)
            expect(Math.abs(figures.syy(row - from) - truth.syy)).toBeLessThanOrEqual(1e-9 * truth.syy + 1e-9)
          }
        }
      }),
      { seed: 20_261_125, numRuns: 300 },
    )
  })

  it('survives a ring that has overwritten rows which were still in it', () => {
    const ring = makeRing(128)
    const window = new Window(millis(1e9), 0)
    for (let row = 0; row < 400; row++) {
      push(ring, row, row, Quality.good, 0)
      window.run(ring, row, row + 1, millis(row))
    }
    expect(window.figures.count(0)).toBe(128)
    expect(window.figures.mean(0)).toBeCloseTo((272 + 399) / 2, 9)
  })
})

describe('extremes', () => {
  it('equal those of a plain search, at every row, with failed rows left out, be they failed afterwards', () => {
    const next = chance(11)
    const ring = makeRing(512)
    const extremes = new Extremes(millis(60_000))
    let time = 0
    for (let row = 0; row < 3_000; row++) {
      time += 200 + Math.floor(2_000 * next())
      if (row > 0 && next() < 0.1) worsen(ring, row - 1, Quality.fail, 1)
      push(ring, time, Math.round(100 * next()), next() < 0.1 ? Quality.fail : Quality.good, 0)
      extremes.run(ring, row, row + 1)
      const [least, greatest] = [extremes.columns.least[0] as number, extremes.columns.greatest[0] as number]
      ring.settled = ring.head
      // One row at or before the edge belongs to the window, where it counts.
      let first = row
      while (first > 0 && (ring.time[first & ring.mask] as number) > time - 60_000) first--
      const values: number[] = []
      for (let k = first; k <= row; k++) if ((ring.quality[k & ring.mask] as number) < Quality.fail) values.push(ring.value[k & ring.mask] as number)
      const inside: number[] = []
      for (let k = first + 1; k <= row; k++) if ((ring.quality[k & ring.mask] as number) < Quality.fail) inside.push(ring.value[k & ring.mask] as number)
      expect([Math.min(...values), Math.min(...inside)]).toContain(least)
      expect([Math.max(...values), Math.max(...inside)]).toContain(greatest)
      expect(least).toBeLessThanOrEqual(Math.min(...inside))
    }
  })

  it('are the same row by row and in batches of any size', () => {
    const next = chance(12)
    const ring = makeRing(512)
    const single = new Extremes(millis(60_000))
    const batched = new Extremes(millis(60_000))
    let time = 0
    for (let from = 0; from < 3_000; ) {
      const to = from + 1 + Math.floor(64 * next())
      for (let row = from; row < to; row++) {
        time += 200 + Math.floor(2_000 * next())
        push(ring, time, Math.round(100 * next()), next() < 0.1 ? Quality.fail : Quality.good, 0)
      }
      const told: number[] = []
      for (let row = from; row < to; row++) {
        single.run(ring, row, row + 1)
        told.push(single.columns.least[0] as number, single.columns.greatest[0] as number, single.columns.first[0] as number)
      }
      batched.run(ring, from, to)
      const { least, greatest, first } = batched.columns
      expect(Array.from({ length: to - from }, (_, at) => [least[at], greatest[at], first[at]]).flat()).toEqual(told)
      ring.settled = ring.head
      from = to
    }
  })
})
