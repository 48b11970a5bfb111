/** What the demo says at its end: what came of the story, and where to go from here. */
import type { Tally } from './tally.ts'

export function epilogue(tally: Tally, stopped: boolean): string[] {
  return [
    '',
    stopped ? 'Stopped. Until then:' : 'The story is over. What it expected, and what came:',
    ...tally.lines(),
    '',
    'Every message above carried mode "test", and every set point is invented: they are nobody\'s standard.',
    '',
    'Where to go next:',
    '  your own site       npm run hazardpoint -- check my-site.yaml     then: run my-site.yaml',
    '                      start from sim/demo/site.yaml; gateway/site/README.md explains each key',
    '  your own recording  npm run hazardpoint-sim -- replay my-site.yaml rain.csv --map my-map.yaml',
    '  your own broker     set `publish: [{ broker: "mqtts://..." }]` in the site file, then watch it:',
    "                      mosquitto_sub -h HOST -t 'hp/v1/#' -v",
    '  a point to poll     npm run hazardpoint-sim -- serve sim/demo/site.yaml',
  ]
}
