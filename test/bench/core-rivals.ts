// The same workload W as others judge it: a pipe of RxJS operators, a Node-RED flow, pandas. CPU time of a sample, over ours with one row a scan.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Part } from './part.ts'
import { median } from './program.ts'
import { type Counts, makeW, warmUpRows } from './w.ts'

const folder = join(import.meta.dirname, 'rivals')

const rounds = { quick: 1, full: 3 }
const ourChannels = 64
const ourRows = 8000

interface Rival {
  key: string
  command: [string, ...string[]]
  channels: number
  rows: number
  /** It judges levels and drift too, and so must count what we count. */
  whole: boolean
}

/** Three channels have all kinds of levels; those who find each figure anew from a day's rows take long enough for these. */
const rivals: Rival[] = [
  { key: 'core.ratioToRxjs', command: [process.execPath, 'rxjs.mjs'], channels: 3, rows: 1000, whole: true },
  { key: 'core.ratioToNodeRed', command: [process.execPath, 'node-red.mjs'], channels: 3, rows: 600, whole: true },
  // The module is Debian's, and so is known to Debian's interpreter alone.
  { key: 'core.ratioToPandas', command: ['/usr/bin/python3', 'pandas_w.py'], channels: 64, rows: 16_000, whole: false },
]

type Told = Counts & { ns: number }

/** npm packages that the product does not install; they lie beside their programs. */
function installed(note: (text: string) => void): boolean {
  if (existsSync(join(folder, 'node_modules/node-red'))) return true
  note('installing RxJS and Node-RED (about a quarter of a minute, 130 MB)')
  return spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: ['ignore', 2, 2] }).status === 0
}

function run({ command: [program, ...words], channels, rows }: Rival): Told | null {
  const numbers = [channels, warmUpRows, rows].map(String)
  const { status, stdout } = spawnSync(program, [...words, ...numbers], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 2] })
  return status === 0 ? (JSON.parse(stdout) as Told) : null
}

/** Throws where a rival did other work than we do: its ratio would mean nothing. */
function agree({ key, channels, rows, whole }: Rival, told: Told): void {
  const w = makeW(channels)
  w.run(warmUpRows + rows, 64)
  const ours = w.counts()
  const { transitions, alarms, bad } = whole ? told : { ...ours, bad: told.bad }
  if (transitions !== ours.transitions || alarms !== ours.alarms || bad !== ours.bad)
    throw new Error(`${key}: we count ${JSON.stringify(ours)}, it counts ${JSON.stringify(told)}`)
}

export const part: Part = {
  prefix: 'core-rivals',
  keys: rivals.map(({ key }) => key),
  async run({ quick, note }) {
    const here = installed(note)
    if (!here) note('npm did not install RxJS and Node-RED; its reason stands above')
    const w = makeW(ourChannels)
    w.run(warmUpRows, 64)
    const ratios = new Map<string, number[]>()
    for (let round = 0; round < rounds[quick ? 'quick' : 'full']; round++) {
      for (const rival of rivals) {
        const ours = w.run(ourRows, 1)
        const told = here || rival.key === 'core.ratioToPandas' ? run(rival) : null
        if (!told) continue
        if (round === 0) agree(rival, told)
        note(`${rival.key}: ${told.ns.toFixed(0)} ns of CPU a sample, ours ${ours.toFixed(0)}`)
        ratios.set(rival.key, [...(ratios.get(rival.key) ?? []), told.ns / ours])
      }
    }
    return Object.fromEntries(rivals.map(({ key }) => [key, ratios.has(key) ? median(ratios.get(key) as number[]) : null]))
  },
}
