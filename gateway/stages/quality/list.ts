/** The quality tests that a site file can name. A new one: one file, one line here, one test. */
import type { AnyKind } from '../../core/kind.ts'
import type { Stage } from '../../core/stage.ts'
import { flat } from './flat.ts'
import { gap } from './gap.ts'
import { range } from './range.ts'
import { rate } from './rate.ts'
import { spike } from './spike.ts'

export const qualityTests: AnyKind<Stage>[] = [range, rate, spike, flat, gap]
