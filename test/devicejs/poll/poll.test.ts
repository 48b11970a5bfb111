import { describe, expect, it } from 'vitest'
import { planIdentity, planPoll } from '../../../devicejs/poll/poll.ts'
import { profileOf } from '../field.ts'

/** `table address+count`, in the order in which they are asked. */
const blocks = (text: string, wanted: string[]): string[] =>
  planPoll(profileOf(text), wanted).blocks.map(({ table, address, count }) => `${table} ${address}+${count}`)

const ch = (name: string, read: string, more = ''): string => `  ${name}: { quantity: q, unit: m, read: { ${read} }${more} }\n`

describe('a poll plan', () => {
  const spread = (line: string): string =>
    `line: { ${line} }\nchannels:\n${ch('a', 'input: 0, as: i32')}${ch('b', 'input: 4')}${ch('c', 'input: 5')}${ch('d', 'input: 40')}`

  it.each([
    ['joins neighbours, and nothing else where the device refuses holes', 'maxHole: 0', ['a', 'b', 'c', 'd'], ['input 0+2', 'input 4+2', 'input 40+1']],
    ['reads a hole along where the device lets it', 'maxHole: 2', ['a', 'b', 'c', 'd'], ['input 0+6', 'input 40+1']],
    ['does not read a hole that is one too wide', 'maxHole: 1', ['a', 'b'], ['input 0+2', 'input 4+1']],
    ['asks for what is wanted only', 'maxHole: 2', ['c', 'd'], ['input 5+1', 'input 40+1']],
    ['asks for each value alone where the device wants that, a long one whole', 'maxWords: 1', ['a', 'b', 'c'], ['input 0+2', 'input 4+1', 'input 5+1']],
    ['keeps to the most words of a request', 'maxHole: 2, maxWords: 5', ['a', 'b', 'c'], ['input 0+5', 'input 5+1']],
    ['does not depend on the order of the names', 'maxHole: 2', ['d', 'c', 'b', 'a'], ['input 0+6', 'input 40+1']],
    ['of nothing asks nothing', 'maxHole: 2', [], []],
  ])('%s', (_, line, wanted, expected) => expect(blocks(spread(line), wanted)).toEqual(expected))

  it('never tears a value over two requests', () => {
    const text = `line: { maxWords: 3 }\nchannels:\n${ch('a', 'input: 0, as: f32')}${ch('b', 'input: 2, as: f32')}`
    expect(blocks(text, ['a', 'b'])).toEqual(['input 0+2', 'input 2+2'])
  })

  it('never asks for more than the standard allows', () => {
    const many = Array.from({ length: 40 }, (_, k) => ch(`c${k}`, `holding: ${4 * k}, as: f64`)).join('')
    const wanted = Array.from({ length: 40 }, (_, k) => `c${k}`)
    expect(blocks(`channels:\n${many}`, wanted)).toEqual(['holding 0+124', 'holding 124+36'])
  })

  it('keeps the tables apart, and asks for bits by the bit', () => {
    const text = `channels:\n${ch('a', 'holding: 0')}${ch('b', 'input: 1')}${ch('c', 'coil: 2')}${ch('d', 'coil: 3')}${ch('e', 'discrete: 4')}`
    expect(blocks(text, ['a', 'b', 'c', 'd', 'e'])).toEqual(['coil 2+2', 'discrete 4+1', 'holding 0+1', 'input 1+1'])
  })

  it('reads one register once, whatever stands in its bits', () => {
    const text = `line: { maxWords: 1 }\nchannels:\n${ch('a', 'holding: 7, bit: 0')}${ch('b', 'holding: 7, bits: [4, 5]')}`
    expect(blocks(text, ['a', 'b'])).toEqual(['holding 7+1'])
  })

  it('asks for the faults of the wanted channels, and for latched ones always', () => {
    const text = `channels:\n${ch('a', 'input: 0')}${ch('b', 'input: 1')}faults:
  - { read: { input: 10 }, means: x, marks: [a] }
  - { read: { input: 20 }, means: y, marks: [b] }
  - { read: { input: 30 }, means: z, latched: true }\n`
    expect(blocks(text, ['a'])).toEqual(['input 0+1', 'input 10+1', 'input 30+1'])
  })

  it('reads a register that reading clears only where it is wanted, alone, and never in a hole', () => {
    const text = `line: { maxHole: 10 }\nchannels:\n${ch('a', 'input: 0')}${ch('since', 'input: 1, as: i32', ', clearsOnRead: yes')}${ch('b', 'input: 3')}`
    expect(blocks(text, ['a', 'b'])).toEqual(['input 0+1', 'input 3+1'])
    expect(blocks(text, ['a', 'since', 'b'])).toEqual(['input 0+1', 'input 3+1', 'input 1+2'])
  })

  it('reads a device that has a clock whole, its clock in the block of its values', () => {
    const text = `clock: { input: 0, as: u64 }\nchannels:\n${ch('a', 'input: 4')}${ch('b', 'input: 5')}${ch('c', 'input: 6')}`
    const plan = planPoll(profileOf(text), ['c'])
    expect(plan.blocks).toEqual([{ table: 'input', address: 0, count: 7 }])
    expect(plan.channels.map(({ block, at }) => ({ block, at }))).toEqual([{ block: 0, at: 6 }])
    expect(plan.clock).toMatchObject({ block: 0, at: 0, unitMs: 1 })
  })

  it('has the marks of identity for itself', () => {
    const text = `identity: [ { read: { holding: 9, as: u32 }, equals: 5 } ]\nchannels:\n${ch('a', 'input: 0')}`
    expect(blocks(text, ['a'])).toEqual(['input 0+1'])
    expect(planIdentity(profileOf(text))).toEqual([{ table: 'holding', address: 9, count: 2 }])
  })

  it('of a channel that the profile does not have is a mistake of ours', () => {
    expect(() => planPoll(profileOf(`channels:\n${ch('a', 'input: 0')}`), ['b'])).toThrow(/no channel b/)
  })
})
