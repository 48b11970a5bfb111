// W as a Node-RED flow of function nodes, one flow a channel: node node-red.mjs CHANNELS WARM-UP-ROWS MEASURED-ROWS

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import RED from 'node-red'
import * as w from './w.mjs'

const [channels, warmUp, measured] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-node-red-'))

const ends = new Map()
let bad = 0
let left = 0
let done = () => {}
function end(channel, state) {
  if (state) ends.set(channel, state)
  else bad++
  if (--left === 0) done()
}

const bodies = {
  quality: `const held = global.get('w').judgeQuality(context.get('held') ?? {}, msg.payload)
context.set('held', held)
if (held.row.bad) { global.get('end')(msg.payload.channel, null); return null }
return { payload: held.row }`,
  day: `const day = global.get('w').lastDay(context.get('day') ?? [], msg.payload)
context.set('day', day)
return { payload: msg.payload, day }`,
  figures: `msg.figures = global.get('w').figuresOf(msg.day)
return msg`,
  drift: `msg.drift = global.get('w').drift(context.get('held') ?? {}, msg.payload.value)
context.set('held', msg.drift)
return msg`,
  levels: `const held = global.get('w').levels(context.get('held') ?? {}, msg.payload, msg.figures)
context.set('held', held)
global.get('end')(msg.payload.channel, { drift: msg.drift, levels: held })
return null`,
}

const names = Object.keys(bodies)
const flow = Array.from({ length: channels }, (_, channel) => [
  { id: `tab${channel}`, type: 'tab', label: `channel ${channel}` },
  ...names.map((name, k) => ({
    ...{ id: `${name}${channel}`, z: `tab${channel}`, type: 'function', name, func: bodies[name], outputs: 1, x: 100 * k, y: 100 },
    wires: [k + 1 < names.length ? [`${names[k + 1]}${channel}`] : []],
  })),
]).flat()

writeFileSync(join(folder, 'flows.json'), JSON.stringify(flow))
RED.init({
  ...{ userDir: folder, flowFile: 'flows.json', httpAdminRoot: false, httpNodeRoot: false, disableEditor: true },
  ...{ logging: { console: { level: 'off' } }, telemetry: { enabled: false, updateNotification: false } },
  functionGlobalContext: { w, end },
})
const started = new Promise((ready) => RED.events.once('flows:started', ready))
await RED.start()
await started

/** Each row once the one before has gone through: a message waits for nobody else's. */
async function judge(from, to) {
  for (const row of w.rows(channels, from, to)) {
    await new Promise((through) => {
      left = 1
      done = through
      RED.nodes.getNode(`quality${row.channel}`).receive({ payload: row })
    })
  }
}

await judge(0, warmUp)
const before = process.cpuUsage()
await judge(warmUp, warmUp + measured)
const ns = w.nsSince(before, channels * measured)

const total = (of) => [...ends.values()].reduce((sum, one) => sum + of(one), 0)
console.log(JSON.stringify({ ns, transitions: total((one) => one.levels.transitions), bad, alarms: total((one) => one.drift.alarms) }))
await RED.stop()
rmSync(folder, { recursive: true, force: true })
process.exit(0)
