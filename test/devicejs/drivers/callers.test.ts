import { describe, expect, it } from 'vitest'
import { makeCallers } from '../../../devicejs/drivers/callers.ts'

/** Calls as "address time in minutes"; whether there are two after the last. */
const rivalsAfter = (calls: string, atMinutes?: number): boolean => {
  const callers = makeCallers()
  let now = 0
  for (const call of calls.split(', ')) {
    const [from = '', minutes] = call.split(' ')
    now = Number(minutes) * 60_000
    callers.call(from, now)
  }
  return callers.rivals(atMinutes === undefined ? now : atMinutes * 60_000)
}

describe('a registration', () => {
  it.each<[string, string, boolean]>([
    ['one modem, as often as it dials', 'a 0, a 1, a 2, a 3', false],
    ['one modem that has a new address', 'a 0, b 1', false],
    ['one modem that has a new address each time', 'a 0, b 1, c 2, d 3, e 4', false],
    ['one modem that has an address of long ago', 'a 0, b 1, a 11', false],
    ['two that throw each other out', 'a 0, b 1, a 2', true],
    ['two, of which one has a new address', 'a 0, b 1, c 2, b 3', true],
  ])('is said by %s', (_, calls, rivals) => expect(rivalsAfter(calls)).toBe(rivals))

  it('is contested as long as both say it, and ten minutes longer', () => {
    expect(rivalsAfter('a 0, b 1, a 2, b 9', 18.9)).toBe(true)
    expect(rivalsAfter('a 0, b 1, a 2, a 3, a 4', 11.9)).toBe(true)
    expect(rivalsAfter('a 0, b 1, a 2, a 3, a 4', 12)).toBe(false)
  })

  it('has a bounded number of addresses', () => {
    const callers = makeCallers()
    for (let n = 0; n < 10_000; n++) callers.call(`10.0.0.${n}`, n)
    expect(callers.addresses()).toHaveLength(4)
  })
})
