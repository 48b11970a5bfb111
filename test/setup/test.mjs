// What `npm test` runs: types, lint, unused code, then the tests. Arguments after `--` go to vitest; --quick leaves out the slow and the shared tests.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const bin = join(root, 'node_modules', '.bin')
const given = process.argv.slice(2)
const quick = given.includes('--quick')
const staticOnly = given.includes('--static')
const forVitest = given.filter((one) => one !== '--quick' && one !== '--static')

/** All tests run: what they have been through is measured, and judged by the thresholds of vitest.config.ts. */
const whole = !quick && forVitest.length === 0

/** The tools and all that the tests start find Node 24 first, also where this file was started by hand with an older one. */
const env = {
  ...process.env,
  PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
  ...(quick ? { HAZARDPOINT_QUICK: '1' } : {}),
  ...(whole ? { HAZARDPOINT_WHOLE: '1' } : {}),
}

const failed = []

function run(name, ...args) {
  const started = Date.now()
  process.stdout.write(`\n=== ${name} ${args.join(' ')}\n`)
  const { status, signal, error } = spawnSync(join(bin, name), args, { cwd: root, stdio: 'inherit', env })
  const ok = status === 0
  if (!ok) failed.push(`${name} (${error ? error.message : (signal ?? `exit ${status}`)})`)
  process.stdout.write(`=== ${name}: ${ok ? 'passed' : 'FAILED'} in ${((Date.now() - started) / 1000).toFixed(1)} s\n`)
}

/** The project of the tests that read the shared folder, or nothing, with one line that says so. */
function sharedProject() {
  if (quick) return []
  const folder = process.env.HAZARDPOINT_SHARED ?? join(root, '..', 'shared')
  if (existsSync(join(folder, 'data'))) return ['--project', 'shared']
  const tests = join(root, 'test', 'shared')
  const count = existsSync(tests) ? readdirSync(tests, { recursive: true }).filter((file) => file.endsWith('.test.ts')).length : 0
  if (process.env.REQUIRE_SHARED === '1') failed.push(`shared: ${folder} is not there, its ${count} test files did not run, and REQUIRE_SHARED=1 asks for them`)
  else process.stdout.write(`\n=== shared: left out, its ${count} test files read ${folder}, which is not there\n`)
  return []
}

run('tsc', '-p', '.')
run('biome', 'ci', '--error-on-warnings', ...(process.stdout.isTTY ? [] : ['--colors=off']), '.')
run('knip')
if (!staticOnly) run('vitest', 'run', '--project', 'unit', ...sharedProject(), ...(whole ? ['--coverage'] : []), ...forVitest)

process.stdout.write(failed.length === 0 ? '\nAll passed.\n' : `\nFailed: ${failed.join('; ')}\n`)
process.exit(failed.length === 0 ? 0 : 1)
