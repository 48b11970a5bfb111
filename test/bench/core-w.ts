// The judgement on the workload W, against W in C: the reference in one piece, and our very stages. Ratios of CPU time, by turns on the same rows.

import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { sharedFolder } from '../setup/shared.ts'
import type { Part } from './part.ts'
import { median, temporaryFolder } from './program.ts'
import { type Counts, makeW, warmUpRows } from './w.ts'

/** By turns: what else the machine does now and then spoils a round, not the median. */
const rounds = { quick: 3, full: 5 }
/** About half a million samples a round and program: a tenth of a second. */
const samplesARound = 512_000

interface Order {
  name: string
  channels: number
  piece: number
}
const orders: Order[] = [
  { name: 'rows64', channels: 64, piece: 64 },
  { name: 'rows8', channels: 64, piece: 8 },
  { name: 'live64', channels: 64, piece: 1 },
  { name: 'live1000', channels: 1000, piece: 1 },
]

interface Program {
  run(rows: number, piece: number): Promise<number>
  counts(): Counts
  end(): void
}

/** gcc where clang is not: its W is slower, and our ratio looks better than it is. */
const compiler = (): string | null => ['clang', 'gcc'].find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0) ?? null

function compile(cc: string, name: string, folder: string, more: string[] = []): string | null {
  const program = join(folder, name)
  // Without contraction sums round as ours do. -w: the reference's `main` has another name here.
  const flags = ['-O3', '-march=native', '-ffp-contract=off', '-w', ...more, '-o', program, join(import.meta.dirname, `${name}.c`), '-lm']
  return spawnSync(cc, flags, { stdio: ['ignore', 2, 2] }).status === 0 ? program : null
}

function start(path: string, channels: number): Program {
  const child = spawn(path, [String(channels)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let counts: Counts = { transitions: 0, bad: 0, alarms: 0 }
  return {
    async run(rows, piece) {
      child.stdin.write(`${rows} ${piece}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error(`${path} has ended`)
      const [ns = 0, transitions = 0, bad = 0, alarms = 0] = value.split(' ').map(Number)
      counts = { transitions, bad, alarms }
      return ns
    },
    counts: () => counts,
    end: () => child.kill(),
  }
}

const same = (a: Counts, b: Counts): boolean => a.transitions === b.transitions && a.bad === b.bad && a.alarms === b.alarms

export const part: Part = {
  prefix: 'core-w',
  keys: [...orders.map(({ name }) => `core.ratioToC.${name}`), ...orders.map(({ name }) => `core.ratioToStagedC.${name}`), 'core.sameCountsAsC'],
  async run({ quick, note }) {
    const figures: Record<string, number | null> = {}
    const folder = temporaryFolder()
    const cc = compiler()
    if (cc !== 'clang') note(cc === null ? 'neither clang nor gcc: no W in C to compare with' : 'clang is not there: W in C is compiled by gcc')
    const shared = sharedFolder()
    if (shared === null) note('the reference W lies in the shared folder, which is not there')
    const reference = shared && join(shared, 'reference/core-limit')
    const paths = {
      C: cc && reference ? compile(cc, 'core-fused', folder.path, [`-DREFERENCE="${join(reference, 'core-limit.c')}"`]) : null,
      StagedC: cc && compile(cc, 'core-staged', folder.path),
    }
    let agree = true
    for (const channels of new Set(orders.map((order) => order.channels))) {
      const w = makeW(channels)
      const programs = Object.entries(paths).flatMap(([name, path]) => (path ? [{ name, program: start(path, channels) }] : []))
      w.run(warmUpRows, 64)
      for (const { program } of programs) await program.run(warmUpRows, 64)
      for (const { name, piece } of orders.filter((order) => order.channels === channels)) {
        const rows = Math.round(samplesARound / channels)
        const took: Record<string, number[]> = { ours: [] }
        for (let round = 0; round < rounds[quick ? 'quick' : 'full']; round++) {
          took.ours?.push(w.run(rows, piece))
          for (const rival of programs) {
            took[rival.name] ??= []
            took[rival.name]?.push(await rival.program.run(rows, piece))
          }
        }
        const ratio = (rival: string): number | null => {
          const ratios = took[rival]?.map((ns, round) => (took.ours?.[round] as number) / ns)
          return ratios ? median(ratios) : null
        }
        for (const rival of Object.keys(paths)) figures[`core.ratioTo${rival}.${name}`] = ratio(rival)
        note(
          `${name}: ${Object.entries(took)
            .map(([who, ns]) => `${who} ${median(ns)?.toFixed(1)} ns`)
            .join(', ')} of CPU a sample`,
        )
      }
      for (const { name, program } of programs) {
        const [ours, theirs] = [w.counts(), program.counts()]
        if (!same(ours, theirs)) note(`${channels} channels: we count ${JSON.stringify(ours)}, ${name} ${JSON.stringify(theirs)}`)
        agree &&= same(ours, theirs)
        program.end()
      }
    }
    folder.remove()
    figures['core.sameCountsAsC'] = paths.C ? Number(agree) : null
    return figures
  },
}
