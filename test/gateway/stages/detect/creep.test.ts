import { describe, expect, it } from 'vitest'
import type { Detector } from '../../../../gateway/core/stage.ts'
import { creep } from '../../../../gateway/stages/detect/creep.ts'
import { InverseFit } from '../../../../gateway/stages/detect/inverse-velocity.ts'
import { studentT } from '../../../../gateway/stages/detect/student.ts'
import { check } from '../../../../protocol/files/schema.ts'
import { readYaml } from '../../../../protocol/files/yaml.ts'
import { millis } from '../../../../protocol/time.ts'
import { makeChance } from '../../../../sim/world/chance.ts'
import { type Row, set } from '../bench.ts'

const minute = 60_000
const hour = 60 * minute

function fitOf(velocities: number[], confidence = 0.95): InverseFit {
  const fit = new InverseFit()
  const times = Float64Array.from(velocities, (_, k) => k)
  fit.fit(times, Float64Array.from(velocities), 0, velocities.length, studentT(confidence, velocities.length - 2))
  return fit
}

describe('the line through inverse velocities', () => {
  it('of v = 1/(10-t) fails at 10, exactly', () => {
    const fit = fitOf(Array.from({ length: 9 }, (_, t) => 1 / (10 - t)))
    expect(fit.intercept).toBeCloseTo(10, 9)
    expect(fit.slope).toBeCloseTo(-1, 9)
    expect(fit.failure).toBeCloseTo(10, 9)
    expect(fit.r2).toBeCloseTo(1, 9)
  })

  it('has its failure, its error and both intervals', () => {
    const fit = fitOf([0.1, 0.113, 0.124, 0.145, 0.164, 0.204, 0.247])
    const t = studentT(0.95, 5)
    const figures = {
      intercept: [9.9494328, 7],
      slope: [-0.9898714, 7],
      failure: [10.0512376, 7],
      r2: [0.9980624, 7],
      failureError: [0.1444241, 7],
      low: [9.697202, 6],
      high: [10.441549, 6],
      g: [0.0025657, 7],
    } as const
    for (const [name, [value, digits]] of Object.entries(figures)) expect(fit[name as keyof typeof figures], name).toBeCloseTo(value, digits)
    expect(fit.failure - t * fit.failureError).toBeCloseTo(9.679984, 5)
    expect(fit.failure + t * fit.failureError).toBeCloseTo(10.422492, 5)
  })

  it('has no bounded interval where the slope is not significant', () => {
    expect(fitOf([0.1, 0.2, 0.1, 0.2, 0.1, 0.2]).g).toBeGreaterThan(1)
  })

  it('foretells too early a failure by Voight’s law with an exponent below 2: the safe side', () => {
    // A 0.05, α 1.7, failure at 100: v(0) = 0.1670167, v(50) = 0.4495757, v(90) = 4.4805504.
    const v = (t: number): number => (0.05 * 0.7 * (100 - t)) ** (-1 / 0.7)
    expect([v(0), v(50), v(90)]).toEqual([expect.closeTo(0.1670167, 7), expect.closeTo(0.4495757, 7), expect.closeTo(4.4805504, 7)])
    const fit = fitOf(Array.from({ length: 91 }, (_, t) => v(t)))
    expect(fit.failure).toBeGreaterThan(85)
    expect(fit.failure).toBeLessThan(100)
  })
})

const plain = {
  over: 12 * hour,
  step: hour,
  at: { blue: 24 * hour, yellow: 6 * hour },
  direction: 'either',
  confidence: 0.95,
  noise: 0,
  clear: 1.2,
  advisory: true,
  onDelay: 0,
  offDelay: 0,
}
const bench = (options: object = {}) => set({ detector: [creep, { ...plain, ...options }], period: 10 * minute })

/** A movement in mm that fails at `end`, sped up from a steady 0.2 mm/h at `onset`; 1/v = (end - t). */
const failing =
  (onset: number, end: number) =>
  (time: number): number => {
    const [t, a, e] = [time / hour, onset / hour, end / hour]
    const steady = 1 / (e - a)
    return t < a ? steady * t : steady * a + Math.log((e - a) / (e - t))
  }

function levels(made: ReturnType<typeof bench>, from: number, to: number, at: (time: number) => number | null): (number | 'unknown')[] {
  const seen: (number | 'unknown')[] = []
  for (let time = from; time < to; time += 10 * minute) {
    made.give([time, at(time)])
    seen.push(made.detector?.level ?? 'unknown')
  }
  return seen
}

describe('creep', () => {
  it.each([[1], [-1]])('foretells the failure of a slope that accelerates, whichever way it goes (%d)', (sign) => {
    const made = bench()
    const chance = makeChance(4)
    const at = failing(30 * hour, 50 * hour)
    const seen = levels(made, 0, 47 * hour, (time) => sign * (at(time) + 0.002 * chance.normal()))
    expect(seen.slice(0, 30 * 6)).not.toContain(2)
    expect(seen.at(-1)).toBe(2)
    // An hour of stretches and the six that it takes lie between a movement and its forecast.
    expect((seen.indexOf(2) * 10 * minute) / hour).toBeGreaterThan(43)
    expect((seen.indexOf(2) * 10 * minute) / hour).toBeLessThan(46)
    const { leftH, leftLowH, leftHighH, r2 } = (made.detector as Detector).evidence()
    expect(leftH).toBeGreaterThan(2)
    expect(leftH).toBeLessThan(5)
    expect(leftLowH).toBeLessThan(leftH as number)
    expect(leftHighH).toBeGreaterThan(leftH as number)
    expect(r2).toBeGreaterThan(0.95)
  })

  it.each([
    ['is still', () => 0],
    ['creeps on at one pace', (time: number) => (0.2 * time) / hour],
    ['slows down', (time: number) => Math.sqrt(time / hour)],
  ])('is none where the slope %s', (_, at) => {
    const made = bench()
    const chance = makeChance(9)
    const seen = levels(made, 0, 100 * hour, (time) => at(time) + 0.002 * chance.normal())
    expect(new Set(seen)).toEqual(new Set(['unknown', 0]))
    expect(seen.indexOf(0)).toBeLessThan(9 * 6)
  })

  it('looks one way only where it is told to', () => {
    const at = failing(30 * hour, 50 * hour)
    expect(levels(bench({ direction: 'falling' }), 0, 47 * hour, at)).not.toContain(2)
    expect(levels(bench({ direction: 'rising' }), 0, 47 * hour, at)).toContain(2)
  })

  it('gives the warning back when the slope comes to rest', () => {
    const made = bench()
    const at = failing(30 * hour, 50 * hour)
    levels(made, 0, 47 * hour, at)
    expect(made.detector?.level).toBe(2)
    levels(made, 47 * hour, 52 * hour, () => at(47 * hour))
    expect(made.detector?.level).toBe(0)
  })

  it('is unknown after a silence, and when too little of its window is left', () => {
    const made = bench()
    levels(made, 0, 20 * hour, () => 0)
    expect(made.detector?.level).toBe(0)
    levels(made, 20 * hour, 21 * hour, () => null)
    expect([made.detector?.level, made.detector?.doubt]).toEqual(['unknown', 'no-data'])
    made.give([40 * hour, 0])
    expect([made.detector?.level, made.detector?.doubt]).toEqual(['unknown', 'coverage'])
  })

  it('says in its evidence how much it has seen while it foretells nothing', () => {
    const made = bench()
    levels(made, 0, 3 * hour + 1, () => 0)
    expect(made.detector?.evidence()).toEqual({ stretches: 3 })
    expect(made.detector?.doubt).toBe('warm-up')
  })

  it('answers row by row as in batches', () => {
    const chance = makeChance(21)
    const at = failing(30 * hour, 50 * hour)
    const rows: Row[] = Array.from({ length: 285 }, (_, k) => [k * 10 * minute, k % 41 === 7 ? null : at(k * 10 * minute) + 0.002 * chance.normal()])
    const single = bench()
    const seen = new Map<number, unknown>()
    for (const row of rows) {
      single.give(row)
      seen.set(row[0], [single.detector?.level, single.detector?.doubt, single.detector?.evidence()])
    }
    for (const size of [3, 17, 64, 285]) {
      const made = bench()
      for (let from = 0; from < rows.length; from += size) {
        const batch = rows.slice(from, from + size)
        made.batch(batch)
        expect([made.detector?.level, made.detector?.doubt, made.detector?.evidence()]).toEqual(seen.get(batch.at(-1)?.[0] as number))
      }
    }
  })
})

/** One row each step: each velocity is as given, without noise of its own. Before the first the slope stands still. */
function paced(velocities: number[], options: object = {}, still = 24) {
  const made = set({ detector: [creep, { ...plain, over: 40 * hour, at: { yellow: 1000 * hour }, ...options }], period: hour })
  let value = 0
  for (const [k, velocity] of [...Array<number>(still).fill(0), ...velocities].entries()) {
    made.give([k * hour, value])
    value += velocity
  }
  // A stretch is closed by the row after it.
  const last = still + velocities.length
  made.give([last * hour, value])
  made.give([(last + 1) * hour, value])
  return { level: made.detector?.level, ...(made.detector as Detector).evidence() } as { level: unknown; leftH?: number; r2?: number; velocities?: number }
}
const inverse = (list: number[]): number[] => list.map((y) => 1 / y)

describe('a forecast is made', () => {
  it('from five velocities on, not from four', () => {
    expect(paced(inverse([20, 18, 16, 14])).level).toBe(0)
    expect(paced(inverse([20, 18, 16, 14, 12]))).toMatchObject({ level: 2, velocities: 5, leftH: expect.closeTo(4.5, 9) })
  })

  it('of the acceleration alone, whatever the slope did before it began', () => {
    const told = paced([...Array<number>(20).fill(1 / 20), ...inverse([18, 16, 14, 12, 10, 8])])
    expect(told.level).toBe(2)
    expect(told.velocities).toBeLessThanOrEqual(8)
    expect(told.leftH).toBeGreaterThan(1)
    expect(told.leftH).toBeLessThan(4)
  })

  it('of a line that explains the velocities: four fifths of them', () => {
    const shaken = (by: number): number[] => inverse(Array.from({ length: 12 }, (_, k) => 24 - k + (k % 3 === 1 ? by : 0)))
    expect(paced(shaken(0.5)).level).toBe(2)
    expect(paced(shaken(8)).level).toBe(0)
  })

  it('of nine tenths of them, where its beginning was chosen so that it fits', () => {
    const steady = [30, 30, 30, 30]
    expect(paced(inverse([...steady, 16, 15, 12, 17, 14, 12, 11])).level).toBe(0)
    expect(paced(inverse([...steady, 16, 15, 14, 13, 12, 11, 10])).level).toBe(2)
  })

  it('of a slope of that line that the confidence asks for', () => {
    const shaken = inverse([20, 18.4, 13, 12.4, 7])
    expect(paced(shaken).level).toBe(2)
    expect(paced(shaken, { confidence: 0.9999 }).level).toBe(0)
  })

  it('of a movement that stands out from the noise of its readings twice', () => {
    const velocities = inverse([20, 18, 16, 14, 12])
    // The newest velocity is 0.083; that of two medians of one row is known to √(π/2) · √2 of the noise.
    expect(paced(velocities, { noise: 0.083 / 3.6 }).level).toBe(2)
    expect(paced(velocities, { noise: 0.083 / 3.5 }).level).toBe(0)
  })

  it('of a time that is yet to come', () => {
    expect(paced(inverse([20, 16, 12, 8, 4])).level).toBe(0)
  })
})

it('is advice where the file does not say otherwise', () => {
  expect(check(creep.options, readYaml('{ over: 12h, at: { yellow: 6h } }', 'o.yaml'))).toMatchObject({ value: { advisory: true } })
})

const input = { unit: 'mm', quantity: 'displacement', counting: null, period: millis(10 * minute) }

it.each([
  [{}, undefined],
  [{ at: { red: hour } }, 'an advisory detector is at most yellow, not red'],
  [{ at: { red: hour }, advisory: false }, undefined],
  [{ at: { blue: hour, yellow: 2 * hour } }, 'yellow would come before blue'],
  [{ at: { yellow: 0 } }, 'a failure that is here is foretold no more'],
  [{ confidence: 1 }, 'nothing is ever certain to 100%'],
  [{ confidence: 0 }, 'below 50% chance alone is taken for a movement more often than not'],
  [{ confidence: 0.5 }, undefined],
  [{ step: 3 * hour }, 'the window holds 4 steps'],
  [{ step: 10 * minute }, 'the window holds 72 steps'],
  [{ over: 20 * hour, step: 30 * minute }, 'a step holds fewer than 4 rows, which do not show their noise'],
  [{ over: 20 * hour, step: 30 * minute, noise: 0.1 }, undefined],
  [{ over: 0, step: undefined }, 'the window holds 0 steps'],
  [{ over: hour, step: undefined }, 'a step is shorter than the period of the channel'],
])('checks its options: %j', (options, what) => {
  expect(creep.doubts?.({ ...plain, ...options } as never, [input])[0]?.what).toBe(what)
})

it('asks nothing of the rows of a channel that is not known', () => {
  expect(creep.doubts?.({ ...plain, step: hour / 20 } as never, [])).toMatchObject([{ at: ['step'], what: 'the window holds 240 steps' }])
  expect(creep.doubts?.({ ...plain, step: hour / 2 } as never, [])).toEqual([])
})
