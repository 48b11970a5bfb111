/** Which channels a scan wants to be read again, when one suspect reading has reached a level. */
import { describe, expect, it } from 'vitest'
import { type ChannelPlan, type DetectorPlan, plainResponse, type StationPlan } from '../../../gateway/core/plan.ts'
import { makeStation, scan } from '../../../gateway/core/scan.ts'
import type { Stage } from '../../../gateway/core/stage.ts'
import { difference } from '../../../gateway/stages/derive/difference.ts'
import { resultant } from '../../../gateway/stages/derive/resultant.ts'
import { threshold } from '../../../gateway/stages/detect/threshold.ts'
import { range } from '../../../gateway/stages/quality/range.ts'
import { spike } from '../../../gateway/stages/quality/spike.ts'
import { emptyInput } from '../../../protocol/recording.ts'
import { instant, type Moment, millis } from '../../../protocol/time.ts'
import { samplesOf } from '../stages/bench.ts'

const second = 1000

const moment = (at: number): Moment => ({ at: millis(at), wall: instant(1.7e12 + at), wallQuality: 'synchronised' })

const channel = (name: string, more: Partial<ChannelPlan> = {}): ChannelPlan => ({
  ...{ name, quantity: 'tilt', unit: 'deg', digits: 3, counting: null, period: millis(second), rows: 128, derivation: null, quality: [] },
  ...more,
})

const tested = (own: number, limit: number): ChannelPlan['quality'] => [
  { kind: 'spike', inputs: [own], build: (wiring) => spike.build({ suspect: limit, method: 'differential' }, wiring) },
]

const level = (name: string, on: number, red = 10, direction: 'above' | 'below' = 'above'): DetectorPlan => ({
  ...{ name, kind: 'threshold', inputs: [on] },
  build: (wiring) =>
    threshold.build(
      { direction, at: { yellow: red, orange: red, red: direction === 'above' ? 2 * red : red / 2 }, onDelay: millis(0), offDelay: millis(0) },
      wiring,
    ),
})

const derived = (name: string, inputs: number[], build: (wiring: Parameters<typeof difference.build>[1]) => Stage, more: Partial<ChannelPlan> = {}) =>
  channel(name, { derivation: { kind: name, inputs, build }, ...more })

/** Gives rows, each with one value a measured channel, and tells what each scan wants to be read again. */
function wants(channels: ChannelPlan[], detectors: DetectorPlan[], rows: (number | null)[][]): { again: number[][]; levels: unknown[] } {
  const plan: StationPlan = { mode: 'test', channels, detectors, alarms: [], outputs: [], actions: [], response: plainResponse, reports: [] }
  const state = makeStation(plan, moment(0), 'test')
  const levels: unknown[] = []
  const again = rows.map((row, k) => {
    const now = moment((k + 1) * second)
    const out = scan(state, { ...emptyInput(now), samples: row.map((value, number) => samplesOf(number, [[now.at, value]])) })
    levels.push(state.machine.detectors[0]?.detector.level)
    return out.again
  })
  return { again, levels }
}

describe('a scan', () => {
  const leaping = channel('x', { quality: tested(0, 2) })
  it.each([
    ['nothing again where nothing stands out', [1, 2, 3], [[], [], []], [0, 0, 0]],
    ['nothing again of what reaches no more than yellow', [1, 8, 1], [[], [], []], [0, 0, 0]],
    ['the channel again once one reading has reached more', [1, 25, 25], [[], [0], []], [0, 2, 4]],
    ['it once only, though no second reading comes', [1, 25, null, null], [[], [0], [], []], [0, 2, 2, 2]],
    ['it anew with each excess', [1, 25, 1, 25, 1], [[], [0], [], [0], []], [0, 2, 0, 2, 0]],
    ['it anew where the second reading reaches a higher level', [1, 12, 25, 25], [[], [0], [0], []], [0, 2, 3, 4]],
  ])('wants %s', (_, values, again, levels) => {
    expect(
      wants(
        [leaping],
        [level('d', 0)],
        values.map((value) => [value]),
      ),
    ).toEqual({ again, levels })
  })

  it('wants each channel once, whoever waits for it', () => {
    expect(wants([leaping], [level('d', 0), level('e', 0, 8)], [[1], [25], [1]]).again).toEqual([[], [0], []])
  })

  it('wants of a derived channel what is suspect of its inputs, however far down', () => {
    const channels = [
      channel('x', { quality: tested(0, 2) }),
      channel('y', { quality: tested(1, 2) }),
      derived('sum', [0, 1], (wiring) => resultant.build({ give: 'angle', mount: 0 }, wiring)),
      derived('far', [2, 1], (wiring) => difference.build({}, wiring)),
    ]
    expect(
      wants(
        channels,
        [level('d', 3)],
        [
          [1, 1],
          [30, 1],
          [30, 1],
        ],
      ),
    ).toEqual({ again: [[], [0], []], levels: [0, 2, 4] })
  })

  it('wants all inputs of a derived channel that stands out where none of them does', () => {
    const channels = [
      channel('x'),
      channel('y'),
      derived('sum', [0, 1], (wiring) => resultant.build({ give: 'angle', mount: 0 }, wiring), { quality: tested(2, 2) }),
    ]
    expect(
      wants(
        channels,
        [level('d', 2)],
        [
          [1, 1],
          [30, 1],
          [30, 1],
        ],
      ),
    ).toEqual({ again: [[], [0, 1], []], levels: [0, 2, 4] })
  })

  it('raises a derived channel by its second row, though its inputs stay suspect for good', () => {
    const suspect: ChannelPlan['quality'] = [{ kind: 'range', inputs: [0], build: (wiring) => range.build({ sensor: [-100, 100], place: [-1, 0.5] }, wiring) }]
    const channels = [
      channel('x', { quality: suspect }),
      channel('y'),
      derived('sum', [0, 1], (wiring) => resultant.build({ give: 'angle', mount: 0 }, wiring)),
    ]
    expect(
      wants(
        channels,
        [level('d', 2)],
        [
          [1, 1],
          [30, 1],
          [30, 1],
        ],
      ),
    ).toEqual({ again: [[], [0], []], levels: ['unknown', 2, 4] })
  })
})
