/** A derived channel that is counted from a place at rest: what such stages share beside how far that is. */
import type { Millis } from '../../../protocol/time.ts'
import type { Wiring } from '../../core/kind.ts'
import type { Stage } from '../../core/stage.ts'
import { alignedStage } from './aligned.ts'
import { Baseline, type Place } from './baseline.ts'
import { dryness } from './dry.ts'
import { temperatureOf } from './heat.ts'

export interface BaselineOptions {
  quiet: { value: number; per: Millis }
  rain?: string | undefined
  temperature?: string | undefined
  since: 'baseline' | 'install'
}

/** How places are told apart, and what is told of one: NaN where nothing is, for the reason of the code that `absent` gives. */
interface Counting extends Pick<Place, 'size' | 'apart'> {
  from(baseline: Baseline, rest: Float64Array, values: Float64Array, time: number): number
  absent(): number
}

const DAY = 86_400_000

export function fromBaseline({ quiet, rain, temperature, since }: BaselineOptions, wiring: Wiring, { size, apart, from, absent }: Counting): Stage {
  const { periods, calendar, beside } = wiring
  const baseline = new Baseline({
    ...{ size, apart, period: Math.max(...periods), calendar, quietPerDay: (quiet.value / quiet.per) * DAY },
    dry: dryness(rain === undefined ? [] : beside),
    temperature: temperatureOf(temperature === undefined ? undefined : beside?.at(-1)),
  })
  const rest = since === 'install' ? baseline.install : baseline.rest
  const stage = alignedStage(wiring, (values, time) => from(baseline, rest, values, time), { absent, failed: () => baseline.drop() })
  return {
    run: stage.run,
    act: (act) => baseline.act(act),
    told: () => baseline.told(),
    kept: () => baseline.kept(),
    recall: (kept) => baseline.recall(kept),
  }
}
