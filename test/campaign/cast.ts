// The cast of bad answers: what a line on which a tenth of the answers is bad makes of each good one, by seed.

import type { Chance } from '../../sim/world/chance.ts'

export const habits = ['late', 'doubled', 'stray', 'truncated', 'merged', 'split', 'corrupted'] as const
export type Habit = (typeof habits)[number]

/** Of all answers. */
export const badShare = 0.1

/** Pieces of bytes, each after so long, counted from the request. */
export type Spoken = { bytes: Uint8Array; afterMs: number }[]

export interface Cast {
  /** What is said in place of this answer to a request that came at `now`. */
  speak(answer: Uint8Array, now: number): Spoken
  answers: number
  bad: Record<Habit, number>
}

export interface CastOptions {
  /** What the master waits for, and by how much an answer may be later than that. */
  timeoutMs: number
  latestMs: number
}

/**
 * A device answers its requests one after the other: one that is late makes those behind it wait, and none overtakes another.
 * What nobody asked for comes of another unit, or stands glued to an answer: a frame of the right shape, of the unit that was just
 * asked, before its own answer and apart from it, is one that no master could tell from the answer.
 */
export function makeCast(chance: Chance, { timeoutMs, latestMs }: CastOptions): Cast {
  const bad = Object.fromEntries(habits.map((habit) => [habit, 0])) as Record<Habit, number>
  const whole = (least: number, most: number) => Math.floor(chance.between(least, most + 1))
  let before: Uint8Array = Uint8Array.of()
  let freeAt = Number.NEGATIVE_INFINITY

  const speak = (answer: Uint8Array, soonMs: number): Spoken => {
    if (chance.fraction() >= badShare) return [{ bytes: answer, afterMs: soonMs }]
    const habit = habits[whole(0, habits.length - 1)]!
    bad[habit]++
    switch (habit) {
      case 'late':
        return [{ bytes: answer, afterMs: timeoutMs + chance.between(0, latestMs) }]
      case 'doubled':
        return [{ bytes: Uint8Array.of(...answer, ...answer), afterMs: soonMs }]
      case 'stray': {
        const stray = answer.slice()
        stray[0] = answer[0]! + 100
        const alone = { bytes: stray, afterMs: chance.between(0, timeoutMs) }
        return [{ bytes: answer, afterMs: soonMs }, alone].sort((a, b) => a.afterMs - b.afterMs)
      }
      case 'truncated':
        return [{ bytes: answer.slice(0, whole(1, answer.length - 1)), afterMs: soonMs }]
      case 'merged':
        return [{ bytes: chance.fraction() < 0.5 ? Uint8Array.of(...before, ...answer) : Uint8Array.of(...answer, ...before), afterMs: soonMs }]
      case 'split': {
        const cut = whole(1, answer.length - 1)
        return [
          { bytes: answer.slice(0, cut), afterMs: soonMs },
          { bytes: answer.slice(cut), afterMs: soonMs + chance.between(0, timeoutMs * 0.2) },
        ]
      }
      case 'corrupted': {
        const bytes = answer.slice()
        for (let flips = whole(1, 3); flips > 0; flips--) bytes[whole(0, bytes.length - 1)]! ^= 1 << whole(0, 7)
        return [{ bytes, afterMs: soonMs }]
      }
    }
  }

  const cast: Cast = {
    answers: 0,
    bad,
    speak(answer, now) {
      cast.answers++
      const spoken = speak(answer, chance.between(0, timeoutMs * 0.2))
      const waitMs = Math.max(0, freeAt - now)
      before = answer
      freeAt = now + waitMs + spoken.at(-1)!.afterMs
      return spoken.map(({ bytes, afterMs }) => ({ bytes, afterMs: waitMs + afterMs }))
    },
  }
  return cast
}
