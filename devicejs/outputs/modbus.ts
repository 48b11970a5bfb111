/** What outputs ask of a Modbus device: urgent, tried again a few times, and its refusals in words. */
import type { Block, Bus, Reply } from '../../protocol/ports.ts'
import type { Board } from './board.ts'
import type { Back, Driven, Switch } from './drive.ts'
import type { Obey } from './turns.ts'

/** A device that does not answer is tried again so often at once, before the core hears of it: noise takes one frame, seldom three. */
const RETRIES = 2

/** A relay drops or pulls in within 5 to 15 ms (data sheets of small power relays); its contact is then still bouncing for some more. */
const SETTLE_MS = 25

/** How long to wait between a write and looking at what came of it. */
export const settleMs = ({ afterWriteMs }: Pick<Driven, 'afterWriteMs'>): number => Math.max(SETTLE_MS, afterWriteMs)

/** What the codes of the Modbus Application Protocol 1.1b3 (section 7) mean to who gave an order. */
const meanings: Record<number, string> = {
  1: 'it does not know this function',
  2: 'it has no such place',
  3: 'it does not take this value',
  4: 'it failed',
  5: 'it is still at it',
  6: 'it is busy',
  10: 'the way to it is closed',
  11: 'it does not answer its gateway',
}

const SILENT = 'the device did not answer'

/** The unit that an output is wired to, on its bus. */
export interface Unit {
  bus: Bus
  unit: number
  timeoutMs: number
  board: Board
}

export interface Ask {
  read(block: Omit<Block, 'unit'>): Promise<Reply>
  write(block: Omit<Block, 'unit' | 'count'>, words: Uint16Array): Promise<Reply>
}

/** An exception is an answer: asking again at once would not change it, but for a device that is busy. */
const isFinal = (reply: Reply): boolean => reply.ok || reply.fault === 'closed' || (reply.fault === 'exception' && reply.code !== 5 && reply.code !== 6)

/** For an order: it goes before all that waits, and is tried again while the unit is not silent and nothing newer waits. */
export function askUrgently({ bus, unit, timeoutMs, board }: Unit, overtaken: () => boolean = () => false): Ask {
  async function tries(ask: () => Promise<Reply>): Promise<Reply> {
    for (let left = RETRIES; ; left--) {
      const reply = await ask()
      board.heard(reply)
      if (left === 0 || isFinal(reply) || board.silent() || overtaken()) return reply
    }
  }
  return {
    read: (block) => tries(() => bus.read({ unit, ...block }, timeoutMs, { urgent: true })),
    write: (block, words) => tries(() => bus.write({ unit, ...block, count: words.length }, words, timeoutMs, { urgent: true })),
  }
}

/** For what is due now and then: once, and a look waits for its turn. */
export function askOnce({ bus, unit, timeoutMs, board }: Unit): Ask {
  async function once(ask: Promise<Reply>): Promise<Reply> {
    const reply = await ask
    board.heard(reply)
    return reply
  }
  return {
    read: (block) => once(bus.read({ unit, ...block }, timeoutMs)),
    write: (block, words) => once(bus.write({ unit, ...block, count: words.length }, words, timeoutMs, { urgent: true })),
  }
}

/**
 * An order that is only told again is not sent to a silent unit more often than it is asked anyway. What it read back before the unit fell
 * silent is not said again: nobody knows how it stands now.
 */
export function sparing(board: Board, obey: Obey): Obey {
  let last: { key: string; detail: string } | null = null
  return async (on, saying, overtaken) => {
    const key = `${on} ${saying?.text ?? ''}`
    if (last?.key === key && board.spared()) return { actual: null, detail: last.detail }
    const obeyed = await obey(on, saying, overtaken)
    last = { key, detail: (obeyed.actual === null && obeyed.detail) || SILENT }
    return obeyed
  }
}

/** Why a request brought nothing, in words for people. */
export function whyNot(reply: Exclude<Reply, { ok: true }>): string {
  if (reply.fault === 'exception') return `the device refused: ${meanings[reply.code ?? 0] ?? `exception ${reply.code}`}`
  return reply.detail ?? { timeout: SILENT, closed: 'the line is down' }[reply.fault as string] ?? `the line was at fault (${reply.fault})`
}

/** The state that stands in a word read back; null where it is neither on nor off. */
export function stateIn(back: Back, word: number, values: Pick<Switch, 'on' | 'off'> | null): boolean | null {
  if (back.bit !== null) return ((word >>> back.bit) & 1) === 1
  if (values === null || back.table === 'coil' || back.table === 'discrete') return word !== 0
  return word === values.on ? true : word === values.off ? false : null
}
