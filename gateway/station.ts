/**
 * The running station: wires a checked site to its ports, gathers inputs, lets each scan judge them, and carries out what it wants.
 *
 *     buses ─► inbox ─► scan ─► outputs (at once) ─► journal ─► uplinks
 *
 * All that waits is here or below; all that judges is in core/scan.
 */

import { type BusRun, type RunningBus, runBus } from '../devicejs/poll/acquire.ts'
import { watchWrites } from '../devicejs/poll/writes.ts'
import { suggest } from '../protocol/files/fault.ts'
import type { Command, Identity, Message, ResultMessage } from '../protocol/messages.ts'
import type { Bus, BusClock, BusHealth, Ports } from '../protocol/ports.ts'
import { emptyInput, type Input, type LinkChange } from '../protocol/recording.ts'
import type { Samples } from '../protocol/samples.ts'
import { type Millis, type Moment, millis, NEVER } from '../protocol/time.ts'
import type { ActAnswer } from './control/control.ts'
import { loadFigures } from './core/alarm/load.ts'
import { statusMessage } from './core/alarm/told.ts'
import { remember } from './core/remember.ts'
import { actMessage } from './core/response/response.ts'
import { birth, farewell, makeStation, type Out, type StationState, scan } from './core/scan.ts'
import { makeDriving } from './driving.ts'
import { runHost } from './host.ts'
import { closeImage, isEmpty } from './image.ts'
import { Lockstep } from './lockstep.ts'
import { statusOf } from './picture.ts'
import type { AlarmFigures } from './site/host.ts'
import type { Site } from './site/site.ts'
import type { LinkStatus, Progress, StationStatus } from './status.ts'
import { openAuthority } from './upstream/signature.ts'
import { openUplink, type Uplink } from './upstream/uplink.ts'
import { makeWatch } from './watch.ts'
import { type Answer, makeWitness } from './witness.ts'

export interface StationOptions {
  /** New at each start. */
  epoch: string
  software: string
  busClock: BusClock
  /** Sees each scan after it was made: a recording, a screen, a test. */
  onScan?: (input: Input, out: Out) => void
  /** Where there is an end to wait for. */
  progress?: () => Progress | undefined
}

export interface Station {
  /** Runs until `stop`; outputs are then off and uplinks have said goodbye. Rejects only on a mistake of ours. */
  run(stop: AbortSignal): Promise<void>
  status(): StationStatus
  /** What a person at the station asks for, named in `by`; answered by the scan that did it or refused it. */
  act(op: string, args: Record<string, unknown>, by: string): Promise<ActAnswer>
  /** Why an alarm stands as it does, or a sentence that says why nobody can tell. */
  why(alarm: string): Answer | { trouble: string }
}

/** The wall clock stepped when wall and station time differ by more than this since the last scan: less is drift and rounding. */
const STEP_MS = 2_000

/**
 * A poll that is under way at the stop has so long to end: more than an answer takes. A line that babbles keeps a request for many
 * seconds, and so long no siren goes on sounding for a station that judges no more.
 */
const LAST_POLL_MS = 1_000

/** What stages keep changes with each row; so much of it is worth a write to the card. */
const KEEP_MS = 600_000

/** A person asks now and then; more at one time are a program that has run away. */
const MOST_ASKING = 16

const ending: ActAnswer = { ok: false, reason: 'the station is ending' }

export function openStation(site: Site, given: Ports, options: StationOptions): Station {
  // Who polls a device must know when an output was set on it.
  const buses = Object.entries(given.buses).map(([name, bus]) => [name, watchWrites(bus, options.busClock)])
  const ports: Ports = { ...given, buses: Object.fromEntries(buses) }
  const { clock, journal } = ports
  const served = site.clock === 'served'
  const stopping = new AbortController()
  const opened = clock.now()
  const identity: Identity = { area: site.area, site: site.id, station: site.station, epoch: options.epoch, startedAt: opened.wall }
  const authority = openAuthority(`${site.area}/${site.id}/${site.station}`, site.roles, ports.notes)

  // The station begins with its first input, so that a replay of its inputs begins alike; in served time that is the first row.
  let state: StationState | null = null
  let last: Moment = opened
  let wakeAt: Millis = NEVER
  let inbox: Input = emptyInput(opened)
  let nap = new AbortController()
  const rows: Samples[][] = []
  const uplinks: Uplink[] = []
  /** Who waits for an answer at the station, by the id of the command. */
  const asking = new Map<string, (answer: ActAnswer) => void>()
  let asked = 0
  let keptAt = opened.at
  const running = new Map<string, RunningBus>()
  const watch = makeWatch({
    lines: site.buses.map(({ name }) => ({ name, health: () => healthOf(ports, name), devices: () => running.get(name)?.devices() ?? {} })),
    uplinks: site.uplinks,
    clock,
    busNow: options.busClock.now,
    now: () => (state ? momentNow() : null),
    tell,
  })
  const witness = makeWitness({
    site,
    exchanges: (bus, unit) => ports.buses[bus]?.exchanges?.(unit) ?? [],
    busNow: options.busClock.now,
    life: identity,
    memory: given.memory,
  })
  const lockstep = new Lockstep((input) => judge(input).wakeAt)

  const wake = (): void => nap.abort()
  const driving = makeDriving(site, ports, {
    busClock: options.busClock,
    wanted: (name) => state?.outputs.find(({ plan }) => plan.name === name)?.wanted ?? null,
    heard: (told) => {
      inbox.outputs.push(told)
      wake()
    },
    wake,
  })

  function judge(input: Input): Out {
    state ??= makeStation(site.plan, input.now, options.software, ports.memory?.remembered)
    journal.input(input)
    const out = scan(state, input)
    last = input.now
    // The siren is told before anything is written or sent.
    for (const { output, on, saying } of out.actions) driving.drive(output, on, saying)
    if (out.again.length > 0) for (const bus of running.values()) bus.again(out.again)
    for (const { command, ok, reason } of out.answers) asking.get(command)?.({ ok, reason })
    tell(out.messages)
    keep(input, out)
    witness.note(state, out.changes, input.now)
    options.onScan?.(input, out)
    return out
  }

  /** What people did, and how things stand where that became another; what stages keep is kept now and then. */
  function keep({ commands, now }: Input, { answers, messages }: Out): void {
    const { memory } = ports
    if (!memory || !state) return
    for (const { uplink, by, command } of commands) {
      const { ok, reason } =
        [...answers, ...messages].find((one): one is ResultMessage => one.kind === 'result' && one.command === command.id && one.to === uplink) ?? {}
      if (by === undefined || ok === undefined) continue
      memory.act({ moment: now, op: command.op, args: command.args, by, uplink, ok, refusal: reason ?? '' })
    }
    const isNews = answers.length > 0 || messages.some(({ kind }) => kind === 'log' || kind === 'result')
    if (!isNews && now.at - keptAt < KEEP_MS) return
    keptAt = now.at
    memory.keep(remember(state, now))
  }

  function tell(messages: Message[]): void {
    for (const message of messages) journal.append(message)
    if (messages.length > 0) for (const uplink of uplinks) uplink.wake()
  }

  function hear(samples: Samples[]): void {
    if (served) rows.push(samples)
    else inbox.samples.push(...samples)
    wake()
  }

  function link(change: LinkChange): void {
    inbox.links.push(change)
    wake()
  }

  /** An uplink may have the name of a bus: what is told here is of the line. */
  function lineLink(change: LinkChange): void {
    watch.link(change)
    link(change)
  }

  function stray(device: string, stepMs: number): void {
    const { wall, wallQuality } = momentNow()
    inbox.clock.push({ device, wall, wallQuality, stepMs })
    wake()
  }

  function command(uplink: string, received: Command): void {
    inbox.commands.push({ uplink, command: received, ...authority.prove(received, clock.now()) })
    wake()
  }

  async function act(op: string, args: Record<string, unknown>, by: string): Promise<ActAnswer> {
    if (asking.size >= MOST_ASKING) return { ok: false, reason: `${MOST_ASKING} others wait for an answer: try again` }
    if (stopping.signal.aborted) return ending
    const id = `local-${++asked}`
    const answer = new Promise<ActAnswer>((resolve) => asking.set(id, resolve))
    inbox.commands.push({ uplink: '', local: true, by, command: { id, op, args } })
    wake()
    return answer.finally(() => asking.delete(id))
  }

  /** What has come until now, and what the clock did meanwhile. */
  function image(now: Moment): Input {
    const { image: input, rest } = closeImage(inbox, now)
    inbox = rest
    const stepMs = now.wall - last.wall - (now.at - last.at)
    if (Math.abs(stepMs) > STEP_MS || now.wallQuality !== last.wallQuality)
      input.clock.push({ device: null, wall: now.wall, wallQuality: now.wallQuality, stepMs: Math.round(stepMs) })
    return input
  }

  async function sleep(until: Millis): Promise<void> {
    await clock.until(until, nap.signal)
    nap = new AbortController()
    if (stopping.signal.aborted) nap.abort()
  }

  async function ownTime(): Promise<void> {
    wakeAt = judge(image(clock.now())).wakeAt
    while (!stopping.signal.aborted) {
      driving.tend()
      if (isEmpty(inbox)) await sleep(wakeAt)
      const now = clock.now()
      if (isEmpty(inbox) && now.at < wakeAt) continue
      wakeAt = judge(image(now)).wakeAt
    }
  }

  /** See lockstep.ts. A scan closes when a later row has come and every transaction then in flight is done: its rows may be of this scan. */
  async function servedTime(): Promise<void> {
    while (!stopping.signal.aborted) {
      driving.tend()
      if (rows.length === 0) await sleep(NEVER)
      else await takeRow()
    }
    // The transaction that was in flight at the end may have brought the last row.
    await Promise.all([...running.values()].map((bus) => bus.done))
    while (rows.length > 0) await takeRow()
    closeServed()
  }

  async function takeRow(): Promise<void> {
    const time = timeOf(rows[0] as Samples[])
    if (lockstep.closes(time)) {
      await Promise.all([...running.values()].map((bus) => bus.busy()))
      for (let k = 0; k < rows.length; ) {
        if (lockstep.closes(timeOf(rows[k] as Samples[]))) k++
        else gather(rows.splice(k, 1)[0] as Samples[])
      }
      closeServed()
    }
    // A line that answers slowly may have brought an earlier row after a later one of another line.
    const first = rows.reduce((one, other) => (timeOf(other) < timeOf(one) ? other : one))
    gather(rows.splice(rows.indexOf(first), 1)[0] as Samples[])
  }

  function gather(samples: Samples[]): void {
    const time = timeOf(samples)
    for (const one of samples) lockstep.gather(one, time)
  }

  function closeServed(): void {
    lockstep.also(inbox)
    inbox = emptyInput(last)
    lockstep.close()
  }

  async function run(stop: AbortSignal): Promise<void> {
    const ended = (): void => {
      stopping.abort()
      wake()
    }
    stop.addEventListener('abort', ended)
    if (stop.aborted) ended()
    for (const spec of site.uplinks) {
      const broker = ports.brokers[spec.name]
      if (!broker) throw new Error(`uplink ${spec.name} has no broker`)
      uplinks.push(
        openUplink({
          spec,
          identity,
          mode: site.plan.mode,
          journal,
          broker,
          clock,
          busClock: options.busClock,
          birth: () => (state ? [...birth(state, momentNow()), ...watch.birth(spec.name)] : []),
          farewell: () => (state ? statusMessage(state, 'offline', momentNow()) : null),
          lost: () => (state ? statusMessage(state, 'lost', momentNow()) : null),
          onCommand: (received) => command(spec.name, received),
          onLink: link,
        }),
      )
    }
    for (const { name } of site.buses) {
      const devices = site.devices.filter((device) => device.bus === name && device.channels.length > 0)
      const wiring: BusRun = {
        name,
        bus: busOf(ports, name),
        busClock: options.busClock,
        devices,
        clock,
        served,
        notes: ports.notes,
        deliver: hear,
        onLink: lineLink,
        onStray: stray,
        stop: stopping.signal,
      }
      running.set(name, runBus(wiring))
    }
    const { host } = site
    const { machine } = ports
    const seeing =
      host && host.channels.length > 0
        ? [runHost({ spec: host, machine, lines: () => watch.lines(clock.now()), alarms: alarmLoad, clock, deliver: hear, stop: stopping.signal })]
        : []
    const loops = [served ? servedTime() : ownTime(), watch.run(stopping.signal), ...seeing, ...[...running.values()].map((bus) => bus.done)]
    const ran = Promise.all(loops.map((loop) => loop.finally(() => stopping.signal.aborted || ended())))
    let fallen = true
    try {
      // The last row of a served recording is worth any wait: nothing sounds there.
      await (served ? ran : Promise.race([ran, lastPollsLate(ran)]))
      fallen = false
    } finally {
      stop.removeEventListener('abort', ended)
      await end(fallen)
    }
    // Its lines are closed: what was under way on them has ended.
    await ran
  }

  /** Resolves when polls have had their time after the stop, or with them. */
  async function lastPollsLate(ran: Promise<unknown>): Promise<void> {
    let cancel = (): void => {}
    const late = new Promise<void>((resolve) => {
      const wait = (): void => {
        cancel = options.busClock.after(LAST_POLL_MS, resolve)
      }
      if (stopping.signal.aborted) wait()
      else stopping.signal.addEventListener('abort', wait, { once: true })
    })
    await Promise.race([ran, late]).finally(() => cancel())
  }

  /** What came last is judged, then outputs off, then the last rows, then goodbye. `fallen`: over a mistake of ours, and nothing is judged any more. */
  async function end(fallen: boolean): Promise<void> {
    await driving.stopTending()
    await driving.settled()
    while (!fallen && !served && state && !isEmpty(inbox)) judge(image(clock.now()))
    for (const answer of asking.values()) answer(ending)
    await driving.settled()
    await driving.release(state?.outputs ?? [], fallen, (told, cause) => void journal.append(actMessage(told, cause, momentNow())))
    if (state) for (const message of farewell(state, momentNow())) journal.append(message)
    if (state && !fallen) ports.memory?.keep(remember(state, momentNow()))
    witness.close()
    for (const uplink of uplinks) uplink.wake()
    await Promise.all(uplinks.map((uplink) => uplink.close()))
    await Promise.all(Object.values(ports.buses).map((bus) => bus.close()))
    await journal.close()
  }

  function alarmLoad(): AlarmFigures | null {
    if (!state) return null
    const standing = state.alarms.filter(({ level }) => level > 0).length
    return { ...loadFigures(state.load, state.alarms, clock.now().at), standing }
  }

  const momentNow = (): Moment => (served ? last : clock.now())

  return {
    run,
    act,
    why: (alarm) => {
      if (!state) return { trouble: 'the station has judged nothing yet' }
      const names = state.alarms.map(({ name }) => name)
      return witness.answer(state, alarm, momentNow()) ?? { trouble: `there is no alarm "${alarm}": ${suggest(alarm, names)}` }
    },
    status: () => {
      const links: LinkStatus[] = [
        ...site.buses.map(({ name }): LinkStatus => ({ name, kind: 'bus', ...busLink(healthOf(ports, name)) })),
        ...uplinks.map((uplink): LinkStatus => ({ name: uplink.name, kind: 'uplink', ...uplink.status().link })),
      ]
      const sent = uplinks.reduce((sum, uplink) => sum + uplink.status().sent, 0)
      const pending = uplinks.reduce((sum, uplink) => sum + uplink.status().pending, 0)
      const progress = options.progress?.()
      return statusOf(site, identity, state, momentNow(), links, watch.lines(momentNow()), { sent, pending, dropped: journal.stats().dropped }, progress)
    },
  }
}

const timeOf = (samples: Samples[]): Millis => millis(samples[0]?.time[0] as number)

function busOf(ports: Ports, name: string): Bus {
  const bus = ports.buses[name]
  if (!bus) throw new Error(`bus ${name} has no port`)
  return bus
}

/** Of a line, whatever is spoken on it. */
function healthOf(ports: Ports, name: string): BusHealth {
  const line = ports.buses[name] ?? ports.frames[name]
  if (!line) throw new Error(`bus ${name} has no port`)
  return line.health()
}

function busLink({ open, trouble, requests }: BusHealth): { up: boolean; detail: string } {
  return { up: open, detail: trouble || (requests === 0 ? 'not used yet' : '') }
}
