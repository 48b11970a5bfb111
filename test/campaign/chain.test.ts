import { describe, expect, it } from 'vitest'
import { judge } from '../../gateway/core/alarm/alarm.ts'
import { type World, walk, worlds } from './chain.ts'

describe('no alarm is lowered because something is missing, before its limit', () => {
  it.each(worlds)('in a world of $about', (world) => {
    expect(walk(world, world.steps.quick)).toMatchObject({ loweredOnMissing: 0, shown: '' })
  })

  it.each(worlds)('and the walk of $about finds a judge that takes silence for rest', (world) => {
    const deaf: typeof judge = (alarm, verdict, now) =>
      judge(
        alarm,
        (name) => {
          const level = verdict(name)
          return level === 'unknown' ? 0 : level
        },
        now,
      )
    expect(walk(world, world.steps.quick, deaf).loweredOnMissing).toBeGreaterThan(0)
  })

  it('and the walk of what waits finds a judge that takes one suspect reading for the end of red', () => {
    const hasty: typeof judge = (alarm, verdict, now) => judge(alarm, (name) => verdict(name), now)
    const world = worlds.find(({ about }) => about.startsWith('one suspect reading')) as World
    expect(walk(world, world.steps.quick, hasty).loweredOnMissing).toBeGreaterThan(0)
  })
})
