/** When each uplink is told how the lines and their devices do: at its period, and soon after something changed; and the message itself. */
import type { AtLeast, HealthMessage } from '../protocol/messages.ts'
import { type Millis, type Moment, millis } from '../protocol/time.ts'
import type { BusStatus } from './status.ts'

/** A line that comes and goes must not fill the uplink: changes are told at most so often, together. GPRS takes 2 kB/s, and ten devices are 2 kB. */
const LEAST_GAP_MS = 10_000

export interface HealthReports {
  /** Something is new: it is told as soon as the gap allows. */
  changed(): void
  /** The uplinks that are to be told now; they count as told. */
  due(now: Millis): string[]
  /** This uplink has just been told, at its birth. Answers with false where it is never told. */
  told(uplink: string, now: Millis): boolean
}

interface Teller {
  name: string
  every: Millis
  toldAt: Millis
  owed: boolean
}

/** `every` null: never. */
export function makeHealthReports(uplinks: { name: string; health: Millis | null }[], start: Millis): HealthReports {
  const tellers: Teller[] = uplinks.flatMap(({ name, health }) => (health === null ? [] : [{ name, every: health, toldAt: start, owed: false }]))

  function tell(teller: Teller, now: Millis): void {
    teller.toldAt = now
    teller.owed = false
  }

  return {
    changed() {
      for (const teller of tellers) teller.owed = true
    },
    due(now) {
      const due = tellers.filter(({ every, toldAt, owed }) => now >= toldAt + (owed ? Math.min(LEAST_GAP_MS, every) : every))
      for (const teller of due) tell(teller, now)
      return due.map(({ name }) => name)
    },
    told(uplink, now) {
      const teller = tellers.find(({ name }) => name === uplink)
      if (teller) tell(teller, millis(now))
      return teller !== undefined
    },
  }
}

export function healthMessage(lines: BusStatus[], to: string, { wall, wallQuality }: Moment): HealthMessage {
  const message: HealthMessage = { kind: 'health', to, observed: wall, timeQuality: wallQuality, buses: {}, devices: {} }
  for (const { name, devices, ...bus } of lines) {
    // A line that never fell out of step has nothing to tell of it.
    const step = bus.step && bus.step.lost > 0 ? bus.step : null
    message.buses[name] = awake({ ...bus, step }, ['state', 'requests', 'answers'])
    for (const { name: of, ...device } of devices) message.devices[of] = awake(device, ['bus', 'polls', 'answered'])
  }
  return message
}

/** Without what is at rest. */
const awake = <T extends object, K extends keyof T>(figures: T, always: K[]): AtLeast<T, K> =>
  Object.fromEntries(Object.entries(figures).filter(([key, figure]) => always.includes(key as K) || !isRest(figure))) as AtLeast<T, K>

const isRest = (figure: unknown): boolean =>
  figure === null || figure === 0 || figure === '' || (typeof figure === 'object' && Object.keys(figure as object).length === 0)
