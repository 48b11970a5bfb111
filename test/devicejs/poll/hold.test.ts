import { describe, expect, it } from 'vitest'
import { decode, type Reading } from '../../../devicejs/decode.ts'
import { makeHolding } from '../../../devicejs/poll/hold.ts'
import { type PollPlan, planPoll } from '../../../devicejs/poll/poll.ts'
import { findProfile } from '../../../devicejs/shelf.ts'
import { formatFaults } from '../../../protocol/files/fault.ts'
import { qualityName } from '../../../protocol/quality.ts'
import { millis } from '../../../protocol/time.ts'

const planOf = (name: string, channels: string[]): PollPlan => {
  const found = findProfile(name, 'site.yaml')
  if ('faults' in found) throw new Error(formatFaults(found.faults))
  return planPoll(found.profile, channels)
}
const gas = planOf('generic/gas-loop', ['gas'])

/** The readings of a loop: a current in mA every so many seconds; null: it was not answered. */
function loop(stepS: number, currents: (number | null)[]): Reading[] {
  const holding = makeHolding()
  return currents.map((mA, k) => {
    const reading = decode(gas, [mA === null ? { ok: false, fault: 'timeout' } : { ok: true, words: Uint16Array.of(Math.round(1000 * mA)) }])
    holding.take(gas, reading, millis(1000 * stepS * k))
    return reading
  })
}
const qualities = (stepS: number, currents: (number | null)[]): string[] =>
  loop(stepS, currents).map(({ channels: [decoded] }) => qualityName(decoded?.quality as number))

describe('a current outside its measuring range (NE 43)', () => {
  it.each<[string, number, (number | null)[], string[]]>([
    ['that passes is no fault', 1, [12, 3.5, 12], ['good', 'missing', 'good']],
    ['is a fault once it has stood for 4 s', 1, [3.5, 3.5, 3.5, 3.5, 3.5], ['missing', 'missing', 'missing', 'missing', 'fail']],
    ['is one departure, however far it goes', 2, [3.7, 3.5, 0], ['missing', 'missing', 'fail']],
    ['counts anew after it was back', 2, [3.7, 3.7, 4, 3.7, 3.7, 3.7], ['missing', 'missing', 'good', 'missing', 'missing', 'fail']],
    ['counts anew after a reading that did not come', 2, [3.7, 3.7, null, 3.7], ['missing', 'missing', 'missing', 'missing']],
    ['is a fault at 21 mA and more as well', 2, [21, 22, 24, 20], ['missing', 'missing', 'fail', 'good']],
    ['that is read less often is one at the second reading', 10, [12, 3.7, 3.7], ['good', 'missing', 'fail']],
    ['over 20.5 mA may be much gas, and counts at once', 1, [20.7, 20.7], ['suspect', 'suspect']],
    ['may be back as much gas at once', 1, [21, 20.7, 21], ['missing', 'suspect', 'missing']],
  ])('%s', (_, stepS, currents, told) => {
    expect(qualities(stepS, currents)).toEqual(told)
  })

  it('has no value while it means nothing, keeps its reason, and is said when it is a fault', () => {
    const [first, , third] = loop(2, [3.7, 3.7, 3.7])
    expect([first?.channels[0], first?.says]).toEqual([{ value: Number.NaN, quality: 9, reason: 'under-range' }, []])
    expect(third?.channels[0]).toEqual({ value: -1.875, quality: 4, reason: 'under-range' })
    expect(third?.says).toEqual(['gas: below its measuring range (NE 43, under 3.8 mA)'])
  })

  it('is timed for each channel by itself, and what others say stands', () => {
    const plan = planOf('generic/current-8', ['loop-1', 'loop-2'])
    const holding = makeHolding()
    const told = [
      [3500, 12_000],
      [3500, 3500],
      [3500, 20_700],
    ].map((words, k) => {
      const reading = decode(plan, [{ ok: true, words: Uint16Array.from(words) }])
      holding.take(plan, reading, millis(2000 * k))
      return [...reading.channels.map(({ quality }) => qualityName(quality)), reading.says.length]
    })
    expect(told).toEqual([
      ['missing', 'good', 0],
      ['missing', 'missing', 0],
      ['fail', 'suspect', 2],
    ])
  })

  it('a vendor’s own current is told at once: a warning may be one second in ten', () => {
    const draeger = planOf('draeger/polytron-8000-loop', ['gas'])
    const said = [3000, 1200, 3400, 3600].map((word) => {
      const reading = decode(draeger, [{ ok: true, words: Uint16Array.of(word) }])
      makeHolding().take(draeger, reading, millis(0))
      return qualityName(reading.channels[0]?.quality as number)
    })
    expect(said).toEqual(['fail', 'fail', 'fail', 'missing'])
  })
})
