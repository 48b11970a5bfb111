import { describe, expect, it } from 'vitest'
import { Quality, qualityName, type Reason, reasonCode, reasonName, reasons, rollUp } from '../../protocol/quality.ts'

describe('quality', () => {
  it('rolls the verdicts of several tests up as QARTOD does: missing, not evaluated, good, suspect, fail', () => {
    // ioos_qc's own vector: three tests over eight samples, and what stands of each.
    const range = [1, 1, 1, 9, 1, 1, 9, 9] as Quality[]
    const spike = [2, 1, 1, 1, 1, 1, 9, 9] as Quality[]
    const gradient = [1, 3, 3, 4, 3, 1, 2, 9] as Quality[]
    const rolled = range.map((flag, k) => [spike[k], gradient[k]].reduce<Quality>((held, other) => rollUp(held, other as Quality), flag))
    expect(rolled).toEqual([1, 3, 3, 4, 3, 1, 2, 9])
  })

  it('keeps a reason in one byte and gives its name back', () => {
    expect(reasons.length).toBeLessThan(256)
    for (const name of reasons) expect(reasonName(reasonCode(name))).toBe(name)
    expect(() => reasonCode('no such reason' as Reason)).toThrow('no such reason')
  })

  it('has a name for each flag and for no other number', () => {
    expect(Object.values(Quality).map(qualityName)).toEqual(['good', 'unknown', 'suspect', 'fail', 'missing'])
    expect(() => qualityName(5)).toThrow('no such quality')
  })
})
