/** What a profile file may say, key by key; README.md shows the quirks of real instruments that each is for. */

import {
  about,
  chosen,
  duration,
  either,
  flag,
  id,
  jsonSchema,
  list,
  number,
  oneOf,
  optional,
  quantity,
  type Read,
  refine,
  shape,
  table,
  text,
  turn,
  whole,
} from '../protocol/files/schema.ts'
import { orders, types } from '../protocol/numbers.ts'
import type { Table } from '../protocol/ports.ts'
import { outputsSchema, watchdogSchema } from './outputs/drive-schema.ts'
import type { Place } from './profile.ts'
import { framePlace, talk } from './talk-schema.ts'

/** Wire addresses have 16 bits (Modbus application protocol V1.1b3, 4.4). */
const LAST_ADDRESS = 0xffff

/** A device that has not answered after so long is not asked by any poll; half-duplex radio links take seconds at worst. */
const LONGEST_TIMEOUT_MS = 30_000

/** What a device says is doubted for no longer: whoever waits for a fault shall learn of it. NE 43 has 4 s. */
const LONGEST_HOLD_MS = 60_000

/** What a device can say of its own values: the part of the reasons that is the device's. */
const deviceReasons = ['no-value', 'error-code', 'device-fault', 'warm-up', 'inhibited', 'under-test', 'over-range', 'under-range', 'stale'] as const

const address = (words: string) => optional(about(whole({ least: 0, most: LAST_ADDRESS }), words))

/** Where a value stands: one of five ways to give the address, and how to read what stands there. */
const placeEntries = {
  holding: address('wire address of a holding register (function 3), from 0'),
  input: address('wire address of an input register (function 4), from 0'),
  coil: address('wire address of a coil (function 1), from 0'),
  discrete: address('wire address of a discrete input (function 2), from 0'),
  register: optional(about(whole(), 'number as manuals write it: 40001 is holding register 0, 30001 is input register 0; also 400001 and 300001')),
  as: optional(about(oneOf(types), 'type of the number; u16 where it is left out')),
  order: optional(about(oneOf(orders), 'order of the bytes; ABCD (highest first) where it is left out; CDAB is "low word first"')),
  bit: optional(about(whole({ least: 0, most: 31 }), 'one bit of the number, 0 the lowest')),
  bits: optional(about(list(whole({ least: 0, most: 31 }), { least: 2, most: 2 }), 'a field of bits, [lowest, highest]')),
}
type PlaceWritten = Read<ReturnType<typeof placeShape>>
const placeShape = () => shape(placeEntries)

const ways = ['holding', 'input', 'coil', 'discrete', 'register'] as const

function placeFault(written: PlaceWritten): string | null {
  const given = ways.filter((way) => written[way] !== undefined)
  if (given.length !== 1) return `${given.length === 0 ? 'no address is' : `${given.join(' and ')} are both`} given\ngive one of ${ways.join(', ')}`
  const { register } = written
  if (register !== undefined && documented(register) === null)
    return `register ${register} is no number of the 3xxxx or 4xxxx kind\nwrite the wire address as \`holding:\` or \`input:\``
  const bits = written.coil !== undefined || written.discrete !== undefined
  if (bits && (written.as ?? written.order ?? written.bit ?? written.bits) !== undefined)
    return 'a coil or a discrete input is one bit\nleave as, order, bit and bits out'
  if (written.bit !== undefined && written.bits !== undefined) return 'both bit and bits are given\ngive one'
  const [low = 0, high = 0] = written.bits ?? [written.bit ?? 0, written.bit ?? 0]
  if (low > high) return `bits [${low}, ${high}] are turned round\nwrite [lowest, highest]`
  const as = written.as ?? 'u16'
  const masked = written.bit !== undefined || written.bits !== undefined
  if (masked && as !== 'u16' && as !== 'u32') return `a number of type ${as} has no bits\nread it as u16 or u32`
  if (masked && as === 'u16' && high > 15) return `a u16 has no bit ${high}\nread it as u32, or the next register`
  return null
}

/** 40001 is holding register 0, 30001 input register 0; with six digits 400001 and 300001. Literal addresses never come this way. */
export function documented(register: number): { table: Table; address: number } | null {
  for (const [base, last] of [
    [40_001, 49_999],
    [400_001, 465_536],
  ] as const)
    if (register >= base && register <= last) return { table: 'holding', address: register - base }
  for (const [base, last] of [
    [30_001, 39_999],
    [300_001, 365_536],
  ] as const)
    if (register >= base && register <= last) return { table: 'input', address: register - base }
  return null
}

function toPlace(written: PlaceWritten): Place {
  const way = ways.find((name) => written[name] !== undefined) ?? 'holding'
  const found = way === 'register' ? documented(written.register as number) : { table: way, address: written[way] as number }
  const [low, high] = written.bits ?? [written.bit, written.bit]
  return {
    table: found?.table ?? 'holding',
    address: found?.address ?? 0,
    as: { type: written.as ?? 'u16', order: written.order ?? 'ABCD' },
    bit: low ?? null,
    ...(low !== undefined && high !== undefined && high > low ? { bitCount: high - low + 1 } : {}),
  }
}

const registers = turn(refine(placeShape(), placeFault), toPlace)

/** In a profile with `driver: frames` values stand in its frames: `field`, `after` or `at`. */
const place = chosen((value) => (['field', 'after', 'at'].some((key) => Object.hasOwn(value, key)) ? 1 : 0), registers, framePlace)

const channel = shape({
  quantity: about(text({ most: 40 }), 'what is measured: rain, tilt, gas, level, ...'),
  unit: optional(about(text({ most: 20 }), 'unit of the value; a counting channel has that of its step')),
  digits: optional(about(whole({ least: 0, most: 9 }), 'digits behind the point that are worth showing; from scale or step where it is left out')),
  read: about(place, 'where the value stands'),
  scale: optional(about(number(), 'value = raw * scale + offset; 1 where it is left out')),
  offset: optional(about(number(), 'value = raw * scale + offset; 0 where it is left out')),
  count: optional(about(oneOf(['total', 'increment']), 'it counts things: a running total, or those since it was last read')),
  step: optional(about(quantity(), 'what one count is worth: 0.2 mm')),
  wrap: optional(about(whole({ least: 2 }), 'the total starts again at 0 on reaching this; for u16 and u32 the size of the register where it is left out')),
  noValue: optional(about(either(number(), list(number(), { least: 1 })), 'raw numbers that mean "no value"; NaN and infinity always do')),
  codes: optional(
    about(
      list(shape({ raw: number(), means: text(), reason: optional(oneOf(deviceReasons), 'error-code') })),
      'raw numbers that are error codes, with what they mean',
    ),
  ),
  bands: optional(
    about(
      list(
        refine(
          shape({
            from: optional(about(number(), 'lowest raw number; open where it is left out')),
            to: optional(about(number(), 'highest raw number; open where it is left out')),
            means: text({ most: 120 }),
            quality: optional(oneOf(['suspect', 'fail', 'missing']), 'fail'),
            reason: optional(oneOf(deviceReasons), 'device-fault'),
            hold: optional(
              about(duration({ most: LONGEST_HOLD_MS }), 'it counts once it has held so long, and the value is missing until then; NE 43: 4s'),
              '0s',
            ),
          }),
          ({ from, to }) => {
            if (from === undefined && to === undefined) return 'a band without an end holds always\ngive from, to, or both'
            return (from ?? -Infinity) > (to ?? Infinity) ? `a band from ${from} to ${to} never holds\nwrite the lower number as from` : null
          },
        ),
      ),
      'stretches of raw numbers that say something of the value, as the fault currents of a 4-20 mA loop do; the first that holds counts',
    ),
  ),
  range: optional(about(list(number(), { least: 2, most: 2 }), 'what the device can measure, [least, most] in the unit; outside is over- or under-range')),
  clearsOnRead: optional(about(flag(), 'reading the register clears it on the device: it is read by the poll alone'), false),
})

const fault = shape({
  read: about(place, 'where the device says it'),
  values: optional(about(either(whole(), list(whole(), { least: 1 })), 'it holds at these numbers; where they are left out, at any but 0')),
  means: about(text({ most: 120 }), 'what it says, in words'),
  marks: optional(about(either(oneOf(['all']), list(id(), { least: 1 })), 'the channels that it disowns'), 'all'),
  quality: optional(oneOf(['suspect', 'fail', 'missing']), 'fail'),
  reason: optional(oneOf(deviceReasons), 'device-fault'),
  latched: optional(about(flag(), 'it stays set after its cause has gone: it is told, and marks nothing'), false),
})

const line = shape({
  baud: optional(about(whole({ least: 300, most: 4_000_000 }), 'as it leaves the factory'), 9600),
  dataBits: optional(oneOf([7, 8]), 8),
  stopBits: optional(oneOf([1, 2]), 1),
  parity: optional(oneOf(['none', 'even', 'odd']), 'none'),
  gap: optional(about(duration({ most: 1000 }), 'silence that it needs before a request, beyond that of the standard'), '0ms'),
  timeout: optional(about(duration({ least: 10, most: LONGEST_TIMEOUT_MS }), 'longest time until its answer'), '500ms'),
  maxWords: optional(about(whole({ least: 1, most: 125 }), 'most registers in one request; 1: each value must be asked for alone'), 125),
  maxHole: optional(about(whole({ least: 0, most: 124 }), 'registers between two wanted ones that it lets read along'), 0),
  afterWrite: optional(about(duration({ most: 10_000 }), 'time that it needs after a write'), '0ms'),
  probe: optional(
    about(
      turn(
        refine(
          shape({
            holding: address('first of the holding registers'),
            input: address('first of the input registers'),
            most: about(whole({ least: 4, most: 125 }), 'how many of them may be read at once'),
          }),
          ({ holding, input }) =>
            (holding === undefined) === (input === undefined) ? 'a probe reads one kind of registers\ngive either holding or input' : null,
        ),
        ({ holding, input, most }) => ({ table: holding === undefined ? ('input' as const) : ('holding' as const), address: holding ?? input ?? 0, most }),
      ),
      'registers that it lets be read in any number: a line finds back into step by them faster than by silence',
    ),
  ),
})

export const profileSchema = shape({
  title: about(text({ most: 120 }), 'maker and instrument, for people'),
  products: optional(about(list(text({ most: 80 })), 'order names that it is sold under'), []),
  source: about(text(), 'the manual, or whence the map is known'),
  driver: optional(about(oneOf(['modbus', 'frames']), 'what it speaks; frames: text or bytes of its own, as `talk` says'), 'modbus'),
  talk: optional(about(talk, 'of `driver: frames`: how it is asked, and by what its frames are known')),
  line: optional(about(line, 'how it leaves the factory, and what its line must bear')),
  unit: optional(about(whole({ least: 1, most: 255 }), 'unit id that it leaves the factory with; 248 to 255 are reserved by the standard, and used')),
  trigger: optional(
    about(
      shape({
        holding: address('register that is written'),
        coil: address('coil that is written'),
        value: optional(whole({ least: 0, most: LAST_ADDRESS }), 1),
        wait: about(duration({ most: LONGEST_TIMEOUT_MS }), 'how long it measures'),
        broadcast: optional(about(flag(), 'it is written to all devices of the line at once, which none answers'), false),
        stagger: optional(about(duration({ most: 1000 }), 'how much later each address measures than the one before it'), '0ms'),
      }),
      'written before each poll, to make it measure',
    ),
  ),
  identity: optional(about(list(shape({ read: place, equals: whole() })), 'registers by which it is known; checked when it comes (back)'), []),
  uptime: optional(about(place, 'a register that falls when it started again: tells a restart from a wrap')),
  clock: optional(
    about(
      turn(
        refine(shape({ ...placeEntries, unit: optional(oneOf(['ms', 's']), 'ms') }), ({ unit: _, ...written }) => placeFault(written)),
        ({ unit, ...written }) => ({ read: toPlace(written), unitMs: unit === 's' ? 1000 : 1 }),
      ),
      'its own time, UTC since 1970; it must be readable in one request with the values',
    ),
  ),
  channels: optional(about(table(channel), 'what it measures, by names of the profile'), {}),
  faults: optional(about(list(fault), 'by what it disowns its values'), []),
  outputs: optional(about(outputsSchema, 'what can be driven, by names of the profile'), {}),
  watchdog: optional(about(watchdogSchema, 'a register by which the device notices that nobody tells it anything any more')),
})

export type ProfileWritten = Read<typeof profileSchema>
export type ChannelWritten = Read<typeof channel>

/** The JSON Schema by which an editor completes and checks a profile. */
export const profileSchemaJson = (): object => jsonSchema(profileSchema)
