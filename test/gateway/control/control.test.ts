// The control socket: whom it lets in, what it leaves behind, and what it says when there is nobody.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { askAct, askStatus, askWhy, type Control, controlPath, serveControl } from '../../../gateway/control/control.ts'

let folder: string
const open: { close(): unknown }[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-'))
})
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
  await rm(folder, { recursive: true })
})

const nothing = () => ({})
const nobody = async () => ({ ok: false, reason: 'nobody acts here' })

async function serve(
  path: string,
  status: () => unknown = () => ({ mode: 'test' }),
  act: Parameters<typeof serveControl>[0]['act'] = nobody,
  why: (alarm: string) => unknown = nothing,
): Promise<Control> {
  const control = await serveControl({ path, status, why, act })
  if ('trouble' in control) throw new Error(control.trouble)
  open.push(control)
  return control
}

describe('the control socket', () => {
  it('shows the status of the moment to its owner, and is gone after the end', async () => {
    const path = join(folder, 'deep/er/a.sock')
    let scans = 0
    const control = await serve(path, () => ({ scans: ++scans }))
    expect(await askStatus(path)).toEqual({ status: { scans: 1 } })
    expect(await askStatus(path)).toEqual({ status: { scans: 2 } })
    const { mode } = await stat(path)
    expect((mode & 0o777).toString(8)).toBe('600')
    expect(((await stat(join(folder, 'deep/er'))).mode & 0o777).toString(8)).toBe('700')
    expect(await readdir(join(folder, 'deep/er'))).toEqual(['a.sock'])
    await control.close()
    expect(await readdir(join(folder, 'deep/er'))).toEqual([])
    expect(await askStatus(path)).toEqual({ trouble: `no station runs with the control socket ${path}` })
  })

  it('tells why an alarm stands, whatever letters its name has', async () => {
    const path = join(folder, 'a.sock')
    const asked: string[] = []
    await serve(path, undefined, undefined, (alarm) => {
      asked.push(alarm)
      return alarm === 'none' ? { trouble: 'there is no alarm "none"' } : { alarm }
    })
    for (const alarm of ['slope', '滑坡 & 50% + x']) expect(await askWhy(path, alarm)).toEqual({ answer: { alarm } })
    expect(await askWhy(path, 'none')).toEqual({ trouble: 'there is no alarm "none"' })
    expect(asked).toEqual(['slope', '滑坡 & 50% + x', 'none'])
  })

  it.each([
    ['no name', '/why'],
    ['an empty name', '/why?alarm='],
    ['another question', '/why?alarms=slope'],
    ['two', '/why?alarm=a&alarm=b'],
    ['a name of two lines', '/why?alarm=a%0Ab'],
    ['a name that is too long', `/why?alarm=${'a'.repeat(101)}`],
    ['a megabyte', `/why?alarm=${'%41'.repeat(4000)}`],
  ])('does not look up %s', async (_, url) => {
    const path = join(folder, 'a.sock')
    await serve(path, undefined, undefined, () => {
      throw new Error('it was looked up')
    })
    const code = await new Promise((resolve, reject) =>
      request({ socketPath: path, path: url }, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end(),
    )
    expect(code).toBe(400)
  })

  it('has the station do what a person asks for, in that name and for that reason', async () => {
    const path = join(folder, 'a.sock')
    const acts: unknown[] = []
    await serve(path, undefined, async (...act) => {
      acts.push(act)
      return { ok: acts.length === 1, reason: acts.length === 1 ? '' : 'it has been done already' }
    })
    const args = { by: 'Li', reason: 'seen', alarm: 'slope' }
    expect(await askAct(path, 'acknowledge', args)).toEqual({ ok: true, reason: '' })
    expect(await askAct(path, 'acknowledge', args)).toEqual({ ok: false, reason: 'it has been done already' })
    expect(acts[0]).toEqual(['acknowledge', { reason: 'seen', alarm: 'slope' }, 'Li'])
    expect(await askAct(join(folder, 'none.sock'), 'silence', args)).toEqual({ trouble: expect.stringContaining('no station runs') })
  })

  it.each([
    ['nobody’s', { reason: 'seen' }, /no name/],
    ['an empty name’s', { by: ' ', reason: 'seen' }, /no name/],
    ['one in two lines', { by: 'Li\nWang', reason: 'seen' }, /no name/],
    ['one without a reason', { by: 'Li' }, /no reason/],
    ['one with an essay', { by: 'Li', reason: 'x'.repeat(201) }, /no reason of up to 200/],
    ['one that is too long', { by: 'Li', reason: 'seen', more: 'x'.repeat(17_000) }, /longer than 16384/],
    ['one that nests', { by: 'Li', reason: 'seen', a: { b: { c: { d: { e: 1 } } } } }, /nests no deeper/],
  ])('does no act that is %s', async (_, args, why) => {
    const path = join(folder, 'a.sock')
    let acts = 0
    await serve(path, undefined, async () => ({ ok: ++acts > 0, reason: '' }))
    expect(await askAct(path, 'silence', args)).toEqual({ trouble: expect.stringMatching(why) })
    expect(acts).toBe(0)
  })

  it('does not take the place of a station that runs', async () => {
    const path = join(folder, 'a.sock')
    await serve(path)
    expect(await serveControl({ path, status: () => ({}), why: nothing, act: nobody })).toEqual({
      trouble: `a station already runs with the control socket ${path}: stop it first`,
    })
    expect(await askStatus(path)).toEqual({ status: { mode: 'test' } })
  })

  it('takes the place of one that was killed', async () => {
    const path = join(folder, 'a.sock')
    const dead = spawn(process.execPath, ['-e', `require('node:http').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`])
    await once(dead.stdout, 'data')
    dead.kill('SIGKILL')
    await once(dead, 'exit')
    expect((await stat(path)).isSocket()).toBe(true)
    expect(await askStatus(path)).toEqual({ trouble: `no station runs with the control socket ${path}` })
    await serve(path)
    expect(await askStatus(path)).toEqual({ status: { mode: 'test' } })
  })

  it('answers nothing but what it knows', async () => {
    const path = join(folder, 'a.sock')
    await serve(path)
    for (const [method, url] of [
      ['POST', '/status'],
      ['GET', '/'],
      ['GET', '/status/../x'],
      ['DELETE', '/status'],
    ] as const) {
      const asked = request({ socketPath: path, method, path: url }).end()
      const [answer] = await once(asked, 'response')
      answer.resume()
      expect([method, url, answer.statusCode]).toEqual([method, url, 404])
    }
  })

  it('tells of a file in its way, of a path that is too long, and of a folder that cannot be', async () => {
    const file = join(folder, 'file')
    await writeFile(file, 'precious')
    expect(await serveControl({ path: join(file, 'a.sock'), status: () => ({}), why: nothing, act: nobody })).toEqual({
      trouble: expect.stringMatching(/ENOTDIR/),
    })
    const long = join(folder, 'x'.repeat(100))
    expect(await serveControl({ path: long, status: () => ({}), why: nothing, act: nobody })).toEqual({
      trouble: expect.stringContaining('is longer than 98 bytes'),
    })
    expect(await serveControl({ path: file, status: () => ({}), why: nothing, act: nobody })).toEqual({ trouble: expect.stringContaining('is no socket') })
    expect(await stat(file)).toMatchObject({ size: 8 })
  })

  it('tells what listens there when it is no station', async () => {
    const path = join(folder, 'other.sock')
    const other = createServer((socket) => socket.end('hello\r\n\r\n')).listen(path)
    await once(other, 'listening')
    open.push(other)
    expect(await askStatus(path)).toEqual({ trouble: expect.stringContaining('cannot be asked') })
    expect(await serveControl({ path, status: () => ({}), why: nothing, act: nobody })).toEqual({ trouble: expect.stringContaining('is in the way') })
  })
})

describe('its place', () => {
  const site = { area: 'lianshan', id: 'dapuling-03', station: 'a' }

  it('is the folder of the program, else of the user', () => {
    const name = /^dapuling-03-[0-9a-f]{8}\.sock$/
    expect(controlPath(site, { RUNTIME_DIRECTORY: folder, XDG_RUNTIME_DIR: '/elsewhere' }).slice(folder.length + 1)).toMatch(name)
    expect(controlPath(site, { XDG_RUNTIME_DIR: folder }).slice(join(folder, 'hazardpoint/').length)).toMatch(name)
    expect(controlPath(site, {})).toMatch(process.getuid?.() === 0 ? /^\/run\/hazardpoint\// : /hazardpoint/)
  })

  it('is where the socket lies already, so that all find it', async () => {
    const path = controlPath(site, { XDG_RUNTIME_DIR: folder })
    await serve(path)
    expect(controlPath(site, { RUNTIME_DIRECTORY: join(folder, 'other'), XDG_RUNTIME_DIR: folder })).toBe(path)
  })

  it('is another for each station, and never too long', () => {
    const paths = [site, { ...site, area: 'x' }, { ...site, station: 'b' }, { ...site, id: 'y' }].map((one) =>
      controlPath(one, { RUNTIME_DIRECTORY: '/run/hazardpoint' }),
    )
    expect(new Set(paths).size).toBe(4)
    const longest = { area: 'a'.repeat(40), id: 'b'.repeat(40), station: 'c'.repeat(40) }
    expect(controlPath(longest, { XDG_RUNTIME_DIR: '/run/user/1000' }).length).toBeLessThan(99)
  })
})
