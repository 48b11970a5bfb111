import { describe, expect, it } from 'vitest'
import type { Detector } from '../../../../gateway/core/stage.ts'
import { tangent } from '../../../../gateway/stages/detect/tangent.ts'
import { check } from '../../../../protocol/files/schema.ts'
import { readYaml } from '../../../../protocol/files/yaml.ts'
import { millis } from '../../../../protocol/time.ts'
import { makeChance } from '../../../../sim/world/chance.ts'
import { type Row, set } from '../bench.ts'

const hour = 3_600_000
const day = 24 * hour
const plain = { step: day, at: { blue: 45, yellow: 46, orange: 80, red: 85 }, learn: 10 * day, persist: 1, deadband: 0.5, advisory: false }
const bench = (options: object = {}, period = day) => set({ detector: [tangent, { ...plain, ...options }], period, wall: Date.UTC(2026, 5, 1) })
const angleOf = (made: ReturnType<typeof bench>): number => (made.detector as Detector).evidence().angle as number

describe('the improved tangential angle', () => {
  it('has the published grades', () => {
    const made = bench({ base: { value: 2, per: day } })
    const seen = [0, 2, 4, 6, 9, 14, 25, 50, 60].map((s, k) => {
      made.give([k * day, s])
      return [made.detector?.level, angleOf(made)]
    })
    // A day is over when the next one begins: of the first no velocity is known.
    expect(seen.slice(0, 2)).toEqual([
      ['unknown', undefined],
      ['unknown', undefined],
    ])
    const angles = [45, 45, 45, 56.3099, 68.1986, 79.6952, 85.4261]
    for (const [k, angle] of angles.entries()) expect(seen[k + 2]?.[1]).toBeCloseTo(angle, 4)
    expect(seen.slice(2).map(([level]) => level)).toEqual([1, 1, 1, 2, 2, 2, 4])
  })

  it('counts once it has lasted: a slope that moves with each rain is steep for a day', () => {
    const made = bench({ base: { value: 2, per: day }, persist: 3 })
    for (let k = 0; k < 3; k++) made.give([k * day, 2 * k])
    // There is an angle, but none that has lasted: that is told as it is, and is no fault.
    expect((made.detector as Detector).evidence()).toMatchObject({ angle: expect.closeTo(45, 9) })
    expect((made.detector as Detector).evidence()).not.toHaveProperty('lasting')
    expect([made.detector?.level, made.detector?.doubt]).toEqual(['unknown', 'warm-up'])
    const step = (k: number): number => 2 * k + (k >= 10 ? 40 : 0)
    const seen = Array.from({ length: 17 }, (_, k) => {
      made.give([(k + 3) * day, step(k + 3)])
      return made.detector?.level
    })
    expect(new Set(seen.slice(2))).toEqual(new Set([1]))
    for (let k = 20; k < 25; k++) made.give([k * day, step(20) + 30 * (k - 20)])
    expect(made.detector?.level).toBe(4)
  })
})

const moving = (made: ReturnType<typeof bench>, from: number, to: number, at: (day: number) => number | null): void => {
  for (let time = from * day; time < to * day; time += 2 * hour) made.give([time, at(time / day)])
}

describe('the velocity of the uniform stage', () => {
  it('is learned where the slope goes on at one pace, and then stays', () => {
    const made = bench({}, 2 * hour)
    const chance = makeChance(3)
    moving(made, 0, 20, (t) => 2 * t + 0.3 * chance.normal())
    const learned = (made.detector as Detector).evidence()
    expect(learned.basePerDay).toBeCloseTo(2, 0)
    expect(learned.baseVelocities).toBeGreaterThanOrEqual(8)
    moving(made, 20, 30, (t) => 40 + 20 * (t - 20))
    expect((made.detector as Detector).evidence().basePerDay).toBe(learned.basePerDay)
    expect(angleOf(made)).toBeGreaterThan(82)
  })

  it.each([
    ['is still', (_: number, noise: number) => noise],
    ['speeds up all the time', (t: number) => t * t],
  ])('is not learned of a slope that %s: the angle stays unknown, which is no fault', (_, at) => {
    const made = bench({}, 2 * hour)
    const chance = makeChance(5)
    moving(made, 0, 30, (t) => at(t, chance.normal()))
    expect([made.detector?.level, made.detector?.doubt]).toEqual(['unknown', 'warm-up'])
    expect((made.detector as Detector).evidence()).not.toHaveProperty('angle')
  })

  it('outlives the process, with when it was learned', () => {
    const made = bench({}, 2 * hour)
    moving(made, 0, 14, (t) => 2 * t)
    const kept = JSON.parse(JSON.stringify(made.detector?.kept?.()))
    expect(kept).toMatchObject({ velocity: expect.closeTo(2 / day, 12), learned: expect.stringMatching(/^2026-06-1/) })
    const again = bench({}, 2 * hour)
    again.detector?.recall?.(kept)
    moving(again, 0, 3, (t) => 4 * t)
    expect(angleOf(again)).toBeCloseTo((Math.atan(2) * 180) / Math.PI, 6)
  })

  it.each([[null], [{}], [{ velocity: 0, error: 1, velocities: 7, learned: 'x' }], [{ velocity: 1, error: 1, velocities: 7 }]])(
    'is learned anew where what was kept is %j',
    (kept) => {
      const made = bench({}, 2 * hour)
      made.detector?.recall?.(kept)
      expect(made.detector?.kept?.()).toBeNull()
    },
  )

  it('of the file goes before one that was kept', () => {
    const made = bench({ base: { value: 2, per: day } })
    made.detector?.recall?.({ velocity: 9, error: 1, velocities: 7, learned: 'x' })
    expect((made.detector as Detector).evidence().basePerDay).toBeCloseTo(2, 12)
    expect(made.detector?.kept?.()).toBeNull()
  })
})

it('is unknown after a silence, and counts what lasts anew', () => {
  const made = bench({ base: { value: 2, per: day }, persist: 3 }, 2 * hour)
  moving(made, 0, 10, (t) => 2 * t)
  expect(made.detector?.level).toBe(1)
  moving(made, 10, 11, () => null)
  expect([made.detector?.level, made.detector?.doubt]).toEqual(['unknown', 'no-data'])
  moving(made, 18, 20, (t) => 2 * t)
  expect([made.detector?.level, made.detector?.doubt]).toEqual(['unknown', 'coverage'])
  moving(made, 20, 24, (t) => 2 * t)
  expect(made.detector?.level).toBe(1)
})

it('answers row by row as in batches', () => {
  const chance = makeChance(8)
  const rows = Array.from(
    { length: 400 },
    (_, k) => [k * 2 * hour, k % 23 === 2 ? null : k / 6 + (k > 250 ? (k - 250) ** 1.5 : 0) + 0.1 * chance.normal()] as Row,
  )
  const single = bench({}, 2 * hour)
  for (const row of rows) single.give(row)
  for (const size of [9, 64, 400]) {
    const made = bench({}, 2 * hour)
    for (let from = 0; from < rows.length; from += size) made.batch(rows.slice(from, from + size))
    expect([made.detector?.level, (made.detector as Detector).evidence()]).toEqual([single.detector?.level, (single.detector as Detector).evidence()])
  }
  expect(single.detector?.level).toBe(4)
})

it('learns no pace that its own scatter may be: a mean of less than three standard errors', () => {
  const learn = (velocities: number[]): unknown => {
    const one = bench({})
    let value = 0
    for (const [k, velocity] of velocities.entries()) {
      one.give([k * day, value])
      value += velocity
    }
    return (one.detector as Detector).evidence().basePerDay
  }
  // Ten velocities of mean 1 and no trend: of 1.5 and of 4 standard errors.
  const shaken = (by: number): number[] => Array.from({ length: 13 }, (_, k) => 1 + (k % 2 === 0 ? by : -by))
  expect(learn(shaken(2))).toBeUndefined()
  expect(learn(shaken(0.7))).toBeCloseTo(1, 0)
})

it('is advice of three steps on end where the file does not say otherwise', () => {
  expect(check(tangent.options, readYaml('{ at: { yellow: 80 } }', 'o.yaml'))).toMatchObject({
    value: { advisory: true, persist: 3, learn: 10 * day, step: day },
  })
})

const input = { unit: 'mm', quantity: 'x', counting: null, period: millis(2 * hour) }
it.each([
  [{}, undefined],
  [{ advisory: true }, 'an advisory detector is at most yellow, not orange'],
  [{ at: { blue: 50, yellow: 45 } }, 'yellow would come before blue'],
  [{ base: { value: 0, per: day } }, 'a slope at rest has no uniform stage'],
  [{ learn: 5 * day }, 'the uniform stage would be 5 steps'],
  [{ learn: 100 * day }, 'the uniform stage would be 100 steps'],
  [{ at: { red: 90 } }, 'no slope is that steep, however fast it moves'],
  [{ at: { blue: 5 }, deadband: 5 }, 'it would clear at 0, where a slope at rest stands'],
  [{ at: { blue: 5.1 }, deadband: 5 }, undefined],
  [{ step: hour, learn: 12 * hour }, 'a step is shorter than the period of the channel'],
])('checks its options: %j', (options, what) => {
  expect(tangent.doubts?.({ ...plain, ...options } as never, [input])[0]?.what).toBe(what)
})
