import { describe, expect, it } from 'vitest'
import { makeCalendar } from '../../../gateway/core/calendar.ts'
import { makeChannels, take } from '../../../gateway/core/channel.ts'
import { BY_CALENDAR, plainResponse, type StationPlan } from '../../../gateway/core/plan.ts'
import { remember } from '../../../gateway/core/remember.ts'
import { makeStation } from '../../../gateway/core/scan.ts'
import { Seasonal, Seasons } from '../../../gateway/core/season.ts'
import type { Detector } from '../../../gateway/core/stage.ts'
import { threshold } from '../../../gateway/stages/detect/threshold.ts'
import type { Verdict } from '../../../protocol/level.ts'
import { instant, type Moment, millis, NEVER, type WallQuality } from '../../../protocol/time.ts'
import { samplesOf } from '../stages/bench.ts'
import { place } from './place.ts'

const minute = 60_000
const plans = [
  { name: 'flood', from: '04-15', to: '10-15' },
  { name: 'frost', from: '12-01', to: '02-29' },
]

const momentOf = (wall: string, wallQuality: WallQuality = 'synchronised', at = 0): Moment => ({ at: millis(at), wall: instant(Date.parse(wall)), wallQuality })

function seasonsAt(moment: Moment, of = plans): Seasons {
  const { calendar } = makeCalendar(millis(480 * minute), moment)
  const seasons = new Seasons(of, calendar)
  seasons.look(moment)
  return seasons
}

describe('the season in force', () => {
  it.each([
    ['2026-04-14T15:59:59Z', null],
    ['2026-04-14T16:00:00Z', 'flood'],
    ['2026-10-15T15:59:59Z', 'flood'],
    ['2026-10-15T16:00:00Z', null],
    ['2026-11-30T16:00:00Z', 'frost'],
    ['2027-01-01T00:00:00Z', 'frost'],
    ['2027-02-28T15:59:59Z', 'frost'],
    ['2027-02-28T16:00:00Z', null],
    ['2028-02-29T15:59:59Z', 'frost'],
  ])('at %s is %s, by the date at the place', (wall, season) => {
    expect(seasonsAt(momentOf(wall)).current).toBe(season)
  })

  it('is looked for again at midnight of the place', () => {
    expect(seasonsAt(momentOf('2026-04-14T15:00:00Z', 'synchronised', 5)).wakeAt()).toBe(5 + 60 * minute)
    expect(seasonsAt(momentOf('2026-04-14T16:00:00Z')).wakeAt()).toBe(24 * 60 * minute)
  })

  it('is not known while no day is', () => {
    const seasons = seasonsAt(momentOf('2026-07-01T00:00:00Z', 'unsynchronised'))
    expect([seasons.current, seasons.wakeAt()]).toEqual(['unknown', NEVER])
  })

  it('is what was ordered, until the calendar is ordered again', () => {
    const july = momentOf('2026-07-01T00:00:00Z')
    const seasons = seasonsAt(july)
    expect(seasons.order('frost')).toBe('')
    expect(seasons.wakeAt(), 'the station looks at once').toBeLessThan(9)
    seasons.look({ ...july, at: millis(9) })
    expect([seasons.current, seasons.since, seasons.wakeAt()]).toEqual(['frost', 9, NEVER])
    expect(seasons.order(BY_CALENDAR)).toBe('')
    seasons.look({ ...july, at: millis(10) })
    expect(seasons.current).toBe('flood')
  })

  it('cannot be ordered where there is none of this name', () => {
    expect(seasonsAt(momentOf('2026-07-01T00:00:00Z')).order('spring')).toBe('there is no season "spring": name one of flood, frost, calendar')
    const none = seasonsAt(momentOf('2026-07-01T00:00:00Z'), [])
    expect([none.order('flood'), none.current]).toEqual(['the site file names no seasons', null])
  })
})

describe('an order of a season', () => {
  it('is for a role that may, and of a season that there is', () => {
    const station = place({ response: { roles: [{ name: 'duty', may: ['season'] }] } })
    expect(station.order('season', { season: 'flood' })).toBe('the site file names no seasons')
    expect(place().order('season', { season: 'flood' })).toBe('the role duty may not ask for "season"')
  })

  it('outlives the station, unless the site file has lost the season', () => {
    const station = { ...place().plan, seasons: plans }
    const july = momentOf('2026-07-01T00:00:00Z')
    const before = makeStation(station, july, 'test')
    before.machine.seasons.order('frost')
    const remembered = remember(before, july)
    expect(makeStation(station, july, 'test', remembered).machine.seasons.ordered).toBe('frost')
    expect(makeStation({ ...station, seasons: [] }, july, 'test', remembered).machine.seasons.ordered).toBeNull()
  })
})

/** A detector that says what it is told to. */
const saying = (level: Verdict, more: Partial<Detector> = {}): Detector => ({
  ...{ level, since: millis(3), doubt: level === 'unknown' ? 'no-data' : 'none' },
  run: () => {},
  evidence: () => ({ value: level === 'unknown' ? -1 : level }),
  ...more,
})

function seasonal(base: Verdict, flood: Verdict, season: string | null): Seasonal {
  const seasons = seasonsAt(momentOf('2026-07-01T00:00:00Z'))
  seasons.current = season
  seasons.since = millis(7)
  return new Seasonal(saying(base), new Map([['flood', saying(flood)]]), seasons)
}

describe('a detector with set points by season', () => {
  it.each<[string | null, Verdict, Verdict, Verdict]>([
    ['flood', 1, 3, 3],
    [null, 1, 3, 1],
    ['frost', 1, 3, 1],
    ['unknown', 1, 3, 3],
    ['unknown', 3, 1, 3],
    ['unknown', 'unknown', 2, 2],
    ['unknown', 2, 'unknown', 2],
    ['unknown', 'unknown', 0, 'unknown'],
    ['unknown', 0, 'unknown', 'unknown'],
    ['unknown', 0, 0, 0],
  ])('in season %s, %s by itself and %s in the flood season, says %s', (season, base, flood, said) => {
    const detector = seasonal(base, flood, season)
    expect(detector.level).toBe(said)
    expect(detector.evidence()).toEqual({ value: said === 'unknown' ? -1 : said })
    expect(detector.doubt).toBe(said === 'unknown' ? 'no-data' : 'none')
  })

  it('is as far from its set points as the set that speaks', () => {
    const seasons = seasonsAt(momentOf('2026-07-01T00:00:00Z'))
    const margins = [{ level: 2 }] as unknown as ReturnType<NonNullable<Detector['margins']>>
    expect(new Seasonal(saying(0), new Map([['flood', saying(0, { margins: () => margins })]]), seasons).margins()).toBe(margins)
  })

  it('has its level since the season began, where that was later', () => {
    expect(seasonal(1, 3, 'flood').since).toBe(7)
  })

  it('lets all its sets see every row, wakes for each, and keeps what each keeps', () => {
    const seen: string[] = []
    const one = (name: string, at: number): Detector =>
      saying(0, {
        run: () => void seen.push(name),
        wakeAt: () => millis(at),
        kept: () => name,
        recall: (kept) => void seen.push(`${name} recalls ${kept}`),
        act: ({ by }) => (name === 'flood' ? `not by ${by}` : ''),
      })
    const seasons = seasonsAt(momentOf('2026-07-01T00:00:00Z'))
    const detector = new Seasonal(one('base', 9), new Map([['flood', one('flood', 4)]]), seasons)
    detector.run({} as never, 0, 0, millis(0))
    detector.recall(detector.kept())
    detector.recall('damaged')
    expect(seen).toEqual(['base', 'flood', 'base recalls base', 'flood recalls flood'])
    expect(detector.wakeAt()).toBe(4)
    expect(detector.act({ op: 'baseline', by: 'wang', reason: '', now: momentOf('2026-07-01T00:00:00Z') })).toBe('not by wang')
  })

  it('keeps nothing, wakes for nothing and does nothing where its sets do not', () => {
    const detector = seasonal(0, 0, null)
    expect([detector.kept(), detector.wakeAt(), detector.act({ op: 'baseline', by: 'wang', reason: '', now: momentOf('2026-07-01T00:00:00Z') })]).toEqual([
      null,
      NEVER,
      '',
    ])
    detector.recall([1, 2])
    expect([detector.level, detector.margins()]).toEqual([0, []])
  })

  it('goes over to the other set without a new row, its delays and dead bands kept', () => {
    const options = (yellow: number) => ({ direction: 'above' as const, at: { yellow }, deadband: 2, onDelay: millis(0), offDelay: millis(0) })
    const plan: StationPlan = {
      ...{ mode: 'actual', outputs: [], alarms: [], actions: [], response: plainResponse, reports: [], seasons: plans },
      channels: [
        { ...{ name: 'm', quantity: 'level', unit: 'm', digits: 1, counting: null, rows: 64, derivation: null, quality: [] }, period: millis(minute) },
      ],
      detectors: [
        {
          ...{ name: 'high', kind: 'threshold', inputs: [0] },
          build: (wiring) => threshold.build(options(10), wiring),
          seasons: [{ season: 'flood', build: (wiring) => threshold.build(options(5), wiring) }],
        },
      ],
    }
    const before = momentOf('2026-04-14T15:30:00Z')
    const { calendar, set } = makeCalendar(millis(480 * minute), before)
    const { channels, detectors, seasons } = makeChannels(plan, before.at, calendar)
    const detector = detectors[0]?.detector as Detector
    const at = (offset: number, value: number): Verdict => {
      const now = { ...before, at: millis(offset * minute), wall: instant(before.wall + offset * minute) }
      set(now)
      seasons.look(now)
      take(channels[0] as NonNullable<(typeof channels)[0]>, samplesOf(0, [[now.at, value]]), now.at)
      return detector.level
    }
    expect([at(1, 6), at(2, 4), at(3, 4)]).toEqual([0, 0, 0])
    const midnight = { ...before, at: millis(30 * minute), wall: instant(before.wall + 30 * minute) }
    set(midnight)
    seasons.look(midnight)
    expect(detector.level).toBe(2)
    expect([at(31, 2.9), at(32, 6)]).toEqual([0, 2])
  })
})
