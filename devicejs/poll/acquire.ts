/**
 * One acquire loop a bus: it polls the devices of a line by their deadlines, one request at a time, and delivers rows.
 *
 *     due ──► (new or back: identity) ──► (trigger; others are read meanwhile) ──► blocks, each with its retries ──► decode ──► one row
 *      ▲                                                                                                                        │
 *      └──────────────────── due + every; a device that stays silent is asked less and less ◄───────────────────────────────────┘
 */
import type { Bus, BusClock, Clock, DeviceHealth, Notes } from '../../protocol/ports.ts'
import type { LinkChange } from '../../protocol/recording.ts'
import type { Samples } from '../../protocol/samples.ts'
import { type Millis, millis, NEVER } from '../../protocol/time.ts'
import { type PolledDevice, speaksByItself, type Trigger } from '../profile.ts'
import type { Line } from './ask.ts'
import { makeLinks } from './links.ts'
import { type Job, type Member, makeMember, type Outcome } from './member.ts'
import { makeTurns } from './schedule.ts'
import { makeSilenceBudget } from './silence.ts'
import type { WatchedBus } from './writes.ts'

/** In served time: rounds without a new row before the loop leaves the point a moment to go on, and that moment. */
const IDLE_ROUNDS = 3
const IDLE_MS = 1

/** In served time there is no period to wait for, so after a fault the line is left alone for a moment, lest the loop spin. */
const SERVED_FAULT_MS = 50

/**
 * A reading that is to be confirmed is read again so long after the first. Most instruments measure once or twice a second, and one that is
 * asked sooner may show the same number twice, which would confirm nothing; and people wait for the alarm.
 */
const AGAIN_MS = 500

export interface BusRun {
  /** The bus's name in the site file. */
  name: string
  /** Where it tells of writes to a device, that device is left the time that it needs after one. */
  bus: Bus & Partial<Pick<WatchedBus, 'writtenAt'>>
  busClock: BusClock
  devices: PolledDevice[]
  clock: Clock
  /** The devices' clocks lead the station's: each row's time is the station's time. */
  served: boolean
  /** Remembers over a restart what devices refuse. */
  notes?: Notes
  deliver(samples: Samples[]): void
  /** Links are the bus, by its name, and its devices, as `bus/device`. */
  onLink(change: LinkChange): void
  /** A device's clock strayed beyond the bound (see row.ts); its rows are mapped by a new offset from here on. */
  onStray?(device: string, strayMs: number): void
  stop: AbortSignal
}

export interface RunningBus {
  /**
   * Asks for these channels before they are due, in the same queue as all others; their next period begins then. Once a period at most, so
   * that a device that always jumps takes no more than twice its share of the line. Nothing comes of it where the device is silent or
   * cannot be asked, nor in served time; channels of other lines are passed over.
   */
  again(channels: readonly number[]): void
  /** Resolves when the transaction now in flight, if any, is done and delivered. */
  busy(): Promise<void>
  /** By the device's name. */
  devices(): Record<string, DeviceHealth>
  /** Ends after `stop` and the transaction then in flight. Rejects on a mistake of ours. */
  done: Promise<void>
}

export function runBus(run: BusRun): RunningBus {
  const { clock, busClock, stop, name } = run
  const line: Line = { name, bus: run.bus, busClock, clock, quietSince: Number.NEGATIVE_INFINITY, waitedMs: 0 }
  const budget = makeSilenceBudget()
  /** The same for repeated tries at those that answered until now: where many fall silent at once, each is not tried out. */
  const retryBudget = makeSilenceBudget()
  /** Silent ones whose turn came when the budget had nothing left: nobody goes before the first of them, however much more its timeout costs. */
  const waiting = new Set<Member>()
  let lastSilent = false
  /** The line is damaged, and one that came back has had all others tried. */
  let rallied = false
  let inFlight: Promise<void> = Promise.resolve()

  const members = run.devices.map((device): Member => {
    if (!run.served && !(device.every > 0)) throw new Error(`${device.name} is to be polled every ${device.every} ms`)
    return makeMember({ line, device, served: run.served, notes: run.notes ?? null, deliver: run.deliver, onStray: run.onStray, links: () => links, back })
  })
  const every = (member: Member): Millis => member.jobs[0]?.every ?? member.device.every
  const links = makeLinks({
    name,
    bus: run.bus,
    clock,
    onLink: run.onLink,
    devices: members.map((member) => ({ device: member.device, every: every(member) })),
  })
  const jobs = members.flatMap((member) => member.jobs)
  const turns = makeTurns(jobs)

  /** What of it was missed is not waited for to be due; and who was cut off with it is likely back as well. */
  function back(member: Member): void {
    const now = clock.now().at
    const all = links.damaged && !rallied
    rallied = links.damaged
    if (all) budget.forget()
    for (const other of all ? members : [member]) {
      other.askAt = millis(Math.min(other.askAt, now))
      for (const job of other.jobs) if (job.owes) job.due = millis(Math.min(job.due, now))
    }
  }

  /** The share of its time that the line needs, by what its polls took on its own clock (a story told faster than life overloads no line), and what the silent cost. */
  function need(now: Millis): number {
    const live = jobs.filter(({ member, tookMs }) => member.misses === 0 && !Number.isNaN(tookMs) && !speaksByItself(member.device.profile))
    return live.reduce((all, { tookMs, every }) => all + tookMs / every, budget.share(now))
  }

  /** One poll, with what it means for the line: silence has its price, and it shows in the wait of whoever is asked next. */
  async function poll(job: Job, mayRetry: boolean): Promise<Outcome> {
    const since = busClock.now()
    const { again } = job
    line.waitedMs = 0
    const polled = job.member.poll(job, mayRetry)
    inFlight = polled.then(nothing, nothing)
    const outcome = await polled
    const now = clock.now().at
    if (outcome.silent && again) retryBudget.spend(now, busClock.now() - since)
    if (outcome.silent) budget.spend(now, busClock.now() - since)
    else if (lastSilent) budget.spend(now, line.waitedMs)
    lastSilent = outcome.silent
    return outcome
  }

  /** Everybody who waits for the same word to all is told by this one. */
  function triggeredAll(trigger: Trigger, by: Job, now: Millis): void {
    for (const job of jobs) {
      const other = job.member.device.profile.trigger
      if (job === by || job.readyAt !== null || !other?.broadcast || job.member.misses > 0) continue
      const same = other.place.table === trigger.place.table && other.place.address === trigger.place.address && other.value === trigger.value
      if (!same || job.due - now > job.every / 2 || job.member.up === null) continue
      job.due = millis(Math.min(job.due, now))
      job.member.triggered(job, other)
    }
  }

  function again(channels: readonly number[]): void {
    const now = clock.now().at
    for (const job of jobs) {
      const { member } = job
      if (!job.channels.some(({ channel }) => channels.includes(channel))) continue
      if (member.silent || speaksByItself(member.device.profile) || now - job.rereadAt < job.every) continue
      job.againAt = millis(job.askedAt + AGAIN_MS)
      job.rereadAt = now
    }
    wake()
  }

  async function turn(): Promise<void> {
    const now = clock.now().at
    // Taken up here, between two polls: the poll that brought the first reading has just moved its deadline on.
    for (const job of jobs) {
      job.due = millis(Math.min(job.due, job.againAt))
      job.againAt = NEVER
    }
    // One that missed a single poll is there still, and is held up like the others.
    const someLive = members.some(({ up }) => up)
    for (const member of waiting) if (!member.silent || !someLive) waiting.delete(member)
    const [first] = waiting
    const affordable = (member: Member): boolean => !someLive || (member === (first ?? member) && budget.allows(now, member.device.timeoutMs))
    const [firstJob] = first?.jobs ?? []
    if (first && firstJob && affordable(first)) firstJob.due = millis(Math.min(firstJob.due, now))
    const mayRepeat = ({ device }: Member): boolean => !someLive || retryBudget.allows(now, device.timeoutMs)
    for (const job of jobs) {
      const { member } = job
      if (job.due > now || job.readyAt !== null) continue
      if (job.again && !mayRepeat(member)) member.giveUp(job)
      else if (!member.silent || (now >= member.askAt && affordable(member))) continue
      else {
        if (now >= member.askAt) waiting.add(member)
        member.skip(job)
      }
      job.due = millis(job.due + job.every * (Math.floor((now - job.due) / job.every) + 1))
    }
    links.judge(need(now))
    rallied &&= links.damaged
    const next = turns.next(now, busClock.now(), readyAt)
    if ('job' in next) {
      const { member } = next.job
      waiting.delete(member)
      await serve(next.job, member.up === true && member.misses === 0 ? mayRepeat(member) : affordable(member))
    } else await idle(next.at, next.busAt)
  }

  async function serve(job: Job, mayRetry: boolean): Promise<void> {
    const { triggered, again } = await poll(job, mayRetry)
    const after = clock.now().at
    const { trigger } = job.member.device.profile
    if (triggered && trigger?.broadcast) triggeredAll(trigger, job, after)
    if (triggered || again) return
    // A row that comes late is that of the period in which it comes. What a line that cannot keep up left out is not made up.
    const skipped = Math.max(0, Math.ceil((after - job.due) / job.every) - 1)
    job.member.account.skipped += skipped
    links.skipped(job.member.silent || speaksByItself(job.member.device.profile) ? 0 : skipped)
    job.due = millis(job.due + (skipped + 1) * job.every)
  }

  /** When a job may be asked, on the line's clock: what it was triggered to do must be done, and what was written to it taken in. */
  function readyAt({ member, readyAt }: Job): number {
    const { profile, unit } = member.device
    const writtenAt = run.bus.writtenAt?.(unit) ?? Number.NEGATIVE_INFINITY
    return Math.max(readyAt ?? Number.NEGATIVE_INFINITY, writtenAt + profile.line.afterWriteMs)
  }

  let nap = new AbortController()
  const wake = (): void => nap.abort()

  async function idle(at: Millis, busAt: number): Promise<void> {
    nap = new AbortController()
    if (stop.aborted) return
    const cancel = Number.isFinite(busAt) ? busClock.after(busAt - busClock.now(), wake) : nothing
    await clock.until(at, nap.signal)
    cancel()
  }

  /** As fast as the line answers: every device in turn. */
  async function servedRounds(): Promise<void> {
    for (let quiet = 0; !stop.aborted; ) {
      let rows = 0
      for (const job of jobs) {
        if (stop.aborted) return
        const { missed } = job.member.account
        let outcome = await poll(job, true)
        if (outcome.triggered) {
          await busClock.wait(readyAt(job) - busClock.now())
          outcome = await poll(job, true)
        }
        if (outcome.row) rows++
        if (job.member.account.missed > missed) await busClock.wait(SERVED_FAULT_MS)
      }
      quiet = rows > 0 ? 0 : quiet + 1
      if (quiet > IDLE_ROUNDS) await busClock.wait(IDLE_MS)
    }
  }

  async function rounds(): Promise<void> {
    stop.addEventListener('abort', wake)
    try {
      while (!stop.aborted) await turn()
    } finally {
      stop.removeEventListener('abort', wake)
    }
  }

  /** In how long all silent devices have had their try, where the budget rules it. */
  const roundMs = (): number => members.reduce((all, { silent, device }) => all + (silent ? budget.waitMs(device.timeoutMs) : 0), 0)

  return {
    again,
    busy: () => inFlight,
    devices: () => Object.fromEntries(members.map((member) => [member.device.name, member.health(roundMs())])),
    done: members.length === 0 ? clock.until(NEVER, stop) : run.served ? servedRounds() : rounds(),
  }
}

/** A mistake of ours in a poll ends the loop through `done`; whoever waits for the line to be free is not told twice. */
const nothing = (): void => {}
