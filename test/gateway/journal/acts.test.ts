import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { actsPath, openActs } from '../../../gateway/journal/acts.ts'
import type { ActRecord, RiseRecord } from '../../../protocol/ports.ts'
import type { Remembered } from '../../../protocol/recording.ts'
import { instant, millis } from '../../../protocol/time.ts'

let folder: string
let path: string
let told: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'acts-'))
  path = join(folder, 'deep', 'a-b-c.acts.ndjson')
  told = []
})
afterEach(() => rmSync(folder, { recursive: true }))

const moment = (at: number) => ({ at: millis(at), wall: instant(at), wallQuality: 'synchronised' as const })
const state = (at: number, parts: Remembered['parts']): Remembered => ({ moment: moment(at), parts })
const act = (op: string): ActRecord => ({ moment: moment(1), op, args: { reason: 'seen' }, by: 'Li', uplink: '', ok: true, refusal: '' })
const rise = (alarm: string, seen: object = {}): RiseRecord => ({ alarm, epoch: 'e', startedAt: instant(5), seen })
const opened = (longest?: number) => openActs(path, (trouble) => void told.push(trouble), longest)
const lines = (file = path): unknown[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

async function written(...states: Remembered[]): Promise<void> {
  const memory = opened()
  for (const one of states) memory.keep(one)
  await memory.close()
}

describe('the file of acts', () => {
  it('lies beside the notes, for its owner alone', async () => {
    expect(actsPath('/var/x/a-b-c.notes.json')).toBe('/var/x/a-b-c.acts.ndjson')
    await written(state(1, { a: 1 }))
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600')
  })

  it('gives back what was kept last, of each part', async () => {
    expect(opened().remembered).toBeNull()
    await written(state(1, { a: 1, b: { deep: [1] } }), state(2, { a: 2, b: { deep: [1] } }))
    await written(state(3, { a: 2, b: { deep: [1] }, c: null }))
    expect(opened().remembered).toEqual(state(3, { a: 2, b: { deep: [1] }, c: null }))
    expect(told).toEqual([])
  })

  it('writes only what has changed', async () => {
    await written(state(1, { a: 1, b: 1 }))
    const before = lines().length
    await written(state(2, { a: 1, b: 1 }), state(3, { a: 1, b: 2 }))
    expect(lines().slice(before)).toEqual([{ moment: moment(3), parts: { b: 2 } }])
  })

  it('tells who did what and why', async () => {
    const memory = opened()
    memory.act(act('shelve'))
    await memory.close()
    expect(lines()).toContainEqual({ act: act('shelve') })
    expect(opened().remembered).toBeNull()
  })

  it.each([
    ['a line', '{"moment":{"at":9,"wa'],
    ['a line that would be whole', '{"moment":{"at":9,"wall":9,"wallQuality":"synchronised"},"parts":{"a":9}}'],
    ['zeros of a file system', '\0\0\0\0'],
  ])('cuts off %s that the power cut short, tells it, and goes on', async (_, tail) => {
    await written(state(1, { a: 1 }))
    appendFileSync(path, tail)
    const memory = opened()
    expect(memory.remembered).toEqual(state(1, { a: 1 }))
    expect(told).toEqual([expect.stringContaining(`its last ${tail.length} bytes are cut off`)])
    memory.keep(state(2, { a: 2 }))
    await memory.close()
    told = []
    expect(opened().remembered).toEqual(state(2, { a: 2 }))
    expect(told).toEqual([])
  })

  it('passes over a damaged line in its middle, and tells it', async () => {
    await written(state(1, { a: 1 }))
    appendFileSync(path, '{"mom\n')
    await written(state(2, { a: 2 }))
    expect(told).toEqual([expect.stringContaining('1 of the')])
    expect(opened().remembered).toEqual(state(2, { a: 2 }))
  })

  it('sets aside what is not ours', () => {
    writeFileSync(join(folder, 'x.acts.ndjson'), 'dear diary\n')
    path = join(folder, 'x.acts.ndjson')
    expect(opened().remembered).toBeNull()
    expect(told).toEqual([expect.stringContaining('It is set aside as')])
    expect(readFileSync(`${path}.damaged`, 'utf8')).toBe('dear diary\n')
  })

  it.each([
    ['a device, which has no end', () => symlinkSync('/dev/zero', path)],
    ['a pipe, which waits for somebody who writes', () => void execFileSync('mkfifo', [path])],
    ['a folder', () => mkdirSync(path)],
  ])('is not read where %s lies: that is set aside', async (_, lay) => {
    path = join(folder, 'x.acts.ndjson')
    lay()
    const memory = opened()
    expect(memory.remembered).toBeNull()
    expect(told).toEqual([`${path} cannot be read: it is no file. It is set aside as ${path}.damaged. The station begins anew.`])
    memory.keep(state(1, { a: 1 }))
    await memory.close()
    expect(opened().remembered).toEqual(state(1, { a: 1 }))
  })

  it('never grows beyond its bound and a write, and keeps the whole state in the new file', async () => {
    for (let k = 0; k < 100; k++) {
      const memory = opened(2000)
      memory.act(act(`act-${k}`))
      memory.keep(state(k, { still: 'here', k }))
      await memory.close()
    }
    expect(statSync(path).size).toBeLessThan(2600)
    expect(lines()[0]).toEqual({ acts: 1 })
    expect(opened().remembered?.parts).toEqual({ still: 'here', k: 99 })
    expect(lines(`${path}.1`).length).toBeGreaterThan(1)
  })

  it('is there at every moment while it is begun anew: the power may go then', async () => {
    await written(state(1, { a: 'x'.repeat(100) }))
    const memory = opened(100)
    memory.keep(state(2, { a: 2 }))
    let isDone = false
    const closed = memory.close().then(() => {
      isDone = true
    })
    let gaps = 0
    while (!isDone) {
      if (!existsSync(path) || !readFileSync(path, 'utf8').includes('"moment"')) gaps++
      await new Promise(setImmediate)
    }
    await closed
    expect(gaps).toBe(0)
    expect(opened().remembered).toEqual(state(2, { a: 2 }))
    expect(told).toEqual([])
  })

  it('keeps what it knows where it can begin no new file', async () => {
    await written(state(1, { a: 'x'.repeat(100) }))
    mkdirSync(`${path}.1`)
    const memory = opened(100)
    memory.keep(state(2, { a: 2 }))
    await memory.close()
    expect(told).toEqual([expect.stringContaining('cannot be written')])
    expect(opened().remembered).toEqual(state(1, { a: 'x'.repeat(100) }))
  })

  it('is begun anew once a full disk has room again, and keeps until then what it had', async () => {
    await written(state(1, { a: 'x'.repeat(100) }))
    // What is written there fails as on a full disk (full(4)).
    symlinkSync('/dev/full', `${path}.next`)
    const memory = opened(100)
    memory.keep(state(2, { a: 2 }))
    await memory.close()
    expect(told).toEqual([expect.stringContaining('ENOSPC')])
    expect(opened().remembered).toEqual(state(1, { a: 'x'.repeat(100) }))
    rmSync(`${path}.next`)
    memory.keep(state(3, { a: 2, b: 3 }))
    await memory.close()
    expect(opened().remembered).toEqual(state(3, { a: 2, b: 3 }))
    expect(told).toHaveLength(1)
  })

  it('gives back the last rise of each alarm, whatever else is there', async () => {
    const memory = opened()
    expect(memory.rises).toEqual([])
    for (const one of [rise('a', { at: 1 }), rise('b'), rise('a', { at: 2 })]) memory.rise(one)
    memory.keep(state(1, { a: 1 }))
    await memory.close()
    const again = opened()
    expect([again.rises, again.remembered]).toEqual([[rise('b'), rise('a', { at: 2 })], state(1, { a: 1 })])
  })

  it.each(['{"rise":7}', '{"rise":null}', '{"rise":{"alarm":"a","epoch":"e","startedAt":1,"seen":null}}', '{"rise":{"alarm":"a","seen":{}}}', '{"rise":{"ala'])(
    'passes over a rise that is damaged: %s',
    async (line) => {
      const memory = opened()
      memory.rise(rise('a', { at: 1 }))
      await memory.close()
      appendFileSync(path, `${line}\n`)
      expect(opened().rises).toEqual([rise('a', { at: 1 })])
    },
  )

  it('begins a new file beyond 4 MB with the last rises and the whole state', async () => {
    const memory = opened()
    memory.keep(state(1, { still: 'here' }))
    for (let k = 0; k < 90; k++) memory.rise(rise(`alarm-${k % 3}`, { k, long: 'x'.repeat(60_000) }))
    await memory.close()
    const next = opened()
    next.act(act('shelve'))
    await next.close()
    expect(statSync(`${path}.1`).size).toBeGreaterThan(4 * 2 ** 20)
    expect(statSync(path).size).toBeLessThan(2 ** 20)
    const { rises, remembered } = opened()
    expect(rises.map(({ alarm, seen }) => [alarm, (seen as { k: number }).k])).toEqual([
      ['alarm-0', 87],
      ['alarm-1', 88],
      ['alarm-2', 89],
    ])
    expect(remembered).toEqual(state(1, { still: 'here' }))
  })

  it('leaves a quarter of a new file to rises at most: the oldest are not taken over, and acts keep their room', async () => {
    let memory = opened(8000)
    for (let k = 0; k < 20; k++) memory.rise(rise(`alarm-${k}`, { long: 'x'.repeat(500) }))
    await memory.close()
    memory = opened(8000)
    memory.act(act('shelve'))
    await memory.close()
    expect(opened().rises.map(({ alarm }) => alarm)).toEqual(['alarm-17', 'alarm-18', 'alarm-19'])
    expect(statSync(path).size).toBeLessThan(2500)
  })

  it('keeps the rise that a full disk refused once there is room again', async () => {
    const memory = opened()
    mkdirSync(join(folder, 'deep'))
    symlinkSync('/dev/full', path)
    memory.rise(rise('a', { at: 1 }))
    await expect.poll(() => told.length).toBeGreaterThan(0)
    rmSync(path)
    memory.act(act('shelve'))
    await memory.close()
    expect(opened().rises).toEqual([rise('a', { at: 1 })])
  })

  it('keeps the rise that found no place among the lines that wait', async () => {
    await written(state(1, { a: 1 }))
    const memory = opened()
    for (let k = 0; k < 1000; k++) memory.act(act('ack'))
    memory.rise(rise('a', { at: 1 }))
    expect(told).toEqual([expect.stringContaining('the disk does not answer')])
    await memory.close()
    expect(opened().rises).toEqual([rise('a', { at: 1 })])
  })

  it('begins a new line where the disk took half of one', async () => {
    const memory = opened()
    mkdirSync(join(folder, 'deep'))
    symlinkSync('/dev/full', path)
    memory.act(act('shelve'))
    await expect.poll(() => told.length).toBeGreaterThan(0)
    rmSync(path)
    writeFileSync(path, '{"acts":1}\n{"act":{"mom')
    memory.keep(state(2, { a: 2 }))
    await memory.close()
    expect(readFileSync(path, 'utf8')).toContain('{"mom\n{"acts":1}\n')
    expect(opened().remembered).toEqual(state(2, { a: 2 }))
  })

  it('is not read where it grew to more than 16 MB: that is set aside', async () => {
    await written(state(1, { a: 1 }))
    truncateSync(path, 16 * 2 ** 20)
    appendFileSync(path, '\n')
    expect(opened().remembered).toBeNull()
    expect(told).toEqual([expect.stringContaining('it is too long to be ours')])
  })

  it('tells once that it cannot be written, and the station goes on', async () => {
    writeFileSync(join(folder, 'deep'), 'a file where a folder should be')
    const memory = opened()
    memory.act(act('shelve'))
    memory.act(act('unshelve'))
    await memory.close()
    expect(told).toEqual([expect.stringContaining('cannot be written')])
  })
})
