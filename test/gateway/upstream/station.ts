// A station's end of an uplink for tests: identity, messages, and a world in which the broker can be asked what it was given.

import { openMemoryJournal } from '../../../gateway/journal/memory.ts'
import { openUplink, type Uplink, type UplinkOptions } from '../../../gateway/upstream/uplink.ts'
import { columnOf } from '../../../protocol/column.ts'
import type { AlarmMessage, Command, Identity, LiveMessage, LogMessage, Message, StatusMessage } from '../../../protocol/messages.ts'
import type { Broker, BusClock, Clock, Journal } from '../../../protocol/ports.ts'
import type { LinkChange } from '../../../protocol/recording.ts'
import { instant, millis } from '../../../protocol/time.ts'

export const START = Date.UTC(2026, 5, 15)
export const identity: Identity = { area: 'lianshan', site: 'dapuling-03', station: 'a', epoch: 'e1', startedAt: instant(START) }
export const topic = (leaf: string) => `hp/v1/lianshan/dapuling-03/a/${leaf}`

const stamp = (wall: number) => ({ to: null, observed: instant(wall), timeQuality: 'synchronised' as const })
export const live = (wall = START, rows = 1): LiveMessage => {
  const times = Array.from({ length: rows }, (_, row) => wall + row)
  const column = columnOf(
    'mm',
    times,
    times.map((time) => time / 7),
    times.map(() => 1),
    times.map(() => 0),
  )
  return { kind: 'live', ...stamp(wall), channels: { rain: column } }
}
export const log = (alarm = 'slope', wall = START): LogMessage => ({
  kind: 'log',
  ...stamp(wall),
  alarm,
  change: 'raised',
  from: 'none',
  level: 'red',
  why: [],
  technical: false,
  state: 'UNACK',
  annunciate: true,
})
export const alarm = (level: AlarmMessage['level'] = 'none', name = 'slope'): AlarmMessage => ({
  kind: 'alarm',
  ...stamp(START),
  alarm: name,
  level,
  since: instant(START),
  why: [],
  unknown: [],
  technical: false,
  life: { state: 'NORM', occurrence: 0 },
})
export const status = (state: StatusMessage['state']): StatusMessage => ({
  kind: 'status',
  ...stamp(START),
  state,
  startedAt: identity.startedAt,
  software: 'test',
  channels: { rain: { unit: 'mm', quantity: 'rain' } },
  alarms: ['slope'],
})
export const result = (command: string): Message => ({ kind: 'result', ...stamp(START), command, ok: true, reason: '' })

/** A clock that stands until it is put forward. */
export function standingClock(): Clock & { wall: number } {
  const clock = {
    wall: START,
    now: () => ({ at: millis(clock.wall - START), wall: instant(clock.wall), wallQuality: 'synchronised' as const }),
    until: () => new Promise<void>(() => {}),
  }
  return clock
}

/** Timers that ring when a test says so. */
export function standingBusClock(): BusClock & { pass(ms: number): void } {
  let now = 0
  const bells = new Set<{ at: number; ring: () => void }>()
  return {
    now: () => now,
    wait: (ms) => new Promise((resolve) => bells.add({ at: now + ms, ring: resolve })),
    after(ms, ring) {
      const bell = { at: now + ms, ring }
      bells.add(bell)
      return () => bells.delete(bell)
    },
    pass(ms) {
      const end = now + ms
      for (;;) {
        const [next] = [...bells].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
        if (!next) break
        bells.delete(next)
        now = next.at
        next.ring()
      }
      now = end
    },
  }
}

export interface Rig {
  uplink: Uplink
  journal: Journal
  links: LinkChange[]
  commands: Command[]
  /** Appends and wakes, as a station does after a scan. */
  tell(...messages: Message[]): number[]
  /** What the alarms are when they are asked for at a birth. */
  alarms: AlarmMessage[]
}

export function rig(broker: Broker, clocks: { clock: Clock; busClock: BusClock }, changes: Partial<UplinkOptions> & { journal?: Journal } = {}): Rig {
  const journal = changes.journal ?? openMemoryJournal(['county'])
  const links: LinkChange[] = []
  const commands: Command[] = []
  const made: Omit<Rig, 'uplink'> = {
    journal,
    links,
    commands,
    alarms: [alarm()],
    tell(...messages) {
      const seqs = messages.map((message) => journal.append(message))
      uplink.wake()
      return seqs
    },
  }
  const uplink = openUplink({
    spec: { name: 'county', window: 16 },
    identity,
    mode: 'test',
    journal,
    broker,
    ...clocks,
    birth: () => [status('online'), ...made.alarms],
    farewell: () => status('offline'),
    lost: () => status('lost'),
    onCommand: (command) => commands.push(command),
    onLink: (change) => links.push(change),
    ...changes,
  })
  return Object.assign(made, { uplink })
}
