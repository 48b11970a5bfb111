/** Preset: the level of a value by a named set of set points. */
import { about, duration, number, oneOf, optional, shape, turn } from '../../../protocol/files/schema.ts'
import { conversion } from '../../../protocol/units.ts'
import type { Kind } from '../../core/kind.ts'
import type { Detector } from '../../core/stage.ts'
import { countDoubts, type SetPoints } from './grade.ts'
import { type Preset, type PresetName, presetNames, presets } from './presets.ts'
import { type ThresholdOptions, threshold } from './threshold.ts'

interface Options {
  set: PresetName
  /** As the set has them, in its own unit. */
  at: SetPoints
  deadband?: number | undefined
  onDelay: Millis
  offDelay: Millis
}
type Millis = ThresholdOptions['onDelay']

const listed = presetNames.map((name) => `${name} (${presets[name].source})`).join('; ')

/** The set points of `presets`, turned into the unit of the channel; what they mean is said there. The competent department's own go before them. */
export const preset: Kind<Options, Detector> = {
  name: 'preset',
  about: `A threshold by a named set: ${listed}.`,
  options: turn(
    shape({
      set: about(oneOf(presetNames), 'The set, by name.'),
      deadband: optional(about(number({ least: 0 }), 'It clears this far from each set point, in the unit of the channel.')),
      onDelay: optional(duration(), '0s'),
      offDelay: optional(duration(), '0s'),
    }),
    (written) => ({ ...written, at: presets[written.set].at }),
  ),
  doubts({ set }, [input]) {
    const { unit } = presets[set]
    const fits = !input || conversion(unit, input.unit)
    return [
      ...countDoubts(input),
      ...(fits ? [] : [{ at: ['set'], what: `${set} is in ${unit}, and the channel in ${input.unit}`, remedy: `take a channel that can be told in ${unit}` }]),
    ]
  },
  build({ set, deadband, onDelay, offDelay }, wiring) {
    const { unit, direction, at }: Preset = presets[set]
    const turned = conversion(unit, wiring.units[0] as string)
    if (!turned) throw new Error(`${set} is built on a channel that fits`)
    const points: SetPoints = {}
    for (const colour of ['blue', 'yellow', 'orange', 'red'] as const) {
      const setPoint = at[colour]
      if (setPoint !== undefined) points[colour] = setPoint * turned.scale + turned.offset
    }
    return threshold.build({ direction, at: points, deadband, onDelay, offDelay }, wiring)
  },
}
