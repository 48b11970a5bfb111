/** How the buses stand, by the last word of each: what they say of themselves, and for which lost channels they are to blame. */
import type { LinkChange } from '../../protocol/recording.ts'
import type { StationPlan } from './plan.ts'

export interface BusState {
  up: boolean
  trouble: LinkChange['trouble'] | null
}

/** By name, the buses that a channel of the plan is read over. */
export type Buses = Map<string, BusState>

export const makeBuses = ({ channels }: StationPlan): Buses =>
  new Map(channels.flatMap(({ bus }): [string, BusState][] => (bus === undefined ? [] : [[bus, { up: true, trouble: null }]])))

export function hearBuses(buses: Buses, links: LinkChange[]): void {
  for (const { link, up, trouble = null } of links) if (buses.has(link)) buses.set(link, { up, trouble })
}

/** What the alarm `buses` tells: `bus.overload slope`, `bus.damaged slope`. */
export const busTroubles = (buses: Buses): string[] => [...buses].flatMap(([name, { trouble }]) => (trouble ? [`bus.${trouble} ${name}`] : []))

/** Lost channels by name; those of one bus that is down or damaged have one cause, and it is named once. */
export function namesOfLost(buses: Buses, lost: readonly { name: string; bus?: string }[]): string[] {
  const names = lost.map(({ name, bus }) => {
    const state = bus === undefined ? undefined : buses.get(bus)
    return state && (!state.up || state.trouble === 'damaged') ? `bus ${bus}` : name
  })
  return [...new Set(names)]
}
