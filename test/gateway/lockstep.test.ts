import { describe, expect, it } from 'vitest'
import { Lockstep } from '../../gateway/lockstep.ts'
import type { Input } from '../../protocol/recording.ts'
import { millis, NEVER } from '../../protocol/time.ts'
import { samplesOf } from './stages/bench.ts'

/** A lockstep whose scans ask to be woken at the given times. */
function stepped(deadlines: number[]) {
  const scans: [at: number, rows: number][] = []
  const lockstep = new Lockstep((input: Input) => {
    scans.push([input.now.at, input.samples.length])
    expect(input.now.wall).toBe(input.now.at)
    return millis(deadlines.find((due) => due > input.now.at) ?? NEVER)
  })
  const row = (time: number): void => {
    if (lockstep.closes(millis(time))) lockstep.close()
    lockstep.gather(samplesOf(0, [[time, 1]]), millis(time))
  }
  return { scans, row, lockstep }
}

describe('lock-step', () => {
  it('makes one scan of all rows of one time, when a later one has come', () => {
    const { scans, row, lockstep } = stepped([])
    for (const time of [10, 10, 20, 20, 20, 30]) row(time)
    expect(scans).toEqual([
      [10, 2],
      [20, 3],
    ])
    lockstep.close()
    lockstep.close()
    expect(scans.at(-1)).toEqual([30, 1])
  })

  it('runs the deadlines before a scan in order, each at its own time, and lets one at the same time fall into it', () => {
    const { scans, row, lockstep } = stepped([12, 17, 20, 25])
    for (const time of [10, 20]) row(time)
    lockstep.close()
    expect(scans).toEqual([
      [10, 1],
      [12, 0],
      [17, 0],
      [20, 1],
    ])
  })

  it('never steps back for a row that comes late', () => {
    const { scans, row, lockstep } = stepped([])
    for (const time of [10, 20]) row(time)
    lockstep.close()
    row(15)
    lockstep.close()
    expect(scans).toEqual([
      [10, 1],
      [20, 1],
      [20, 1],
    ])
  })

  it('refuses to mix rows of two times', () => {
    const { lockstep } = stepped([])
    lockstep.gather(samplesOf(0, [[10, 1]]), millis(10))
    expect(() => lockstep.gather(samplesOf(0, [[20, 1]]), millis(20))).toThrow('before the scan was closed')
  })
})
