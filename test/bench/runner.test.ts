// The command lines of the bench and of the campaign, as far as no part is run.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const run = (program: string, ...args: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, '..', program, 'main.ts'), ...args], { encoding: 'utf8', timeout: 20_000 })

describe.each([
  ['bench', 'core, '],
  ['campaign', 'silent'],
])('the command line of the %s', (program, parts) => {
  it('tells its options and its parts when it is asked', () => {
    const { status, stdout, stderr } = run(program, '--help')
    expect(stdout).toContain(`Usage: npm run -s ${program} -- [--json]`)
    expect(stdout).toContain(`The parts: ${parts}`)
    expect([status, stderr]).toEqual([0, ''])
  })

  it.each([
    [['--onyl', 'x'], "Unknown option '--onyl'."],
    [['--only'], "Option '--only <value>' argument missing."],
    [['--only', '--json'], "Option '--only' argument is ambiguous."],
    [['core'], "Unexpected argument 'core'."],
    [['--only', 'x'], `No part of the ${program} has a figure whose name begins with "x".`],
  ])('answers %j with one sentence and the usage', (args, sentence) => {
    const { status, stdout, stderr } = run(program, ...args)
    expect(stderr.split('\n').slice(0, 3)).toEqual([sentence, '', `Usage: npm run -s ${program} -- [--json] [--quick] [--only PREFIX]`])
    expect([status, stdout]).toEqual([2, ''])
  })
})
