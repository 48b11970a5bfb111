/** The derivations that a site file can name. A new one: one file, one line here, one test. */
import type { AnyDerivation } from '../../core/kind.ts'
import { accumulate } from './accumulate.ts'
import { beach } from './beach.ts'
import { change } from './change.ts'
import { compensate } from './compensate.ts'
import { concentration } from './concentration.ts'
import { decayed } from './decayed.ts'
import { difference } from './difference.ts'
import { displacement } from './displacement.ts'
import { exposure } from './exposure.ts'
import { freeboard } from './freeboard.ts'
import { intensity } from './intensity.ts'
import { overRange } from './over-range.ts'
import { phreatic } from './phreatic.ts'
import { poreRatio } from './pore-ratio.ts'
import { resultant } from './resultant.ts'
import { runningMedian } from './running-median.ts'
import { smooth } from './smooth.ts'
import { soilWater } from './soil-water.ts'
import { storm } from './storm.ts'
import { tide } from './tide.ts'
import { tilt } from './tilt.ts'
import { velocity } from './velocity.ts'
import { vibratingWire } from './vibrating-wire.ts'

export const derivations: AnyDerivation[] = [
  accumulate,
  intensity,
  decayed,
  soilWater,
  storm,
  tilt,
  resultant,
  change,
  displacement,
  compensate,
  velocity,
  smooth,
  runningMedian,
  concentration,
  exposure,
  overRange,
  difference,
  tide,
  freeboard,
  beach,
  phreatic,
  vibratingWire,
  poreRatio,
]
