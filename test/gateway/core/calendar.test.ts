import { describe, expect, it } from 'vitest'
import { makeCalendar } from '../../../gateway/core/calendar.ts'
import { instant, millis } from '../../../protocol/time.ts'

describe('a calendar', () => {
  it('follows the wall clock when that is set, and tells what it is worth', () => {
    const { calendar, set } = makeCalendar(millis(28_800_000), { at: millis(0), wall: instant(0), wallQuality: 'unsynchronised' })
    expect([calendar.wall(millis(60_000)), calendar.quality]).toEqual([60_000, 'unsynchronised'])
    set({ at: millis(60_000), wall: instant(1_800_000_060_000), wallQuality: 'synchronised' })
    expect([calendar.wall(millis(0)), calendar.quality]).toEqual([1_800_000_000_000, 'synchronised'])
  })
})
