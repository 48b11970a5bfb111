// Runs parts one after another, each in a process of its own that is ended when its time is over, and prints one flat object.

import { fork, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bookmark, Part } from './part.ts'

export interface Plan {
  name: string
  /** The file that calls `runParts`: it is started again for each part. */
  main: string
  parts: Part[]
  /** A part that takes longer is ended. */
  limitS: number
  /** The same with --quick. */
  quickLimitS: number
}

type Figures = Record<string, number | null>

const say = (text: string) => process.stderr.write(`${text}\n`)

/** A short run starts anew, and so does one of another commit: figures of two programs are not added up. */
function bookmarkOf(part: Part, quick: boolean): Bookmark & { remove(): void } {
  const folder = join(import.meta.dirname, '../../node_modules/.cache')
  const file = join(folder, `hazardpoint-${part.prefix}.json`)
  const commit = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).stdout?.trim() ?? ''
  return {
    last() {
      if (quick || commit === '' || !existsSync(file)) return null
      const kept = JSON.parse(readFileSync(file, 'utf8')) as { commit: string; state: unknown }
      return kept.commit === commit ? kept.state : null
    },
    keep(state) {
      if (quick || commit === '') return
      mkdirSync(folder, { recursive: true })
      writeFileSync(file, JSON.stringify({ commit, state }))
    },
    remove() {
      if (!quick) rmSync(file, { force: true })
    },
  }
}

/** The child's side: one part, its figures sent to the parent. */
async function runHere(part: Part, quick: boolean): Promise<void> {
  const bookmark = bookmarkOf(part, quick)
  const figures = await part.run({ quick, bookmark, note: (text) => say(`  ${text}`) })
  bookmark.remove()
  await new Promise<void>((sent) => process.send?.(figures, () => sent()))
  process.exit(0)
}

/** The parent's side. A part that fails answers null for all its keys, with the reason on stderr. */
function runApart(plan: Plan, part: Part, quick: boolean): Promise<{ figures: Figures; failed: boolean; stopped: boolean }> {
  const limitS = quick ? plan.quickLimitS : plan.limitS
  // The part's own prints would spoil the one object on stdout, so they go to stderr too.
  const child = fork(plan.main, ['--part', part.prefix, ...(quick ? ['--quick'] : [])], {
    stdio: ['ignore', 2, 2, 'ipc'],
    detached: true,
    execArgv: ['--expose-gc'],
  })
  // A part may have started programs of its own; they are in its process group and end with it.
  const end = (signal: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, signal)
    } catch (fault) {
      if ((fault as NodeJS.ErrnoException).code !== 'ESRCH') throw fault // all of the group has gone by itself
    }
  }
  let figures: Figures | undefined
  let late = false
  child.on('message', (message) => {
    figures = message as Figures
  })
  const timer = setTimeout(() => {
    late = true
    end('SIGKILL')
  }, limitS * 1000)
  let stopped = false
  const stop = () => {
    stopped = true
    end('SIGTERM')
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  return new Promise((done) => {
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      end('SIGKILL')
      process.off('SIGINT', stop).off('SIGTERM', stop)
      const empty = Object.fromEntries(part.keys.map((key) => [key, null]))
      const unknown = Object.keys(figures ?? {}).filter((key) => !part.keys.includes(key))
      if (figures === undefined) say(`  ${part.prefix}: ${late ? `ended after ${limitS} s` : `no figures (${signal ?? `exit ${code}`})`}`)
      if (unknown.length > 0) say(`  ${part.prefix}: gives ${unknown.join(', ')}, which it does not promise`)
      done({ figures: { ...empty, ...figures }, failed: figures === undefined || unknown.length > 0, stopped })
    })
  })
}

const usage = ({ name, parts }: Plan): string => `Usage: npm run -s ${name} -- [--json] [--quick] [--only PREFIX]

  --json         one flat JSON object on stdout; without it, a line for each figure
  --quick        only as much as fits into a short run
  --only PREFIX  only the figures whose names begin so, and the parts that give them
  --help         this text

The parts: ${parts.map(({ prefix }) => prefix).join(', ')}
`

/** The command line of both programs; `part` is between the parent and its child. Null, with one sentence, for one that cannot be obeyed. */
function readArguments() {
  try {
    return parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        only: { type: 'string', default: '' },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        part: { type: 'string' },
      },
    }).values
  } catch (fault) {
    if (!(fault instanceof TypeError && 'code' in fault && String(fault.code).startsWith('ERR_PARSE_ARGS_'))) throw fault
    say(`${/^.*?(?=\.\s|\.?$)/m.exec(fault.message)?.[0]}.`) // what follows is advice on values that begin with a dash
    return null
  }
}

export async function runParts(plan: Plan): Promise<void> {
  const values = readArguments()
  if (values?.help) {
    process.stdout.write(usage(plan))
    return
  }
  const wanted = values ? plan.parts.filter(({ keys }) => keys.some((key) => key.startsWith(values.only))) : []
  if (values && wanted.length === 0) say(`No part of the ${plan.name} has a figure whose name begins with "${values.only}".`)
  if (!values || wanted.length === 0) {
    say(`\n${usage(plan)}`)
    process.exitCode = 2
    return
  }
  const { json, only, quick, part: own } = values
  if (own !== undefined) return runHere(plan.parts.find(({ prefix }) => prefix === own)!, quick)

  const all: Figures = {}
  for (const [i, part] of wanted.entries()) {
    say(`${plan.name} ${i + 1}/${wanted.length}: ${part.prefix}`)
    const { figures, failed, stopped } = await runApart(plan, part, quick)
    if (stopped) process.exit(130) // by Ctrl-C; half of the figures would be taken for all
    for (const [key, value] of Object.entries(figures)) if (key.startsWith(only)) all[key] = value
    if (failed) process.exitCode = 1
  }
  const lines = Object.entries(all).map(([key, value]) => `${key.padEnd(32)} ${value === null ? '-' : Number(value.toPrecision(6))}`)
  process.stdout.write(json ? `${JSON.stringify(all)}\n` : `${lines.join('\n')}\n`)
}
