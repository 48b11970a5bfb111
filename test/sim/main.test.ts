/** `hazardpoint-sim` on its command line: an option that would do nothing is refused, not passed over. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-sim-'))
afterAll(() => rmSync(folder, { recursive: true }))
const site = join(folder, 'site.yaml')
writeFileSync(site, 'site: { area: a, id: b, station: c }\nbuses: {}\ndevices: {}\nchannels: {}\n')
const program = join(import.meta.dirname, '../../sim/main.ts')

it.each([
  [['--map', 'map.yaml'], 'nothing is served by the map map.yaml: name the recording too'],
  [['--recording', 'a.csv'], 'nobody says what the columns of the recording mean'],
  [['--recording', 'a.csv', '--map', 'm.yaml', '--scenario', 's.yaml'], "option '--scenario <file>' cannot be used with option '--recording <csv...>'"],
  [['--recording', 'a.csv', '--map', 'm.yaml', '--speed', '3'], "option '--speed <n>' cannot be used with option '--recording <csv...>'"],
  [['--recording', 'a.csv', '--map', 'm.yaml', '--seed', '3'], "option '--seed <n>' cannot be used with option '--recording <csv...>'"],
])('serve %j is refused in a sentence', (options, sentence) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'serve', site, ...options], { encoding: 'utf8' })
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toContain(sentence)
})
