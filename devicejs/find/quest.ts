/** What to ask on a line of which nothing is known, and in which order: settings, units and registers, the likeliest first. */
import type { Profile } from '../profile.ts'
import { forbiddenSpans, type LineSetting, settingText } from './recognise.ts'

/** Installers number from here, whatever the factory has set. */
const FIRST_UNITS = [1, 2, 3, 4, 5]

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

export interface Step {
  setting: LineSetting | null
  table: 'holding' | 'input'
  units: number[]
}

/** The likely units of each setting come first, then the others: a device with its factory's setting is found in seconds. */
export function stepsOf({ settings, units, profiles }: Quest): Step[] {
  const factory = profiles.flatMap(({ unit }) => unit ?? [])
  const likely = [...new Set([...FIRST_UNITS, ...factory])].filter((unit) => units.includes(unit))
  const rest = units.filter((unit) => !likely.includes(unit))
  return [likely, rest].flatMap((some) => settings.flatMap((setting) => (['holding', 'input'] as const).map((table) => ({ setting, table, units: some }))))
}

/** Of each table the lowest register that clears on no device we know when it is read. */
export function openingQuestions(profiles: Profile[]): Record<'holding' | 'input', number> {
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
