/**
 * How much the alarms ask of those who watch them (ISA-18.2-2016 table 7, EEMUA 191): in a flood nobody reads any more, a chattering alarm
 * is mended and not read, a stale one is forgotten, and what is kept quiet must stay in sight.
 */
import type { LoadFigures, LogMessage, Message } from '../../../protocol/messages.ts'
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import type { Alarm } from './alarm.ts'
import { stateOf } from './life.ts'

/** A flood begins above the first and ends below the second, in ten minutes: EEMUA 191. */
const FLOOD_FROM = 10
const FLOOD_UNTIL = 5
const FLOOD_MS = 600_000

/** Three changes in a minute are chatter, a day without a change is stale: ISA-18.2. */
const CHATTER = 3
const CHATTER_MS = 60_000
const STALE_MS = 86_400_000

/** More calls in ten minutes than anybody counts: hundreds of alarms that all chatter. */
const MOST_CALLS = 10_000

export interface AlarmLoad {
  /** Station times at which a person was called for, of the last ten minutes. */
  calls: Millis[]
  /** How often since the start. */
  total: number
  flood: boolean
  /** The last few changes of each alarm between active and not. */
  turns: Map<string, Millis[]>
}

export const makeLoad = (): AlarmLoad => ({ calls: [], total: 0, flood: false, turns: new Map() })

/** Takes in what was told in a scan. */
export function noteLoad(load: AlarmLoad, told: Message[], now: Millis): void {
  for (const message of told) if (message.kind === 'log') noteChange(load, message, now)
  while ((load.calls[0] ?? now) <= now - FLOOD_MS || load.calls.length > MOST_CALLS) load.calls.shift()
  if (load.calls.length > FLOOD_FROM) load.flood = true
  if (load.calls.length < FLOOD_UNTIL) load.flood = false
}

function noteChange(load: AlarmLoad, { alarm, change, annunciate }: LogMessage, now: Millis): void {
  if (annunciate) {
    load.calls.push(now)
    load.total++
  }
  if (change !== 'raised' && change !== 'cleared') return
  const turns = load.turns.get(alarm) ?? []
  turns.push(now)
  load.turns.set(alarm, turns.slice(-CHATTER))
}

/** When a flood ends if nobody else is called for: there are that many calls while it lasts. */
export const loadAt = ({ flood, calls }: AlarmLoad): Millis => (flood ? millis((calls.at(-FLOOD_UNTIL) as Millis) + FLOOD_MS) : NEVER)

export function loadFigures({ calls, total, flood, turns }: AlarmLoad, alarms: Alarm[], now: Millis): LoadFigures {
  const named = (holds: (alarm: Alarm) => boolean): string[] => alarms.filter(holds).map(({ name }) => name)
  return {
    calledTotal: total,
    calledIn10min: calls.filter((at) => at > now - FLOOD_MS).length,
    flood,
    chattering: named(({ name }) => {
      const last = turns.get(name) ?? []
      return last.length === CHATTER && now - (last[0] as Millis) < CHATTER_MS
    }),
    stale: named(({ level, since }) => level > 0 && now - since > STALE_MS),
    shelved: named(({ life: { flags } }) => stateOf(flags) === 'SHLVD'),
    suppressed: named(({ life: { flags } }) => stateOf(flags) === 'DSUPR'),
    outOfService: named(({ life: { flags } }) => stateOf(flags) === 'OOSRV'),
  }
}
