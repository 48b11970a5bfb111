// Makes what is shipped: two programs as ESM bundles in dist/, with the files beside them that they read at run time.

import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../../', import.meta.url))
const dist = join(root, 'dist')
const rooms = ['protocol', 'devicejs', 'gateway', 'sim']

/** The command's name, and the program behind it. All bundles lie flat in dist/: protocol/files/asset.ts finds the rooms' files beside itself. */
const programs = { hazardpoint: 'gateway/main.ts', 'hazardpoint-sim': 'sim/main.ts' }

/** Libraries in CommonJS ask for `require`, which an ES module has not. */
const banner = "import { createRequire as requireFrom } from 'node:module'\nconst require = requireFrom(import.meta.url)"

/** Native, with a binary for each machine inside: npm installs it beside us. */
const external = ['@serialport/bindings-cpp']

/**
 * The command itself asks only whether this Node can read the program. The imports of an ES module are read before its first line runs,
 * so the program is a file of its own; and an old Node must understand this one. npm has put a newer Node beside us where it has one
 * for the machine: it takes over, its signals and its exit code are ours (Ctrl-C reaches both by itself).
 */
const launcher = (program) => `#!/usr/bin/env node
import { spawn } from 'child_process'
import { createRequire } from 'module'
import { fileURLToPath } from 'url'

const program = new URL('./${program}.js', import.meta.url)
const [major, minor] = process.versions.node.split('.').map(Number)
if (major > 22 || (major === 22 && minor >= 13)) import(program)
else {
  let newer
  try {
    newer = createRequire(import.meta.url).resolve('node-' + process.platform + '-' + process.arch + '/bin/node')
  } catch {
    process.stderr.write('Hazardpoint needs Node 22.13 or newer, and this is ' + process.versions.node + ': install a newer one from https://nodejs.org\\n')
    process.exit(1)
  }
  const child = spawn(newer, [fileURLToPath(program), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  process.on('SIGINT', () => {})
  child.on('exit', (code, signal) => process.exit(signal ? 1 : code))
}
`

/** The bundles hold other people's work, whose licences ask to travel with it. */
function licences(inputs) {
  const folders = new Set(inputs.map((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean))
  return [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const file = readdirSync(join(root, folder)).find((one) => /^(licen[cs]e|copying)/i.test(one))
    const text = file ? readFileSync(join(root, folder, file), 'utf8').trim() : `Licence: ${license}`
    return `${name} ${version}\n${'-'.repeat(`${name} ${version}`.length)}\n${text}\n`
  })
}

rmSync(dist, { recursive: true, force: true })
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: Object.fromEntries(Object.entries(programs).map(([name, entry]) => [`${name}-program`, entry])),
  outdir: dist,
  bundle: true,
  splitting: true, // what the two programs share stands once; what a command needs only sometimes is read when it is needed
  chunkNames: 'part-[hash]',
  platform: 'node',
  format: 'esm',
  target: 'node22.13',
  banner: { js: banner },
  external,
  legalComments: 'none',
  // Less to read and to keep: one character outside ASCII in a library's comment doubles what a bundle takes in memory. Names stay, for traces.
  minifyWhitespace: true,
  lineLimit: 160,
  metafile: true,
  logLevel: 'warning',
}).catch(() => process.exit(1)) // esbuild has said what and where

for (const name of Object.keys(programs)) {
  writeFileSync(join(dist, `${name}.js`), launcher(`${name}-program`))
  chmodSync(join(dist, `${name}.js`), 0o755)
}
for (const room of rooms) {
  const read = (path) => !/\.(ts|md)$/.test(path)
  for (const path of readdirSync(join(root, room), { recursive: true }).filter((one) => /\.\w+$/.test(one) && read(one)))
    cpSync(join(root, room, path), join(dist, room, path))
}
writeFileSync(join(dist, 'package.json'), '{ "type": "module" }\n') // so that dist/ runs wherever it is copied to
writeFileSync(join(dist, 'LICENCES.txt'), licences(Object.keys(metafile.inputs)).join('\n\n'))

const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0)
process.stderr.write(`dist/ holds ${Object.keys(programs).join(' and ')}: ${Object.keys(metafile.outputs).length} bundles, ${(bytes / 1e6).toFixed(1)} MB\n`)
