// A gas post as it stands in the field, for bad nights: a process of its own, real lines, a siren of which each order is timed.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { RegisterMap } from '../../../devicejs/slave.ts'
import { askAct, askStatus } from '../../../gateway/control/control.ts'
import type { StationStatus } from '../../../gateway/status.ts'
import { later } from '../../devicejs/serving.ts'

const program = join(import.meta.dirname, '../../../gateway/main.ts')

export const GAS = 1
export const SIREN = 2

/** The gas is read so often; a siren that is commanded later than LATE_MS after it was there waited for something that it must not wait for. */
export const EVERY_MS = 250
export const LATE_MS = 1500

/** The gas detector and the relay of the siren, as registers that a test sets and reads. */
export function yard() {
  const word = new DataView(new ArrayBuffer(4))
  const told: { at: number; on: boolean }[] = []
  let leakAt = Number.NaN
  let on = 0
  const gas: RegisterMap = {
    read: (_, address, count) => Uint16Array.from({ length: count }, (_, i) => (address + i < 2 ? word.getUint16(2 * (address + i)) : 0)),
    write: () => 2,
  }
  const siren: RegisterMap = {
    read: () => Uint16Array.of(on),
    write: (_, __, [value = 0]) => {
      on = value
      told.push({ at: performance.now(), on: value === 1 })
      return 0
    },
  }
  return {
    units: new Map([
      [GAS, gas],
      [SIREN, siren],
    ]),
    /** How much gas there is, in %LEL. */
    gas(value: number): void {
      word.setFloat32(0, value)
      if (value > 25) leakAt = performance.now()
    },
    sounds: () => on === 1,
    told: () => told.map((order) => order.on),
    /** How long after the gas the siren was commanded; NaN where it was not. */
    lateMs: () => (told.find((order) => order.on && order.at >= leakAt)?.at ?? Number.NaN) - leakAt,
  }
}
export type Yard = ReturnType<typeof yard>

export interface PostOptions {
  /** The wire of the bus on which the yard is, as in a site file. */
  wire: string
  /** More lines of the site file. */
  buses?: string
  devices?: string
  channels?: string
  publish?: string
  /** More arguments of `run`, and of its environment. */
  args?: string[]
  environment?: Record<string, string>
  /** Before the process starts. */
  before?: (folder: string) => void
  /** What was left by a station before it. */
  folder?: string
}

export interface Post {
  folder: string
  child: ChildProcess
  /** What it wrote to its stderr. */
  err(): string
  status(): Promise<StationStatus>
  act(op: string, args: Record<string, unknown>): ReturnType<typeof askAct>
  /** The path of its control socket. */
  door: string
  /** The lines of its acts file. */
  acts(): Record<string, unknown>[]
  kill(signal?: NodeJS.Signals): Promise<void>
}

/** A station that can be asked, and has heard its instruments. */
export async function startPost({ wire, buses = '', devices = '', channels = '', publish = '', args = [], ...more }: PostOptions): Promise<Post> {
  const folder = more.folder ?? mkdtempSync(join(tmpdir(), 'hazardpoint-night-'))
  if (more.folder === undefined) later(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'site.yaml')
  writeFileSync(
    file,
    `
site: { area: a, id: b, station: c, mode: test }
buses: { line: { ${wire} }${buses} }
devices:
  gas: { profile: demo/gas, bus: line, unit: ${GAS}, every: ${EVERY_MS}ms }
  siren: { profile: generic/relay, bus: line, unit: ${SIREN}, kind: siren, safe: off, longest: 30min }
${devices}
channels:
  gas: { read: gas.gas }
${channels}
detectors: { leak: { kind: threshold, on: gas, at: { red: 25 } } }
alarms: { gas: { red: leak is red, lifeSafety: false, shelve: 1h } }
actions: [ { when: gas is red, do: [ siren on ] } ]
${publish}
`,
  )
  more.before?.(folder)
  const door = join(folder, 'c.sock')
  const actsFile = join(folder, 'a-b-c.acts.ndjson')
  const env = { ...process.env, STATE_DIRECTORY: folder, RUNTIME_DIRECTORY: folder, ...more.environment }
  const child = spawn(process.execPath, [program, 'run', file, '--control', door, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let err = ''
  child.stderr.on('data', (piece) => {
    err += piece
  })
  const gone = once(child, 'exit')
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    child.kill(signal)
    await gone
  }
  later(() => kill())
  const status = async () => {
    const told = await askStatus(door)
    if ('trouble' in told) throw new Error(`${told.trouble}\n${err}`)
    return told.status as StationStatus
  }
  const isUp = () =>
    status().then(
      ({ alarms, channels: shown }) => alarms.length > 0 && shown.some(({ name, ageMs }) => name === 'gas' && ageMs !== null),
      () => err || 'nothing was said',
    )
  await expect.poll(isUp, { timeout: 15_000, interval: 50 }).toBe(true)
  return {
    ...{ folder, child, door, status, kill },
    err: () => err,
    act: (op, what) => askAct(door, op, what),
    acts: () =>
      (existsSync(actsFile) ? readFileSync(actsFile, 'utf8') : '')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
  }
}

/** There is gas: the siren must be commanded in time. */
export async function leak(place: Yard): Promise<void> {
  place.gas(80)
  await expect.poll(() => place.sounds(), { timeout: 10_000, interval: 5 }).toBe(true)
  expect(place.lateMs()).toBeLessThan(LATE_MS)
}

/** What the process of a station holds of the board's memory. */
export const memoryKb = ({ child }: Post): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1])

/** Writes pieces for ever, as fast as they are taken. */
export function pour(socket: Socket, piece: string | Uint8Array, first: string | Uint8Array = ''): void {
  const more = (): void => {
    if (socket.writable && socket.write(piece)) setImmediate(more)
  }
  socket.on('drain', more)
  socket.write(first)
  more()
}

/** How the alarm of the gas stands. */
export const gasAlarm = (status: StationStatus) => status.alarms.find(({ name }) => name === 'gas') as StationStatus['alarms'][number]
