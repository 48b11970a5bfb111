// The year of a still slope in small, and slopes that are not still: what raises nothing at all would be still, too.

import { describe, expect, it } from 'vitest'
import { filled, textOf } from '../gateway/site/filled.ts'
import { liveThrough, siteOf, slowSlide } from './thermal.ts'

const hour = 3_600_000
const day = 24 * hour
const site = siteOf(slowSlide)

it('a still slope raises nothing in a year, however the sun swings it', () => {
  const { raised, known } = liveThrough(site, 99, 365)
  expect(raised.filter(({ name }) => name !== 'published-raw')).toEqual([])
  expect(known.get('precaution-x')).toBeGreaterThan(0.9)
  expect(known.get('leaning')).toBeGreaterThan(0.9)
})

describe('the template of a slow slide, with the examples of its comments', () => {
  const template = siteOf(filled(textOf('slow-slide.yaml')).replace('unit: 80, every: 1min', 'unit: 80, every: 10min'))
  const live = (days: number, move?: (at: number) => number) => {
    const { raised, known } = liveThrough(template, 99, days, move, ['roll', 'pitch', 'heat'])
    // It may say that the instrument was silent, as it was.
    return { known, raised: raised.filter(({ name }) => name !== 'silent' && name !== 'instruments') }
  }

  it('raises nothing in the year of a still slope', () => {
    const { raised, known } = live(365)
    expect(raised).toEqual([])
    for (const name of ['creeping', 'sliding', 'failing']) expect(known.get(name)).toBeGreaterThan(0.9)
  })

  it('raises a slope that moves, slowly and fast', () => {
    const until = (perHour: number) => live(22, (at) => (Math.max(0, at - 20 * day) / hour) * perHour).raised.find(({ name }) => name === 'slope')
    expect(until(0.03)).toMatchObject({ to: 'yellow' })
    expect(until(0.3)).toMatchObject({ to: 'orange' })
  })
})

describe('a slope that moves under the same sun', () => {
  const hoursUntil = (start: number, move: (time: number) => number) => {
    const { raised } = liveThrough(site, 7, start + 3, (at) => (at < start * day ? 0 : move(at - start * day)))
    return (name: string, to: string): number =>
      ((raised.find((one) => one.name === name && one.to === to && one.at >= start * day)?.at ?? Infinity) - start * day) / hour
  }

  it('by 0.03 degrees an hour is at precaution within some hours', () => {
    const told = hoursUntil(20, (time) => (0.03 * time) / hour)
    expect(told('precaution-x', 'yellow')).toBeLessThan(6)
    expect(told('slope', 'yellow')).toBeLessThan(6)
    expect(told('warning', 'orange')).toBe(Infinity)
  })

  it('by 0.3 degrees an hour is at warning within the hour, also while nothing is known yet of the sun', () => {
    for (const start of [2, 20]) expect(hoursUntil(start, (time) => (0.3 * time) / hour)('slope', 'orange')).toBeLessThan(1.5)
  })

  it('toward a failure has it foretold', () => {
    const left = (time: number): number => Math.max(0.1, (48 * hour - time) / hour)
    expect(hoursUntil(20, (time) => 2 * Math.log(48 / left(time)))('failing', 'yellow')).toBeLessThan(47)
  })

  it('and stays where it came to is red by how far it is', () => {
    expect(hoursUntil(20, () => 2.5)('slope', 'red')).toBeLessThan(1)
  })
})
