import { expect, it } from 'vitest'
import type { WordsDrive } from '../../../devicejs/outputs/drive.ts'
import { standing } from './driven.ts'

const drive: WordsDrive = {
  by: 'words',
  at: 0x100,
  words: 8,
  encoding: 'gb2312',
  pad: 0x20,
  length: 0x11,
  show: { register: 0x10, on: 1, off: 0 },
}

function sign(more: Partial<WordsDrive> = {}, maxWords = 125) {
  const s = standing({ ...drive, ...more }, { kind: 'sign', maxWords })
  const { holding } = s.bus.image(20)
  for (let at = 0; at < 8; at++) holding.set(0x100 + at, 0x4f4c) // an old text
  holding.set(0x10, 0)
  holding.set(0x11, 0)
  return { ...s, holding, shown: () => Array.from({ length: 8 }, (_, at) => (holding.get(0x100 + at) ?? 0).toString(16)).join(' ') }
}

it('shows its text in registers, padded to the end, and then only switches it on', async () => {
  const s = sign()
  expect(await s.set(true, '注意落石')).toEqual({ actual: true, detail: '' })
  expect(s.shown()).toBe('d7a2 d2e2 c2e4 caaf 2020 2020 2020 2020')
  expect([s.holding.get(0x11), s.holding.get(0x10)]).toEqual([8, 1])
  expect(s.writes().at(-1)).toBe('holding 16 = 1')
})

it('is dark before its text goes', async () => {
  const s = sign()
  await s.set(true, '注意落石')
  const before = s.writes().length
  expect(await s.set(false)).toEqual({ actual: false, detail: '' })
  expect(s.writes()[before]).toBe('holding 16 = 0')
  expect(s.shown()).toBe(Array(8).fill('2020').join(' '))
})

it('that takes few registers at once gets its text in pieces', async () => {
  const s = sign({}, 3)
  expect((await s.set(true, '注意落石')).actual).toBe(true)
  expect(s.bus.asked.every(({ count }) => count <= 3)).toBe(true)
})

it('that holds another text than it was given is not taken for lit', async () => {
  const s = sign()
  const read = s.bus.read
  s.bus.read = async (block, ...rest) => {
    if (block.address === 0x100) s.holding.set(0x103, 0)
    return read(block, ...rest)
  }
  expect(await s.set(true, '注意落石')).toEqual({ actual: false, detail: 'it shows another text' })
})

it('without a register to show it is lit by its text, and dark by blanks', async () => {
  const s = sign({ show: null, length: null })
  expect((await s.set(true, 'A')).actual).toBe(true)
  expect((await s.set(false)).actual).toBe(false)
  expect(s.writes().every((write) => write.startsWith('holding 256'))).toBe(true)
})

it('that refuses says how, and is not lit', async () => {
  const s = sign()
  s.bus.fate = (block) => (block.address === 0x100 ? { code: 3 } : null)
  expect(await s.set(true, 'A')).toEqual({ actual: null, detail: 'the device refused: it does not take this value' })
})

it('too small for the text says what it cut', async () => {
  expect((await sign().set(true, '红色预警请立即撤离')).detail).toBe('the text was too long by 1 characters')
})

it('in UTF-16 is filled up with whole characters', async () => {
  const s = sign({ encoding: 'utf-16be' })
  expect((await s.set(true, '落石')).actual).toBe(true)
  expect(s.shown()).toBe('843d 77f3 20 20 20 20 20 20')
})
