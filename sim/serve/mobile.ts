/** The twin of a modem for short messages: AT commands in, answers out, and each message told with its number. */
import { readSubmit } from '../../devicejs/outputs/pdu.ts'
import type { Speech } from './voice.ts'

/** What a modem with a good card in a good network says; what is not here is an error. */
const answers: [RegExp, string][] = [
  [/^AT\+CPIN\?$/, '\r\n+CPIN: READY\r\n'],
  [/^AT\+CREG\?$/, '\r\n+CREG: 0,1\r\n'],
  [/^AT\+CSQ$/, '\r\n+CSQ: 20,99\r\n'],
  [/^AT(E[01]|\+CMEE=[012]|\+CMGF=0)?$/, ''],
]

const ESCAPE = '\x1b'
const SUBMIT = '\x1a'
/** A command, and a message of the longest kind, are shorter. */
const HELD_MOST = 1024

export function mobile(told: (to: string, text: string) => void): Speech {
  return (say) => {
    let held = ''
    let echo = true
    let awaited = 0
    let sent = 0
    const tell = (text: string): void => say(new TextEncoder().encode(text))

    function submit(pdu: string): string {
      const message = pdu.length / 2 - 1 === awaited ? readSubmit(pdu) : null
      awaited = 0
      if (!message) return '\r\n+CMS ERROR: 304\r\n'
      told(message.to, message.text)
      sent++
      return `\r\n+CMGS: ${sent & 0xff}\r\n\r\nOK\r\n`
    }

    function answer(line: string): string {
      if (awaited > 0) return submit(line)
      const length = /^AT\+CMGS=(\d+)$/.exec(line)?.[1]
      if (length !== undefined) {
        awaited = Number(length)
        return '\r\n> '
      }
      if (line === 'ATE0') echo = false
      const found = answers.find(([form]) => form.test(line))
      return found ? `${found[1]}\r\nOK\r\n` : '\r\nERROR\r\n'
    }

    return {
      take(bytes) {
        for (const letter of String.fromCharCode(...bytes)) {
          if (letter === ESCAPE) {
            held = ''
            if (awaited > 0) tell('\r\nOK\r\n')
            awaited = 0
          } else if (letter === (awaited > 0 ? SUBMIT : '\r')) {
            if (echo) tell(held + letter)
            const line = held
            held = ''
            if (line !== '') tell(answer(line))
          } else held = (held + letter).slice(-HELD_MOST)
        }
      },
      end: () => {},
    }
  }
}
