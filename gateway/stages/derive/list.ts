/** The derivations that a site file can name. A new one: one file, one line here, one test. */
import type { AnyDerivation } from '../../core/kind.ts'
import { accumulate } from './accumulate.ts'
import { change } from './change.ts'
import { decayed } from './decayed.ts'
import { displacement } from './displacement.ts'
import { intensity } from './intensity.ts'
import { resultant } from './resultant.ts'
import { soilWater } from './soil-water.ts'
import { tilt } from './tilt.ts'
import { velocity } from './velocity.ts'

export const derivations: AnyDerivation[] = [accumulate, intensity, decayed, soilWater, tilt, resultant, change, displacement, velocity]
