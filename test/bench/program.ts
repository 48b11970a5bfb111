// The shipped programs, run as a user runs them: built, started with a site file of the bench, watched from outside, ended.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeSlave, tcpStream } from '../../devicejs/slave.ts'

const root = join(import.meta.dirname, '../..')

/** A station that has not ended by itself after this long is ended, as systemd would. */
const endTimeoutMs = 5000

/** Builds dist/, so that what is measured is what would be shipped now. */
export function build(): void {
  execFileSync(process.execPath, [join(root, 'test/setup/build.mjs')], { stdio: ['ignore', 2, 2] })
}

export interface Folder {
  path: string
  write(name: string, text: string): string
  remove(): void
}

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'hazardpoint-bench-'))
  return {
    path,
    write(name, text) {
      writeFileSync(join(path, name), text)
      return join(path, name)
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** One register, one value: the smallest device that there is. */
export const profile = `driver: modbus
title: a gauge of the bench
source: none, it is made up
channels:
  value: { quantity: level, unit: m, read: { holding: 0, as: u16 }, scale: 0.01 }
`

export interface Point {
  port: number
  /** Raw value that every unit serves. */
  value: number
  /** Called when the last byte of an answer has been handed to the kernel. */
  onAnswer: () => void
  /** Resolves at the first request. */
  asked: Promise<void>
  close(): void
}

/** A Modbus TCP server in this process, so that its times and the subscriber's are of one clock. */
export async function servePoint(): Promise<Point> {
  let heard = () => {}
  const point: Point = { port: 0, value: 0, onAnswer: () => {}, asked: new Promise((resolve) => (heard = resolve)), close: () => server.close() }
  const map = {
    read: (_table: unknown, _address: number, count: number) => new Uint16Array(count).fill(point.value),
    write: () => 0 as const,
  }
  const slave = makeSlave(new Map([[1, map]]))
  const server = createServer({ noDelay: true }, (socket) => {
    const stream = tcpStream(
      slave,
      (bytes) => {
        socket.write(bytes)
        point.onAnswer()
      },
      () => socket.destroy(),
    )
    socket.on('data', (bytes) => {
      heard()
      stream(bytes)
    })
    socket.on('error', () => socket.destroy()) // the station was ended in the middle of a word
    server.once('close', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  point.port = (server.address() as AddressInfo).port
  return point
}

export interface Program {
  pid: number
  end(): Promise<void>
}

/** Starts `hazardpoint` from dist/ with the Node that runs this. Throws, with its words, if it ends before it was asked to. */
export function start(...args: string[]): Program {
  const child: ChildProcess = spawn(process.execPath, [join(root, 'dist/hazardpoint.js'), ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  let words = ''
  let ending = false
  child.stderr!.on('data', (bytes) => (words += bytes))
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.once('exit', (code, signal) => {
    if (!ending) throw new Error(`hazardpoint ${args.join(' ')} ended by itself (${signal ?? code}): ${words}`)
  })
  return {
    pid: child.pid!,
    async end() {
      ending = true
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), endTimeoutMs)
      await gone
      clearTimeout(timer)
    },
  }
}

/** Bytes of a process in memory; null where the system does not tell (only Linux does, in this place). */
export function rssOf(pid: number): number | null {
  if (process.platform !== 'linux') return null
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])
}

export const median = (values: number[]): number => quantile(values, 0.5)

export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
}
