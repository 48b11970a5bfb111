/** `hazardpoint check`: what goes where, and with which exit code. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { checkCommand } from '../../../gateway/commands/check.ts'

const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-check-'))
afterAll(() => rmSync(folder, { recursive: true }))

function written(text: string): string {
  const file = join(folder, 'site.yaml')
  writeFileSync(file, text)
  return file
}

describe('checking a site file', () => {
  it('that is good ends with 0, and what is worth a look goes to standard error', () => {
    const told = checkCommand(written('site: { area: a, id: b, station: c }\nbuses: {}\ndevices: {}\nchannels: {}\n'))
    expect(told.exitCode).toBe(0)
    expect(told.out).toMatch(/^a\/b\/c/)
    expect(told.err).toMatch(/^worth a look:\n.*nobody is told/)
  })

  it('that has faults ends with 1, tells them all on standard error, and says that nothing was started', () => {
    const file = written('site: { area: a, id: B, station: c }\nbuses: {}\ndevces: {}\nchannels: {}\n')
    expect(checkCommand(file)).toEqual({
      out: '',
      err: `${file}:1:1: devices: \`devices\` is missing
  | site: { area: a, id: B, station: c }
  | ^
  = add \`devices: ...\`
${file}:1:22: site.id: "B" is no name
  | site: { area: a, id: B, station: c }
  |                      ^
  = a name has 1 to 40 of a-z, 0-9 and -
${file}:3:1: devces: unknown key \`devces\`
  | devces: {}
  | ^
  = did you mean \`devices\`? known: site, buses, devices, channels, detectors, alarms, seasons, actions, defaults, texts, calls, silence, acknowledge, tests, roles, publish
3 faults; nothing was started`,
      exitCode: 1,
    })
  })

  it('that is not there, or a folder, is one sentence', () => {
    expect(checkCommand(join(folder, 'nothing.yaml'))).toEqual({
      out: '',
      err: `${join(folder, 'nothing.yaml')}: this site file cannot be read: there is none of this name; check the path`,
      exitCode: 1,
    })
    expect(checkCommand(folder).err).toMatch(/it is a folder; name the file in it$/)
  })

  it('that this user may not read is one sentence', () => {
    const file = written('site: {}')
    chmodSync(file, 0o000)
    // Root reads everything: it then hears what the file lacks.
    expect(checkCommand(file).err).toMatch(process.getuid?.() === 0 ? /is missing/ : /this user may not read it; check its owner and mode$/)
    chmodSync(file, 0o600)
  })

  it('cannot steer the terminal by what it writes', () => {
    const name = 'name: "\\e[2J\\e]0;owned\\a"'
    const good = checkCommand(written(`site: { area: a, id: b, station: c, ${name} }\nbuses: {}\ndevices: {}\nchannels: {}\n`))
    const bad = checkCommand(written(`site: { area: "\\e[2J", id: b, station: c } # \u001b[2J\n"\\e[1m": 1\nbuses: {}\ndevices: {}\nchannels: {}\n`))
    expect([good.exitCode, bad.exitCode]).toEqual([0, 1])
    for (const text of [good.out, good.err, bad.out, bad.err]) expect(text).not.toMatch(/[^\P{Cc}\n]/u)
  })

  it.each([
    ['empty', ''],
    ['not text', '\0\x01'],
    ['no YAML', 'site: ['],
    ['a list', '- 1'],
  ])('that is %s has a fault at its beginning or where it breaks', (_, text) => {
    const told = checkCommand(written(text))
    expect(told.exitCode).toBe(1)
    expect(told.err).toMatch(/site\.yaml:\d+:\d+: /)
  })
})
