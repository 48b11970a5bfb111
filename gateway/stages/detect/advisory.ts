/** Methods that forecast are advice to people: above yellow only where the site file says that it wants more. */
import { about, flag, optional } from '../../../protocol/files/schema.ts'
import type { OptionDoubt } from '../../core/kind.ts'
import type { SetPoints } from './grade.ts'

export const advisoryOption = () =>
  about(optional(flag(), true), 'Advice only, at most yellow (the default): a forecast is a reason to look, not to run. `no` allows orange and red.')

export function advisoryDoubts(advisory: boolean, at: { [Colour in keyof SetPoints]: unknown }): OptionDoubt[] {
  if (!advisory) return []
  return (['orange', 'red'] as const)
    .filter((colour) => at[colour] !== undefined)
    .map((colour) => ({
      at: ['at', colour],
      what: `an advisory detector is at most yellow, not ${colour}`,
      remedy: 'set it at yellow or blue, or write `advisory: no`',
    }))
}
