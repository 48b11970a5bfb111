/** What a profile may say of its outputs, and of its watchdog. */
import { about, id, oneOf, optional, pattern, type Read, refine, type Schema, shape, table, turn, whole } from '../../protocol/files/schema.ts'
import { type OutputKind, outputKinds } from '../../protocol/ports.ts'
import type { Drive, Watchdog } from './drive.ts'
import { textEncodings } from './text.ts'

const LAST_ADDRESS = 0xffff

/** What a length of one byte counts, less the longest checksum. */
const LONGEST_COUNTED = 0xff - 4

/** Fed three times in its time over a line that may hold a request up for some hundred milliseconds: a shorter one would drop a siren that sounds. */
const SHORTEST_WATCHDOG_MS = 1_000

const address = (): Schema<number> => whole({ least: 0, most: LAST_ADDRESS })
const word = (): Schema<number> => whole({ least: 0, most: LAST_ADDRESS })
const hexBytes = (): Schema<Uint8Array> =>
  turn(pattern(/^([0-9A-Fa-f]{2}( |$))*$/, 'a row of bytes in hexadecimal', '"FD 00 02 21 DE"'), (written: string) =>
    Uint8Array.from(written.match(/[0-9A-Fa-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16)),
  )

const back = shape({
  coil: optional(address()),
  discrete: optional(address()),
  holding: optional(address()),
  input: optional(address()),
  bit: optional(about(whole({ least: 0, most: 15 }), 'one bit of a register, 0 the lowest')),
})

const output = shape({
  kind: optional(about(oneOf(outputKinds), 'what it is; of a coil or register relay, of registers of text sign, of a modem sms, where it is left out')),
  coil: optional(about(address(), 'wire address of the coil that drives it')),
  holding: optional(about(address(), 'wire address of the register that drives it')),
  on: optional(about(word(), 'what is written to the register for on; 1 where it is left out')),
  off: optional(about(word(), 'what is written to the register for off; 0 where it is left out')),
  readBack: optional(about(back, 'where its state is read: a contact is better than the coil; what was written where it is left out')),
  text: optional(
    about(
      shape({
        holding: about(address(), 'first register of the text'),
        words: about(whole({ least: 1, most: 512 }), 'how many registers'),
        encoding: about(optional(oneOf(textEncodings), 'gb2312'), 'two bytes a register, the first one high'),
        pad: about(optional(whole({ least: 0, most: 255 }), 0x20), 'fills the registers behind the text'),
        length: optional(about(address(), 'register that holds the length of the text in bytes')),
      }),
      'a sign with its text in registers; `holding`, `on` and `off` say what shows it, where something must be written for that',
    ),
  ),
  frame: optional(
    about(
      shape({
        start: about(optional(hexBytes(), ''), 'bytes that each frame begins with'),
        length: about(optional(oneOf([0, 1, 2]), 0), 'bytes of the length that follows, high one first; it counts what follows it but the end'),
        checksum: optional(oneOf(['none', 'xor8', 'sum8', 'sum16-negated', 'crc16-modbus']), 'none'),
        checksumFrom: about(optional(whole({ least: 0, most: 16 }), 0), 'the first byte that it is of'),
        checksumAs: optional(oneOf(['bytes', 'hex']), 'bytes'),
        end: about(optional(hexBytes(), ''), 'bytes that each frame ends with'),
      }),
      'a voice or a sign with frames of its own, on a line of its own',
    ),
  ),
  say: optional(
    about(
      shape({
        before: optional(hexBytes(), ''),
        after: optional(hexBytes(), ''),
        encoding: optional(oneOf(textEncodings), 'gb2312'),
        most: about(whole({ least: 8, most: 4000 }), 'bytes of text that it takes'),
      }),
      'how a text is said: what stands before and after it in the frame',
    ),
  ),
  clip: optional(
    about(shape({ before: optional(hexBytes(), ''), bytes: optional(oneOf([1, 2]), 1) }), 'how a recording is played: what stands before its number'),
  ),
  stop: optional(about(hexBytes(), 'what is sent for silence, or for an empty sign')),
  ask: optional(about(hexBytes(), 'what is sent to ask whether it is busy')),
  answer: optional(
    about(
      shape({
        length: optional(whole({ least: 1, most: 64 }), 1),
        taken: hexBytes(),
        refused: optional(hexBytes()),
        busy: optional(hexBytes()),
        idle: optional(hexBytes()),
      }),
      'what it answers, by how the answer begins',
    ),
  ),
  modem: optional(about(oneOf(['at']), 'a modem that takes AT commands (3GPP TS 27.005)')),
})
type OutputWritten = Read<typeof output>

/** The ways to drive one, each with the keys that belong to it. */
const ways = {
  coil: ['coil', 'readBack'],
  text: ['text', 'holding', 'on', 'off'],
  holding: ['holding', 'on', 'off', 'readBack'],
  frame: ['frame', 'say', 'clip', 'stop', 'ask', 'answer'],
  modem: ['modem'],
} as const

/** A relay may have anything behind it but a modem. */
const switched: readonly OutputKind[] = ['relay', ...outputKinds.filter((kind) => kind !== 'relay' && kind !== 'sms')]

/** What may be driven in each way; the first is meant where nothing is said. */
const kinds: Record<keyof typeof ways, readonly OutputKind[]> = {
  coil: switched,
  text: ['sign'],
  holding: switched,
  frame: ['voice', 'sign'],
  modem: ['sms'],
}

const wayOf = (written: OutputWritten): keyof typeof ways | null =>
  (['coil', 'text', 'holding', 'frame', 'modem'] as const).find((way) => written[way] !== undefined) ?? null

function outputFault(written: OutputWritten): string | null {
  const way = wayOf(written)
  if (!way) return 'nothing says how it is driven\ngive one of coil, holding, text, frame, modem'
  const own: readonly string[] = ways[way]
  const foreign = Object.entries(written).find(([key, value]) => key !== 'kind' && value !== undefined && !own.includes(key))
  if (foreign) return `an output by ${way} has no ${foreign[0]}\nleave it out`
  const { kind, readBack } = written
  if (kind !== undefined && !kinds[way].includes(kind)) return `an output by ${way} is no ${kind}\nwrite ${kinds[way].join(', or ')}`
  if (way === 'frame' && kind === undefined) return 'nothing says whether it speaks or shows\nadd `kind: voice` or `kind: sign`'
  const places = readBack ? (['coil', 'discrete', 'holding', 'input'] as const).filter((key) => readBack[key] !== undefined) : []
  if (readBack && places.length !== 1) return 'a state is read back from one place\ngive one of coil, discrete, holding, input'
  if (readBack?.bit !== undefined && (places[0] === 'coil' || places[0] === 'discrete')) return 'a coil or a discrete input is one bit\nleave bit out'
  if (way === 'coil' && places[0] !== undefined && places[0] !== 'coil' && places[0] !== 'discrete' && readBack?.bit === undefined)
    return 'a register cannot be read back as a coil\ngive a coil or a discrete input, or the bit of the register'
  if ((way === 'holding' || way === 'text') && (written.on ?? 1) === (written.off ?? 0)) return 'on and off are the same\ngive two values'
  if (written.text && written.text.holding + written.text.words > LAST_ADDRESS + 1)
    return 'its text runs over the last register\nthe last wire address is 65535'
  if (written.frame?.length === 1 && written.say && written.say.before.length + written.say.most + written.say.after.length > LONGEST_COUNTED)
    return `a length of one byte cannot count ${written.say.most} bytes of text\nlower \`most\`, or give the length two bytes`
  if (way === 'frame' && !written.say && !written.clip) return 'it can neither say a text nor play a recording\nadd `say` or `clip`'
  if (way === 'frame' && !written.stop) return 'nothing silences it\nadd `stop`'
  if (Object.values(written.answer ?? {}).some((answer) => answer instanceof Uint8Array && answer.length === 0))
    return 'an answer of no bytes is any answer\ngive at least the first byte of it'
  if (written.ask && !(written.answer?.busy && written.answer.idle)) return 'it is asked, and nobody knows its answers\nadd `busy` and `idle` to `answer`'
  return null
}

function toDrive(written: OutputWritten): Drive {
  const { coil, holding = 0, on = 1, off = 0, readBack, text, frame, say, clip, ask, answer } = written
  const table = (['coil', 'discrete', 'holding', 'input'] as const).find((key) => readBack?.[key] !== undefined)
  const own = table && readBack ? { table, address: readBack[table] as number, bit: readBack.bit ?? null } : null
  if (coil !== undefined) return { by: 'coil', coil, readBack: own ?? { table: 'coil', address: coil, bit: null } }
  if (text)
    return {
      ...{ by: 'words' as const, at: text.holding, words: text.words, encoding: text.encoding, pad: text.pad, length: text.length ?? null },
      show: written.holding === undefined ? null : { register: holding, on, off },
    }
  if (written.holding !== undefined) return { by: 'register', register: holding, on, off, readBack: own ?? { table: 'holding', address: holding, bit: null } }
  if (!frame) return { by: 'modem' }
  return {
    by: 'frames',
    start: frame.start,
    lengthBytes: frame.length,
    checksum: frame.checksum,
    checksumFrom: frame.checksumFrom,
    checksumAs: frame.checksumAs,
    end: frame.end,
    say: say ?? null,
    clip: clip ?? null,
    stop: written.stop ?? new Uint8Array(0),
    ask: ask ?? null,
    answer: answer ? { ...answer, refused: answer.refused ?? null, busy: answer.busy ?? null, idle: answer.idle ?? null } : null,
  }
}

/** Outputs by their names: kind and drive. */
export const outputsSchema = table(
  turn(refine(output, outputFault), (written) => ({ kind: written.kind ?? kinds[wayOf(written) ?? 'coil'][0] ?? 'relay', drive: toDrive(written) })),
  id(),
)

const watchdog = turn(
  shape({
    holding: about(address(), 'register that holds its time'),
    value: about(whole({ least: 1, most: LAST_ADDRESS }), 'what is written to it: the time after which it switches its outputs off by itself'),
    unit: about(oneOf(['ms', '10ms', '100ms', 's']), 'what one stands for'),
    fedBy: about(
      optional(oneOf(['write', 'request']), 'write'),
      'write: it counts from the last write of this register; request: from the last request of any kind',
    ),
  }),
  ({ holding, value, unit, fedBy }): Watchdog => ({ register: holding, value, afterMs: value * { ms: 1, '10ms': 10, '100ms': 100, s: 1000 }[unit], fedBy }),
)

export const watchdogSchema = refine(watchdog, ({ afterMs }) =>
  afterMs < SHORTEST_WATCHDOG_MS
    ? `it switches off after ${afterMs} ms, sooner than a busy line feeds it\nraise \`value\` to ${SHORTEST_WATCHDOG_MS} ms or more`
    : null,
)
