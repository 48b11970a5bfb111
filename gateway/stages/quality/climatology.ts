/** Climatology test (QARTOD 5): outside what this season has seen here. */
import { about, id, list, number, optional, pattern, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Kind, Named, OptionDoubt, Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import { isValue, usable, worsen } from '../../core/stage.ts'
import { apartMs, Beside, nearestSlot, slowDoubts } from './beside.ts'
import { isMonthDay, monthDayOf, readMonthDay } from './month-day.ts'

interface Member {
  from: string
  to: string
  where?: { channel: string; range: number[] } | undefined
  suspect: number[]
  fail?: number[] | undefined
}

/** A month each, twice over for the day and the night of another channel's range. */
const MOST_MEMBERS = 24

const CLIMATOLOGY = reasonCode('climatology')

const pair = () => list(number(), { least: 2, most: 2 })
const monthDay = () => pattern(/^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'a month and a day', '"06-01"')

/**
 * The last member whose days (both included, over the new year where `from` is later than `to`) and whose range of another
 * channel hold judges the row; both ends of all ranges pass. Where none holds, and while the clock is unsynchronised and no
 * day can be named, the row is left as it is. QARTOD knows no failure here: `fail` is for what no season can ever bring.
 */
export const climatology: Kind<{ members: Member[] }, Beside> = {
  name: 'climatology',
  about:
    'Outside the range that the season has seen a value is suspect, outside `fail` it fails; both ends pass. Of the `members`, the last one whose days, and whose range of another channel, hold is taken; where none does, and while the clock is not synchronised, nothing is judged.',
  options: shape({
    members: list(
      shape({
        from: about(monthDay(), 'Month and day, local time, included.'),
        to: about(monthDay(), 'Included; earlier than `from` where the season goes over the new year.'),
        where: optional(about(shape({ channel: id(), range: pair() }), 'Holds only while another channel lies within [least, greatest].')),
        suspect: pair(),
        fail: optional(pair()),
      }),
      { least: 1, most: MOST_MEMBERS },
    ),
  }),
  others: placed,
  doubts: (options, inputs) => [...options.members.flatMap(memberDoubts), ...slowDoubts(placed(options), inputs)],
  build({ members }, wiring) {
    const seasons = seasonsOf(members, wiring)
    const { calendar } = wiring
    return new Beside(wiring, {
      judge(ring, row) {
        const slot = row & ring.mask
        if (!usable(ring.quality[slot] as number) || calendar.quality === 'unsynchronised') return
        const time = ring.time[slot] as Millis
        const day = monthDayOf(calendar.wall(time) + calendar.utcOffset)
        for (let k = seasons.length - 1; k >= 0; k--) {
          const season = seasons[k] as Season
          if (!holds(season, day, time)) continue
          const value = ring.value[slot] as number
          if (value < season.failLeast || value > season.failGreatest) worsen(ring, row, Quality.fail, CLIMATOLOGY)
          else if (value < season.least || value > season.greatest) worsen(ring, row, Quality.suspect, CLIMATOLOGY)
          return
        }
      },
    })
  },
}

interface Season {
  from: number
  to: number
  least: number
  greatest: number
  failLeast: number
  failGreatest: number
  where: { ring: Ring; apart: number; least: number; greatest: number } | null
}

function seasonsOf(members: Member[], { inputs, periods }: Wiring): Season[] {
  let input = 0
  return members.map(({ from, to, where, suspect, fail }) => {
    if (where) input++
    return {
      from: readMonthDay(from),
      to: readMonthDay(to),
      least: suspect[0] as number,
      greatest: suspect[1] as number,
      failLeast: fail?.[0] ?? -Infinity,
      failGreatest: fail?.[1] ?? Infinity,
      where: where
        ? {
            ring: inputs[input] as Ring,
            apart: apartMs(periods[0] as Millis, periods[input] as Millis),
            least: where.range[0] as number,
            greatest: where.range[1] as number,
          }
        : null,
    }
  })
}

function holds({ from, to, where }: Season, day: number, time: number): boolean {
  const inSeason = from <= to ? day >= from && day <= to : day >= from || day <= to
  if (!inSeason || where === null) return inSeason
  const slot = nearestSlot(where.ring, time, where.apart)
  if (slot < 0 || !isValue(where.ring.quality[slot] as number)) return false
  const value = where.ring.value[slot] as number
  return value >= where.least && value <= where.greatest
}

/** The channels that the members look at, in their order. */
function placed({ members }: { members: Member[] }): Named[] {
  return members.flatMap(({ where }, index) => (where ? [{ at: ['members', index, 'where', 'channel'], channel: where.channel }] : []))
}

function memberDoubts({ from, to, suspect, fail = suspect, where }: Member, index: number): OptionDoubt[] {
  const at = (...rest: string[]): (string | number)[] => ['members', index, ...rest]
  const reversed = (range: number[], place: (string | number)[]): OptionDoubt[] =>
    (range[0] as number) < (range[1] as number) ? [] : [{ at: place, what: `${range[0]} is not less than ${range[1]}`, remedy: 'write [least, greatest]' }]
  const wider = (fail[0] as number) <= (suspect[0] as number) && (fail[1] as number) >= (suspect[1] as number)
  const none = (day: string, key: string): OptionDoubt[] =>
    isMonthDay(day) ? [] : [{ at: at(key), what: `no year has a ${day}`, remedy: 'write month-day, such as "06-01"' }]
  return [
    ...none(from, 'from'),
    ...none(to, 'to'),
    ...reversed(suspect, at('suspect')),
    ...(fail === suspect ? [] : reversed(fail, at('fail'))),
    ...(where ? reversed(where.range, at('where', 'range')) : []),
    ...(wider ? [] : [{ at: at('fail'), what: 'a value fails before it is suspect', remedy: 'make `fail` reach further than `suspect`' }]),
  ]
}
