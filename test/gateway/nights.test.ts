/** Every template through a day of storm, gas and movement: by a clock that begins in 1970, and through a night in which nothing answers. */
import { describe, expect, it } from 'vitest'
import { findProfile } from '../../devicejs/shelf.ts'
import type { ChannelPlan } from '../../gateway/core/plan.ts'
import { makeStation, scan } from '../../gateway/core/scan.ts'
import { checkSite } from '../../gateway/site/check.ts'
import { emptyInput } from '../../protocol/recording.ts'
import { instant, type Moment, millis } from '../../protocol/time.ts'
import { filled, templates, textOf } from './site/filled.ts'
import { samplesOf } from './stages/bench.ts'

const WALL = Date.UTC(2026, 5, 10, 2)
const HOUR = 3_600_000
const HOURS = 30
const STEP_MS = 60_000
/** So long an alarm is held on what is not known, where its site file says nothing. */
const HELD_MS = 24 * HOUR

/** Water at a place: its mean and swing in m, above the datum of its marks. */
const waters: Record<string, [mean: number, swing: number]> = { 'river-section.yaml': [99, 6], 'tailings-pond.yaml': [117, 4] }

/** The counts of a storm of three hours, with 60 mm in each. */
const counted = (hour: number, step: number): number => Math.floor((60 * Math.min(3, Math.max(0, hour - 6))) / step)

/** What a measured channel shows at an hour: enough of everything that alarms come and go. */
function shown(name: string, { unit, counting }: ChannelPlan, hour: number): number {
  const swing = Math.sin((2 * Math.PI * hour) / 12)
  if (counting?.kind === 'increment') return counted(hour, counting.step) - counted(hour - STEP_MS / HOUR, counting.step)
  if (counting) return counted(hour, counting.step) % (counting.wrap ?? Infinity)
  if (unit === '%LEL') return Math.max(0, 55 * swing)
  if (unit === 'deg') return hour < 8 ? 0.001 * Math.sin(40 * hour) : 0.3 * (hour - 8)
  if (unit === 'mm') return 2 * hour
  if (unit === 'kPa') return 120 + 60 * swing
  const [mean, height] = waters[name] ?? [5, 5]
  if (unit === 'm') return mean + height * swing
  return unit === 'degC' ? 20 + 5 * swing : 0
}

/** The station time of each level of each alarm of a hazard. `wall`: what the clock says, and whether anybody has set it. `silentFrom`: no instrument answers any more. */
function judged(name: string, wall: (at: number) => Pick<Moment, 'wall' | 'wallQuality'>, silentFrom = Infinity): Record<string, [number, number][]> {
  const checked = checkSite(filled(textOf(name)), name, { profiles: findProfile })
  if ('faults' in checked) throw new Error(checked.faults.map(({ what }) => what).join('\n'))
  const { plan } = checked.site
  const moment = (at: number): Moment => ({ at: millis(at), ...wall(at) })
  const state = makeStation(plan, moment(0), 'test')
  const told: Record<string, [number, number][]> = {}
  for (let at = STEP_MS; at <= HOURS * HOUR; at += STEP_MS) {
    const samples = plan.channels.flatMap((channel, number) =>
      channel.derivation ? [] : [samplesOf(number, [[at, at < silentFrom ? shown(name, channel, at / HOUR) : null]])],
    )
    scan(state, { ...emptyInput(moment(at)), samples })
    for (const { name: alarm, level, plan: written, technical } of state.alarms) {
      // The day on which a detector is too old is the calendar's.
      if (technical || written.levels.some(({ when }) => JSON.stringify(when).includes('"old-1"'))) continue
      const held = told[alarm] ?? [[0, 0]]
      if (held.at(-1)?.[1] !== level) held.push([at, level])
      told[alarm] = held
    }
  }
  return told
}

const right = (at: number): Pick<Moment, 'wall' | 'wallQuality'> => ({ wall: instant(WALL + at), wallQuality: 'synchronised' })

describe('the hazards of a template', () => {
  it.each(templates)('%s are judged alike by a clock that begins in 1970 and is set right in mid-storm, or never, or that jumps by days', (name) => {
    const asRight = judged(name, right)
    const never = judged(name, (at) => ({ wall: instant(at), wallQuality: 'unsynchronised' }))
    const late = judged(name, (at) => (at < 8 * HOUR ? { wall: instant(at), wallQuality: 'unsynchronised' } : right(at)))
    const back = judged(name, (at) => (at < 8 * HOUR ? right(at) : { wall: instant(at), wallQuality: 'holdover' }))
    expect(Object.values(asRight).some((levels) => levels.length > 1)).toBe(true)
    // As by a time server that is wrong every other hour, by a day to either side.
    const torn = judged(name, (at) => ({ ...right(at), wall: instant(WALL + at + [0, 24, 0, -24][Math.floor(at / HOUR) % 4]! * HOUR) }))
    for (const other of [never, late, back, torn]) expect(other).toEqual(asRight)
  })

  it.each(templates)('%s are none the less for instruments that fall silent in the storm, for a whole night', (name) => {
    // At the height of gas and water, and in the storm.
    let stood = 0
    for (const silentFrom of [3 * HOUR, 8.5 * HOUR]) {
      for (const [alarm, told] of Object.entries(judged(name, right, silentFrom))) {
        const before = told.filter(([at]) => at < silentFrom).at(-1)?.[1] ?? 0
        const lower = told.filter(([at, level]) => at >= silentFrom && at < silentFrom + HELD_MS && level < before)
        expect([alarm, lower]).toEqual([alarm, []])
        stood = Math.max(stood, before)
      }
    }
    expect(stood).toBeGreaterThan(0)
  })
})
