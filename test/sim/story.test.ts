import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readSite } from '../../gateway/commands/check.ts'
import { asset } from '../../protocol/files/asset.ts'
import type { Clock } from '../../protocol/ports.ts'
import { instant, type Moment, millis } from '../../protocol/time.ts'
import { makeTally } from '../../sim/demo/tally.ts'
import { replayRows } from '../../sim/recorded/run.ts'
import { stormScenario } from '../../sim/scenario.ts'
import type { RecordedRow } from '../../sim/serve/feed.ts'
import { fieldFeed } from '../../sim/serve/field-feed.ts'
import { makeField } from '../../sim/world/field.ts'

const read = readSite(fileURLToPath(asset('sim/demo/site.yaml')))
if ('fault' in read) throw new Error(read.fault)
const { site } = read
const scenario = stormScenario()
const EVERY_MS = 15_000
const START = Date.UTC(2025, 6, 1, 6)

/** What the devices would have shown at each poll, as a recording. */
function storyRows(seed: number): Map<string, Iterator<RecordedRow>> {
  let at = 0
  const now = (): Moment => ({ at: millis(at), wall: instant(START + at), wallQuality: 'synchronised' })
  const clock: Clock = { now, until: async () => {} }
  const feed = fieldFeed({ field: makeField(seed, scenario), scenario, seed, clock, devices: site.devices })
  const rows = new Map<string, RecordedRow[]>()
  for (; at <= scenario.duration; at += EVERY_MS) {
    for (const { name, channels } of site.devices) {
      const { values, mute } = feed.show(name)
      if (channels.length === 0 || mute) continue
      rows.set(name, [...(rows.get(name) ?? []), { time: instant(START + at), values }])
    }
  }
  return new Map([...rows].map(([name, held]) => [name, held.values()]))
}

describe('the story of the demo', () => {
  it.each([7, 1, 2, 3, 99, 4_000_000_000])('raises all that it expects, in its time, and sounds the siren, with seed %i', (seed) => {
    const tally = makeTally(scenario, { at: millis(START), wall: instant(START), wallQuality: 'synchronised' })
    const sirens: string[] = []
    const steps = replayRows(site, storyRows(seed), 'test', (input, { changes }) => {
      tally.changes(input.now, changes)
      for (const { what, name, to } of changes) if (what === 'action') sirens.push(`${name} ${to}`)
    })
    while (!steps.next().done);
    expect(tally.lines().filter((line) => line.includes('late') || line.includes('not reached'))).toEqual([])
    expect(tally.lines().filter((line) => line.includes('reached at'))).toHaveLength(scenario.expect.length)
    expect(sirens).toContain('siren on')
  })
})
