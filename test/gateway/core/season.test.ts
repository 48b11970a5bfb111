import { describe, expect, it } from 'vitest'
import { makeCalendar } from '../../../gateway/core/calendar.ts'
import { makeChannels, take } from '../../../gateway/core/channel.ts'
import { BY_CALENDAR, plainResponse, type StationPlan } from '../../../gateway/core/plan.ts'
import { remember } from '../../../gateway/core/remember.ts'
import { makeStation } from '../../../gateway/core/scan.ts'
import { Seasonal, Seasons } from '../../../gateway/core/season.ts'
import type { Detector } from '../../../gateway/core/stage.ts'
import type { SetPoints } from '../../../gateway/stages/detect/grade.ts'
import { threshold } from '../../../gateway/stages/detect/threshold.ts'
import type { Level, Verdict } from '../../../protocol/level.ts'
import type { Quality } from '../../../protocol/quality.ts'
import { instant, type Moment, millis, NEVER, type WallQuality } from '../../../protocol/time.ts'
import { samplesOf, set } from '../stages/bench.ts'
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

  it('is, while the season is not known, as far from each level as the set that is nearest to it', () => {
    const seasons = seasonsAt(momentOf('2026-07-01T00:00:00Z'))
    const told = (worse: 'more' | 'less', points: Record<number, number>) => {
      const margins = Object.entries(points).map(([level, at]) => ({
        level: Number(level) as Level,
        figure: 'value',
        value: 10,
        at,
        clear: at,
        unit: 'm',
        worse,
      }))
      return saying(0, { margins: () => margins })
    }
    const nearest = (worse: 'more' | 'less', base: Record<number, number>, flood: Record<number, number>) => {
      const detector = new Seasonal(told(worse, base), new Map([['flood', told(worse, flood)]]), seasons)
      seasons.current = 'unknown'
      return detector.margins().map(({ level, at }) => `${level}: ${at}`)
    }
    expect(nearest('more', { 2: 12, 4: 20 }, { 1: 11, 2: 14, 4: 18 })).toEqual(['1: 11', '2: 12', '4: 18'])
    expect(nearest('less', { 2: 8 }, { 2: 9 })).toEqual(['2: 9'])
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

  it('gives each set what that kept, and none what another one did', () => {
    const seen: string[] = []
    const one = (name: string, kept: unknown): Detector => saying(0, { kept: () => kept, recall: (given) => void seen.push(`${name} recalls ${given}`) })
    const seasons = seasonsAt(momentOf('2026-07-01T00:00:00Z'))
    const detector = new Seasonal(one('base', undefined), new Map([['flood', one('flood', 7)]]), seasons)
    expect(detector.kept()).toEqual([null, 7])
    detector.recall(detector.kept())
    expect(seen).toEqual(['flood recalls 7'])
  })

  it('has its device read again for the highest colour that any of its sets would raise, were the reading confirmed', () => {
    const seasons = seasonsAt(momentOf('2026-07-01T00:00:00Z'))
    const of = (...levels: (Level | undefined)[]): Level => {
      const [base, flood] = levels.map((unconfirmed) => saying(0, unconfirmed === undefined ? {} : { unconfirmed })) as [Detector, Detector]
      return new Seasonal(base, new Map([['flood', flood]]), seasons).unconfirmed
    }
    expect([of(3, 4), of(4, 3), of(0, 4), of(undefined, 3), of(undefined, undefined)]).toEqual([4, 4, 4, 3, 0])
  })

  it('may be as high as the set in force; as the highest of all, while the season is not known', () => {
    const of = (wall: WallQuality, ...levels: (Level | undefined)[]): Level => {
      const [base, flood] = levels.map((undenied) => saying(0, undenied === undefined ? {} : { undenied })) as [Detector, Detector]
      return new Seasonal(base, new Map([['flood', flood]]), seasonsAt(momentOf('2026-07-01T00:00:00Z', wall))).undenied
    }
    expect([of('synchronised', 4, 2), of('synchronised', 4, undefined), of('synchronised', 0, 3)]).toEqual([2, 0, 3])
    expect([of('unsynchronised', 4, 2), of('unsynchronised', undefined, 3), of('unsynchronised', undefined, undefined)]).toEqual([4, 3, 0])
  })

  it.each<[string, string, SetPoints, SetPoints, [number, Quality][], Verdict, Level]>([
    ['another set has raised, and this one, of a higher colour, knows nothing yet', 'unsynchronised', { red: 20 }, { yellow: 5 }, [[6, 3]], 2, 4],
    [
      'the second reading has come',
      'unsynchronised',
      { red: 20 },
      { yellow: 5 },
      [
        [6, 3],
        [6, 3],
      ],
      2,
      0,
    ],
    ['the reading is good', 'unsynchronised', { red: 20 }, { yellow: 5 }, [[6, 1]], 2, 0],
    ['none of them has raised', 'unsynchronised', { red: 20 }, { yellow: 5 }, [[4, 3]], 'unknown', 0],
    ['another season is in force', 'synchronised', { red: 20 }, { yellow: 5 }, [[6, 3]], 2, 0],
  ])('waits for the second reading of all where the first is suspect: %s', (_, clock, at, flood, rows, level, unconfirmed) => {
    const one = (points: SetPoints): Detector => {
      const bench = set({ detector: [threshold, { direction: 'above', at: points, onDelay: 0, offDelay: 0 }], period: minute })
      for (const [row, [value, quality]] of rows.entries()) {
        const samples = samplesOf(0, [[row * minute, value]])
        samples.quality[0] = quality
        take(bench.machine.channels[0] as (typeof bench.machine.channels)[number], samples, millis(row * minute))
      }
      return bench.detector as Detector
    }
    const seasons = seasonsAt(momentOf('2026-07-01T00:00:00Z', clock as WallQuality))
    const seasonal = new Seasonal(one(at), new Map([['flood', one(flood)]]), seasons)
    expect([seasonal.level, seasonal.unconfirmed]).toEqual([level, unconfirmed])
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

  // Each detector takes its own stricter set, whatever the set of another is; a colour that one set lacks is that of the other.
  it.each<[string, 'above' | 'below', SetPoints, SetPoints, Record<number, Verdict>]>([
    ['the season is stricter', 'above', { yellow: 10, red: 20 }, { yellow: 5, red: 15 }, { 4: 0, 5: 2, 15: 4 }],
    ['the season is laxer', 'above', { yellow: 5, red: 15 }, { yellow: 10, red: 20 }, { 4: 0, 5: 2, 15: 4 }],
    ['each is stricter in one colour', 'above', { yellow: 5, red: 20 }, { yellow: 10, red: 15 }, { 5: 2, 15: 4 }],
    ['the season lacks a colour', 'above', { yellow: 10, red: 20 }, { yellow: 5 }, { 5: 2, 20: 4 }],
    ['the season alone has a colour', 'above', { red: 20 }, { orange: 8 }, { 8: 3, 20: 4 }],
    ['less is worse', 'below', { yellow: 10, red: 5 }, { yellow: 12, red: 3 }, { 13: 0, 12: 2, 5: 4 }],
  ])('takes the stricter of its own sets by a clock that is not known: %s', (_, direction, at, flood, told) => {
    const seasons = seasonsAt(momentOf('2026-07-01T00:00:00Z', 'unsynchronised'))
    for (const [value, level] of Object.entries(told)) {
      const one = (points: SetPoints): Detector => {
        const bench = set({ detector: [threshold, { direction, at: points, onDelay: 0, offDelay: 0 }], period: minute })
        bench.give([0, Number(value)])
        return bench.detector as Detector
      }
      expect(new Seasonal(one(at), new Map([['flood', one(flood)]]), seasons).level, value).toBe(level)
    }
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
    const { calendar, set: setClock } = makeCalendar(millis(480 * minute), before)
    const { channels, detectors, seasons } = makeChannels(plan, before.at, calendar)
    const detector = detectors[0]?.detector as Detector
    const at = (offset: number, value: number): Verdict => {
      const now = { ...before, at: millis(offset * minute), wall: instant(before.wall + offset * minute) }
      setClock(now)
      seasons.look(now)
      take(channels[0] as NonNullable<(typeof channels)[0]>, samplesOf(0, [[now.at, value]]), now.at)
      return detector.level
    }
    expect([at(1, 6), at(2, 4), at(3, 4)]).toEqual([0, 0, 0])
    const midnight = { ...before, at: millis(30 * minute), wall: instant(before.wall + 30 * minute) }
    setClock(midnight)
    seasons.look(midnight)
    expect(detector.level).toBe(2)
    expect([at(31, 2.9), at(32, 6)]).toEqual([0, 2])
  })
})
