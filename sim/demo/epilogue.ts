/** What the demo says at its end: what came of the story, and where to go from here. */
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asset } from '../../protocol/files/asset.ts'
import type { Tally } from './tally.ts'

/** In a clone the programs are started by npm; where the package is installed, they are commands. */
const inClone = import.meta.url.endsWith('.ts')
const run = (program: string): string => (inClone ? `npm run ${program} --` : program)

/** `whole`: the story was played to its end. */
export function epilogue(tally: Tally, whole: boolean): string[] {
  const site = relative('', fileURLToPath(asset('sim/demo/site.yaml')))
  return [
    '',
    whole ? 'The story is over. What it expected, and what came:' : 'Ended before the story was over. Until then:',
    ...tally.lines(),
    '',
    'Every message carried mode "test". The set points are invented: they are',
    "nobody's standard.",
    '',
    'Where to go next:',
    `  your own site       ${run('hazardpoint')} templates`,
    '                      gives ready ones to be filled in; this one is',
    `                      ${site}`,
    `                      ${run('hazardpoint')} check my-site.yaml`,
    `                      ${run('hazardpoint')} run my-site.yaml`,
    `  your own recording  ${run('hazardpoint-sim')} replay my-site.yaml rain.csv \\`,
    '                        --map my-map.yaml',
    '  your own broker     publish: [{ to: ours, broker: "mqtts://..." }] in the site',
    "                      file; watch it: mosquitto_sub -h HOST -t 'hp/v1/#' -v",
    `  a point to poll     ${run('hazardpoint-sim')} serve my-site.yaml`,
  ]
}
