/** The outputs of a running station: told what the judgement wants, what they answer is heard, and at the end left in their safe state. */
import { makeOutput } from '../devicejs/output.ts'
import { type Board, makeBoard } from '../devicejs/outputs/board.ts'
import type { BusClock, Obeyed, Output, Ports, Saying } from '../protocol/ports.ts'
import type { OutputState } from '../protocol/recording.ts'
import type { OutputPlan } from './core/plan.ts'
import type { Site } from './site/site.ts'
import { makeTending } from './tending.ts'

/** An output on a line has answered by then: three tries of the write and of the read-back, at usual time-outs. */
const ANSWER_MS = 5_000

/** A motor valve is waited for, but no longer than this: who stops a station (systemd: 90 s) shall not have to kill it. */
const LAST_MS = 30_000

export interface Driving {
  drive(name: string, on: boolean, saying?: Saying): void
  /** What must hear that the station lives, or be looked at; called at each turn of the loop. */
  tend(): void
  /** From now on nothing is fed and nothing looked at. */
  stopTending(): Promise<void>
  /** All that was ordered has answered, or is late. */
  settled(): Promise<void>
  /** Each output in its safe state, but those that are seen to be in it; all of them where `doubtful`. What comes of it is told. */
  release(states: Driven[], doubtful: boolean, tell: (state: OutputState, cause: string) => void): Promise<void>
}

/** An output as the judgement knows it. */
interface Driven {
  plan: OutputPlan
  wanted: boolean | null
  actual: boolean | null
}

interface Wiring {
  busClock: BusClock
  /** What the judgement wants of an output; null before the first order. */
  wanted(name: string): boolean | null
  /** An answer to the newest order, or a look that has found another state. */
  heard(state: OutputState): void
  /** The loop has something to tend to. */
  wake(): void
}

export function makeDriving(site: Site, ports: Ports, { busClock, wanted, heard, wake }: Wiring): Driving {
  const { outputs, boards } = outputsOf(site, ports, busClock)
  const underWay = new Set<Promise<void>>()
  /** How many orders each output was given. */
  const orders = new Map<string, number>()

  const hear = (output: string, on: boolean, { actual, detail }: Obeyed): void => heard({ output, wanted: on, actual, ...(detail && { detail }) })
  const onLook = (name: string, obeyed: Obeyed): void => {
    const on = wanted(name)
    // Before the first order there is nothing to compare it with.
    if (on !== null) hear(name, on, obeyed)
  }
  const tending = makeTending(outputs, busClock, { wake, onLook })

  /** What comes of it, or undefined where it takes longer: at the end a siren does not wait for a modem. */
  async function inTime<T>(work: Promise<T> | undefined, withinMs: number): Promise<T | undefined> {
    let cancel = (): void => {}
    const late = new Promise<undefined>((resolve) => {
      cancel = busClock.after(withinMs, () => resolve(undefined))
    })
    return Promise.race([work, late]).finally(cancel)
  }

  async function releaseOne(name: string, safe: boolean): Promise<Obeyed> {
    const travelMs = site.outputs.find((spec) => spec.name === name)?.valve?.travelMs ?? 0
    const late: Obeyed = { actual: null, detail: 'it has not answered yet' }
    return (await inTime(outputs.get(name)?.set(safe), Math.min(ANSWER_MS + travelMs, LAST_MS))) ?? late
  }

  return {
    drive(name, on, saying) {
      const output = outputs.get(name)
      if (!output) throw new Error(`an action drives ${name}, which the site does not have`)
      const order = (orders.get(name) ?? 0) + 1
      orders.set(name, order)
      const done = output.set(on, saying).then((obeyed) => {
        underWay.delete(done)
        tending.answered(name, obeyed)
        // What was read back after a newer order says nothing of this one: on, off and on again would look like an off that was not obeyed.
        if (orders.get(name) === order) hear(name, on, obeyed)
      })
      // The end does not wait for a modem.
      if (site.outputs.find((spec) => spec.name === name)?.kind !== 'sms') underWay.add(done)
    },
    tend: () => tending.tend(),
    stopTending: () => tending.stop(),
    settled: async () => void (await inTime(Promise.all(underWay), ANSWER_MS)),
    async release(states, doubtful, tell) {
      for (const board of boards.values()) board.forget()
      const released = states.map(async ({ plan, wanted, actual }) => {
        const safe = safeState(plan)
        // One that was not read back in its safe state may be in another, whatever it was told; a heartbeat may stand either way.
        if (safe === null || (!doubtful && wanted === safe && actual === safe && plan.kind !== 'heartbeat')) return
        const obeyed = await releaseOne(plan.name, safe)
        tell({ output: plan.name, wanted: safe, actual: obeyed.actual }, obeyed.detail ? `the station stops (${obeyed.detail})` : 'the station stops')
      })
      await Promise.all(released)
    },
  }
}

/** Those of one unit share what is known of it, and one of them feeds its watchdog. */
function outputsOf(site: Site, ports: Ports, busClock: BusClock): { outputs: Map<string, Output>; boards: Map<string, Board> } {
  const boards = new Map<string, Board>()
  const fed = new Set<string>()
  const outputs = new Map<string, Output>()
  for (const spec of site.outputs) {
    const unit = `${spec.bus}/${spec.unit}`
    const board = boards.get(unit) ?? makeBoard(busClock, spec.timeoutMs)
    boards.set(unit, board)
    const watchdog = fed.has(unit) ? null : spec.watchdog
    if (watchdog && spec.kind !== 'heartbeat') fed.add(unit)
    outputs.set(spec.name, makeOutput({ ...spec, watchdog }, { bus: ports.buses[spec.bus], frames: ports.frames[spec.bus], busClock, board }))
  }
  return { outputs, boards }
}

/** The state in which an output is left when the station stops; null where nothing is done: a message is sent, and a pulse shuts a valve for good. */
function safeState({ kind, valve }: OutputPlan): boolean | null {
  if (kind === 'valve') return valve === 'release-close' ? true : null
  return kind === 'sms' ? null : false
}
