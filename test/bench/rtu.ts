// Our RTU line against a slave that paces each byte at the baud rate, and against the library's own serial port: share of the wire's limit, t3.5, CPU a poll.

import { fork, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guardMs } from '../../devicejs/line/line.ts'
import { sharedFolder } from '../setup/shared.ts'
import type { Part } from './part.ts'
import { median } from './program.ts'
import type { Taken } from './rtu-master.ts'

/** What a poll asks for: a small instrument's whole block. */
const words = 10
const bauds = [9600, 19_200, 115_200]
/** Where the library is measured as well. */
const rivalBauds = [9600, 115_200]
/** 8N1. */
const bitsPerCharacter = 10
/** The slave answers at once: nothing of its own hides what the master is late by. */
const turnaroundUs = 0
/** Ours and the library's by turns. A machine that does something else now and then spoils a round, not the median. */
const rounds = { quick: 2, full: 5 }
const roundsAlone = { quick: 2, full: 3 }
/** Some hundred polls a round at each rate, or what the process does for itself now and then is counted as theirs. */
const roundMs: Record<number, { quick: number; full: number }> = {
  9600: { quick: 1500, full: 3600 },
  19200: { quick: 1500, full: 2200 },
  115200: { quick: 1000, full: 1200 },
}

interface Round extends Taken {
  share: number
  violations: number
}

/** The slave must not be held up by what else runs here, or it counts violations that were none. */
const firstInLine = (): boolean => spawnSync('chrt', ['-f', '50', 'true'], { stdio: 'ignore' }).status === 0

function compile(folder: string): string | null {
  const shared = sharedFolder()
  if (shared === null) return null
  const program = join(folder, 'paced-slave')
  return spawnSync('gcc', ['-O2', '-o', program, join(shared, 'reference/paced-slave.c')], { stdio: 'ignore' }).status === 0 ? program : null
}

/** The slave on a pty of its own; `stop` gives what it has told. */
async function startSlave(command: string[], link: string, baud: number): Promise<{ stop(): Promise<string> }> {
  const [name = '', ...rest] = [...command, link, String(baud), String(bitsPerCharacter), String(turnaroundUs)]
  const slave = spawn(name, rest, { stdio: ['ignore', 'ignore', 'pipe'] })
  let told = ''
  await new Promise<void>((ready, failed) => {
    slave.stderr.on('data', (text: Buffer) => {
      told += text.toString()
      if (told.includes('ready')) ready()
    })
    slave.once('error', failed)
    slave.once('exit', () => failed(new Error(`the slave did not start: ${told}`)))
  })
  return {
    async stop() {
      const ended = new Promise((resolve) => slave.once('exit', resolve))
      slave.kill('SIGTERM')
      await ended
      return told
    },
  }
}

async function round(how: 'ours' | 'library', baud: number, ms: number, command: string[], folder: string): Promise<Round> {
  const [warmLink, link] = [join(folder, 'warm'), join(folder, 'line')]
  const warm = await startSlave(command, warmLink, 115_200)
  const slave = await startSlave(command, link, baud)
  const asked = [how, warmLink, link, String(baud), String(words), String(ms)]
  const master = fork(new URL('./rtu-master.ts', import.meta.url), asked, { stdio: ['ignore', 2, 2, 'ipc'], execArgv: [] })
  const taken = await new Promise<Taken>((resolve, reject) => {
    master.once('message', (message) => resolve(message as Taken))
    master.once('exit', () => reject(new Error(`the master (${how}) ended without a word`)))
  })
  await warm.stop()
  const told = await slave.stop()
  const figure = (name: string) => Number(new RegExp(`${name}=([\\d.]+)`).exec(told)?.[1] ?? Number.NaN)
  return { ...taken, share: figure('utilisation'), violations: figure('violations') }
}

const cpuAPoll = (all: Round[]): number => median(all.map(({ cpuMs, polls }) => cpuMs / polls))
const sum = (all: Round[], of: 'violations' | 'lost'): number => all.reduce((total, one) => total + one[of], 0)

export const part: Part = {
  prefix: 'rtu',
  keys: [...bauds.map((baud) => `rtu.share.${baud}`), 'rtu.t35Violations', 'rtu.lostPolls', ...rivalBauds.map((baud) => `rtu.cpuRatioToLibrary.${baud}`)],
  async run({ quick, note }) {
    const size = quick ? 'quick' : 'full'
    const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-rtu-'))
    const program = compile(folder)
    const figures: Record<string, number | null> = {}
    if (program === null) {
      note('the paced slave cannot be made: it needs gcc, and the shared folder beside the clone')
      return figures
    }
    const first = firstInLine()
    note(`ours waits for t3.5 and ${guardMs} ms more`)
    if (!first) note('chrt is not allowed here: a slave that is held up counts violations that were none')
    const command = [...(first ? ['chrt', '-f', '50'] : []), program]
    const all: Round[] = []
    for (const baud of bauds) {
      const ours: Round[] = []
      const library: Round[] = []
      const isRival = rivalBauds.includes(baud)
      for (let n = (isRival ? rounds : roundsAlone)[size]; n > 0; n--) {
        ours.push(await round('ours', baud, roundMs[baud]![size], command, folder))
        if (isRival) library.push(await round('library', baud, roundMs[baud]![size], command, folder))
      }
      all.push(...ours)
      figures[`rtu.share.${baud}`] = median(ours.map(({ share }) => share))
      note(told('ours', baud, ours))
      if (library.length === 0) continue
      note(told('the library (connectRTUBuffered)', baud, library))
      figures[`rtu.cpuRatioToLibrary.${baud}`] = cpuAPoll(ours) / cpuAPoll(library)
    }
    figures['rtu.t35Violations'] = sum(all, 'violations')
    figures['rtu.lostPolls'] = sum(all, 'lost')
    rmSync(folder, { recursive: true, force: true })
    return figures
  },
}

const told = (who: string, baud: number, all: Round[]): string =>
  `${who} at ${baud}, ${words} registers: ${all.map(({ share }) => share.toFixed(3)).join(' ')} of the wire, ${cpuAPoll(all).toFixed(3)} ms of CPU a poll, ` +
  `${sum(all, 'violations')} violations of t3.5, ${sum(all, 'lost')} lost`
