/** The quality tests that a site file can name. A new one: one file, one line here, one test. */
import type { AnyKind } from '../../core/kind.ts'
import type { Stage } from '../../core/stage.ts'
import { agreement } from './agreement.ts'
import { attenuated } from './attenuated.ts'
import { climatology } from './climatology.ts'
import { counter } from './counter.ts'
import { flat } from './flat.ts'
import { gap } from './gap.ts'
import { jump } from './jump.ts'
import { multivariate } from './multivariate.ts'
import { neighbours } from './neighbours.ts'
import { range } from './range.ts'
import { rate } from './rate.ts'
import { spike } from './spike.ts'
import { warmUp } from './warm-up.ts'

export const qualityTests: AnyKind<Stage>[] = [
  range,
  counter,
  gap,
  warmUp,
  spike,
  rate,
  jump,
  flat,
  attenuated,
  climatology,
  multivariate,
  agreement,
  neighbours,
]
