import { describe, expect, it } from 'vitest'
import { judge } from '../../gateway/core/alarm/alarm.ts'
import { walk, worlds } from './chain.ts'

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
})
