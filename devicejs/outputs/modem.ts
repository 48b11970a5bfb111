/** A conversation with a modem in AT commands (3GPP TS 27.005 and 27.007): is it there, is it in the network, take this message. */
import type { FrameLine } from '../../protocol/ports.ts'
import type { Part } from './pdu.ts'

/** The network has a minute to take a message (TS 27.005 names no time; makers of modules state 60 s and more). */
const SUBMIT_MS = 60_000

/** A modem that answers at all answers a plain command within this. */
const ANSWER_MS = 5_000

/** One that waits for a message and is told to forget it says so at once; one that waits for none says nothing. */
const ESCAPE_MS = 1_000

/** Some modems set their speed by the first characters, and lose the first command. */
const WAKE_TRIES = 3

/** TS 27.007, 7.2: 1 is at home, 5 is roaming; 6 and 7 are the same for short messages alone. */
const REGISTERED = [1, 5, 6, 7]
const absences: Record<number, string> = { 0: 'it is in no network and looks for none', 2: 'it still looks for a network', 3: 'the network refuses it' }

/** The errors that a station meets (TS 27.005, 3.2.5; TS 24.011, annex E-2). */
const smsErrors: Record<number, string> = {
  1: 'the number does not exist',
  8: 'the operator bars it',
  21: 'the network rejected it',
  27: 'the number is out of service',
  28: 'the number is unknown to the network',
  29: 'the network rejected it',
  38: 'the network is out of order',
  41: 'the network failed for now',
  42: 'the network is congested',
  47: 'the network has no room',
  50: 'the card is not subscribed to messages',
  310: 'there is no card in it',
  311: 'the card wants its PIN',
  330: 'the centre’s number is not on the card',
  331: 'there is no network',
  332: 'the network did not answer',
}

/** Those that no further try can change. */
const hopeless = [1, 8, 28, 50]

/** Those of the modem itself (TS 27.007, 9.2.1): the same numbers, with other meanings. */
const ownErrors: Record<number, string> = {
  10: 'there is no card in it',
  11: 'the card wants its PIN',
  13: 'the card failed',
  14: 'the card is busy',
  30: 'there is no network',
  31: 'the network did not answer',
}

export type Outcome = { ok: true } | { ok: false; why: string; hopeless: boolean; there: boolean }

export interface Modem {
  /** Null when messages can be sent; else a sentence. `there`: whether it answers at all. */
  ready(): Promise<{ why: string; there: boolean } | null>
  send(part: Part): Promise<Outcome>
}

type Said = { ok: true; text: string } | Exclude<Outcome, { ok: true }>

export function makeModem(line: FrameLine): Modem {
  const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

  async function say(command: string, ending: string, timeoutMs: number, ended: (text: string) => boolean): Promise<Said> {
    const reply = await line.converse(bytesOf(command + ending), (heard) => ended(textOf(heard)), timeoutMs)
    const silent = !reply.ok && (reply.fault === 'timeout' || reply.fault === 'short')
    if (!reply.ok) return { ok: false, why: silent ? 'the modem does not answer' : reply.detail, there: false, hopeless: false }
    const text = textOf(reply.frame)
    const [error, whose, number] = ERROR.exec(text) ?? []
    if (error === undefined) return { ok: true, text }
    if (number === undefined) return { ok: false, why: `the modem refused ${command.slice(0, 12)}`, there: true, hopeless: false }
    const code = Number(number)
    const why = (whose === 'S' ? smsErrors : ownErrors)[code] ?? `error ${code} of the modem`
    return { ok: false, why, there: true, hopeless: whose === 'S' && hopeless.includes(code) }
  }

  /** `wanted`: how the line begins that is asked for. */
  const command = (text: string, wanted = ''): Promise<Said> => say(text, '\r', ANSWER_MS, (heard) => isOver(heard, wanted))

  /** One that still waits for a message would take the next command for it; also one that waits since before we began. */
  const release = (): Promise<Said> => say('', '\x1b', ESCAPE_MS, (heard) => isOver(heard))

  async function wake(): Promise<Said> {
    let said = await command('AT')
    for (let left = WAKE_TRIES - 1; left > 0 && !said.ok; left--) {
      await release()
      said = await command('AT')
    }
    return said
  }

  async function network(): Promise<string | null> {
    let state = 0
    for (const ask of ['CREG', 'CEREG', 'CGREG']) {
      const said = await command(`AT+${ask}?`, `+${ask}:`)
      const found = said.ok ? Number(new RegExp(`\\+${ask}: ?\\d+, ?(\\d+)`).exec(said.text)?.[1] ?? 0) : 0
      if (REGISTERED.includes(found)) return null
      state = Math.max(state, found)
    }
    return `${absences[state] ?? 'it is in no network'}${await signal()}`
  }

  /** TS 27.007, 8.5: 0 is -113 dBm or less, each step 2 dB, 99 is not known. */
  async function signal(): Promise<string> {
    const said = await command('AT+CSQ', '+CSQ:')
    const steps = said.ok ? Number(/\+CSQ: ?(\d+)/.exec(said.text)?.[1] ?? 99) : 99
    return steps === 99 ? ' (no signal)' : ` (signal ${-113 + 2 * steps} dBm)`
  }

  return {
    async ready() {
      for (const step of [wake, () => command('ATE0')]) {
        const said = await step()
        if (!said.ok) return { why: said.why, there: said.there }
      }
      // Errors as numbers; one that does not know that says less.
      await command('AT+CMEE=1')
      const card = await command('AT+CPIN?', '+CPIN:')
      if (!card.ok) return { why: card.why, there: card.there }
      if (!/\+CPIN: ?READY/.test(card.text)) return { why: 'the card wants a PIN: take the PIN off it in a telephone', there: true }
      const absent = await network()
      if (absent) return { why: absent, there: true }
      const mode = await command('AT+CMGF=0')
      return mode.ok ? null : { why: mode.why, there: mode.there }
    },

    async send({ pdu, length }) {
      const prompt = await say(`AT+CMGS=${length}`, '\r', ANSWER_MS, (heard) => PROMPT.test(heard) || ERROR.test(heard))
      // Only what comes after the message speaks of it: in place of the prompt comes, at most, what was late for another one.
      const said = prompt.ok ? await say(pdu, '\x1a', SUBMIT_MS, (heard) => isOver(heard, '+CMGS:')) : { ...prompt, hopeless: false }
      if (said.ok) return { ok: true }
      if (!said.there) await release()
      return said
    },
  }
}

const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

// What a modem tells unasked (a call, a message) may stand before and behind its answers (ITU-T V.250, 5.7.1), and what comes late before them.

const PROMPT = /(?:^|\n)>/
const ERROR = /(?:^|\n)(?:\+CM([SE]) ERROR: ?(\d+)?[^\r\n]*|ERROR)\r\n/

/** An OK that stands before what is wanted ends another command than this one. */
function isOver(heard: string, wanted = ''): boolean {
  const from = heard.indexOf(wanted)
  return ERROR.test(heard) || (from >= 0 && /(?:^|\n)OK\r\n/.test(heard.slice(from)))
}
