/** One device of a line: its jobs, and what each poll of one of them says of the device. */
import type { DeviceHealth, Fault, Notes } from '../../protocol/ports.ts'
import type { Reason } from '../../protocol/quality.ts'
import type { Samples } from '../../protocol/samples.ts'
import { type Millis, millis, NEVER } from '../../protocol/time.ts'
import { type PolledDevice, speaksByItself, type Trigger } from '../profile.ts'
import { type Account, makeAccount } from './account.ts'
import { type Asked, ask, identify, type Line, type Patience, pull } from './ask.ts'
import { makeHolding } from './hold.ts'
import { type JobPlan, jobsOf } from './jobs.ts'
import type { Links } from './links.ts'
import { type PollPlan, planPoll } from './poll.ts'
import { makeRefusals } from './refusals.ts'
import { makeRows, makeStarts, type Rows } from './row.ts'
import { pauseMs } from './silence.ts'

/** Missed polls in a row before a device counts as silent: one lost frame is noise on a line, two are not. */
const SILENT_AFTER = 2

/** A device that refuses one job and answered another within so many of that one's periods is there. */
const PARTLY_PERIODS = 2

/** A poll's length is learned over about so many: a retry moves it little, and a longer line or a busier device is seen within a few. */
const LEARNED_OVER = 8

export interface Job extends JobPlan {
  member: Member
  rows: Rows
  due: Millis
  /** To be read before it is due, no sooner than this; NEVER where nobody wants it. */
  againAt: Millis
  /** When that was done last. */
  rereadAt: Millis
  askedAt: Millis
  /** Not read before, on the line's clock: it was triggered, and measures. Null: it is to be triggered, or has no trigger. */
  readyAt: number | null
  /** How long its answered polls take; NaN before the first. */
  tookMs: number
  /** When it was last answered. */
  rowAt: Millis
  /** Its last row was missing. */
  owes: boolean
  /** It was not heard, and is to be asked again in this very period; so often, if it must be. */
  again: boolean
  triesLeft: number
}

export interface Member {
  device: PolledDevice
  jobs: Job[]
  account: Account
  /** Null before its first answer or its first silence. */
  up: boolean | null
  misses: number
  /** Not asked before; its missing rows are made all the same. */
  askAt: Millis
  readonly silent: boolean
  /** Asks for one job; what came is delivered. With `triggered` or `again` the poll is not at its end. */
  poll(job: Job, mayRetry: boolean): Promise<Outcome>
  /** It was told to measure by a word to all. */
  triggered(job: Job, how: Trigger): void
  /** Ends a poll that is to be tried again. */
  giveUp(job: Job): void
  /** A row of missing values, without asking. */
  skip(job: Job): void
  health(roundMs: number): DeviceHealth
}

/** What a poll came to. `row`: it brought one. `silent`: the device was not heard. `triggered`: it is to be read at its `readyAt`. */
export interface Outcome {
  row: boolean
  triggered: boolean
  again: boolean
  silent: boolean
}

export interface MemberWiring {
  line: Line
  device: PolledDevice
  served: boolean
  notes: Notes | null
  deliver(samples: Samples[]): void
  /** A device's clock strayed beyond the bound. */
  onStray: ((device: string, strayMs: number) => void) | undefined
  /** Asked for when something is to be said, for they are made of the members. */
  links(): Links
  /** It answers again after it was lost. */
  back(member: Member): void
}

const nothing: Outcome = { row: false, triggered: false, again: false, silent: false }

export function makeMember(wiring: MemberWiring): Member {
  const { line, device, served } = wiring
  const { profile } = device
  const { clock, busClock } = line
  const account = makeAccount()
  const refusals = makeRefusals(wiring.notes, `refused ${line.name}/${device.name}/${profile.name}`, clock.now().at)
  const starts = makeStarts(() => wiring.links().tell(device, 'it started again: its totals go on from where they were'))
  const plans = new Map<Job, { plan: PollPlan; version: number }>()
  const says = new Map<Job, string[]>()
  const holding = makeHolding()
  let known = profile.identity.length === 0
  let reason: Reason = 'none'
  let said = ''

  const member: Member = {
    device,
    account,
    jobs: [],
    up: null,
    misses: 0,
    askAt: millis(Number.NEGATIVE_INFINITY),
    get silent() {
      return member.misses >= SILENT_AFTER && reason !== 'exception'
    },
    poll,
    triggered(job, how) {
      begin(job, device.retries)
      measures(job, how)
    },
    giveUp: (job) => void lose(job, 'timeout', ''),
    skip(job) {
      miss(job, reason === 'none' ? 'timeout' : reason)
    },
    health: (roundMs) => ({
      ...account.health(),
      backOff: member.silent ? { misses: member.misses, nextMs: Math.max(pause(), roundMs) } : null,
      retired: [...refusals.retired],
    }),
  }
  member.jobs = jobsOf(device).map((plan) => ({
    ...plan,
    member,
    rows: makeRows(plan, profile, served, starts, strayed),
    due: clock.now().at,
    againAt: NEVER,
    rereadAt: millis(Number.NEGATIVE_INFINITY),
    askedAt: millis(Number.NEGATIVE_INFINITY),
    readyAt: null,
    tookMs: Number.NaN,
    rowAt: millis(Number.NEGATIVE_INFINITY),
    owes: false,
    again: false,
    triesLeft: 0,
  }))
  const shortest = member.jobs[0]?.every ?? device.every
  // One that speaks by itself costs nothing while it is silent: it is only listened to, and alone on its line.
  const listened = speaksByItself(device.profile)
  const pause = (): Millis => pauseMs(shortest, listened ? 0 : member.misses, SILENT_AFTER)

  function strayed(strayMs: number): void {
    wiring.links().tell(device, `its clock strayed by ${Math.round(strayMs / 1000)} s from the station's; its rows are mapped anew`)
    wiring.onStray?.(device.name, strayMs)
  }

  /** Made anew when something was cut or given up. */
  function planOf(job: Job): PollPlan {
    refusals.forgive(clock.now().at, false)
    const held = plans.get(job)
    if (held?.version === refusals.version) return held.plan
    const plan = planPoll(profile, wanted(job), refusals)
    plans.set(job, { plan, version: refusals.version })
    return plan
  }

  async function poll(job: Job, mayRetry: boolean): Promise<Outcome> {
    const patience: Patience = { retries: mayRetry && !member.silent ? device.retries : 0, silenceToo: served }
    if (planOf(job).blocks.length === 0) {
      // All that it wants was given up; that is told already.
      miss(job, 'exception')
      return nothing
    }
    if (!job.again && job.readyAt === null) begin(job, patience.retries)
    job.again = false
    job.askedAt = clock.now().at
    if (job.readyAt === null) {
      const stranger = known ? null : await identify(line, device, patience, account)
      if (stranger) return 'fault' in stranger ? unheard(job, stranger.fault) : lose(job, 'error-code', stranger.stranger)
      known = true
      if (profile.trigger) return trigger(job, profile.trigger, patience)
    }
    job.readyAt = null
    const since = busClock.now()
    const asked = await askIt(job, patience)
    if (asked.at === null) return unheard(job, asked.fault ?? 'timeout')
    const tookMs = busClock.now() - since
    job.tookMs = Number.isNaN(job.tookMs) ? tookMs : job.tookMs + (tookMs - job.tookMs) / LEARNED_OVER
    return take(job, asked, asked.at)
  }

  function begin(job: Job, retries: number): void {
    account.polls++
    job.triesLeft = served ? 0 : retries
  }

  async function trigger(job: Job, how: Trigger, patience: Patience): Promise<Outcome> {
    const fault = await pull(line, device, how, patience, account)
    if (fault) return unheard(job, fault)
    measures(job, how)
    return { ...nothing, triggered: true }
  }

  /** So long it measures after the word to do so; of those that were told together each begins in its turn. */
  function measures(job: Job, { waitMs, broadcast, staggerMs }: Trigger): void {
    job.readyAt = busClock.now() + Math.max(waitMs + (broadcast ? staggerMs * device.unit : 0), profile.line.afterWriteMs)
  }

  /** Silence is tried again, but after those who wait: it is dear, and they are more likely there. */
  function unheard(job: Job, why: Fault): Outcome {
    if (why !== 'timeout' || job.triesLeft === 0) return lose(job, why, '')
    job.triesLeft--
    job.again = true
    job.rows.doubtNext()
    wiring.links().heard(why)
    return { ...nothing, silent: true, again: true }
  }

  async function askIt(job: Job, patience: Patience): Promise<Asked> {
    const now = clock.now().at
    const asked = await ask(line, device, planOf(job), patience, account, (plan, block) => refusals.finer(plan, block, wanted(job), now))
    for (const place of refusals.learn(asked.plan, asked.replies, now))
      wiring.links().tell(device, `it does not have ${place} (${namesAt(place)}), and is not asked for it any more`)
    return asked
  }

  const namesAt = (place: string): string =>
    profile.channels
      .filter(({ read }) => `${read.table} ${read.address}` === place)
      .map(({ name }) => name)
      .join(', ') || 'a part of its state'

  function take(job: Job, asked: Asked, at: Millis): Outcome {
    wiring.links().heard(null)
    holding.take(asked.plan, asked.reading, served ? millis(asked.reading.clockMs ?? at) : at)
    says.set(job, asked.reading.says)
    const now = [...new Set([...says.values()].flat())].join(', ')
    member.misses = 0
    job.owes = false
    job.rowAt = clock.now().at
    wiring.links().answered(device, now, now !== said)
    if (member.up === false) wiring.back(member)
    member.up = true
    said = now
    const samples = job.rows.take(asked, at)
    if (asked.fault) account.missed++
    else if (samples.length > 0) account.answered++
    if (samples.length > 0) wiring.deliver(samples)
    return { ...nothing, row: samples.length > 0 }
  }

  function lose(job: Job, why: Reason & (Fault | 'error-code'), stranger: string): Outcome {
    account.missed++
    reason = why
    wiring.links().heard(why)
    // A line that is down, or that another device never lets fall silent, is not this device's silence. A refusal is an answer.
    // One job that is refused while another is answered is not the device's silence either.
    const spoke = why === 'exception' || why === 'error-code'
    const partly = why === 'exception' && member.jobs.some((other) => other !== job && clock.now().at - other.rowAt < PARTLY_PERIODS * other.every)
    const counts = why !== 'closed' && why !== 'overload' && !partly
    if (counts) {
      member.misses++
      if (member.misses >= SILENT_AFTER || why === 'error-code') {
        known = profile.identity.length === 0
        // Another instrument may have what this one did not.
        if (stranger) refusals.forgive(clock.now().at, true)
        if (member.up !== false) wiring.links().lost(device, why, stranger)
        member.up = false
      }
      if (!spoke || stranger) member.askAt = millis(clock.now().at + pause())
    }
    miss(job, why)
    return { ...nothing, silent: counts && !spoke }
  }

  function miss(job: Job, why: Reason): void {
    job.again = false
    job.owes = true
    const samples = job.rows.miss(why, clock.now().at)
    if (samples.length > 0) wiring.deliver(samples)
  }

  return member
}

const wanted = (job: Job): string[] => job.channels.map(({ from }) => from)
