/**
 * One acquire loop a bus: it polls the devices of a line, the earliest deadline first, one request at a time, and delivers rows.
 *
 *     due ──► (new or back: identity) ──► (trigger, wait) ──► blocks, each with its retries ──► decode ──► one row, at one time
 *      ▲                                                                                                   │
 *      └─────────────── due + every; a device that stays silent is asked less and less ◄───────────────────┘
 */
import type { Bus, BusClock, Clock, DeviceHealth, Fault } from '../protocol/ports.ts'
import type { Reason } from '../protocol/quality.ts'
import type { LinkChange } from '../protocol/recording.ts'
import type { Samples } from '../protocol/samples.ts'
import { type Millis, millis, NEVER } from '../protocol/time.ts'
import { type Account, makeAccount } from './account.ts'
import { type Asked, ask, identify, type Line } from './ask.ts'
import { decode, type Reading } from './decode.ts'
import { type PollPlan, planPoll } from './poll.ts'
import type { PolledDevice } from './profile.ts'
import { makeRows, type Rows } from './row.ts'

/** Missed polls in a row before a device counts as silent: one lost frame is noise on a line, two are not. */
const SILENT_AFTER = 2

/**
 * A silent device is asked after 2, 4, 8 ... of its periods, but at least once in this time: a device that was repaired is back
 * within the minute, and the time-outs of one dead device take no more than a few hundredths of the line from the others.
 */
const LONGEST_PAUSE_MS = 60_000

/** In served time: rounds without a new row before the loop leaves the point a moment to go on, and that moment. */
const IDLE_ROUNDS = 3
const IDLE_MS = 1

/** In served time there is no period to wait for, so after a fault the line is left alone for a moment, lest the loop spin. */
const SERVED_FAULT_MS = 50

export interface BusRun {
  /** The bus's name in the site file. */
  name: string
  bus: Bus
  busClock: BusClock
  devices: PolledDevice[]
  clock: Clock
  /** The devices' clocks lead the station's: each row's time is the station's time. */
  served: boolean
  deliver(samples: Samples[]): void
  /** Links are the bus, by its name, and its devices, as `bus/device`. */
  onLink(change: LinkChange): void
  /** A device's clock strayed beyond the bound (see row.ts); its rows are mapped by a new offset from here on. */
  onStray?(device: string, strayMs: number): void
  stop: AbortSignal
}

export interface RunningBus {
  /** Resolves when the transaction now in flight, if any, is done and delivered. */
  busy(): Promise<void>
  /** By the device's name. */
  devices(): Record<string, DeviceHealth>
  /** Ends after `stop` and the transaction then in flight. Rejects on a mistake of ours. */
  done: Promise<void>
}

interface Member {
  device: PolledDevice
  plan: PollPlan
  rows: Rows
  due: Millis
  /** Not asked before; its missing rows are made all the same. */
  askAt: Millis
  /** Null before its first answer or its first silence. */
  up: boolean | null
  known: boolean
  misses: number
  reason: Reason
  says: string
  account: Account
}

export function runBus(run: BusRun): RunningBus {
  const { clock, devices, stop } = run
  const line: Line = { name: run.name, bus: run.bus, busClock: run.busClock, clock, quietSince: Number.NEGATIVE_INFINITY }
  let lineUp: boolean | null = null
  let inFlight: Promise<void> = Promise.resolve()

  const members = devices.map((device): Member => {
    if (!run.served && !(device.every > 0)) throw new Error(`${device.name} is to be polled every ${device.every} ms`)
    const plan = planPoll(
      device.profile,
      device.channels.map(({ from }) => from),
    )
    const member: Member = {
      device,
      plan,
      rows: makeRows(device, plan, run.served, {
        clock: (strayMs) => {
          tell(member, true, `its clock strayed by ${Math.round(strayMs / 1000)} s from the station's; its rows are mapped anew`)
          run.onStray?.(device.name, strayMs)
        },
        restart: () => tell(member, true, 'it started again: its totals go on from where they were'),
      }),
      due: clock.now().at,
      askAt: millis(Number.NEGATIVE_INFINITY),
      up: null,
      known: device.profile.identity.length === 0,
      misses: 0,
      reason: 'none',
      says: '',
      account: makeAccount(),
    }
    return member
  })

  function tell({ device }: Member, up: boolean, what: string): void {
    run.onLink({ link: `${run.name}/${device.name}`, up, detail: what && `${device.name} (bus ${run.name}, unit ${device.unit}): ${what}` })
  }

  /** One poll of one device, delivered. The answer tells whether it brought a row. */
  async function poll(member: Member): Promise<boolean> {
    const { device, plan, rows, account } = member
    // A silent device is only probed: its retries would be paid for by the others.
    const retries = member.misses < SILENT_AFTER ? device.retries : 0
    account.polls++
    if (!member.known) {
      const wrong = await identify(line, device, retries, account)
      if (wrong) return 'fault' in wrong ? miss(member, wrong.fault, wrong.fault) : miss(member, 'error-code', wrong.stranger)
      member.known = true
    }
    const asked = await ask(line, device, plan, retries, account)
    const reading = decode(plan, asked.replies)
    if (asked.at === null) {
      const fault = asked.replies.find((reply) => !reply.ok)?.fault ?? 'timeout'
      return miss(member, fault, fault)
    }
    return take(member, reading, asked, rows.take(reading, asked))
  }

  function take(member: Member, reading: Reading, asked: Asked, samples: Samples[]): boolean {
    heard(null)
    member.misses = 0
    const says = reading.says.join(', ')
    if (!member.up || says !== member.says) tell(member, true, says && `it says: ${says}`)
    member.up = true
    member.says = says
    if (samples.length > 0) member.account.answered++
    if (asked.replies.some((reply) => !reply.ok)) member.account.missed++
    if (samples.length > 0) run.deliver(samples)
    return samples.length > 0
  }

  function miss(member: Member, reason: Reason, why: string): false {
    const { device } = member
    const now = clock.now().at
    member.account.missed++
    member.reason = reason
    heard(reason)
    // A line that is down, or that another device never lets fall silent, is not this device's silence. A refusal is an answer.
    if (reason !== 'closed' && reason !== 'overload') {
      member.misses++
      if (member.misses >= SILENT_AFTER || reason === 'error-code') {
        member.known = device.profile.identity.length === 0
        if (member.up !== false) tell(member, false, sentence(reason, why))
        member.up = false
      }
      if (reason !== 'exception') member.askAt = millis(now + pause(member))
    }
    const samples = member.rows.miss(reason, now)
    if (samples.length > 0) run.deliver(samples)
    return false
  }

  /** Notes whether the line itself is up. */
  function heard(reason: Reason | null): void {
    const up = reason !== 'closed'
    if (up === lineUp) return
    lineUp = up
    run.onLink({ link: run.name, up, detail: up ? '' : run.bus.health().trouble || `bus ${run.name} is closed` })
  }

  async function turn(member: Member): Promise<void> {
    await clock.until(member.due, stop)
    if (stop.aborted) return
    const now = clock.now().at
    if (now < member.askAt) {
      const samples = member.rows.miss(member.reason, now)
      if (samples.length > 0) run.deliver(samples)
    } else {
      const polled = poll(member)
      inFlight = polled.then(nothing, nothing)
      await polled
    }
    const { every } = member.device
    // A line that cannot keep up serves its devices in turn, each as soon as the others had theirs; what it left out is not made up.
    const after = clock.now().at
    member.account.skipped += Math.max(0, Math.ceil((after - member.due) / every) - 1)
    member.due = millis(Math.max(member.due + every, after))
  }

  /** As fast as the line answers: every device in turn. */
  async function servedRounds(): Promise<void> {
    for (let idle = 0; !stop.aborted; ) {
      let rows = 0
      for (const member of members) {
        if (stop.aborted) return
        const { missed } = member.account
        const polled = poll(member)
        inFlight = polled.then(nothing, nothing)
        if (await polled) rows++
        if (member.account.missed > missed) await run.busClock.wait(SERVED_FAULT_MS)
      }
      idle = rows > 0 ? 0 : idle + 1
      if (idle > IDLE_ROUNDS) await run.busClock.wait(IDLE_MS)
    }
  }

  async function rounds(): Promise<void> {
    while (!stop.aborted) await turn(members.reduce((first, member) => (member.due < first.due ? member : first)))
  }

  return {
    busy: () => inFlight,
    devices: () => Object.fromEntries(members.map((member) => [member.device.name, healthOf(member)])),
    done: members.length === 0 ? clock.until(NEVER, stop) : run.served ? servedRounds() : rounds(),
  }
}

/** A mistake of ours in a poll ends the loop through `done`; whoever waits for the line to be free is not told twice. */
const nothing = (): void => {}

const healthOf = (member: Member): DeviceHealth => ({
  ...member.account.health(),
  backOff: member.misses >= SILENT_AFTER ? { misses: member.misses, nextMs: pause(member) } : null,
  retired: [],
})

function pause({ device, misses }: Member): number {
  if (misses < SILENT_AFTER) return 0
  return Math.min(device.every * 2 ** Math.min(misses - SILENT_AFTER + 1, 30), Math.max(LONGEST_PAUSE_MS, device.every)) - device.every / 2
}

const causes: Partial<Record<Reason, string>> = {
  timeout: 'no answer; is it powered and wired, and is the unit id right?',
  checksum: 'its answers are garbled; check baud, parity, wiring and termination, and that no two devices have the same unit id',
  short: 'its answers are cut short; check the wiring, and that no two devices have the same unit id',
  'out-of-step': 'what answers is not the answer to what it was asked; check that no two devices have the same unit id, and no second master is on the line',
  exception: 'it refuses the registers of its profile; is it the right profile?',
}

const sentence = (reason: Fault | Reason, why: string): string => causes[reason as Reason] ?? why
