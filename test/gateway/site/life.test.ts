import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findProfile } from '../../../devicejs/shelf.ts'
import { type Checked, checkSite } from '../../../gateway/site/check.ts'

const file = join(import.meta.dirname, '../../stations/people.yaml')
const good = readFileSync(file, 'utf8')

/** The site file with an alarm more, on the detector that it has. */
function withAlarm(keys: string): Checked {
  const text = good.replace(/^alarms:\n/m, `alarms:\n  yard: { yellow: creep, ${keys} }\n`)
  expect(text).not.toBe(good)
  return checkSite(text, file, { profiles: findProfile })
}

const lifeOf = (checked: Checked) =>
  'faults' in checked ? checked.faults.map(({ what }) => what) : checked.site.plan.alarms.find(({ name }) => name === 'yard')?.life

describe('what a site file says of the life of an alarm', () => {
  it.each([
    ['lifeSafety: true', { latch: false, lifeSafety: true, shelve: 0, suppress: null }],
    ['lifeSafety: false, shelve: 30min, latch: true', { latch: true, lifeSafety: false, shelve: 1_800_000, suppress: null }],
    ['lifeSafety: false, shelve: 8h', { latch: false, lifeSafety: false, shelve: 28_800_000, suppress: null }],
    ['lifeSafety: false, shelve: never', { latch: false, lifeSafety: false, shelve: 0, suppress: null }],
    ['suppress: creep is red', { latch: false, lifeSafety: true, shelve: 0, suppress: { op: 'level', name: 'creep', compare: 'is', level: 4 } }],
  ])('%s', (keys, life) => {
    expect(lifeOf(withAlarm(keys))).toEqual(life)
  })

  it.each([
    ['an alarm on which lives hang, shelved', 'shelve: 8h', 'alarms.yard.shelve', /lives hang on this alarm/],
    ['the same, said outright', 'lifeSafety: true, shelve: 1h', 'alarms.yard.shelve', /nobody may shelve it/],
    ['a shelf without an end in sight', 'lifeSafety: false, shelve: 3d', 'alarms.yard.shelve', /./],
    ['a shelf of more than a shift', 'lifeSafety: false, shelve: 481min', 'alarms.yard.shelve', /./],
    ['a shelf of less than a minute', 'lifeSafety: false, shelve: 59s', 'alarms.yard.shelve', /./],
    ['a condition that names nothing', 'suppress: nobody', 'alarms.yard.suppress', /no detector or alarm/],
    ['an alarm that is suppressed by itself', 'suppress: yard', 'alarms.yard', /asks for itself/],
    ['a word that is none', 'latch: maybe', 'alarms.yard.latch', /./],
  ])('refuses %s', (_, keys, at, what) => {
    const checked = withAlarm(keys)
    expect('faults' in checked ? checked.faults.map((fault) => ({ at: fault.at, what: fault.what, line: fault.line > 1 })) : 'no fault').toContainEqual({
      at,
      what: expect.stringMatching(what),
      line: true,
    })
  })
})
