/** A sign on Modbus: its text in registers, then a register that shows it; both are read back. */
import { limits } from '../../protocol/frames.ts'
import type { BusClock, Obeyed, Output, Reply } from '../../protocol/ports.ts'
import type { Driven, Switch, WordsDrive } from './drive.ts'
import { type Ask, askUrgently, settleMs, sparing, stateIn, type Unit, whyNot } from './modbus.ts'
import { encodeText } from './text.ts'
import { inTurns } from './turns.ts'

type Block = { address: number; words: Uint16Array }

/** The registers of a text: padded to the end, so that nothing of the last one stays. */
export function wordsOfText(text: string, drive: WordsDrive): { words: Uint16Array; length: number; unknown: string; cut: string } {
  const { bytes, unknown, cut } = encodeText(text, drive.encoding, 2 * drive.words)
  const wide = drive.encoding === 'utf-16be'
  const filled = Uint8Array.from({ length: 2 * drive.words }, (_, at) => (wide && at % 2 === 0 ? 0 : drive.pad))
  filled.set(bytes)
  const words = Uint16Array.from({ length: drive.words }, (_, at) => ((filled[2 * at] as number) << 8) | (filled[2 * at + 1] as number))
  return { words, length: bytes.length, unknown, cut }
}

export function makeWordSign(unit: Unit, busClock: BusClock, driven: Driven, drive: WordsDrive): Output {
  const most = Math.min(driven.maxWords, limits.writeWords)

  /** In as many requests as the device needs. */
  function* parts({ address, words }: Block): Iterable<Block> {
    for (let from = 0; from < words.length; from += most) yield { address: address + from, words: words.subarray(from, from + most) }
  }

  async function write(ask: Ask, block: Block): Promise<string> {
    for (const part of parts(block)) {
      const reply = await ask.write({ table: 'holding', address: part.address }, part.words)
      if (!reply.ok) return whyNot(reply)
    }
    return ''
  }

  /** True where all of it stands there; a sentence where it could not be read. */
  async function holds(ask: Ask, block: Block): Promise<boolean | string> {
    for (const part of parts(block)) {
      const reply: Reply = await ask.read({ table: 'holding', address: part.address, count: part.words.length })
      if (!reply.ok) return whyNot(reply)
      if (reply.words.some((word, at) => word !== part.words[at])) return false
    }
    return true
  }

  async function show(ask: Ask, on: boolean, text: string): Promise<Obeyed> {
    const { words, length, unknown, cut } = wordsOfText(on ? text : '', drive)
    const { show: lamp } = drive
    const block = { address: drive.at, words }
    const lit: Block[] = lamp ? [{ address: lamp.register, words: Uint16Array.of(on ? lamp.on : lamp.off) }] : []
    const sized: Block[] = drive.length === null ? [] : [{ address: drive.length, words: Uint16Array.of(length) }]
    // A sign is switched off before its text goes, and a new text is shown when all of it is there.
    let failed = ''
    for (const step of on ? [block, ...sized, ...lit] : [...lit, block, ...sized]) failed ||= await write(ask, step)
    await busClock.wait(settleMs(driven))
    const same = await holds(ask, block)
    if (typeof same === 'string') return { actual: null, detail: failed || same }
    const shown = lamp ? await state(ask, lamp) : on
    if (typeof shown === 'string') return { actual: null, detail: failed || shown }
    const actual = on ? shown && same : shown || !same
    const wrong = actual === on ? '' : failed || (same ? `it was switched ${on ? 'on' : 'off'} and reads back otherwise` : 'it shows another text')
    return { actual, detail: [wrong, ...(on ? remarks(unknown, cut) : [])].filter((part) => part !== '').join('; ') }
  }

  /** Whether it is lit; a sentence where that cannot be told. */
  async function state(ask: Ask, lamp: Switch): Promise<boolean | string> {
    const reply = await ask.read({ table: 'holding', address: lamp.register, count: 1 })
    if (!reply.ok) return whyNot(reply)
    const word = reply.words[0] ?? 0
    return stateIn({ table: 'holding', address: lamp.register, bit: null }, word, lamp) ?? `it reads back ${word}, which is neither on nor off`
  }

  return {
    set: inTurns(sparing(unit.board, (on, saying, overtaken) => show(askUrgently(unit, overtaken), on, saying?.text ?? ''))),
  }
}

/** What of a text did not come over. */
export const remarks = (unknown: string, cut: string): string[] => [
  ...(unknown ? [`it has no characters for ${unknown}`] : []),
  ...(cut ? [`the text was too long by ${[...cut].length} characters`] : []),
]
