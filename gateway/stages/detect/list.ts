/** The detectors that a site file can name. A new one: one file, one line here, one test. */
import type { AnyKind } from '../../core/kind.ts'
import type { Detector } from '../../core/stage.ts'
import { antecedent } from './antecedent.ts'
import { arrival } from './arrival.ts'
import { bump } from './bump.ts'
import { creep } from './creep.ts'
import { cusum } from './cusum.ts'
import { flashFlood } from './flash-flood.ts'
import { life } from './life.ts'
import { mannKendall } from './mann-kendall.ts'
import { marks } from './marks.ts'
import { preset } from './preset.ts'
import { rainCurve } from './rain-curve.ts'
import { rainTable } from './rain-table.ts'
import { rise } from './rise.ts'
import { silence } from './silence.ts'
import { tangent } from './tangent.ts'
import { threshold } from './threshold.ts'
import { trend } from './trend.ts'

export const detectors: AnyKind<Detector>[] = [
  threshold,
  trend,
  creep,
  tangent,
  mannKendall,
  cusum,
  silence,
  rainTable,
  flashFlood,
  rainCurve,
  antecedent,
  rise,
  arrival,
  marks,
  preset,
  life,
  bump,
]
