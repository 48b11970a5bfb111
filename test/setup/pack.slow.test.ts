import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** Packing, and npm's own work, on a busy machine. */
const installTimeoutMs = 180_000

const root = join(import.meta.dirname, '../..')
const top = mkdtempSync(join(tmpdir(), 'hazardpoint-pack-'))
const user = join(top, 'user')
const line = join(top, 'line')
const started: ChildProcess[] = []

/** As a user has it: the clone's own programs are not on the path, the package's are, as npx does it. */
const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [join(user, 'node_modules/.bin'), ...(process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(root))].join(delimiter),
}

function run(command: string, ...args: string[]) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: user, env, encoding: 'utf8', timeout: 60_000 })
  if (error) throw error
  return { status, stdout, stderr }
}

/** Starts a program that stays, and resolves once it has said what it is asked for. */
async function stays(words: RegExp, command: string, ...args: string[]): Promise<ChildProcess> {
  const child = spawn(command, args, { cwd: user, env, stdio: ['ignore', 'pipe', 'pipe'] })
  started.push(child)
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const hear = (bytes: Buffer) => {
      said += bytes
      if (words.test(said)) resolve()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', (code) => reject(new Error(`${command} ${args.join(' ')} ended (${code}) before it said ${words}: ${said}`)))
  })
  return child
}

const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => (child.exitCode === null ? child.once('exit', (code) => resolve(code)) : resolve(child.exitCode)))

const site = `site: { area: packed, id: point, station: a, mode: test }
buses: { slope: { line: ${line}, baud: 9600 } }
devices: { attitude: { profile: witmotion/905x, bus: slope, every: 200ms } }
channels: { tilt: { read: attitude.pitch } }
detectors: { leaning: { kind: threshold, on: tilt, at: { blue: 170, red: 175 } } }
alarms: { slope: { red: leaning is red, blue: leaning } }
publish: [ { to: nobody, broker: "mqtt://127.0.0.1:1" } ]
`

beforeAll(() => {
  mkdirSync(user)
  const packed = spawnSync('npm', ['pack', '--pack-destination', top], { cwd: root, encoding: 'utf8' })
  expect(packed.stderr + packed.stdout).toContain('hazardpoint-')
  const tarball = readdirSync(top).find((name) => name.endsWith('.tgz'))
  writeFileSync(join(user, 'package.json'), '{ "private": true }')
  const installed = spawnSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(top, tarball!)], { cwd: user, env, encoding: 'utf8' })
  expect(installed.status, installed.stderr).toBe(0)
  writeFileSync(join(user, 'site.yaml'), site)
  writeFileSync(join(user, 'bad.yaml'), site.replace('leaning is red', 'leening is red').replace('every: 200ms', 'evry: 200ms'))
}, installTimeoutMs)

afterAll(async () => {
  for (const child of started) child.kill('SIGKILL')
  await Promise.all(started.map(ended))
  rmSync(top, { recursive: true, force: true })
})

describe('the package, installed in an empty folder', () => {
  it('brings the native serial port and a Node of its own, and none of the libraries that are bundled', () => {
    const names = readdirSync(join(user, 'node_modules')).filter((name) => !name.startsWith('.'))
    expect(names).toContain('@serialport')
    for (const name of ['mqtt', 'valibot', 'yaml', 'commander', 'aedes', 'serialport', 'modbus-serial']) expect(names).not.toContain(name)
    const folder = join(user, 'node_modules/hazardpoint')
    for (const file of ['README.md', 'LICENSE', 'dist/LICENCES.txt', 'dist/devicejs/profiles/generic/relay.yaml'])
      expect(existsSync(join(folder, file)), file).toBe(true)
    expect(readFileSync(join(folder, 'dist/LICENCES.txt'), 'utf8')).toMatch(/^mqtt \d/m)
  })

  it('tells its version and its commands', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    for (const command of ['hazardpoint', 'hazardpoint-sim']) expect(run(command, '--version').stdout.trim()).toBe(version)
    expect(run('hazardpoint', '--help').stdout).toMatch(/check[\s\S]*schema[\s\S]*run[\s\S]*status/)
    expect(run('hazardpoint-sim', '--help').stdout).toMatch(/demo[\s\S]*serve[\s\S]*replay/)
  })

  it('hands over to the Node that npm has brought where this one is too old, and refuses in one sentence where there is none', () => {
    const old = join(top, 'old.mjs')
    writeFileSync(old, "Object.defineProperty(process.versions, 'node', { value: '20.19.0' })\n")
    const dist = join(user, 'node_modules/hazardpoint/dist')
    const started = run('node', '--import', old, join(dist, 'hazardpoint.js'), '--version')
    expect(started).toMatchObject({ status: 0, stdout: run('hazardpoint', '--version').stdout })
    cpSync(dist, join(top, 'dist'), { recursive: true })
    const refused = run('node', '--import', old, join(top, 'dist/hazardpoint.js'), '--version')
    expect(refused.status).toBe(1)
    expect(refused.stderr).toMatch(/^Hazardpoint needs Node 22\.13 or newer, and this is 20\.19\.0: .*\n$/)
  })

  it('checks site files: a good one passes, a bad one is told all its faults with their places', () => {
    expect(run('hazardpoint', 'check', 'site.yaml')).toMatchObject({ status: 0, stderr: '' })
    const bad = run('hazardpoint', 'check', 'bad.yaml')
    expect(bad.status).toBe(1)
    expect(bad.stderr).toMatch(/bad\.yaml:3:\d+.*evry/)
    expect(run('hazardpoint', 'check', 'none.yaml').status).toBe(1)
  })

  it('prints the schema of site files', () => {
    expect(JSON.parse(run('hazardpoint', 'schema').stdout)).toMatchObject({ type: 'object' })
  })

  it('runs the demo: one message a line, and nothing else', () => {
    const { status, stdout, stderr } = run('hazardpoint-sim', 'demo', '--for', '5s', '--json')
    expect(status, stderr).toBe(0)
    const messages = stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as Record<string, unknown>)
    expect(messages.length).toBeGreaterThan(3)
  })

  it('serves a point on a pseudo-terminal, runs a station on it, answers for it, and replays what it recorded', async () => {
    const point = await stays(/slope/, 'hazardpoint-sim', 'serve', 'site.yaml', '--line', line)
    const station = spawn('hazardpoint', ['run', 'site.yaml', '--record', 'inputs.ndjson', '--control', join(top, 'door'), '--for', '60s'], {
      cwd: user,
      env,
      stdio: 'ignore',
    })
    started.push(station)
    const seen = await until(() => {
      const { stdout } = run('hazardpoint', 'status', '--control', join(top, 'door'), '--json')
      const status = stdout === '' ? null : (JSON.parse(stdout) as { channels: { name: string; value: number | null; quality: string }[] })
      return status?.channels.find(({ name, value }) => name === 'tilt' && value !== null)
    })
    expect(seen.quality).toBe('good')
    station.kill('SIGTERM')
    expect(await ended(station)).toBe(0)
    point.kill('SIGTERM')
    expect(await ended(point)).toBe(0)

    const replayed = run('hazardpoint-sim', 'replay', 'site.yaml', 'inputs.ndjson', '--json')
    expect(replayed.status, replayed.stderr).toBe(0)
    const changes = replayed.stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as { what: string; name: string })
    expect(changes).toContainEqual(expect.objectContaining({ what: 'detection', name: 'leaning' }))
  }, 120_000)
})

async function until<T>(look: () => T | undefined | null): Promise<T> {
  for (let tries = 0; tries < 60; tries++) {
    const found = look()
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  throw new Error('it did not come in 60 looks')
}
