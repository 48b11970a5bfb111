/** Short messages to a list of people: each number is told of, none is sent the same twice, and each is tried a bounded number of times. */
import type { BusClock, FrameLine, Obeyed, Output, Saying } from '../../protocol/ports.ts'
import { makeModem, type Outcome } from './modem.ts'
import { partsOf } from './pdu.ts'
import { remarks } from './words.ts'

/** One try, and four at the repeats of the command: with those each ten seconds a network that is back within the minute still takes it. */
const MOST_TRIES = 5

/** Wishes whose fates are remembered: several alarms may each have one that stands; what is older than so many is over. */
const MOST_WISHES = 64

/** Wishes that wait for the modem: at some seconds a number, more would be told when they are of no use any more. */
const MOST_WAITING = 16

/** Sent, or not: why, and how often it was tried. */
interface Fate {
  sent: boolean
  /** Parts of a long text that the network has taken. */
  parts: number
  tries: number
  why: string
  over: boolean
}

interface Wish {
  reference: number
  fates: Map<string, Fate>
}

export function makeSms(line: FrameLine, busClock: BusClock): Output {
  const modem = makeModem(line)
  const wishes = new Map<string, Wish>()
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let reference = Math.floor(busClock.now()) & 0xff

  function wishOf(saying: Saying): Wish {
    const key = JSON.stringify([saying.wish ?? null, saying.text])
    const held = wishes.get(key)
    if (held) return held
    reference = (reference + 1) & 0xff
    const wish: Wish = { reference, fates: new Map() }
    wishes.set(key, wish)
    const [oldest] = wishes.keys()
    if (wishes.size > MOST_WISHES && oldest !== undefined) wishes.delete(oldest)
    return wish
  }

  async function send(saying: Saying): Promise<Obeyed> {
    const { fates, reference: ref } = wishOf(saying)
    for (const number of saying.to) if (!fates.has(number)) fates.set(number, { sent: false, parts: 0, tries: 0, why: '', over: false })
    const open = saying.to.filter((number) => !fates.get(number)?.over)
    if (open.length > 0) {
      const unready = await modem.ready()
      if (unready && !unready.there) return { actual: null, detail: unready.why }
      for (const number of open) {
        const fate = fates.get(number) as Fate
        note(fate, unready ? { ok: false, hopeless: false, ...unready } : await sendTo(number, saying.text, ref, fate))
      }
    }
    return outcome(saying, fates)
  }

  /** From the first part that the network has not taken. */
  async function sendTo(number: string, text: string, ref: number, fate: Fate): Promise<Outcome> {
    for (const part of partsOf(number, text, ref).parts.slice(fate.parts)) {
      const sent = await modem.send(part)
      if (!sent.ok) return sent
      fate.parts++
    }
    return { ok: true }
  }

  return {
    // No message is overtaken by the next: each has its people. Off ends nothing that is under way; the same text may then be sent anew.
    set(on, saying) {
      if (!on) wishes.clear()
      if (!on || !saying) return Promise.resolve({ actual: false, detail: on ? 'there is nothing to send' : '' })
      if (waiting >= MOST_WAITING) return Promise.resolve({ actual: false, detail: `${MOST_WAITING} messages wait for the modem already` })
      waiting++
      const done = last.then(() => send(saying)).finally(() => waiting--)
      last = done
      return done
    },
  }
}

function note(fate: Fate, outcome: Outcome): void {
  fate.tries++
  fate.sent = outcome.ok
  fate.why = outcome.ok ? '' : outcome.why
  fate.over = outcome.ok || outcome.hopeless || fate.tries >= MOST_TRIES
}

function outcome({ to, text }: Saying, fates: Map<string, Fate>): Obeyed {
  const missed = to.filter((number) => !fates.get(number)?.sent)
  const { cut } = partsOf('', text, 0)
  const told = missed.map((number) => {
    const fate = fates.get(number)
    return `not sent to ${masked(number)}: ${fate?.why}${fate?.over ? ', given up' : ''}`
  })
  if (to.length === 0) told.push('there is nobody to send it to')
  told.push(...remarks('', cut))
  return { actual: to.length > 0 && missed.length === 0, detail: told.join('; ') }
}

/** What is told travels to platforms and screens: enough of a number to know whose it is. */
const masked = (number: string): string => (number.length > 4 ? `…${number.slice(-4)}` : number)
