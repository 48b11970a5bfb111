// Adapters that are pulled out and plugged in again, each time under another number: the station lives through it, reads again, and keeps nothing of what is gone.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { makeSlave, rtuStream } from '../../devicejs/slave.ts'
import { makeChance } from '../../sim/world/chance.ts'
import type { Part } from '../bench/part.ts'
import { build, profile, rssOf, temporaryFolder } from '../bench/program.ts'
import { registers } from '../devicejs/registers.ts'
import { openEnd } from '../devicejs/serving.ts'

const root = join(import.meta.dirname, '../..')

/** Adapters side by side, all pulled out in each round; the rest of the time goes by with waiting for one another. */
const adapters = 10
const rounds = { quick: 3, full: 100 }
/** After these the station has all that it needs, and nothing may grow any more. */
const warmUpRounds = 2
/** An adapter stays out for up to so long: shorter and longer than the station's first tries. */
const outMostMs = 700
/** The station's longest pause between two tries is ten seconds, and a busy machine adds to it. */
const backWithinMs = 40_000

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

async function until(what: string, met: () => boolean): Promise<void> {
  for (let left = backWithinMs; !met(); left -= 10) {
    if (left <= 0) throw new Error(`${what} has not come to pass within ${backWithinMs / 1000} s`)
    await wait(10)
  }
}

/** An adapter whose lasting name stays, and whose number is another each time. */
class Adapter {
  readonly name: string
  readonly #folder: string
  #plugged = 0
  #socat: ChildProcess | null = null
  #close = async () => {}
  answers = 0

  constructor(folder: string, number: number) {
    this.#folder = folder
    this.name = join(folder, `usb-adapter-${number}`)
  }

  async plugIn(): Promise<void> {
    const device = `${this.name}-tty${++this.#plugged}`
    const end = `${device}-end`
    this.#socat = spawn('socat', [`pty,raw,echo=0,link=${device}`, `pty,raw,echo=0,link=${end}`], { stdio: 'ignore' })
    await until(`the line ${device}`, () => existsSync(device) && existsSync(end))
    const port = await openEnd(end)
    const slave = makeSlave(new Map([[1, registers(1)]]))
    const take = rtuStream(
      slave,
      (answer) => {
        this.answers++
        port.write(answer)
      },
      performance.now.bind(performance),
    )
    port.onBytes(take)
    this.#close = port.close
    symlinkSync(device, this.name)
  }

  /** Pulled out in the middle of whatever was going on. */
  async pullOut(): Promise<void> {
    const socat = this.#socat!
    const gone = new Promise((resolve) => socat.once('exit', resolve))
    rmSync(this.name, { force: true })
    socat.kill('SIGKILL')
    await gone
    await this.#close()
    for (const name of readdirSync(this.#folder)) if (join(this.#folder, name).startsWith(`${this.name}-tty`)) rmSync(join(this.#folder, name), { force: true })
  }
}

const siteText = (names: string[]): string => `site: { area: bench, id: replug, station: a }
buses:
${names.map((name, i) => `  b${i}: { line: ${name} }`).join('\n')}
devices:
${names.map((_, i) => `  d${i}: { profile: ./gauge.yaml, bus: b${i}, unit: 1, every: 50ms, timeout: 200ms }`).join('\n')}
channels:
${names.map((_, i) => `  c${i}: { read: d${i}.value }`).join('\n')}
`

const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length

export const part: Part = {
  prefix: 'replug',
  keys: ['replug.cycles', 'replug.restarts', 'replug.fdGrowth'],
  async run({ quick, note }) {
    build()
    const folder = temporaryFolder()
    const chance = makeChance(1)
    const lines = Array.from({ length: adapters }, (_, number) => new Adapter(folder.path, number))
    await Promise.all(lines.map((line) => line.plugIn()))
    folder.write('gauge.yaml', profile)
    const site = folder.write('site.yaml', siteText(lines.map(({ name }) => name)))
    const station = spawn(process.execPath, [join(root, 'dist/hazardpoint.js'), 'run', site, '--control', join(folder.path, 'c.sock')], {
      stdio: ['ignore', 'ignore', 2],
    })
    let ended = 0
    const gone = new Promise<void>((resolve) => station.once('exit', () => resolve()))
    station.once('exit', () => ended++)

    /** Each line has answered again, more than once: the first request may have been under way before. */
    const reads = async (): Promise<void> => {
      const before = lines.map(({ answers }) => answers)
      await until('a good reading on each line', () => ended > 0 || lines.every(({ answers }, i) => answers >= before[i]! + 3))
    }
    await reads()
    let cycles = 0
    let files = 0
    /** Of the station, after each tenth of the rounds. */
    const memoryMB: number[] = []
    const all = rounds[quick ? 'quick' : 'full']
    for (let round = -warmUpRounds; round < all && ended === 0; round++) {
      if (round === 0) files = openFiles(station.pid!)
      if (round >= 0 && round % Math.ceil(all / 10) === 0) memoryMB.push(Math.round((rssOf(station.pid!) ?? Number.NaN) / 1e6))
      await Promise.all(
        lines.map(async (line) => {
          await wait(chance.between(0, 100))
          await line.pullOut()
          await wait(chance.between(0, outMostMs))
          await line.plugIn()
        }),
      )
      await reads()
      if (round >= 0) cycles += adapters
    }
    const restarts = ended
    const growth = restarts > 0 ? null : openFiles(station.pid!) - files
    note(`${cycles} cycles on ${adapters} adapters: the station's memory on the way, in MB: ${memoryMB.join(' ')}`)
    station.kill('SIGTERM')
    await gone
    await Promise.all(lines.map((line) => line.pullOut()))
    folder.remove()
    return { 'replug.cycles': cycles, 'replug.restarts': restarts, 'replug.fdGrowth': growth }
  },
}
