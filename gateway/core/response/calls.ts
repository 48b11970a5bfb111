/**
 * Who is told by SMS, again and again until somebody acknowledges it; bounded by the number of calls of each list.
 *
 *     request rises, or rises higher ──► list is told ──again──► told ──again──► ... `times` ──► `next` list ──► ... ──► nobody is left
 *                                             └── acknowledged, or the request ends: no more calls; the first one goes out all the same
 *
 * In a flood of alarms nobody reads message after message: all but the red ones are held, and told as one each minute.
 *
 * One sending at a time is with the modem. A sending that was not accepted is repeated under the same wish: the modem sends again only
 * to whom it has not reached.
 */
import type { Level } from '../../../protocol/level.ts'
import type { OutputState } from '../../../protocol/recording.ts'
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import type { CallPlan } from '../plan.ts'
import { judgeRequest, type Request } from './request.ts'
import type { Action, Circumstances, OutputLife } from './respond.ts'

/** A sending that failed is tried again after this long, so many times: a network that is full is asked gently, and then the next call is due anyway. */
const RETRY_MS = 60_000
const MOST_TRIES = 4

/** A list goes out in pieces of so many numbers, so that a higher colour has to wait for one piece and not for the list. */
const MOST_AT_ONCE = 5

/** In a flood one message a minute; red is never held. */
const DIGEST_MS = 60_000
const RED = 4

interface Call {
  request: Request
  list: CallPlan
  /** Lists that were told already: each comes once. */
  visited: string[]
  round: number
  acknowledged: boolean
  /** When the next round is due; NEVER once it was acknowledged, or nobody is left. */
  nextAt: Millis
}

interface Sending {
  /** Null of a test, and of what is told once. */
  call: Call | null
  level: number
  first: boolean
  to: string[]
  text: string
  cause: string
  tries: number
  wish: number
  /** Told in a flood, as one with others, or alone since there were none. */
  grouped: boolean
}

/** One of a call. */
type Called = Sending & { call: Call }

/** One modem, and what is to be sent through it. */
export interface Desk {
  output: OutputLife
  lists: CallPlan[]
  calls: Call[]
  queue: Sending[]
  /** Of a flood: what is told together at `digestAt`. */
  held: Called[]
  digestAt: Millis
  /** What is with the modem, which always answers, if only that it is silent; `retryAt` where it failed and waits. */
  current: { sending: Sending; retryAt: Millis } | null
}

export const makeDesk = (output: OutputLife, lists: CallPlan[]): Desk => ({
  output,
  lists,
  calls: [],
  queue: [],
  held: [],
  digestAt: 0 as Millis,
  current: null,
})

/** A request as a digest names it. */
export type Named = Pick<Request, 'name' | 'level'>

interface DeskCircumstances extends Pick<Circumstances, 'verdict' | 'words'> {
  /** In a flood, what is said of several requests at once; else null. */
  digest: ((named: Named[]) => string) | null
}

/** Judges what is asked, queues what is due, and gives what the modem shall send now. */
export function runDesk(desk: Desk, { verdict, words, digest }: DeskCircumstances, now: Millis): Action | null {
  for (const request of desk.output.requests) {
    const turn = judgeRequest(request, verdict, desk.output.plan.longest, now)
    if (!request.active) desk.calls = desk.calls.filter((call) => call.request !== request)
    if (turn !== 'rose' && turn !== 'raised') continue
    request.text = words(request)
    const list = desk.lists.find(({ name }) => name === request.plan.call) as CallPlan
    desk.calls = [...desk.calls.filter((call) => call.request !== request), { request, list, visited: [list.name], round: 0, acknowledged: false, nextAt: now }]
  }
  for (const call of desk.calls) if (call.nextAt <= now) nextRound(desk, call, now)
  desk.queue = desk.queue.filter((sending) => isWanted(desk, sending))
  desk.held = desk.held.filter((sending) => isWanted(desk, sending))
  hold(desk, digest, now)
  if (desk.current && desk.current.retryAt !== NEVER && !isWanted(desk, desk.current.sending)) desk.current = null
  return nextSending(desk, now)
}

/** Holds back what is told together, and queues it when that is due, or when the flood is over. */
function hold(desk: Desk, digest: DeskCircumstances['digest'], now: Millis): void {
  const isMild = (sending: Sending): sending is Called => sending.call !== null && sending.level < RED && !sending.grouped
  if (digest !== null) {
    desk.held.push(...desk.queue.filter(isMild))
    desk.queue = desk.queue.filter((sending) => !isMild(sending))
    if (desk.digestAt > now) return
  }
  const held = desk.held.splice(0)
  if (digest === null) {
    for (const sending of held) enqueue(desk, sending)
    return
  }
  const groups = new Map<string, [Called, ...Called[]]>()
  for (const sending of held) {
    const group = groups.get(sending.to.join())
    if (group) group.push(sending)
    else groups.set(sending.to.join(), [sending])
  }
  for (const group of groups.values()) enqueue(desk, group.length === 1 ? { ...group[0], grouped: true } : asOne(desk, group, digest))
  if (groups.size > 0) desk.digestAt = millis(now + DIGEST_MS)
}

function asOne({ output }: Desk, group: [Called, ...Called[]], digest: (named: Named[]) => string): Sending {
  const named = new Map(group.map(({ call: { request } }) => [request.name, request]))
  return {
    ...{ call: null, level: Math.max(...group.map(({ level }) => level)), first: true, to: group[0].to, tries: 0, wish: ++output.wish, grouped: true },
    text: digest([...named.values()]),
    cause: `flood of alarms: ${group.length} messages in one`,
  }
}

/** Everybody is told once, and again only while the request stands unacknowledged. */
const isWanted = (desk: Desk, { call, first }: Sending): boolean => first || (call !== null && !call.acknowledged && desk.calls.includes(call))

function nextRound(desk: Desk, call: Call, now: Millis): void {
  const { request } = call
  const first = call.round === 0 && call.visited.length === 1
  const cause = `${request.plan.text}: ${call.list.name}, call ${call.round + 1} of ${call.list.times}`
  // What it would have said before has been overtaken.
  const stands = (sending: Sending): boolean => sending.call?.request !== request || (sending.first && !first)
  desk.queue = desk.queue.filter(stands)
  desk.held = desk.held.filter(stands)
  enqueueAll(desk, call.list.numbers, { call, level: request.level, first, text: request.text, cause })
  call.round++
  call.nextAt = millis(now + call.list.again)
  if (call.round < call.list.times) return
  const next = desk.lists.find(({ name }) => name === call.list.next)
  if (!next || call.visited.includes(next.name)) {
    call.nextAt = NEVER
    return
  }
  call.list = next
  call.visited.push(next.name)
  call.round = 0
}

function enqueueAll(desk: Desk, numbers: string[], sending: Omit<Sending, 'to' | 'tries' | 'wish' | 'grouped'>): void {
  for (let at = 0; at < numbers.length; at += MOST_AT_ONCE)
    enqueue(desk, { ...sending, to: numbers.slice(at, at + MOST_AT_ONCE), tries: 0, wish: ++desk.output.wish, grouped: false })
}

/** The higher colour goes first; of one colour, the older. */
function enqueue(desk: Desk, sending: Sending): void {
  const place = desk.queue.findIndex(({ level }) => level < sending.level)
  desk.queue.splice(place < 0 ? desk.queue.length : place, 0, sending)
}

/** A test to one list, by name; why it cannot be, or nothing. */
export function testCall(desk: Desk, list: string, text: string, by: string): string {
  const found = desk.lists.find(({ name }) => name === list)
  if (!found) return `there is no call list "${list}": name one in args.list`
  if (desk.queue.some(({ call, level }) => call === null && level === 0)) return 'a test waits for the modem already'
  enqueueAll(desk, found.numbers, { call: null, level: 0, first: true, text, cause: `test, ordered by ${by}: ${list}` })
  return ''
}

/** Tells each list that was called for this alarm, once, that its data are lost. */
export function callLost(desk: Desk, alarm: string, level: Level, text: string): void {
  const lists = new Set(desk.calls.filter(({ request }) => request.grounds.some(({ name }) => name === alarm)).flatMap(({ visited }) => visited))
  for (const list of desk.lists.filter(({ name }) => lists.has(name)))
    enqueueAll(desk, list.numbers, { call: null, level, first: true, text, cause: `${alarm}: data lost: ${list.name}` })
}

/** Ends the calls that wait to be made again, of this alarm or of all; gives what they were for. What was not sent once still goes out. */
export function endWaiting(desk: Desk, alarm: string | null): string[] {
  const ended = new Set<string>()
  for (const call of desk.calls) {
    if (call.acknowledged || (alarm !== null && call.request.name !== alarm)) continue
    call.acknowledged = true
    call.nextAt = NEVER
    ended.add(call.request.name)
  }
  return [...ended]
}

function nextSending(desk: Desk, now: Millis): Action | null {
  if (desk.current && desk.current.retryAt > now) {
    // What would fail too waits behind one that failed; a higher colour does not.
    const next = desk.queue[0]
    if (desk.current.retryAt === NEVER || !next || next.level <= desk.current.sending.level) return null
    enqueue(desk, desk.current.sending)
    desk.current = null
  }
  const sending = desk.current?.sending ?? desk.queue.shift()
  if (!sending) return null
  sending.tries++
  desk.current = { sending, retryAt: NEVER }
  const { output } = desk
  output.wanted = true
  output.since = now
  output.cause = sending.cause
  output.text = sending.text
  return { output: output.plan.name, on: true, cause: sending.cause, saying: { text: sending.text, to: sending.to, wish: sending.wish } }
}

/** What the modem says of it; tells whether it is an answer to what was sent. */
export function answered(desk: Desk, state: OutputState, now: Millis): boolean {
  const { output, current } = desk
  output.actual = state.actual
  if (!state.wanted || !current || current.retryAt !== NEVER) return false
  if (state.actual === true) {
    output.disobeys = false
    output.wanted = false
    desk.current = null
  } else failed(desk, current.sending, now)
  return true
}

function failed(desk: Desk, sending: Sending, now: Millis): void {
  desk.output.disobeys = true
  desk.output.wanted = false
  desk.current = sending.tries < MOST_TRIES ? { sending, retryAt: millis(now + RETRY_MS) } : null
}

/** When something of it is due. */
export function deskAt(desk: Desk): Millis {
  let due = NEVER
  for (const { nextAt } of desk.calls) if (nextAt < due) due = nextAt
  for (const { active, until, past } of desk.output.requests) due = millis(Math.min(due, active ? until : NEVER, past.wakeAt()))
  if (desk.current && desk.current.retryAt < due) due = desk.current.retryAt
  if (desk.held.length > 0 && desk.digestAt < due) due = desk.digestAt
  return due
}
