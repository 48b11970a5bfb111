import { describe, expect, it } from 'vitest'
import { type Members, rollUpLevel } from '../../../../gateway/core/alarm/roll-up.ts'
import type { Level } from '../../../../protocol/level.ts'

const colours = '-BYOR'
const membersOf = (points: string): Members => {
  const members: Members = [0, 0, 0, 0, 0]
  for (const point of points) members[colours.indexOf(point) as Level]++
  return members
}

describe('points rolled up', () => {
  it.each([
    ['', '-'],
    ['--', '-'],
    ['BBB', 'B'],
    ['BBBB', 'Y'],
    ['YYY', 'O'],
    ['OO', 'R'],
    ['BBBBYY', 'O'],
    ['YYYO', 'R'],
    ['R', 'R'],
    ['BBBBBBBBBBBBYYYYYY', 'R'],
    ['O-', 'O'],
    ['YYO', 'O'],
  ])('%s make %s (GB 39496-2020, 5.5.4, with cascade)', (points, whole) => {
    expect(colours[rollUpLevel(membersOf(points))]).toBe(whole)
  })

  it('never become better because one of them becomes worse', () => {
    for (let blue = 0; blue <= 9; blue++)
      for (let yellow = 0; yellow <= 7; yellow++)
        for (let orange = 0; orange <= 3; orange++)
          for (const from of [0, 1, 2, 3] as const) {
            const members: Members = [1, blue, yellow, orange, 0]
            if (members[from] === 0) continue
            const worse: Members = [...members]
            worse[from]--
            worse[from + 1] = (worse[from + 1] as number) + 1
            expect(rollUpLevel(worse)).toBeGreaterThanOrEqual(rollUpLevel(members))
          }
  })
})
