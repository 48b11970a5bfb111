import fc from 'fast-check'
import { expect, it } from 'vitest'
import { partsOf } from '../../../devicejs/outputs/pdu.ts'
import { makeSms } from '../../../devicejs/outputs/sms.ts'
import type { Obeyed, Output, Saying } from '../../../protocol/ports.ts'
import { type VirtualClock, virtualClock, virtualWire } from '../virtual.ts'
import { lineOver } from './line-over.ts'
import { type FakeModem, fakeModem } from './modem.ts'

const [ann, ben] = ['+8613800138000', '+8613900139001']
const saying = (text: string, ...to: string[]): Saying => ({ text, to })

function start(): { modem: FakeModem; output: Output; clock: VirtualClock; set(on: boolean, what?: Saying): Promise<Obeyed> } {
  const clock = virtualClock()
  const wire = virtualWire(clock)
  // In pieces, cut behind each OK and before the last byte: no modem sends an answer in one.
  let freeAt = 0
  const modem = fakeModem((bytes) => {
    for (const piece of String.fromCharCode(...bytes).split(/(?<=OK\r\n)|(?=.$)/s)) {
      freeAt = Math.max(freeAt, clock.now()) + 5
      wire.say(new TextEncoder().encode(piece), freeAt - clock.now())
    }
  })
  wire.onRequest(modem.take)
  const output = makeSms(lineOver(wire.port, clock), clock)
  return {
    modem,
    output,
    clock,
    async set(on, what) {
      const done = output.set(on, what)
      await clock.run()
      return done
    },
  }
}

const messages = (modem: FakeModem): string[] => modem.heard.filter((line) => /^00[01]/.test(line) || /^0041|^0001/.test(line))

it('asks whether the modem is there, its card ready and its network found, and then sends', async () => {
  const { modem, set } = start()
  expect(await set(true, saying('山体滑坡红色预警', ann))).toEqual({ actual: true, detail: '' })
  expect(modem.heard.slice(0, -2)).toEqual(['AT', 'ATE0', 'AT+CMEE=1', 'AT+CPIN?', 'AT+CREG?', 'AT+CMGF=0'])
  expect(modem.taken).toEqual(partsOf(ann, '山体滑坡红色预警', 0).parts.map(({ pdu }) => pdu))
})

it('sends to each, and is told again without sending anything twice', async () => {
  const { modem, set } = start()
  await set(true, saying('leave', ann, ben))
  expect(modem.taken).toHaveLength(2)
  expect(await set(true, saying('leave', ann, ben))).toEqual({ actual: true, detail: '' })
  expect(modem.taken).toHaveLength(2)
})

it('sends the same text anew as another wish, or after off', async () => {
  const { modem, set } = start()
  await set(true, { ...saying('leave', ann), wish: 1 })
  await set(true, { ...saying('leave', ann), wish: 2 })
  expect(modem.taken).toHaveLength(2)
  await set(false)
  await set(true, { ...saying('leave', ann), wish: 2 })
  expect(modem.taken).toHaveLength(3)
})

it('tells to whom nothing could be sent, and tries that one again alone', async () => {
  const { modem, set } = start()
  let busy = true
  modem.script = (line) => (busy && line.includes('109300F1') ? '\r\n+CMS ERROR: 42\r\n' : undefined)
  expect(await set(true, saying('leave', ann, ben))).toEqual({ actual: false, detail: 'not sent to …9001: the network is congested' })
  busy = false
  expect(await set(true, saying('leave', ann, ben))).toEqual({ actual: true, detail: '' })
  expect(modem.taken).toHaveLength(2)
})

it('gives a number up after five tries, and one that does not exist at once', async () => {
  const { modem, set } = start()
  modem.script = (line) => (line.startsWith('00') ? (line.includes('109300F1') ? '\r\n+CMS ERROR: 28\r\n' : '\r\n+CMS ERROR: 38\r\n') : undefined)
  for (let round = 0; round < 8; round++) await set(true, saying('leave', ann, ben))
  expect(messages(modem)).toHaveLength(5 + 1)
  expect((await set(true, saying('leave', ann, ben))).detail).toBe(
    'not sent to …8000: the network is out of order, given up; not sent to …9001: the number is unknown to the network, given up',
  )
})

it('goes on with the part of a long text that failed', async () => {
  const { modem, set } = start()
  const text = '撤'.repeat(150)
  const [first, second, third] = partsOf(ann, text, 1).parts
  modem.script = (line, number) => (line === second?.pdu && number === 1 ? '\r\n+CMS ERROR: 332\r\n' : undefined)
  expect((await set(true, saying(text, ann))).actual).toBe(false)
  expect((await set(true, saying(text, ann))).actual).toBe(true)
  expect(modem.taken).toEqual([first?.pdu, second?.pdu, third?.pdu])
})

it.each([
  ['there is no card', 'AT+CPIN?', '\r\n+CME ERROR: 10\r\n', 'there is no card in it'],
  ['the card wants its PIN', 'AT+CPIN?', '\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n', 'the card wants a PIN: take the PIN off it in a telephone'],
  ['the network refuses it', 'AT+CREG?', '\r\n+CREG: 0,3\r\n\r\nOK\r\n', 'the network refuses it (signal -79 dBm)'],
  ['it still looks for a network', 'AT+CREG?', '\r\n+CREG: 2,2,"0000","0000"\r\n\r\nOK\r\n', 'it still looks for a network (signal -79 dBm)'],
])('says so where %s, and sends nothing', async (_, command, answer, why) => {
  const { modem, set } = start()
  modem.script = (line) => (line === command ? answer : /^AT\+C(E|G)REG/.test(line) ? '\r\nERROR\r\n' : undefined)
  expect(await set(true, saying('leave', ann))).toEqual({ actual: false, detail: `not sent to …8000: ${why}` })
  expect(modem.taken).toEqual([])
})

it('finds the network of a modem that only knows LTE', async () => {
  const { modem, set } = start()
  modem.script = (line) => (line === 'AT+CREG?' ? '\r\nERROR\r\n' : line === 'AT+CEREG?' ? '\r\n+CEREG: 0,1\r\n\r\nOK\r\n' : undefined)
  expect((await set(true, saying('leave', ann))).actual).toBe(true)
})

it('knows nothing of a modem that does not answer, and does not count it as a try', async () => {
  const { modem, set } = start()
  let dead = true
  modem.script = () => (dead ? '' : undefined)
  for (let round = 0; round < 7; round++) expect(await set(true, saying('leave', ann))).toEqual({ actual: null, detail: 'the modem does not answer' })
  dead = false
  expect((await set(true, saying('leave', ann))).actual).toBe(true)
})

it('ends a message that the modem did not take, before it says anything else', async () => {
  const { modem, set } = start()
  modem.script = (line, number) => (line.startsWith('00') && number === 1 ? '' : undefined)
  expect(await set(true, saying('leave', ann))).toEqual({ actual: false, detail: 'not sent to …8000: the modem does not answer' })
  expect(modem.heard).toContain('ESC')
  expect((await set(true, saying('leave', ann))).actual).toBe(true)
})

it('is not confused by what a modem tells unasked, before and behind its answers', async () => {
  const { modem, set } = start()
  modem.script = (line) =>
    line === 'AT+CMGF=0' ? '\r\nOK\r\n\r\n+CMTI: "SM",3\r\n' : line === 'AT+CREG?' ? '\r\nRING\r\n\r\n+CREG: 0,5\r\n\r\nOK\r\n' : undefined
  expect(await set(true, saying('leave', ann))).toEqual({ actual: true, detail: '' })
})

it('hears the prompt with something unasked behind it', async () => {
  const { modem, set } = start()
  modem.script = (line) => (line.startsWith('AT+CMGS') ? '\r\n> \r\n+CMTI: "SM",3\r\n' : undefined)
  expect(await set(true, saying('leave', ann))).toEqual({ actual: true, detail: '' })
  expect(modem.heard).not.toContain('ESC')
})

it('frees a modem that still waits for the message of a station that crashed', async () => {
  const { modem, set } = start()
  modem.await(30)
  expect(await set(true, saying('leave', ann))).toEqual({ actual: true, detail: '' })
  expect(modem.taken).toHaveLength(1)
})

it('is not put out of step by the answer to its ESC', async () => {
  const { modem, set } = start()
  modem.script = (line, number) => (line.startsWith('AT+CMGS') && number === 1 ? '' : undefined)
  await set(true, saying('leave', ann, ben))
  expect(await set(true, saying('leave', ann, ben))).toEqual({ actual: true, detail: '' })
  expect(modem.taken).toHaveLength(2)
})

it('takes no confirmation that came late for that of the next number', async () => {
  const { modem, set } = start()
  // The first message is under way for longer than a minute; its confirmation comes where the next one was to be asked for.
  modem.script = (line, number) =>
    line.startsWith('00') && line.includes('108300F0') ? '' : line.startsWith('AT+CMGS') && number > 1 ? '\r\n+CMGS: 7\r\n\r\nOK\r\n' : undefined
  const { actual, detail } = await set(true, saying('leave', ann, ben))
  expect(modem.taken).toEqual([])
  expect(actual).toBe(false)
  expect(detail).toMatch(/…8000: .*; not sent to …9001: /)
})

it('gives nobody up for what came late of another number', async () => {
  const { modem, set } = start()
  let late = true
  modem.script = (line, number) =>
    late && line.startsWith('00') ? '' : late && line.startsWith('AT+CMGS') && number > 1 ? '\r\n+CMS ERROR: 28\r\n' : undefined
  expect((await set(true, saying('leave', ann, ben))).detail).not.toContain('given up')
  late = false
  expect(await set(true, saying('leave', ann, ben))).toEqual({ actual: true, detail: '' })
  expect(modem.taken).toHaveLength(2)
})

it('takes an answer that belongs to another command for none of its own', async () => {
  const { modem, set } = start()
  modem.script = (line) => (line === 'AT+CPIN?' ? '\r\nOK\r\n\r\n+CPIN: READY\r\n\r\nOK\r\n' : line.startsWith('AT+CMGS') ? '\r\nOK\r\n\r\n> ' : undefined)
  expect(await set(true, saying('leave', ann))).toEqual({ actual: true, detail: '' })
  expect(modem.taken).toHaveLength(1)
})

it('keeps the errors of the equipment and those of the network apart', async () => {
  const { modem, set } = start()
  // +CME ERROR: 50 (TS 27.007, 9.2.1) are wrong parameters; +CMS ERROR: 50 is a card without messages, for ever.
  modem.script = (line) => (line.startsWith('00') ? '\r\n+CME ERROR: 50\r\n' : undefined)
  expect((await set(true, saying('leave', ann))).detail).toBe('not sent to …8000: error 50 of the modem')
})

it('sends through a modem that knows no error numbers', async () => {
  const { modem, set } = start()
  modem.script = (line) => (line === 'AT+CMEE=1' ? '\r\nERROR\r\n' : undefined)
  expect((await set(true, saying('leave', ann))).actual).toBe(true)
})

it('comes to an end whatever the modem says', async () => {
  const words = fc.constantFrom('\r\nOK\r\n', '\r\nERROR\r\n', '\r\n> ', '> ', '\r\n+CMS ERROR: 38\r\n', '+CMGS: 1', '\r\n', '', '\x00\xff')
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(words, fc.string({ maxLength: 8 })), { minLength: 1, maxLength: 12 }), async (answers) => {
      const { modem, set } = start()
      let at = 0
      modem.script = () => answers[at++ % answers.length]
      const { actual } = await set(true, saying('leave', ann))
      // Only the network's own confirmation counts as sent.
      if (!answers.some((one) => one.includes('+CMGS'))) expect(actual).not.toBe(true)
    }),
    { numRuns: 100, seed: 20261125 },
  )
})

it('tells of nobody as reached whom the network has not heard of, however late and chatty the modem is', async () => {
  const mood = fc.record({
    lateMs: fc.constantFrom(0, 0, 0, 0, 900, 4_000, 6_000, 61_000),
    before: fc.constantFrom('', '', '', '\r\n+CMTI: "SM",3\r\n', '\r\nRING\r\n', '\r\n+CREG: 2\r\n'),
    behind: fc.constantFrom('', '', '', '\r\n+CUSD: 2\r\n', '\r\nNO CARRIER\r\n'),
    lost: fc.constantFrom(false, false, false, false, false, true),
  })
  let sent = 0
  await fc.assert(
    fc.asyncProperty(fc.array(mood, { minLength: 1, maxLength: 24 }), async (moods) => {
      const clock = virtualClock()
      const wire = virtualWire(clock)
      let turn = 0
      let freeAt = 0
      const modem = fakeModem((bytes) => {
        const { lateMs, before, behind, lost } = moods[turn++ % moods.length] as (typeof moods)[number]
        if (lost) return
        freeAt = Math.max(freeAt, clock.now() + lateMs)
        for (const letter of before + String.fromCharCode(...bytes) + behind) wire.say(Uint8Array.of(letter.charCodeAt(0)), ++freeAt - clock.now())
      })
      wire.onRequest(modem.take)
      const output = makeSms(lineOver(wire.port, clock), clock)
      for (let round = 0; round < 3; round++) {
        const done = output.set(true, saying('leave', ann, ben))
        await clock.run()
        const { actual, detail } = await done
        for (const number of [ann, ben]) {
          if (actual === null || detail.includes(number.slice(-4))) continue
          expect(modem.taken, JSON.stringify(moods)).toContain(partsOf(number, 'leave', 0).parts[0]?.pdu)
          sent++
        }
      }
    }),
    { numRuns: 300, seed: 20261125 },
  )
  expect(sent).toBeGreaterThan(100)
})

it('counts what did not fit into three parts in characters, as people do', async () => {
  const { set } = start()
  expect(await set(true, saying(`${'撤'.repeat(201)}🏔🏔`, ann))).toEqual({ actual: true, detail: 'the text was too long by 2 characters' })
})

it('has nobody to send to, or nothing to say, and says that', async () => {
  const { set } = start()
  expect(await set(true, saying('leave'))).toEqual({ actual: false, detail: 'there is nobody to send it to' })
  expect(await set(true)).toEqual({ actual: false, detail: 'there is nothing to send' })
  expect(await set(false)).toEqual({ actual: false, detail: '' })
})

it('sends two messages one after the other, and drops neither', async () => {
  const { modem, output, clock } = start()
  const both = [output.set(true, saying('one', ann)), output.set(true, saying('two', ben))]
  await clock.run()
  expect((await Promise.all(both)).map(({ actual }) => actual)).toEqual([true, true])
  expect(modem.taken).toHaveLength(2)
})
