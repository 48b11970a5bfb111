// Makes a clone ready: installs the npm packages that the lock file names (Node 24 among them) and, with --packages, the tests' system packages.
// Plain JavaScript that Node 18 reads, and run as its own npm pre-script: an npm script that is already running keeps the Node it started with.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const stamp = join(root, 'node_modules', '.hazardpoint')

/** Running TypeScript as it is needs this much; what is shipped runs from 22.13 on, as package.json says under `engines`. */
const oldestNode = [22, 18]
/** What vitest and the binaries of rolldown and oxc ask for. */
const toolsNode = [22, 12]
/** The npm that wrote package-lock.json. */
const knownNpm = '11.19.1'

/** Everything is said on stderr: stdout belongs to the command that follows (`npm run -s bench -- --json`). */
function say(line) {
  process.stderr.write(`${line}\n`)
}

function fail(line) {
  say(line)
  process.exit(1)
}

/** What node_modules must match: the lock, and the machine, whose binaries are in it. */
function wantedStamp() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  return `${lock} ${process.platform}-${process.arch}\n`
}

function installed() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wantedStamp()
}

/** `found` as [major, minor] is at least `least`. */
const atLeast = (found, least) => found[0] > least[0] || (found[0] === least[0] && found[1] >= least[1])

const thisNode = process.versions.node.split('.').map(Number)

/**
 * npm leaves out, without a word, an optional package whose `engines` do not fit the Node that npm runs on, and the tools' binaries are
 * optional packages that ask for 22.12. So an older Node first fetches, into a folder of its own, the Node of package.json and an npm that
 * is known to work with it (Debian's own npm finds its parts only with Debian's Node), and these two do the installing.
 */
function newerNpm(folder) {
  const platform = `node-${process.platform}-${process.arch}`
  const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).optionalDependencies[platform]
  if (!version) return null // no Node from npm for this machine: requireNode says so
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  npm(ownNpm, ['install', '--no-save', `${platform}@${version}`, `npm@${knownNpm}`], folder)
  const bin = join(folder, 'node_modules', platform, 'bin')
  return { command: join(bin, 'node'), first: [join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js')], path: bin }
}

/** The npm that runs us, or the one on the path. */
const cli = process.env.npm_execpath ?? ''
const ownNpm = cli.endsWith('npm-cli.js') ? { command: process.execPath, first: [cli] } : { command: 'npm', first: [] }

function npm({ command, first, path }, args, cwd) {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', ...(process.stderr.isTTY ? ['--progress'] : [])]
  const env = path ? { ...process.env, PATH: `${path}${delimiter}${process.env.PATH ?? ''}` } : process.env
  const result = spawnSync(command, [...first, ...args, ...quiet], { cwd, env, stdio: ['ignore', 2, 2] })
  if (result.error) fail(`npm could not be started (${result.error.message}). It comes with Node; on Debian: apt-get install npm`)
  if (result.status !== 0) {
    fail(
      `npm ${args[0]} failed (exit ${result.status ?? result.signal}); its reason stands above. It needs the package registry (\`npm ping\`), 500 MB of disk and a package-lock.json that belongs to package.json.`,
    )
  }
}

function installNpmPackages() {
  say(
    existsSync(join(root, 'node_modules'))
      ? 'The npm packages are not those of package-lock.json: installing (about half a minute) ...'
      : 'Installing the npm packages, Node 24 among them (about half a minute, 400 MB) ...',
  )
  const started = Date.now()
  const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-npm-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const installer = (atLeast(thisNode, toolsNode) ? null : newerNpm(folder)) ?? ownNpm
  // Settings that a shell or an outer npm hands down (NODE_ENV, omit) must not leave out what the lock file holds.
  npm(installer, ['ci', '--include=dev', '--include=optional'], root)
  writeFileSync(stamp, wantedStamp())
  say(`The npm packages are installed (${Math.round((Date.now() - started) / 1000)} s).`)
}

/** npm 9 installs the platform's Node by `npm ci` and forgets to link it. */
function linkNode() {
  const link = join(root, 'node_modules', '.bin', 'node')
  const folder = `node-${process.platform}-${process.arch}`
  if (!existsSync(link) && existsSync(join(root, 'node_modules', folder, 'bin', 'node'))) symlinkSync(join('..', folder, 'bin', 'node'), link)
}

/** Linux on x64 and arm64 gets Node 24 from npm; elsewhere the system's own Node must be new enough, and that is said now, in one sentence. */
function requireNode() {
  if (existsSync(join(root, 'node_modules', '.bin', 'node'))) return
  if (atLeast(thisNode, oldestNode)) return
  fail(
    `Hazardpoint needs Node ${oldestNode.join('.')} or newer; npm has none for ${process.platform}-${process.arch} and this system has ${process.versions.node}: install a newer Node from https://nodejs.org`,
  )
}

if (!installed()) installNpmPackages()
linkNode()
requireNode()

if (process.argv.includes('--packages')) {
  const { installPackages } = await import('./packages.mjs')
  if (!installPackages()) process.exit(1)
}
