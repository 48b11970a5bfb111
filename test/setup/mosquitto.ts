// A real MQTT broker for tests: mosquitto on a free port, with a configuration and a folder of its own; whoever starts it stops it.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import type { Certificates } from './certificates.ts'

const run = promisify(execFile)

/** Debian puts the broker where only root's PATH leads. */
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` }

export interface MosquittoOptions {
  /** A port that was free before; a free one by default. */
  port?: number
  /** Only this user gets in. */
  login?: { user: string; password: string }
  /** Speaks TLS, and only that. */
  tls?: Certificates & { wantClientCertificate?: boolean }
  /** More lines of mosquitto.conf. */
  config?: string[]
}

export interface Mosquitto {
  port: number
  url: string
  /** What it wrote to its log. */
  log(): string
  /** Dies as in a power cut. */
  kill(): Promise<void>
  /** Comes back on the same port, having forgotten all (nothing is kept on its disk). */
  restart(): Promise<void>
  stop(): Promise<void>
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (!address || typeof address === 'string') throw new Error('a TCP server without a port')
  return address.port
}

export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const port = options.port ?? (await freePort())
  const folder = await mkdtemp(join(tmpdir(), 'mosquitto-'))
  const config = await writeConfig(folder, port, options)
  let log = ''
  let child: ChildProcess

  async function start(): Promise<void> {
    child = spawn('mosquitto', ['-c', config], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr?.on('data', (text) => {
      log += text
    })
    const failed = once(child, 'exit').then(() => {
      throw new Error(`mosquitto ended at its start:\n${log}`)
    })
    failed.catch(() => {}) // it ends one day; only an end before it listens is a failure
    await Promise.race([listening(port), failed])
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }

  await start()
  return {
    port,
    url: `${options.tls ? 'mqtts' : 'mqtt'}://127.0.0.1:${port}`,
    log: () => log,
    kill: () => end('SIGKILL'),
    restart: start,
    async stop() {
      await end('SIGTERM')
      await rm(folder, { recursive: true })
    },
  }
}

async function writeConfig(folder: string, port: number, { login, tls, config = [] }: MosquittoOptions): Promise<string> {
  const lines = ['per_listener_settings false', 'persistence false', 'log_dest stderr', 'log_type all', `listener ${port} 127.0.0.1`, 'set_tcp_nodelay true']
  if (process.getuid?.() === 0) lines.push('user root')
  lines.push(`allow_anonymous ${!login}`)
  if (login) {
    const passwords = join(folder, 'passwords')
    await run('mosquitto_passwd', ['-b', '-c', passwords, login.user, login.password], { env })
    await chmod(passwords, 0o600)
    lines.push(`password_file ${passwords}`)
  }
  if (tls) {
    lines.push(`certfile ${tls.cert}`, `keyfile ${tls.key}`)
    if (tls.wantClientCertificate) lines.push(`cafile ${tls.ca}`, 'require_certificate true')
  }
  const path = join(folder, 'mosquitto.conf')
  await writeFile(path, `${[...lines, ...config].join('\n')}\n`)
  return path
}

/** Tries until something takes a connection. */
async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const socket = connect(port, '127.0.0.1')
    const answer = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false)
    socket.destroy()
    if (answer) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`nothing listens on port ${port}`)
}
