import { describe, expect, it } from 'vitest'
import { MINUTE, Minutes } from '../../../../gateway/stages/derive/minutes.ts'

const second = 1000
const period = 10 * second

/** The minutes that were closed by readings at these seconds: the end of each in seconds, and its mean; null where it is not known. */
function minutesOf(readings: [at: number, value: number | null][], until?: number): [number, number | null][] {
  const closed: [number, number | null][] = []
  const minutes = new Minutes(period, (end, mean) => void closed.push([end / second, Number.isNaN(mean) ? null : mean]))
  for (const [at, value] of readings) minutes.take(at * second, value ?? 0, value !== null)
  if (until !== undefined) minutes.pass(until * second)
  return closed
}

const each = (from: number, to: number, value: number): [number, number][] =>
  Array.from({ length: (to - from) / 10 + 1 }, (_, row): [number, number] => [from + 10 * row, value])

describe('a minute mean', () => {
  it('weighs each reading by the time since the one before', () => {
    expect(minutesOf([...each(10, 30, 0), ...each(40, 60, 6)])).toEqual([[60, 3]])
  })

  it('is known from 45 s on, and not before', () => {
    const covered = (seconds: number) => minutesOf([[60, null], ...each(70, 100, 5), [60 + seconds, 5], [120, null]]).at(-1)
    expect(covered(45)).toEqual([120, 5])
    expect(covered(44)).toEqual([120, null])
  })

  it('does not count silence as covered: a reading stands for one and a half periods at most', () => {
    expect(
      minutesOf([
        [10, 5],
        [50, 5],
        [60, 5],
      ]),
    ).toEqual([[60, null]])
    expect(
      minutesOf([
        [10, 5],
        [20, 5],
        [30, 5],
        [55, 5],
        [60, 5],
      ]),
    ).toEqual([[60, 5]])
  })

  it('that has no reading at its end is closed when none can come any more: two periods later', () => {
    expect(minutesOf(each(10, 50, 5), 79.9)).toEqual([])
    expect(minutesOf(each(10, 50, 5), 80)).toEqual([[60, 5]])
    const minutes = new Minutes(period, () => {})
    minutes.take(10 * second, 5, true)
    expect(minutes.closesAt()).toBe(MINUTE + 2 * period)
  })

  it('takes nothing of a reading that comes after it was closed', () => {
    const closed: number[] = []
    const minutes = new Minutes(period, (_, mean) => void closed.push(mean))
    for (const [at, value] of each(10, 50, 5)) minutes.take(at * second, value, true)
    minutes.pass(80 * second)
    minutes.take(55 * second, 99, true)
    for (const [at, value] of each(70, 120, 5)) minutes.take(at * second, value, true)
    expect(closed).toEqual([5, 5])
  })
})
