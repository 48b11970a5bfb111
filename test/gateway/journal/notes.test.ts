import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { notesPath, openNotes } from '../../../gateway/journal/notes.ts'
import { virtualClock } from '../../devicejs/virtual.ts'

let folder: string
let told: string[]
const clock = virtualClock()
const open = (path = join(folder, 'a', 'notes.json')) => openNotes(path, clock, (trouble) => told.push(trouble))

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hazardpoint-notes-'))
  told = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('notes', () => {
  it('are there again after a restart, and for their owner alone', async () => {
    const notes = open()
    expect(notes.read('refused slope/tilt')).toBeUndefined()
    notes.keep('refused slope/tilt', { cuts: ['input 4'], retired: [] })
    notes.keep('late slope', 180)
    await notes.close()
    expect([open().read('refused slope/tilt'), open().read('late slope'), told]).toEqual([{ cuts: ['input 4'], retired: [] }, 180, []])
    expect(readdirSync(join(folder, 'a'))).toEqual(['notes.json'])
  })

  it('are gathered for a second, and written once', async () => {
    const notes = open()
    for (let k = 0; k < 100; k++) notes.keep('late slope', k)
    await clock.run(clock.now() + 900)
    expect(existsSync(join(folder, 'a'))).toBe(false)
    await clock.run(clock.now() + 200)
    await notes.close()
    expect(JSON.parse(readFileSync(join(folder, 'a', 'notes.json'), 'utf8'))).toEqual({ 'late slope': 99 })
  })

  it.each([
    ['a device, which has no end', (path: string) => symlinkSync('/dev/zero', path)],
    ['a pipe, which waits for somebody who writes', (path: string) => void execFileSync('mkfifo', [path])],
  ])('are not looked for in %s', async (_, lay) => {
    const path = join(folder, 'notes.json')
    lay(path)
    await open(path).close()
    expect(told).toEqual([`the notes ${path} cannot be read: it is no file. They are set aside as ${path}.damaged. The station learns anew.`])
  })

  it('that say nothing new are not written', async () => {
    const first = open()
    first.keep('late slope', 180)
    await first.close()
    rmSync(join(folder, 'a', 'notes.json'))
    const notes = open()
    await notes.close()
    expect(existsSync(join(folder, 'a', 'notes.json'))).toBe(false)
  })

  it.each([
    ['cut off', '{"late slope": 1'],
    ['empty', ''],
    ['a list', '[1, 2]'],
    ['bytes', '\0\0\0\0'],
    ['endless', `"${'x'.repeat(5 * 2 ** 20)}"`],
  ])('that are %s are set aside, told, and never fatal', async (_, text) => {
    const path = join(folder, 'notes.json')
    writeFileSync(path, text)
    const notes = open(path)
    expect(told).toEqual([expect.stringMatching(/cannot be read: .*set aside as .*notes\.json\.damaged\. The station learns anew\.$/s)])
    expect(readFileSync(`${path}.damaged`, 'utf8')).toBe(text)
    notes.keep('late slope', 180)
    await notes.close()
    expect(open(path).read('late slope')).toBe(180)
  })

  it('that cannot be written are told once, go on in memory, and are written when that is possible again', async () => {
    // A file stands where the folder should be: this holds for every user, as a read-only disk does.
    writeFileSync(join(folder, 'a'), '')
    const notes = open()
    for (const late of [1, 2, 3]) {
      notes.keep('late slope', late)
      await clock.run(clock.now() + 1100)
      await notes.close()
    }
    expect(told).toEqual([expect.stringMatching(/cannot be written: .*forgotten when it ends\.$/)])
    expect(notes.read('late slope')).toBe(3)
    rmSync(join(folder, 'a'))
    await notes.close()
    expect(open().read('late slope')).toBe(3)
  })

  it('that do not fit on a full disk leave the old ones whole, and are written when there is room', async () => {
    const path = join(folder, 'notes.json')
    const before = open(path)
    before.keep('late slope', 1)
    await before.close()
    // What is written there fails as on a full disk (full(4)).
    symlinkSync('/dev/full', `${path}.new`)
    const notes = open(path)
    notes.keep('late slope', 2)
    await notes.close()
    expect(told).toEqual([expect.stringMatching(/cannot be written: ENOSPC/)])
    expect(open(path).read('late slope')).toBe(1)
    rmSync(`${path}.new`)
    await notes.close()
    expect(open(path).read('late slope')).toBe(2)
  })

  it('that cannot be set aside are told as such, and the station learns anew', () => {
    const path = join(folder, 'notes.json')
    writeFileSync(path, '{')
    // Older damaged notes, in a folder that a file cannot take the place of.
    mkdirSync(`${path}.damaged`)
    expect(open(path).read('late slope')).toBeUndefined()
    expect(told).toEqual([expect.stringMatching(/They cannot be set aside either/)])
  })
})

describe('where they lie', () => {
  const site = { area: 'lianshan', id: 'dapuling-03', station: 'a' }

  it.each([
    [{ STATE_DIRECTORY: '/var/lib/hazardpoint:/var/lib/more' }, '/var/lib/hazardpoint/lianshan-dapuling-03-a.notes.json'],
    [{ XDG_STATE_HOME: '/home/me/state' }, '/home/me/state/hazardpoint/lianshan-dapuling-03-a.notes.json'],
    [{}, expect.stringMatching(/\/\.local\/state\/hazardpoint\/lianshan-dapuling-03-a\.notes\.json$/)],
  ])('%j', (environment, path) => {
    expect(notesPath(site, environment)).toEqual(path)
  })
})
