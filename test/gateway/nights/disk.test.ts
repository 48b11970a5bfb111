// The card of a station in a bad night: it hangs, is full, is changed, or its folder goes; what people do is kept again as soon as it can be.

import { execFileSync } from 'node:child_process'
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openActs } from '../../../gateway/journal/acts.ts'
import { openRecord } from '../../../gateway/journal/record.ts'
import type { ActRecord } from '../../../protocol/ports.ts'
import type { Remembered } from '../../../protocol/recording.ts'
import { instant, millis } from '../../../protocol/time.ts'

let folder: string
let card: string
let path: string
let told: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'disk-'))
  card = join(folder, 'card')
  path = join(card, 'a-b-c.acts.ndjson')
  told = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const moment = (at: number) => ({ at: millis(at), wall: instant(at), wallQuality: 'synchronised' as const })
const state = (at: number, parts: Remembered['parts']): Remembered => ({ moment: moment(at), parts })
const act = (op: string): ActRecord => ({ moment: moment(1), op, args: { reason: 'seen' }, by: 'Li', uplink: '', ok: true, refusal: '' })
const opened = (longest?: number) => openActs(path, (trouble) => void told.push(trouble), longest)
const text = () => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    return (error as Error).message
  }
}
const holds = (what: string) => expect.poll(text, { interval: 1, timeout: 10_000 }).toContain(what)

/** A file on a card that hangs: what is written to a pipe that is full waits until somebody reads (pipe(7)). */
function fullPipe(name: string) {
  execFileSync('mkfifo', [name])
  const held = openSync(name, constants.O_RDWR | constants.O_NONBLOCK)
  const untilItWaits = (step: () => number): void => {
    try {
      while (step() > 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
  const page = Buffer.alloc(4096)
  untilItWaits(() => writeSync(held, page))
  const isIt = (file: string): boolean => {
    try {
      return readlinkSync(`/proc/self/fd/${file}`) === name
    } catch {
      // Closed since it was listed.
      return false
    }
  }
  return {
    /** How often it is open in this process. */
    opened: () => readdirSync('/proc/self/fd').filter(isIt).length,
    drain: () => untilItWaits(() => readSync(held, page)),
    close: () => closeSync(held),
  }
}

describe('acts on a card', () => {
  it.each([
    ['whose folder is deleted', () => rmSync(card, { recursive: true })],
    ['that is taken out', () => renameSync(card, `${card}-out`)],
    [
      'on which another file takes their place',
      () => {
        writeFileSync(`${path}.other`, '')
        renameSync(`${path}.other`, path)
      },
    ],
  ])('%s are kept anew, with all that must outlive the process, and it is told', async (_, happens) => {
    const memory = opened()
    memory.keep(state(1, { a: 1, still: 'here' }))
    memory.act(act('shelve'))
    await holds('shelve')
    happens()
    memory.keep(state(2, { a: 2, still: 'here' }))
    memory.act(act('unshelve'))
    await holds('unshelve')
    await memory.close()
    expect(told).toEqual([expect.stringContaining('was taken away while the station ran')])
    expect(opened().remembered).toEqual(state(2, { a: 2, still: 'here' }))
    expect(told).toHaveLength(1)
  })

  it('whose folder cannot be made again are told to be lost once, and kept again once it can', async () => {
    const memory = opened()
    memory.keep(state(1, { a: 1 }))
    await holds('"a":1')
    rmSync(card, { recursive: true })
    writeFileSync(card, 'no folder')
    for (const op of ['shelve', 'silence', 'unshelve']) memory.act(act(op))
    await expect.poll(() => told, { interval: 1, timeout: 10_000 }).toContainEqual(expect.stringContaining('cannot be written'))
    rmSync(card)
    memory.keep(state(2, { a: 1 }))
    await holds('"a":1')
    await memory.close()
    expect(told.filter((one) => one.includes('cannot be written'))).toHaveLength(1)
    expect(opened().remembered).toEqual(state(2, { a: 1 }))
  })

  it('that fails in the middle are opened anew, for the old file may be broken for good', async () => {
    const memory = opened()
    memory.keep(state(1, { a: 1 }))
    await holds('"a":1')
    renameSync(card, `${card}-out`)
    symlinkSync(folder, card)
    // What is written there fails as on a full disk (full(4)).
    symlinkSync('/dev/full', path)
    memory.act(act('shelve'))
    await expect.poll(() => told, { interval: 1, timeout: 10_000 }).toContainEqual(expect.stringContaining('ENOSPC'))
    rmSync(card)
    renameSync(`${card}-out`, card)
    memory.keep(state(2, { a: 1, b: 1 }))
    await holds('"b":1')
    await memory.close()
    expect(opened().remembered).toEqual(state(2, { a: 1, b: 1 }))
  })

  it('that hangs wait in a bounded line, which is told when it is full, and go on when the card does', async () => {
    const memory = opened(10)
    memory.keep(state(1, { a: 1 }))
    await holds('"a":1')
    const pipe = fullPipe(`${path}.next`)
    memory.act(act('shelve'))
    await new Promise(setImmediate)
    for (let k = 0; k < 3000; k++) memory.act(act(`late-${k}`))
    expect(told).toEqual([expect.stringContaining('the disk does not answer')])
    await expect.poll(() => pipe.opened(), { interval: 1, timeout: 10_000 }).toBe(2)
    rmSync(`${path}.next`)
    pipe.drain()
    memory.keep(state(2, { a: 2 }))
    await holds('late-')
    await memory.close()
    pipe.close()
    expect(told).toHaveLength(1)
    expect(text().match(/late-/g)?.length).toBeLessThanOrEqual(1000)
    memory.keep(state(3, { a: 2, b: 3 }))
    await memory.close()
    expect(opened().remembered).toEqual(state(3, { a: 2, b: 3 }))
  })
})

describe('a recording', () => {
  it('on a card that does not take it is given up before it fills the memory, and that is told once', async () => {
    const path = join(folder, 'night.ndjson')
    const made = await openRecord(path, (trouble) => void told.push(trouble), 1_000_000)
    if ('trouble' in made) throw new Error(made.trouble)
    // Nothing is taken before this turn of the loop is over.
    for (let k = 0; k < 3000; k++) made.add('x'.repeat(1000))
    expect(told).toEqual([expect.stringContaining('ends here, what follows is not written: the disk does not answer. The station runs on.')])
    await made.close()
    expect(statSync(path).size).toBeLessThan(1_010_000)
    expect(told).toHaveLength(1)
  })
})
