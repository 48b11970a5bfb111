import { describe, expect, it } from 'vitest'
import { cellsOf, plain } from '../../gateway/cells.ts'
import { linesInBrief, lineTable } from '../../gateway/lines.ts'
import type { BusStatus, DeviceStatus } from '../../gateway/status.ts'
import { instant } from '../../protocol/time.ts'

const NOON = instant(Date.UTC(2025, 6, 1, 12))

const device = (name: string, change: Partial<DeviceStatus> = {}): DeviceStatus => ({
  ...{ name, bus: 'slope', polls: 300, answered: 300, missed: 0, skipped: 0, requests: 600, answers: 600, faults: {}, exceptions: {} },
  ...{ latencyMs: { p50: 12.3, p99: 41.7 }, lostSince: null, backOff: null, retired: [] },
  ...change,
})
const silent = (name: string): DeviceStatus =>
  device(name, { answered: 286, missed: 14, answers: 572, faults: { timeout: 28 }, lostSince: NOON, backOff: { misses: 14, nextMs: 32_000 } })

const slope: BusStatus = {
  ...{ name: 'slope', state: 'up', detail: '', requests: 1200, answers: 1157, faults: { timeout: 28, checksum: 7, exception: 8 }, exceptions: { '2': 8 } },
  ...{ late: 3, openings: 2, latencyMs: { p50: 14.2, p99: 88.1 }, utilisation: 12.4 },
  step: { inStep: true, lost: 2, probes: 2, probesAnswered: 1, silences: 1, lostMs: 4200, worstLateMs: 812 },
  devices: [device('rain', { exceptions: { '2': 8 }, retired: ['holding 12'] }), silent('tilt-on-the-upper-terrace')],
}

const plainly = { columns: 100, coloured: false }

describe('the lines in brief', () => {
  it('say how busy a bus is, what was caught, and who is silent since when', () => {
    expect(linesInBrief([slope], plainly)).toEqual([
      'bus     slope up  12 % busy, 1157 of 1200 answered, 3 late answers caught, 2 times out of step',
      '        tilt-on-the-upper-terrace silent since 12:00:00, 14 missed, asked again in 32s',
    ])
  })

  it('say why a bus is in trouble', () => {
    const [line] = linesInBrief([{ ...slope, state: 'overload', detail: 'it needs 130 % of its time', late: 1, devices: [] }], {
      columns: 140,
      coloured: false,
    })
    expect(line).toBe('bus     slope OVERLOAD  12 % busy, 1157 of 1200 answered, 1 late answer caught, 2 times out of step, it needs 130 % of its time')
  })

  it('tell a device that refuses from one that is silent', () => {
    const refuser = device('gas', { lostSince: NOON, exceptions: { '2': 9 } })
    expect(linesInBrief([{ ...slope, devices: [refuser] }], plainly)[1]).toBe('        gas gives no values since 12:00:00')
    expect(lineTable([{ ...slope, devices: [refuser] }], plainly).find((line) => line.startsWith('  gas'))).toContain('LOST')
  })

  it('name no more than three lost devices one by one', () => {
    const devices = ['a', 'b', 'c', 'd', 'e'].map(silent)
    const lines = linesInBrief([{ ...slope, devices }], plainly)
    expect(lines).toHaveLength(5)
    expect(lines.at(-1)).toBe('        and 2 more lost: d, e')
  })

  it('say nothing where there is no bus, as in a replay', () => {
    expect(linesInBrief([], plainly)).toEqual([])
  })
})

describe('the table of lines', () => {
  it('has a row for each bus and each device, and under them what else there is to say', () => {
    const text = lineTable([slope], plainly)
    expect(text.map((line) => line.trimEnd().replace(/ +/g, ' '))).toEqual([
      'line state asked answered timeout crc refused busy, p99 late p50 missed',
      'slope up 1200 1157 28 7 8 12.4 % 3 14 ms',
      ' out of step 2 times, 4s lost, back by 1 of 2 probes, back by silence 1 times, latest answer 812…',
      ' exception 2: 8 times',
      ' opened 2 times',
      ' rain answers 600 600 - - - 42 ms 12 ms -',
      ' exception 2: 8 times',
      ' not asked any more, because it has none: holding 12',
      ' tilt-on-the-u… SILENT 600 572 28 - - 42 ms 12 ms 14',
      ' silent since 12:00:00, 14 missed, asked again in 32s',
    ])
  })

  it('puts every count under its head', () => {
    const [head = '', , , , , rain = ''] = lineTable([slope], plainly)
    for (const [word, count] of [
      ['asked', '600'],
      ['crc', '-'],
      ['p50', '12 ms'],
    ] as const)
      expect(rain.slice(0, head.indexOf(word) + word.length).endsWith(` ${count}`), word).toBe(true)
  })

  it.each([40, 60, 80, 120])('fits %i columns, with the most telling counts first', (columns) => {
    const lines = lineTable([slope], { columns, coloured: true })
    for (const line of lines) expect(cellsOf(plain(line)), line).toBeLessThanOrEqual(columns)
    expect(plain(lines[0] ?? '')).toContain('asked')
    expect(plain(lines[0] ?? '').includes('skipped')).toBe(columns === 120)
  })
})
