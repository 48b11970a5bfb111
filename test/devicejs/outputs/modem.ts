// A modem that takes AT commands, as bytes in and bytes out: it echoes, prompts, and fails where it is told to. While it waits for a message,
// it takes all that comes for the message, until Ctrl-Z or ESC (3GPP TS 27.005, 4.3).

export interface FakeModem {
  /** Every command and every message, in order. */
  heard: string[]
  /** Messages that the network took: the PDUs. */
  taken: string[]
  /** The answer to a command in place of the usual one; undefined: the usual one. */
  script: (command: string, number: number) => string | undefined
  /** It waits for a message of so many bytes that another process began. */
  await(length: number): void
  take(bytes: Uint8Array): void
}

const usual: [RegExp, string][] = [
  [/^AT\+CPIN\?$/, '\r\n+CPIN: READY\r\n\r\nOK\r\n'],
  [/^AT\+CREG\?$/, '\r\n+CREG: 0,1\r\n\r\nOK\r\n'],
  [/^AT\+CSQ$/, '\r\n+CSQ: 17,99\r\n\r\nOK\r\n'],
  [/^AT\+CMGS=\d+$/, '\r\n> '],
  [/^AT/, '\r\nOK\r\n'],
]

/** A command ends with CR, a message with Ctrl-Z. */
const endIn = (text: string, inMessage: boolean): number => text.indexOf(inMessage ? '\x1a' : '\r')

export function fakeModem(say: (bytes: Uint8Array) => void): FakeModem {
  let held = ''
  let echo = true
  let awaits = 0
  const tell = (text: string): void => say(new TextEncoder().encode(text))
  const modem: FakeModem = {
    heard: [],
    taken: [],
    script: () => undefined,
    await(length) {
      awaits = length
    },
    take(bytes) {
      held += String.fromCharCode(...bytes)
      if (held.includes('\x1b')) {
        held = held.slice(held.lastIndexOf('\x1b') + 1)
        if (awaits > 0) tell('\r\nOK\r\n')
        awaits = 0
        modem.heard.push('ESC')
      }
      for (let end = endIn(held, awaits > 0); end >= 0; end = endIn(held, awaits > 0)) {
        const line = held.slice(0, end)
        if (echo) tell(held.slice(0, end + 1))
        held = held.slice(end + 1)
        tell(answerTo(line))
      }
    },
  }
  function answerTo(line: string): string {
    modem.heard.push(line)
    const scripted = modem.script(line, modem.heard.filter((one) => one === line).length)
    if (line === 'ATE0') echo = false
    const awaited = awaits
    awaits = awaited > 0 || scripted?.includes('ERROR') ? 0 : Number(/^AT\+CMGS=(\d+)$/.exec(line)?.[1] ?? 0)
    if (scripted !== undefined) return scripted
    if (awaited === 0) return usual.find(([form]) => form.test(line))?.[1] ?? '\r\nERROR\r\n'
    // Two hexadecimal digits a byte, and the empty address of the centre before it.
    if (line.length / 2 - 1 !== awaited) return '\r\n+CMS ERROR: 304\r\n'
    modem.taken.push(line)
    return `\r\n+CMGS: ${modem.taken.length}\r\n\r\nOK\r\n`
  }
  return modem
}
