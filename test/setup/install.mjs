// Makes a clone ready: installs the npm packages that the lock file names (Node 24 among them) and, with --packages, the tests' system packages.
// Plain JavaScript that Node 18 reads, and run as its own npm pre-script: an npm script that is already running keeps the Node it started with.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const stamp = join(root, 'node_modules', '.hazardpoint')

/** Running TypeScript as it is needs this much; what is shipped runs from 22.13 on, as package.json says under `engines`. */
const oldestNode = [22, 18]

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

function installNpmPackages() {
  say(
    existsSync(join(root, 'node_modules'))
      ? 'The npm packages are not those of package-lock.json: installing (about half a minute) ...'
      : 'Installing the npm packages, Node 24 among them (about half a minute, 400 MB) ...',
  )
  // Settings that a shell or an outer npm hands down (NODE_ENV, omit) must not leave out what the lock file holds.
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error', ...(process.stderr.isTTY ? ['--progress'] : [])]
  const cli = process.env.npm_execpath ?? ''
  const [command, ...rest] = cli.endsWith('npm-cli.js') ? [process.execPath, cli, ...args] : ['npm', ...args]
  const started = Date.now()
  const result = spawnSync(command, rest, { cwd: root, stdio: ['ignore', 2, 2] })
  if (result.error) fail(`npm could not be started (${result.error.message}). It comes with Node; on Debian: apt-get install npm`)
  if (result.status !== 0) {
    fail(
      `npm ci failed (exit ${result.status ?? result.signal}); its reason stands above. It needs the package registry (\`npm ping\`), 500 MB of disk and a package-lock.json that belongs to package.json.`,
    )
  }
  writeFileSync(stamp, wantedStamp())
  say(`The npm packages are installed (${Math.round((Date.now() - started) / 1000)} s).`)
}

/** npm 9 (Debian 12) installs the platform's Node by `npm ci` and forgets to link it. */
function linkNode() {
  const link = join(root, 'node_modules', '.bin', 'node')
  const folder = `node-${process.platform}-${process.arch}`
  if (!existsSync(link) && existsSync(join(root, 'node_modules', folder, 'bin', 'node'))) symlinkSync(join('..', folder, 'bin', 'node'), link)
}

/** Linux on x64 and arm64 gets Node 24 from npm; elsewhere the system's own Node must be new enough, and that is said now, in one sentence. */
function requireNode() {
  if (existsSync(join(root, 'node_modules', '.bin', 'node'))) return
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return
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
