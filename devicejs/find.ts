/** Looks for devices on a line of which nothing is known: setting by setting, unit by unit, by reading alone. */
import type { Block, Bus, BusClock, Reply } from '../protocol/ports.ts'
import type { Profile } from './profile.ts'
import { forbiddenSpans, type LineSetting, type Match, recognise, settingText } from './recognise.ts'

/** A line that was open and is lost (an adapter that re-plugs, a connection made anew) is given so long to come back. */
const BACK_WITHIN_MS = 15_000
const LOOK_AGAIN_MS = 250

/** Unit ids that nobody gives to a device: what answers at all of them on TCP answers at any, and is one device. */
const STRANGE_UNITS = [247, 233, 151]

/** Installers number from here, whatever the factory has set. */
const FIRST_UNITS = [1, 2, 3, 4, 5]

/** More garbled answers than this tell nothing new. */
const MOST_HINTS = 20

/** A bus of which only reading is left: what looks for devices must not be able to change one. */
export type ReadingBus = Pick<Bus, 'read' | 'health' | 'close'>
export const readOnly = (bus: Bus): ReadingBus => ({
  read: (block, timeoutMs) => bus.read(block, timeoutMs),
  health: () => bus.health(),
  close: () => bus.close(),
})

export interface Quest {
  /** The likeliest first. Modbus TCP has no settings: one null. */
  settings: (LineSetting | null)[]
  units: number[]
  timeoutMs: number
  /** Goes on with the other settings after one has answered: for a line on which devices of several settings were mixed. */
  all: boolean
  /** On Modbus TCP a device may answer whatever the unit id is; it is to be found once. */
  tcp: boolean
  /** The Modbus devices of the shelf: whom to expect, and where reading would clear. */
  profiles: Profile[]
}

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

interface Step {
  setting: LineSetting | null
  table: 'holding' | 'input'
  units: number[]
}

export interface Wiring {
  /** Makes the bus at a setting; it is closed before the next is made. */
  open(setting: LineSetting | null): ReadingBus
  clock: BusClock
  stop: AbortSignal
  tell(progress: Progress): void
}

/**
 * The likely units of each setting come first, then the others: a device with its factory's setting is found in seconds.
 * One line has one setting: once somebody has answered, the others are left out.
 */
export async function findDevices(quest: Quest, { open, clock, stop, tell }: Wiring): Promise<Findings> {
  const findings: Findings = { devices: [], hints: [], tried: [], asked: 0, late: 0, trouble: '', brokenOff: false }
  const opening = openingQuestions(quest.profiles)
  const absent = new Set<string>()
  const steps = planOf(quest)
  /** What silence costs: almost all units are silent. */
  const silent = { count: 0, ms: 0 }
  const stopped = new Promise<null>((resolve) => {
    if (stop.aborted) resolve(null)
    else stop.addEventListener('abort', () => resolve(null), { once: true })
  })
  let bus: ReadingBus | null = null
  let at: LineSetting | null | undefined
  let settled: LineSetting | null | undefined

  const close = async (): Promise<void> => {
    findings.late += bus?.health().late ?? 0
    await bus?.close()
    bus = null
  }

  /** The answer to one request; null where it was stopped, or the line is lost for good. A garbled answer is asked for once more. */
  const ask = async (block: Block): Promise<Reply | null> => {
    if (!bus) throw new Error('nothing is asked before the line is opened')
    let lostSince: number | null = null
    for (let garbled = 0; ; ) {
      findings.asked++
      const reply = await Promise.race([bus.read(block, quest.timeoutMs), stopped])
      if (reply === null || stop.aborted) {
        findings.brokenOff = true
        return null
      }
      if (!reply.ok && reply.fault === 'closed') {
        lostSince ??= clock.now()
        if (bus.health().openings > 0 && clock.now() - lostSince < BACK_WITHIN_MS) {
          await Promise.race([clock.wait(LOOK_AGAIN_MS), stopped])
          continue
        }
        findings.trouble = bus.health().trouble || reply.detail || 'the line cannot be opened'
        return null
      }
      if (!isGarbled(reply) || garbled++ > 0) return reply
    }
  }

  const here = (unit: number): boolean => findings.devices.some((device) => device.unit === unit && device.setting === at)

  /** Null: end. */
  const look = async (step: Step, unit: number): Promise<true | null> => {
    const since = clock.now()
    const reply = await ask({ unit, table: step.table, address: opening[step.table], count: 1 })
    if (reply === null) return null
    if (!reply.ok && reply.fault !== 'exception') {
      silent.count++
      silent.ms += clock.now() - since
      if (isGarbled(reply) && findings.hints.length < MOST_HINTS) findings.hints.push({ setting: step.setting, unit, detail: reply.detail ?? reply.fault })
      return true
    }
    if (!reply.ok && isAbsence(reply.code)) {
      absent.add(key(step.setting, unit))
      return true
    }
    const device: FoundDevice = {
      unit,
      setting: step.setting,
      table: step.table,
      exception: reply.ok ? null : (reply.code ?? 0),
      matches: [],
      anyUnit: false,
    }
    findings.devices.push(device)
    if (!quest.all) settled = step.setting
    if (quest.tcp && findings.devices.length === 1) device.anyUnit = await answersAnywhere(step.table, unit)
    device.matches = await recognise({ unit, setting: step.setting, profiles: quest.profiles, read: ask })
    return device.anyUnit || stop.aborted ? null : true
  }

  const answersAnywhere = async (table: 'holding' | 'input', unit: number): Promise<boolean> => {
    for (const strange of STRANGE_UNITS.filter((other) => other !== unit)) {
      const reply = await ask({ unit: strange, table, address: opening[table], count: 1 })
      if (reply === null || (!reply.ok && (reply.fault !== 'exception' || isAbsence(reply.code)))) return false
    }
    return true
  }

  try {
    for (const [number, step] of steps.entries()) {
      if (settled !== undefined && step.setting !== settled) continue
      if (step.setting !== at) {
        await close()
        bus = open(step.setting)
        at = step.setting
      }
      if (!findings.tried.includes(step.setting)) findings.tried.push(step.setting)
      for (const [index, unit] of step.units.entries()) {
        if (here(unit) || absent.has(key(step.setting, unit))) continue
        const left = step.units.length - index + unitsIn(steps.slice(number + 1).filter(({ setting }) => settled === undefined || setting === settled))
        const paceMs = silent.count === 0 ? quest.timeoutMs : silent.ms / silent.count
        tell({ setting: step.setting, unit, devices: findings.devices.length, leftMs: left * paceMs })
        if ((await look(step, unit)) === null) return findings
      }
    }
    return findings
  } finally {
    await close()
  }
}

/** Bytes that are no answer. Silence, and a line that was not asked, are none of these. */
const isGarbled = (reply: Reply): boolean => !reply.ok && (reply.fault === 'checksum' || reply.fault === 'short' || reply.fault === 'out-of-step')

/** What a gateway says in the place of a device that is not there (application protocol V1.1b3, 7). */
const isAbsence = (code: number | undefined): boolean => code === 10 || code === 11

const key = (setting: LineSetting | null, unit: number): string => `${setting ? settingText(setting) : ''} ${unit}`

const unitsIn = (steps: Step[]): number => steps.reduce((sum, { units }) => sum + units.length, 0)

function planOf({ settings, units, profiles }: Quest): Step[] {
  const factory = profiles.flatMap(({ unit }) => unit ?? [])
  const likely = [...new Set([...FIRST_UNITS, ...factory])].filter((unit) => units.includes(unit))
  const rest = units.filter((unit) => !likely.includes(unit))
  return [likely, rest].flatMap((some) => settings.flatMap((setting) => (['holding', 'input'] as const).map((table) => ({ setting, table, units: some }))))
}

/** Of each table the lowest register that clears on no device we know when it is read. */
function openingQuestions(profiles: Profile[]): Record<'holding' | 'input', number> {
  const forbidden = forbiddenSpans(profiles)
  const lowest = (table: 'holding' | 'input'): number => {
    let address = 0
    while (forbidden.some((span) => span.table === table && span.from <= address && address < span.to)) address++
    return address
  }
  return { holding: lowest('holding'), input: lowest('input') }
}

/** What is set on most instruments of the world, the likeliest first. */
const usual: [number, LineSetting['parity']][] = [
  [9600, 'none'],
  [9600, 'even'],
  [19_200, 'even'],
  [19_200, 'none'],
  [4800, 'none'],
  [115_200, 'none'],
  [38_400, 'none'],
  [57_600, 'none'],
  [2400, 'none'],
  [4800, 'even'],
  [38_400, 'even'],
  [115_200, 'even'],
  [57_600, 'even'],
  [9600, 'odd'],
  [19_200, 'odd'],
  [1200, 'none'],
]

/** The settings to try: those that instruments of the shelf leave the factory with, the most frequent first, then the usual ones. Given ones are all that is tried. */
export function settingsToTry(profiles: Profile[], bauds: number[] | null, parities: LineSetting['parity'][] | null): LineSetting[] {
  const counts = new Map<string, { setting: LineSetting; count: number }>()
  for (const { line } of profiles) {
    const setting = { baud: line.baud, parity: line.parity, dataBits: line.dataBits, stopBits: line.stopBits }
    const held = counts.get(settingText(setting))
    counts.set(settingText(setting), { setting, count: (held?.count ?? 0) + 1 })
  }
  const shelf = [...counts.values()].sort((a, b) => b.count - a.count).map(({ setting }) => setting)
  const plain = (baud: number, parity: LineSetting['parity']): LineSetting => ({ baud, parity, dataBits: 8, stopBits: 1 })
  const asked = (bauds ?? []).flatMap((baud) => (parities ?? (['none', 'even', 'odd'] as const)).map((parity) => plain(baud, parity)))
  const all = [...shelf, ...usual.map(([baud, parity]) => plain(baud, parity)), ...asked]
  const kept = all.filter(({ baud, parity }) => (bauds?.includes(baud) ?? true) && (parities?.includes(parity) ?? true))
  // Whoever sends two stop bits is understood by who waits for one, and the other way round: the likelier of the two finds both.
  const unlike = (setting: LineSetting, index: number): boolean =>
    kept.findIndex(({ baud, parity, dataBits }) => baud === setting.baud && parity === setting.parity && dataBits === setting.dataBits) === index
  return kept.filter(unlike)
}
