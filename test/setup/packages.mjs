// Installs the system packages that the tests need on Debian and its kin, and tells what is missing everywhere else.
// Plain JavaScript that Node 18 reads: it runs before Node 24 is there.

import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Each package, the proof that it is there (a program, a file, or a module of Debian's own Python), and why the tests want it. */
export const packages = [
  { name: 'mosquitto', program: 'mosquitto', why: 'the broker of the tests, MQTT 5' },
  { name: 'mosquitto-clients', program: 'mosquitto_sub', why: 'a subscriber that is not ours' },
  { name: 'socat', program: 'socat', why: 'pairs of pseudo-terminals that stand for serial lines' },
  { name: 'python3-pymodbus', python: 'pymodbus', why: 'a Modbus slave that is not ours' },
  { name: 'python3-serial-asyncio', python: 'serial_asyncio', why: 'without it that slave cannot start' },
  { name: 'gcc', program: 'gcc', why: 'compiles the slave that paces each byte, for the bench' },
  { name: 'clang', program: 'clang', why: 'compiles the judgement in C that ours is held against, for the bench' },
  { name: 'python3-pandas', python: 'pandas', why: 'another way to judge, for the bench' },
  { name: 'libc6-dev', file: '/usr/include/stdio.h', why: 'without it gcc compiles nothing' },
  { name: 'libxml2-utils', program: 'xmllint', why: 'checks the warnings that are written as XML' },
]

/** Debian puts daemons in sbin, which an ordinary user's PATH leaves out. */
const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']

/** Debian's modules belong to Debian's interpreter, not to whichever `python3` comes first on PATH. */
const python = '/usr/bin/python3'

/** Another apt may hold the lock (unattended upgrades at boot); they are done within minutes. */
const lockTimeoutS = 300

const policyFile = '/usr/sbin/policy-rc.d'

function present({ program, file, python: module }) {
  if (file) return existsSync(file)
  if (program) return folders.some((folder) => folder !== '' && existsSync(join(folder, program)))
  return spawnSync(python, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0
}

export const missing = () => packages.filter((one) => !present(one))

function say(line) {
  process.stderr.write(`${line}\n`)
}

function table(rows) {
  return rows.map(({ name, why }) => `  ${name.padEnd(18)} ${why}`).join('\n')
}

/** Runs a command as root, its output on stderr, since stdout belongs to the command that npm was asked for. */
function asRoot(command, args, { quiet = false } = {}) {
  const environment = ['DEBIAN_FRONTEND=noninteractive', `PATH=${folders.join(delimiter)}`]
  const words = ['env', ...environment, command, ...args]
  const [first, ...rest] = process.getuid?.() === 0 ? words : ['sudo', '-n', ...words]
  return spawnSync(first, rest, { stdio: quiet ? 'ignore' : ['ignore', 2, 2] }).status === 0
}

/**
 * Debian starts a daemon as soon as it is installed, unless policy-rc.d answers 101.
 * A broker on port 1883 would outlive the tests and answer in place of theirs. A policy that exists already is the machine's own and stays.
 */
function withoutServices(act) {
  if (existsSync(policyFile)) return act()
  const remove = () => (process.getuid?.() === 0 ? rmSync(policyFile, { force: true }) : asRoot('rm', ['-f', policyFile]))
  const interrupted = (signal) => {
    remove()
    process.exit(signal === 'SIGINT' ? 130 : 143)
  }
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  try {
    if (process.getuid?.() === 0) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
    else if (!asRoot('sh', ['-c', `printf '#!/bin/sh\\nexit 101\\n' > ${policyFile} && chmod 755 ${policyFile}`])) return false
    return act()
  } finally {
    remove()
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
  }
}

function aptInstall(names) {
  const install = () => asRoot('apt-get', ['install', '-y', '--no-install-recommends', '-q', '-o', `DPkg::Lock::Timeout=${lockTimeoutS}`, ...names])
  const update = () => asRoot('apt-get', ['update', '-q'])
  const known = spawnSync('apt-cache', ['show', ...names], { stdio: 'ignore' }).status === 0
  if (!known) return update() && install()
  return install() || (update() && install()) // a stale list names files that the mirror no longer has
}

/** Installs what is missing. Returns true when all is there; says on stderr what is not, and why. */
export function installPackages() {
  const wanted = missing()
  if (wanted.length === 0) return true
  const names = wanted.map((one) => one.name)
  if (!folders.some((folder) => existsSync(join(folder, 'apt-get')))) {
    say(`The tests need these programs, and this system has no apt-get to install them with. Please install them in its own way:\n${table(wanted)}`)
    return false
  }
  say(`Installing Debian packages for the tests:\n${table(wanted)}`)
  if (process.getuid?.() !== 0 && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) {
    say(`This needs root, and sudo is not there or asks for a password. Please run, as root:\n  apt-get install ${names.join(' ')}`)
    return false
  }
  const done = withoutServices(() => aptInstall(names))
  // Not started now, and not at the next boot either: this broker was installed for the tests alone.
  if (done && names.includes('mosquitto')) asRoot('update-rc.d', ['mosquitto', 'disable'], { quiet: true })
  const left = missing()
  if (left.length > 0) say(`apt-get did not bring everything; its words stand above. Still missing:\n${table(left)}`)
  return left.length === 0
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) process.exit(installPackages() ? 0 : 1)
