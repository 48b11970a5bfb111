// From the start of the shipped program to its first request on the wire: how long a restarted station is blind.

import type { Part } from './part.ts'
import { build, median, profile, servePoint, start, temporaryFolder } from './program.ts'

const runs = 11

export const part: Part = {
  prefix: 'start',
  keys: ['start.firstPollMs'],
  async run({ note }) {
    build()
    const folder = temporaryFolder()
    folder.write('gauge.yaml', profile)
    const times: number[] = []
    for (let i = 0; i < runs; i++) {
      const point = await servePoint()
      const site = folder.write('site.yaml', siteText(point.port))
      const started = performance.now()
      const program = start('run', site)
      await point.asked
      times.push(performance.now() - started)
      await program.end()
      point.close()
    }
    folder.remove()
    note(`${runs} starts: ${times.map((time) => time.toFixed(0)).join(' ')} ms`)
    return { 'start.firstPollMs': median(times) }
  },
}

const siteText = (port: number) => `site: { area: bench, id: start, station: a, mode: test }
buses: { line: { tcp: "127.0.0.1:${port}" } }
devices: { gauge: { profile: ./gauge.yaml, bus: line, unit: 1, every: 1s } }
channels: { level: { read: gauge.value } }
`
