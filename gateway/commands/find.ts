/** `hazardpoint find LINE`: which devices answer on a line of which nothing is known, and the site-file lines for them. */
import { realBusClock } from '../../devicejs/drivers/clock.ts'
import { openBus } from '../../devicejs/drivers/modbus.ts'
import { type Findings, type FoundDevice, findDevices, type Progress, readOnly } from '../../devicejs/find/find.ts'
import { settingsToTry } from '../../devicejs/find/quest.ts'
import { isBlank, isSimulated, type LineSetting, settingText } from '../../devicejs/find/recognise.ts'
import { wholeShelf } from '../../devicejs/shelf.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import { exceptionName } from '../../protocol/frames.ts'
import type { BusClock } from '../../protocol/ports.ts'
import { clip, tame } from '../cells.ts'
import type { Outlet } from '../terminal.ts'
import { span } from '../times.ts'
import { siteLines } from './proposal.ts'
import { type OpenWire, readWire, specOf, wireText } from './wire.ts'

export interface FindOptions {
  /** Null: all that are usual. */
  bauds: number[] | null
  parities: LineSetting['parity'][] | null
  units: number[]
  /** Null: as the wire needs. */
  timeoutMs: number | null
  all: boolean
  json: boolean
}

/** Instruments answer within 100 ms; a radio or a serial server adds as much again; a gateway waits a second for its own devices, and queues what is asked meanwhile. */
const TIMEOUT_MS = { serial: 250, 'rtu-over-tcp': 500, tcp: 1000 } as const

/** A log gets a line of progress so often; a terminal at each unit, but no faster than an eye. */
const LOG_EVERY_MS = 10_000
const PAINT_EVERY_MS = 100

const COLUMNS = 80
const MOST_HINTS_TOLD = 5
/** Enough to compare with what the instrument itself shows. */
const MOST_VALUES_TOLD = 6

/** The answer is the exit code: 0 where a device was found. */
export async function findCommand(line: string, options: FindOptions, { out, err, stop }: { out: Outlet; err: Outlet; stop: AbortSignal }): Promise<number> {
  const wire = readWire(line)
  if (typeof wire === 'string') {
    err.write(`${wire}\n`)
    return 1
  }
  if (wire.how !== 'serial' && (options.bauds ?? options.parities) !== null) {
    err.write('only a serial line has a baud rate and a parity to try: what stands behind a serial server is set on the server\n')
    return 1
  }
  const { profiles: shelf, faults } = wholeShelf()
  if (faults.length > 0) err.write(`${formatFaults(faults)}\n`)
  const profiles = shelf.filter(({ talk }) => talk === null)
  const clock = realBusClock()
  const progress = showProgress(err, clock)
  const quest = {
    settings: wire.how === 'serial' ? settingsToTry(profiles, options.bauds, options.parities) : [null],
    units: options.units,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS[wire.how],
    all: options.all,
    tcp: wire.how === 'tcp',
    profiles,
  }
  const findings = await findDevices(quest, { open: (setting) => readOnly(openBus(specOf(wire, setting), clock)), clock, stop, tell: progress.show })
  progress.end()
  // A device that was silent at the first question was found by the second.
  findings.devices.sort((a, b) => a.unit - b.unit)
  const { devices, trouble } = findings
  const lines = siteLines(wire, devices, profiles)
  if (options.json) out.write(`${JSON.stringify(asJson(wire, findings, lines))}\n`)
  else if (devices.length > 0) out.write(`${foundText(wire, findings)}\n\n# for the site file\n${lines}`)
  if (trouble) err.write(`${tame(trouble)}\n`)
  const hints = hintText(findings)
  if (hints && !options.json) err.write(`${hints}\n`)
  if (devices.length === 0 && !trouble && !options.json) err.write(`${nothingText(wire, findings, options)}\n`)
  return devices.length > 0 ? 0 : 1
}

function showProgress(err: Outlet, clock: BusClock): { show(progress: Progress): void; end(): void } {
  let told = Number.NEGATIVE_INFINITY
  let devices = 0
  return {
    show(progress) {
      const due = clock.now() - told >= (err.isTTY ? PAINT_EVERY_MS : LOG_EVERY_MS)
      if (!due && progress.devices === devices) return
      told = clock.now()
      devices = progress.devices
      const text = progressText(progress)
      err.write(err.isTTY ? `\r\u001b[K${clip(text, (err.columns ?? COLUMNS) - 1)}` : `${text}\n`)
    },
    end() {
      if (err.isTTY) err.write('\r\u001b[K')
    },
  }
}

const progressText = ({ setting, unit, devices, leftMs }: Progress): string =>
  `asking unit ${unit}${setting ? ` at ${settingText(setting)}` : ''}; ${devices} found; at most ${span(leftMs)} left (Ctrl-C shows what was found)`

function foundText(wire: OpenWire, { devices, tried, asked, brokenOff }: Findings): string {
  const settings = [...new Set(devices.map(({ setting }) => (setting ? settingText(setting) : '')))].filter((text) => text !== '')
  const where = `${wireText(wire)}${settings.length > 0 ? ` at ${settings.join(' and ')}` : ''}`
  const ended = brokenOff ? '; stopped before the end, there may be more' : ''
  const head = `${devices.length === 1 ? '1 device' : `${devices.length} devices`} on ${where} (${asked} requests${settingsText(tried)}${ended})`
  return [head, '', ...devices.flatMap((device) => deviceText(device, settings.length > 1))].map(tame).join('\n')
}

const settingsText = (tried: Findings['tried']): string => (tried[0] === null ? '' : tried.length === 1 ? ', 1 setting' : `, ${tried.length} settings`)

function deviceText({ unit, setting, exception, matches, anyUnit }: FoundDevice, mixed: boolean): string[] {
  const at = mixed && setting ? ` at ${settingText(setting)}` : ''
  const label = `unit ${String(unit).padStart(3)}${at}  `
  const blank = ' '.repeat(label.length)
  if (matches.length === 0) {
    const answered = exception === null ? 'it answers' : `it answers (exception: ${exceptionName(exception)})`
    return [`${label}${answered}; no profile of the shelf fits`]
  }
  return matches.map((match, index) => {
    const { profile, certain, values } = match
    const more = values.length > MOST_VALUES_TOLD ? [`and ${values.length - MOST_VALUES_TOLD} more`] : []
    const shown = [
      ...values.slice(0, MOST_VALUES_TOLD).map(({ name, value, unit: measure, digits }) => `${name} ${value.toFixed(digits)} ${measure}`),
      ...more,
    ].join(', ')
    const guess = isBlank(match) ? 'hardly a guess, it shows nothing but 0' : 'a guess'
    const how = isSimulated(profile) ? 'if this is the simulated point of the demo' : index > 0 ? 'or' : certain ? 'by its identity registers' : guess
    return `${index === 0 ? label : blank}${profile.name}  ${how}${shown ? `: ${shown}` : ''}${anyUnit ? ' (answers at any unit id)' : ''}`
  })
}

function hintText({ hints, late }: Findings): string {
  const shown = hints.slice(0, MOST_HINTS_TOLD).map(({ setting, unit, detail }) => {
    const where = `unit ${unit}${setting ? ` at ${settingText(setting)}` : ''}`
    return `${where}: garbled (${detail}): somebody is there, at another speed or parity, or two with one unit id, or the wiring is bad`
  })
  if (hints.length > MOST_HINTS_TOLD) shown.push(`... and ${hints.length - MOST_HINTS_TOLD} more garbled answers`)
  if (late > 0) shown.push(`${late} answers came too late to be believed: try again with a longer --timeout, such as 1s`)
  return shown.map(tame).join('\n')
}

function nothingText(wire: OpenWire, { tried, asked, brokenOff }: Findings, { units, bauds, parities }: FindOptions): string {
  const settings = tried.flatMap((setting) => (setting ? settingText(setting) : []))
  const head = `nobody answered on ${wireText(wire)}${brokenOff ? ' until it was stopped' : ''} (${asked} requests${settings.length > 0 ? `; ${settings.join(', ')}` : ''})`
  const checks = [
    'is the instrument powered, and is its bus wire connected?',
    ...(wire.how === 'tcp'
      ? []
      : ['are A and B (or + and -) swapped? makers do not agree on the names', 'is another master on the line: a logger, a controller, a running station?']),
    ...(wire.how === 'serial' ? ['is this the right adapter, and is it RS-485 where the instrument is?'] : []),
    ...(wire.how === 'tcp' ? ['does the port speak Modbus TCP? a serial server that passes RTU on is rtu://host:port'] : []),
    ...(wire.how === 'rtu-over-tcp' ? ['is the serial side of the server set as the instrument is (baud, parity)?'] : []),
    ...(units.length < 247 ? ['all unit ids are tried with --units 1-247'] : []),
    ...((bauds ?? parities) !== null ? ['all usual settings are tried without --baud and --parity'] : []),
    'is the instrument slow? --timeout 1s',
  ]
  return [head, 'what to check:', ...checks.map((check) => `  - ${check}`)].join('\n')
}

function asJson(wire: OpenWire, { devices, hints, tried, asked, late, trouble, brokenOff }: Findings, lines: string): object {
  return {
    line: wireText(wire),
    devices: devices.map(({ matches, ...device }) => ({
      ...device,
      matches: matches.map(({ profile, certain, values }) => ({ profile: profile.name, title: profile.title, certain, values })),
    })),
    hints,
    tried,
    asked,
    late,
    trouble,
    brokenOff,
    site: devices.length > 0 ? lines : '',
  }
}
