import { describe, expect, it } from 'vitest'
import { readOnly } from '../../../devicejs/find/find.ts'
import { encodings, type Glimpse, glimpse, likely, type Meaning, makePeeker, scaled } from '../../../devicejs/find/peek.ts'
import { type Encoding, encodeNumber } from '../../../protocol/numbers.ts'
import type { Block, Bus, Reply } from '../../../protocol/ports.ts'

/** A device that gives what `answer` says; what it was asked is kept. */
function device(answer: (block: Block) => Reply) {
  const asked: string[] = []
  const bus = readOnly({
    read: async (block: Block) => {
      asked.push(`${block.address}+${block.count}`)
      return answer(block)
    },
  } as unknown as Bus)
  return { asked, look: (address: number) => glimpse(bus, { unit: 1, table: 'holding', address, timeoutMs: 100 }) }
}

const good = ({ address, count }: Block): Reply => ({ ok: true, words: Uint16Array.from({ length: count }, (_, at) => address + at) })
const refusal: Reply = { ok: false, fault: 'exception', code: 2, detail: 'illegal address (2)' }

describe('a glimpse', () => {
  it.each([
    ['of a register in the middle goes from the one before to the end of the widest number behind', 10, ['9+6'], [9, 10, 11, 12, 13, 14]],
    ['of the first register has none before it', 0, ['0+5'], [0, 1, 2, 3, 4]],
    ['of the last register has none behind it', 65_535, ['65534+2'], [65_534, 65_535]],
  ])('%s', async (_, address, requests, words) => {
    const { asked, look } = device(good)
    expect(await look(address)).toEqual({ table: 'holding', first: Math.max(0, address - 1), words, trouble: '' })
    expect(asked).toEqual(requests)
  })

  it('asks one by one where the device refuses them together, and leaves out what it does not have', async () => {
    const { look } = device((block) => (block.count === 1 && block.address >= 10 && block.address < 12 ? good(block) : refusal))
    expect(await look(10)).toMatchObject({ words: [null, 10, 11, null, null, null], trouble: '' })
  })

  it('asks for whole numbers of a device that gives no half of one', async () => {
    const { asked, look } = device((block) => (block.address === 10 && block.count === 2 ? good(block) : refusal))
    expect(await look(10)).toMatchObject({ words: [null, 10, 11, null, null, null], trouble: '' })
    expect(asked).not.toContain('10+4')
  })

  it.each([
    ['refuses the function', { ...refusal, code: 1, detail: 'illegal function (1)' } as Reply, 'illegal function (1)', 1],
    ['is silent', { ok: false, fault: 'timeout' } as Reply, 'timeout', 1],
    ['refuses every register', refusal, 'illegal address (2)', 9],
  ])('says why where the device %s', async (_, reply, trouble, requests) => {
    const { asked, look } = device(() => reply)
    expect(await look(10)).toMatchObject({ words: [null, null, null, null, null, null], trouble })
    expect(asked).toHaveLength(requests)
  })
})

describe('what registers could mean', () => {
  /** Words as they stand from `address` on, with nothing before. */
  const seen = (words: number[]): Glimpse => ({ table: 'holding', first: 9, words: [0, ...words, ...Array(5 - words.length).fill(0)], trouble: '' })
  const own = (meanings: Meaning[], type: string, order: string): Meaning =>
    meanings.find(({ encoding, offset }) => offset === 0 && encoding.type === type && encoding.order === order) as Meaning
  const marks = (meanings: Meaning[]): string[] =>
    meanings.filter(({ offset, plausible }) => offset === 0 && plausible.some(Boolean)).map(({ encoding }) => `${encoding.type} ${encoding.order}`)

  it('are all types in all the orders that make a difference', () => {
    expect(encodings).toHaveLength(4 * 2 + 6 * 4)
    expect(makePeeker(10)(seen([1, 2]))).toHaveLength(3 * encodings.length)
  })

  it.each([
    [{ type: 'f32', order: 'ABCD' }, 21.5],
    [{ type: 'f32', order: 'CDAB' }, -0.37],
    [{ type: 'f32', order: 'DCBA' }, 1013.2],
    [{ type: 'f64', order: 'BADC' }, 12.25],
    [{ type: 'i32', order: 'CDAB' }, -2500],
    [{ type: 'i16', order: 'ABCD' }, -250],
    [{ type: 'u16', order: 'BADC' }, 210],
  ] as [Encoding, number][])('has the true one among the plausible: %o of %d', (encoding, value) => {
    const meanings = makePeeker(10)(seen(encodeNumber(value, encoding)))
    expect(own(meanings, encoding.type, encoding.order).raw).toBeCloseTo(value, 3)
    expect(marks(meanings)).toContain(`${encoding.type} ${encoding.order}`)
  })

  it.each([
    [{ type: 'f32', order: 'ABCD' }, 21.5],
    [{ type: 'f32', order: 'CDAB' }, 730.25],
    [{ type: 'i16', order: 'ABCD' }, -250],
    [{ type: 'i32', order: 'CDAB' }, -2500],
  ] as [Encoding, number][])('has the true one as the likeliest: %o of %d', (encoding, value) => {
    expect(likely(makePeeker(10)(seen(encodeNumber(value, encoding))))[0]?.encoding).toEqual(encoding)
  })

  it.each(['ABCD', 'CDAB'] as const)(
    'has a count of two registers in the order %s among the likely ones, beside what its first register alone would be',
    (order) => {
      const meanings = makePeeker(10)(seen(encodeNumber(123_456, { type: 'u32', order })))
      expect(own(meanings, 'u32', order).plausible).toEqual([true, true, true, true])
      expect(likely(meanings).map(({ raw }) => raw)).toContain(123_456)
    },
  )

  it('marks none where all is 0, and names none', () => {
    const meanings = makePeeker(10)(seen([0, 0, 0, 0]))
    expect(meanings.filter(({ plausible }) => plausible.some(Boolean))).toEqual([])
    expect(likely(meanings)).toEqual([])
  })

  it('stands one register beside too', () => {
    const [high = 0, low = 0] = encodeNumber(21.5, { type: 'f32', order: 'ABCD' })
    const meanings = makePeeker(10)(seen([7, high, low]))
    expect(meanings.find(({ encoding, offset }) => offset === 1 && encoding.type === 'f32' && encoding.order === 'ABCD')).toMatchObject({ raw: 21.5 })
  })

  it('is not a number where a register of it is missing, or its digits are none', () => {
    const meanings = makePeeker(10)({ table: 'holding', first: 9, words: [1, 0x0a1f, null, null, null, null], trouble: '' })
    expect(own(meanings, 'f32', 'ABCD').raw).toBeNaN()
    expect(own(meanings, 'bcd16', 'ABCD').raw).toBeNaN()
    expect(own(meanings, 'u16', 'ABCD').raw).toBe(0x0a1f)
  })

  it('loses its mark by a jump, and has it back after five calm reads', () => {
    const see = makePeeker(10)
    const marked = (value: number): boolean => own(see(seen(encodeNumber(value, { type: 'f32', order: 'ABCD' }))), 'f32', 'ABCD').plausible[0] as boolean
    expect([20, 20.5, 21, 90, 90, 90, 90, 90, 90].map(marked)).toEqual([true, true, true, false, false, false, false, false, true])
  })

  it('keeps its mark while a count trembles', () => {
    const see = makePeeker(10)
    expect([3, 9, 2, 12].map((value) => own(see(seen([value])), 'u16', 'ABCD').plausible[0])).toEqual([true, true, true, true])
  })

  it('keeps its mark while a float trembles round 0', () => {
    const see = makePeeker(10)
    const marks = [0.02, -0.1, 0.05, 0.12].map((value) => own(see(seen(encodeNumber(value, { type: 'f32', order: 'ABCD' }))), 'f32', 'ABCD').plausible[0])
    expect(marks).toEqual([true, true, true, true])
  })

  it('is scaled without an error in the last digit', () => expect([scaled(3, 0.1), scaled(7, 0.001)]).toEqual([0.3, 0.007]))
})
