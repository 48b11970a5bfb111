/** What outputs ask of a Modbus device: urgent, tried again a few times, and its refusals in words. */
import type { Block, Bus, Reply } from '../../protocol/ports.ts'
import type { Back, Driven, Switch } from './drive.ts'

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

export interface Ask {
  read(block: Omit<Block, 'unit'>): Promise<Reply>
  write(block: Omit<Block, 'unit' | 'count'>, words: Uint16Array): Promise<Reply>
}

/** An exception is an answer: asking again at once would not change it, but for a device that is busy. */
const final = (reply: Reply): boolean => reply.ok || reply.fault === 'closed' || (reply.fault === 'exception' && reply.code !== 5 && reply.code !== 6)

export function askUrgently(bus: Bus, unit: number, timeoutMs: number, overtaken: () => boolean = () => false): Ask {
  async function tries(ask: () => Promise<Reply>): Promise<Reply> {
    let reply = await ask()
    for (let left = RETRIES; left > 0 && !final(reply) && !overtaken(); left--) reply = await ask()
    return reply
  }
  return {
    read: (block) => tries(() => bus.read({ unit, ...block }, timeoutMs, { urgent: true })),
    write: (block, words) => tries(() => bus.write({ unit, ...block, count: words.length }, words, timeoutMs, { urgent: true })),
  }
}

/** Why a request brought nothing, in words for people. */
export function whyNot(reply: Exclude<Reply, { ok: true }>): string {
  if (reply.fault === 'exception') return `the device refused: ${meanings[reply.code ?? 0] ?? `exception ${reply.code}`}`
  return reply.detail ?? { timeout: 'the device did not answer', closed: 'the line is down' }[reply.fault as string] ?? `the line was at fault (${reply.fault})`
}

/** The state that stands in a word read back; null where it is neither on nor off. */
export function stateIn(back: Back, word: number, values: Pick<Switch, 'on' | 'off'> | null): boolean | null {
  if (back.bit !== null) return ((word >>> back.bit) & 1) === 1
  if (values === null || back.table === 'coil' || back.table === 'discrete') return word !== 0
  return word === values.on ? true : word === values.off ? false : null
}
