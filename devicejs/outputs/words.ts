/** A sign on Modbus: its text in registers, then a register that shows it; both are read back. */
import { limits } from '../../protocol/frames.ts'
import type { Bus, BusClock, Obeyed, Output, Reply } from '../../protocol/ports.ts'
import type { Driven, WordsDrive } from './drive.ts'
import { type Ask, askUrgently, SETTLE_MS, stateIn, whyNot } from './modbus.ts'
import { encodeText } from './text.ts'
import { inTurns } from './turns.ts'

type Block = { address: number; words: Uint16Array }

/** The registers of a text: padded to the end, so that nothing of the last one stays. */
export function wordsOfText(text: string, drive: WordsDrive): { words: Uint16Array; length: number; unknown: string; cut: string } {
  const { bytes, unknown, cut } = encodeText(text, drive.encoding, 2 * drive.words)
  const filled = new Uint8Array(2 * drive.words).fill(drive.pad)
  filled.set(bytes)
  const words = Uint16Array.from({ length: drive.words }, (_, at) => ((filled[2 * at] as number) << 8) | (filled[2 * at + 1] as number))
  return { words, length: bytes.length, unknown, cut }
}

export function makeWordSign(bus: Bus, busClock: BusClock, driven: Driven, drive: WordsDrive): Output {
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
    const { register, on: onWord, off: offWord } = drive.show
    const block = { address: drive.at, words }
    const steps: Block[] = [
      // An empty sign is switched off first, a new text is shown when all of it is there.
      ...(on ? [] : [{ address: register, words: Uint16Array.of(offWord) }]),
      block,
      ...(drive.length === null ? [] : [{ address: drive.length, words: Uint16Array.of(length) }]),
      ...(on ? [{ address: register, words: Uint16Array.of(onWord) }] : []),
    ]
    let failed = ''
    for (const step of steps) failed ||= await write(ask, step)
    await busClock.wait(SETTLE_MS)
    const shown = await ask.read({ table: 'holding', address: register, count: 1 })
    if (!shown.ok) return { actual: null, detail: failed || whyNot(shown) }
    const lit = stateIn({ table: 'holding', address: register, bit: null }, shown.words[0] ?? 0, drive.show)
    const same = on ? await holds(ask, block) : true
    if (typeof same === 'string') return { actual: null, detail: failed || same }
    const actual = lit === true && !same ? false : lit
    const wrong =
      actual === on ? '' : failed || (lit === true && !same ? 'it shows another text' : `it is ${lit === null ? 'neither on nor off' : lit ? 'on' : 'off'}`)
    return { actual, detail: [wrong, ...remarks(unknown, cut)].filter((part) => part !== '').join('; ') }
  }

  return {
    set: inTurns((on, saying, overtaken) => show(askUrgently(bus, driven.unit, driven.timeoutMs, overtaken), on, saying?.text ?? '')),
  }
}

/** What of a text did not come over. */
export const remarks = (unknown: string, cut: string): string[] => [
  ...(unknown ? [`it has no characters for ${unknown}`] : []),
  ...(cut ? [`the text was too long by ${[...cut].length} characters`] : []),
]
