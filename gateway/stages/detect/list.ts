/** The detectors that a site file can name. A new one: one file, one line here, one test. */
import type { AnyKind } from '../../core/kind.ts'
import type { Detector } from '../../core/stage.ts'
import { rainTable } from './rain-table.ts'
import { silence } from './silence.ts'
import { threshold } from './threshold.ts'
import { trend } from './trend.ts'

export const detectors: AnyKind<Detector>[] = [threshold, trend, silence, rainTable]
