/** The lines and their devices on a terminal: a table of all their counts, and the few words that a picture has room for. */

import type { Instant } from '../protocol/time.ts'
import { clip, left, type Mark, paint, right } from './cells.ts'
import type { BusStatus, DeviceStatus } from './status.ts'
import { clock, span } from './times.ts'

interface Draw {
  columns: number
  coloured: boolean
}

/** Lost devices that a picture tells of one by one; the others are counted. */
const MOST_TOLD = 3

/** One line a bus: how busy, how well answered, what was caught; then who is lost on it, since when, and when it is asked again. */
export function linesInBrief(buses: BusStatus[], { columns, coloured }: Draw): string[] {
  return buses.flatMap((bus) => {
    // That nothing comes of a line that is down goes without saying.
    const silent = bus.state === 'down' ? [] : bus.devices
    const lost = silent.flatMap((device) => (device.lostSince === null ? [] : [{ name: device.name, words: loss(device.lostSince, device) }]))
    const head = `bus     ${bus.name} `
    const state = stateWord(bus.state)
    const words = clip(`  ${briefly(bus)}`, columns - head.length - state.length)
    const told = lost.slice(0, MOST_TOLD).map(({ name, words }) => `        ${paint('warn', clip(`${name} ${words}`, columns - 8), coloured)}`)
    const more = lost.slice(MOST_TOLD).map(({ name }) => name)
    if (more.length > 0) told.push(`        ${paint('warn', clip(`and ${more.length} more lost: ${more.join(', ')}`, columns - 8), coloured)}`)
    return [`${head}${paint(busMark[bus.state], state, coloured)}${words}`, ...told]
  })
}

function briefly({ utilisation, requests, answers, late, step, state, detail }: BusStatus): string {
  const parts = [
    ...(utilisation === null ? [] : [`${utilisation.toFixed(0)} % busy`]),
    `${answers} of ${requests} answered`,
    ...(late > 0 ? [`${late} late ${late === 1 ? 'answer' : 'answers'} caught`] : []),
    ...(step && !step.inStep ? ['out of step now'] : step && step.lost > 0 ? [`${step.lost} times out of step`] : []),
    // Why a line is down stands with the links.
    ...(state === 'overload' || state === 'damaged' ? [detail] : []),
  ]
  return parts.join(', ')
}

function loss(since: Instant, { backOff }: DeviceStatus): string {
  if (!backOff) return `gives no values since ${clock(since)}`
  return `silent since ${clock(since)}, ${backOff.misses} missed, asked again in ${span(backOff.nextMs)}`
}

const deviceWord = ({ lostSince, backOff }: DeviceStatus): string => (lostSince === null ? 'answers' : backOff ? 'SILENT' : 'LOST')
const stateWord = (state: BusStatus['state']): string => (state === 'up' ? 'up' : state.toUpperCase())
const busMark: Record<BusStatus['state'], Mark> = { up: 'bold', down: 'bad', overload: 'warn', damaged: 'bad' }

/** A column of the table; `bus` and `device` say what stands in it. */
interface Column {
  head: string
  cells: number
  bus(bus: BusStatus): string
  device(device: DeviceStatus): string
}

const took = (ms: number | undefined): string => (ms === undefined ? '-' : `${ms.toFixed(0)} ms`)
const zero = (count: number | undefined): string => (count ? String(count) : '-')

/** Of requests, but for the last two, which are of polls. The most telling first: a narrow terminal shows as many as it has room for. */
const table: Column[] = [
  { head: 'asked', cells: 9, bus: ({ requests }) => String(requests), device: ({ requests }) => String(requests) },
  { head: 'answered', cells: 10, bus: ({ answers }) => String(answers), device: ({ answers }) => String(answers) },
  { head: 'timeout', cells: 8, bus: ({ faults }) => zero(faults.timeout), device: ({ faults }) => zero(faults.timeout) },
  { head: 'crc', cells: 6, bus: ({ faults }) => zero(faults.checksum), device: ({ faults }) => zero(faults.checksum) },
  { head: 'refused', cells: 8, bus: ({ faults }) => zero(faults.exception), device: ({ faults }) => zero(faults.exception) },
  {
    head: 'busy, p99',
    cells: 10,
    bus: ({ utilisation }) => (utilisation === null ? '-' : `${utilisation.toFixed(1)} %`),
    device: ({ latencyMs }) => took(latencyMs?.p99),
  },
  { head: 'late', cells: 6, bus: ({ late }) => zero(late), device: () => '' },
  { head: 'p50', cells: 8, bus: ({ latencyMs }) => took(latencyMs?.p50), device: ({ latencyMs }) => took(latencyMs?.p50) },
  { head: 'missed', cells: 7, bus: () => '', device: ({ missed }) => zero(missed) },
  { head: 'skipped', cells: 8, bus: () => '', device: ({ skipped }) => zero(skipped) },
]

/** Names of 16 letters stand whole; a longer one would push the counts off the terminal. */
const MOST_NAME = 16
const STATE_CELLS = 9

/** Every bus with its devices, each with its counts, and under it what else there is to say. */
export function lineTable(buses: BusStatus[], { columns, coloured }: Draw): string[] {
  const name = Math.min(MOST_NAME, Math.max(7, ...buses.flatMap((bus) => [bus.name.length, ...bus.devices.map((device) => device.name.length + 2)])))
  const shown = fitting(columns - name - 1 - STATE_CELLS)
  const row = (first: string, state: string, mark: Mark, cell: (column: Column) => string): string =>
    `${left(first, name)} ${paint(mark, left(state, STATE_CELLS), coloured)}${shown.map((column) => right(cell(column), column.cells)).join('')}`
  const note = (text: string): string[] => (text === '' ? [] : [`    ${paint('dim', clip(text, columns - 4), coloured)}`])
  const head = `${left('line', name)} ${left('state', STATE_CELLS)}${shown.map((column) => right(column.head, column.cells)).join('')}`
  return [
    paint('dim', head, coloured),
    ...buses.flatMap((bus) => [
      row(bus.name, stateWord(bus.state), busMark[bus.state], (column) => column.bus(bus)),
      ...busNotes(bus).flatMap(note),
      ...bus.devices.flatMap((device) => [
        row(`  ${device.name}`, deviceWord(device), device.lostSince === null ? 'none' : 'warn', (column) => column.device(device)),
        ...deviceNotes(device).flatMap(note),
      ]),
    ]),
  ]
}

function fitting(room: number): Column[] {
  const ends = table.map((_, index) => table.slice(0, index + 1).reduce((sum, { cells }) => sum + cells, 0))
  return table.filter((_, index) => (ends[index] as number) <= room)
}

function busNotes({ detail, step, exceptions, faults, openings }: BusStatus): string[] {
  const others = Object.entries(faults).filter(([kind]) => !['timeout', 'checksum', 'exception'].includes(kind))
  return [
    detail,
    step && step.lost > 0 ? stepWords(step) : '',
    others.map(([kind, count]) => `${kind} ${count}`).join(', '),
    exceptionWords(exceptions),
    openings > 1 ? `opened ${openings} times` : '',
  ]
}

function deviceNotes(device: DeviceStatus): string[] {
  const { lostSince, exceptions, retired } = device
  return [
    lostSince === null ? '' : loss(lostSince, device),
    exceptionWords(exceptions),
    retired.length > 0 ? `not asked any more, because it has none: ${retired.join(', ')}` : '',
  ]
}

function stepWords({ lost, probes, probesAnswered, silences, lostMs, worstLateMs }: NonNullable<BusStatus['step']>): string {
  const parts = [
    `out of step ${lost} times, ${span(lostMs)} lost`,
    ...(probes > 0 ? [`back by ${probesAnswered} of ${probes} probes`] : []),
    ...(silences > 0 ? [`back by silence ${silences} times`] : []),
    ...(worstLateMs > 0 ? [`latest answer ${worstLateMs} ms late`] : []),
  ]
  return parts.join(', ')
}

const exceptionWords = (exceptions: Record<string, number>): string =>
  Object.entries(exceptions)
    .map(([code, count]) => `exception ${code}: ${count} times`)
    .join(', ')
