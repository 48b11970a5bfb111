/** Looks for devices on a line of which nothing is known: setting by setting, unit by unit, by reading alone. */
import type { Block, Bus, BusClock, Fault, Reply } from '../../protocol/ports.ts'
import { openingQuestions, type Quest, type Step, stepsOf } from './quest.ts'
import { type LineSetting, type Match, recognise, settingText } from './recognise.ts'

/** A line that was open and is lost (an adapter that re-plugs, a connection made anew) is given so long to come back. */
const BACK_WITHIN_MS = 15_000
const LOOK_AGAIN_MS = 250

/** Unit ids that nobody gives to a device: what answers at all of them on TCP answers at any, and is one device. */
const STRANGE_UNITS = [247, 233, 151]

/** More garbled answers than this tell nothing new. */
const MOST_HINTS = 20

/** A bus of which only reading is left: what looks for devices must not be able to change one. */
export type ReadingBus = Pick<Bus, 'read' | 'health' | 'close'>
export const readOnly = (bus: Bus): ReadingBus => ({
  read: (block, timeoutMs) => bus.read(block, timeoutMs),
  health: () => bus.health(),
  close: () => bus.close(),
})

export interface FoundDevice {
  unit: number
  setting: LineSetting | null
  /** The function that it answered, and the exception where that was its answer. */
  table: 'holding' | 'input'
  exception: number | null
  /** The best first. */
  matches: Match[]
  /** It answers at every unit id: one device, on TCP. */
  anyUnit: boolean
}

/** Bytes that are no answer: somebody is there, at another speed, or two with one id. */
export interface Hint {
  setting: LineSetting | null
  unit: number
  detail: string
}

export interface Findings {
  devices: FoundDevice[]
  hints: Hint[]
  /** Settings at which at least one unit was asked. */
  tried: (LineSetting | null)[]
  /** Requests sent. */
  asked: number
  /** Answers that came after the timeout. */
  late: number
  /** Why the line cannot be used; empty where it can. */
  trouble: string
  /** It was stopped before its end. */
  brokenOff: boolean
}

export interface Progress {
  setting: LineSetting | null
  unit: number
  devices: number
  /** Of the units still to be asked, as if none of them answered. */
  leftMs: number
}

export interface Wiring {
  /** Makes the bus at a setting; it is closed before the next is made. */
  open(setting: LineSetting | null): ReadingBus
  clock: BusClock
  stop: AbortSignal
  tell(progress: Progress): void
}

/** One line has one setting: once somebody has answered, the others are left out. */
export async function findDevices(quest: Quest, wiring: Wiring): Promise<Findings> {
  const { open, tell } = wiring
  const findings: Findings = { devices: [], hints: [], tried: [], asked: 0, late: 0, trouble: '', brokenOff: false }
  const asker = makeAsker(quest, wiring, findings)
  const steps = stepsOf(quest)
  const ruledOut = ({ setting }: Step): boolean => {
    const [found] = findings.devices
    return !quest.all && found !== undefined && setting !== found.setting
  }
  let at: LineSetting | null | undefined
  try {
    for (const [number, step] of steps.entries()) {
      if (ruledOut(step)) continue
      if (step.setting !== at) await asker.use(open(step.setting))
      at = step.setting
      if (!findings.tried.includes(step.setting)) findings.tried.push(step.setting)
      for (const [index, unit] of step.units.entries()) {
        if (asker.isKnown(step, unit)) continue
        const left = step.units.length - index + unitsIn(steps.slice(number + 1).filter((later) => !ruledOut(later)))
        tell({ setting: step.setting, unit, devices: findings.devices.length, leftMs: left * asker.paceMs() })
        await asker.look(step, unit)
        if (findings.brokenOff || findings.trouble || findings.devices[0]?.anyUnit) return findings
      }
    }
    return findings
  } finally {
    await asker.use(null)
  }
}

const unitsIn = (steps: Step[]): number => steps.reduce((sum, { units }) => sum + units.length, 0)

/** Asks one unit after the other, and notes in `findings` what comes of it. */
function makeAsker(quest: Quest, { clock, stop }: Wiring, findings: Findings) {
  const opening = openingQuestions(quest.profiles)
  const absent = new Set<string>()
  /** What silence costs: almost all units are silent. */
  const silent = { count: 0, ms: 0 }
  const stopped = new Promise<null>((resolve) => {
    if (stop.aborted) resolve(null)
    else stop.addEventListener('abort', () => resolve(null), { once: true })
  })
  let bus: ReadingBus | null = null

  /** The answer to one request; null where it was stopped, or the line is lost for good. A garbled answer is asked for once more. */
  const ask = async (block: Block): Promise<Reply | null> => {
    if (!bus) throw new Error('nothing is asked before the line is opened')
    let lostSince: number | null = null
    for (let garbled = 0; ; ) {
      if (stop.aborted || findings.trouble) break
      findings.asked++
      const reply = await Promise.race([bus.read(block, quest.timeoutMs), stopped])
      if (reply === null) break
      if (!reply.ok && reply.fault === 'closed') {
        lostSince ??= clock.now()
        if (bus.health().openings > 0 && clock.now() - lostSince < BACK_WITHIN_MS) await Promise.race([clock.wait(LOOK_AGAIN_MS), stopped])
        else findings.trouble = bus.health().trouble || reply.detail || 'the line cannot be opened'
      } else if (!isGarbled(reply) || garbled++ > 0) return reply
    }
    findings.brokenOff ||= stop.aborted
    return null
  }

  /** It is asked for both kinds of registers, and garbles both. */
  const isHinted = (setting: LineSetting | null, unit: number): boolean => findings.hints.some((hint) => hint.unit === unit && hint.setting === setting)

  const answersAnywhere = async (table: Step['table'], unit: number): Promise<boolean> => {
    for (const strange of STRANGE_UNITS.filter((other) => other !== unit)) {
      const reply = await ask({ unit: strange, table, address: opening[table], count: 1 })
      if (reply === null || (!reply.ok && (reply.fault !== 'exception' || isAbsence(reply.code)))) return false
    }
    return true
  }

  return {
    paceMs: () => (silent.count === 0 ? quest.timeoutMs : silent.ms / silent.count),
    /** It has answered at this setting, or a gateway has said that it is not there. */
    isKnown: ({ setting }: Step, unit: number): boolean =>
      absent.has(key(setting, unit)) || findings.devices.some((device) => device.unit === unit && device.setting === setting),
    async use(next: ReadingBus | null): Promise<void> {
      findings.late += bus?.health().late ?? 0
      await bus?.close()
      bus = next
    },
    async look({ setting, table }: Step, unit: number): Promise<void> {
      const since = clock.now()
      const reply = await ask({ unit, table, address: opening[table], count: 1 })
      if (reply === null) return
      if (!reply.ok && reply.fault !== 'exception') {
        silent.count++
        silent.ms += clock.now() - since
        if (isGarbled(reply) && findings.hints.length < MOST_HINTS && !isHinted(setting, unit))
          findings.hints.push({ setting, unit, detail: reply.detail ?? reply.fault })
        return
      }
      if (!reply.ok && isAbsence(reply.code)) {
        absent.add(key(setting, unit))
        return
      }
      const device: FoundDevice = { unit, setting, table, exception: reply.ok ? null : (reply.code ?? 0), matches: [], anyUnit: false }
      findings.devices.push(device)
      if (quest.tcp && findings.devices.length === 1) device.anyUnit = await answersAnywhere(table, unit)
      device.matches = await recognise({ unit, setting, profiles: quest.profiles, read: ask })
    },
  }
}

/** Bytes that are no answer, or that never end. Silence is none of these. */
const isGarbled = (reply: Reply): boolean => !reply.ok && garbled.has(reply.fault)
const garbled = new Set<Fault>(['checksum', 'short', 'out-of-step', 'overload'])

/** What a gateway says in the place of a device that is not there (application protocol V1.1b3, 7). */
const isAbsence = (code: number | undefined): boolean => code === 10 || code === 11

const key = (setting: LineSetting | null, unit: number): string => `${setting ? settingText(setting) : ''} ${unit}`
