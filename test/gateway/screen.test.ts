import { describe, expect, it } from 'vitest'
import { cellsOf, clip, left, plain, right, wrap } from '../../gateway/cells.ts'
import { changeLines, picture, progressLine } from '../../gateway/screen.ts'
import type { AlarmStatus, BusStatus, StationStatus } from '../../gateway/status.ts'
import { coloured, openScreen } from '../../gateway/terminal.ts'
import { span } from '../../gateway/times.ts'
import { instant } from '../../protocol/time.ts'

const NOON = instant(Date.UTC(2025, 6, 1, 12))

const slope: BusStatus = {
  ...{ name: 'point', state: 'up', detail: '', requests: 12, answers: 10, faults: { timeout: 2 }, exceptions: {}, late: 0, openings: 1, latencyMs: null },
  ...{ utilisation: 3.2, step: null },
  devices: [
    {
      ...{
        name: 'tilt-1',
        bus: 'point',
        polls: 6,
        answered: 4,
        missed: 2,
        skipped: 0,
        requests: 6,
        answers: 4,
        faults: { timeout: 2 },
        exceptions: {},
        retired: [],
      },
      ...{ latencyMs: { p50: 10, p99: 20 }, lostSince: NOON, backOff: { misses: 2, nextMs: 20_000 } },
    },
  ],
}

function station(change: Partial<StationStatus> = {}): StationStatus {
  return {
    area: 'lianshan',
    site: 'dapuling-03',
    station: 'a',
    name: '大埔岭滑坡',
    epoch: 'e1',
    mode: 'test',
    startedAt: NOON,
    now: instant(NOON + 3_600_000),
    timeQuality: 'synchronised',
    channels: [
      { name: 'rain-1h', value: 41.2, unit: 'mm', digits: 1, ageMs: 4000, quality: 'good', reason: '' },
      { name: 'tilt-1-x', value: null, unit: 'deg', digits: 4, ageMs: 125_000, quality: 'missing', reason: 'timeout' },
    ],
    alarms: [
      {
        name: 'slope',
        level: 'orange',
        since: instant(NOON + 3_000_000),
        why: [{ detection: 'heavy-rain', level: 'orange', evidence: { value: 41.2345678, set: 40 } }],
        unknown: ['creeping'],
        technical: false,
        life: { state: 'UNACK', occurrence: 1 },
      },
      { name: 'sensors', level: 'blue', since: NOON, why: [], unknown: ['tilt-1-x'], technical: true, life: { state: 'UNACK', occurrence: 1 } },
    ],
    load: null,
    outputs: [{ name: 'siren', kind: 'siren' as const, wanted: true, actual: true, since: NOON, cause: 'slope is red' }],
    links: [
      { name: 'point', kind: 'bus', up: true, detail: '' },
      { name: 'county', kind: 'uplink', up: false, detail: 'refused at 127.0.0.1:1883: is the broker running?' },
    ],
    buses: [slope],
    messages: { sent: 120, pending: 3, dropped: 0 },
    progress: { label: 'storm', fraction: 0.5, speed: 180, leftMs: 25_000 },
    ...change,
  }
}

const heard = [{ topic: 'hp/v1/lianshan/dapuling-03/a/alarm/slope', text: 'slope ORANGE since 12:50:00' }]

describe('the picture', () => {
  it.each([12, 40, 60, 80, 100, 120])('has no line wider than %i columns, Chinese names and all', (columns) => {
    const lines = picture(station({ name: '大埔岭滑坡监测预警站'.repeat(5) }), heard, { columns, coloured: true })
    for (const line of lines) expect(cellsOf(plain(line)), line).toBeLessThanOrEqual(columns)
  })

  it('shows the alarms where so many channels leave no room for both', () => {
    const [channel] = station().channels
    const channels = Array.from({ length: 60 }, (_, index) => ({ ...channel!, name: `tilt-${index}` }))
    const lines = picture(station({ channels }), heard, { columns: 80, rows: 23, coloured: false })
    expect(lines).toHaveLength(23)
    expect(lines.some((line) => /^slope +ORANGE/.test(line))).toBe(true)
  })

  it('says where there are too many alarms to read', () => {
    const none = { calledTotal: 12, calledIn10min: 12, flood: true, chattering: ['slope'], stale: [], shelved: [], suppressed: [], outOfService: [] }
    const lines = picture(station({ load: none }), [], { columns: 120, coloured: false })
    expect(lines.find((line) => line.startsWith('alarms '))).toMatch(/FLOOD .*12 calls in 10 min; chattering .*slope$/)
    const quiet = picture(station({ load: { ...none, flood: false, chattering: [] } }), [], { columns: 120, coloured: false })
    expect(quiet.find((line) => line.startsWith('alarms '))).toBeUndefined()
  })

  it('names channel, value, unit, age, quality and reason in one line', () => {
    const lines = picture(station(), [], { columns: 80, coloured: false })
    expect(lines.find((line) => line.startsWith('rain-1h'))).toMatch(/^rain-1h +41\.2 mm +4s {2}good$/)
    expect(lines.find((line) => line.startsWith('tilt-1-x'))).toMatch(/^tilt-1-x +- deg +2min {2}missing: timeout$/)
  })

  it('tells of rows that were dropped because their time went back or stood still', () => {
    const [rain, ...rest] = station().channels
    const lines = picture(station({ channels: [{ ...(rain as (typeof rest)[0]), dropped: 12 }, ...rest] }), [], { columns: 80, coloured: false })
    expect(lines.find((line) => line.startsWith('rain-1h'))).toMatch(/ good, 12 dropped$/)
  })

  it('shows a cut line as cut, and ends each of its colours', () => {
    const narrow = picture(station(), heard, { columns: 30, coloured: true }).filter((line) => line !== '')
    const whole = picture(station(), heard, { columns: 60, coloured: true }).filter((line) => line !== '')
    for (const [index, line] of narrow.entries()) {
      const cut = cellsOf(plain(whole[index] ?? '')) > 30
      expect([line, plain(line).endsWith('…')]).toEqual([line, cut])
      expect(line.split('\u001b[0m').length).toBe((line.split('\u001b[').length + 1) / 2)
    }
  })

  it('shows an alarm whose data are lost as lost, and not at rest', () => {
    const [slope] = station().alarms as [AlarmStatus]
    const lost: AlarmStatus = { ...slope, level: 'none', why: [], dataLost: 'orange' }
    const line = picture(station({ alarms: [lost] }), [], { columns: 120, coloured: false }).find((one) => one.startsWith('slope'))
    expect(changeLines(station(), station({ alarms: [lost] }))).toEqual([expect.stringContaining('alarm slope: orange -> LOST  data lost')])
    expect(line).toMatch(/^slope +LOST .*data lost 数据中断, stood at orange; cannot tell: creeping/)
  })

  it('shows the word of a colour with and without colours', () => {
    for (const coloured of [true, false]) {
      const line = picture(station(), [], { columns: 80, coloured }).find((candidate) => candidate.startsWith('slope'))
      expect(plain(line ?? '')).toMatch(/^slope +ORANGE +12:50:00 +heavy-rain orange \(value 41\.23\)/)
      expect((line ?? '').includes('\u001b[')).toBe(coloured)
    }
  })

  it('says why a link is down and what an output does', () => {
    const text = picture(station(), heard, { columns: 100, coloured: false }).join('\n')
    expect(text).toContain('uplink county DOWN: refused at 127.0.0.1:1883')
    expect(text).toContain('siren ON  since 12:00:00: slope is red')
    expect(text).toContain('sent 120, waiting 3')
    expect(text).toContain('hp/v1/lianshan/dapuling-03/a/alarm/slope slope ORANGE')
  })

  it('says how the lines do, in brief where there is little room and in full where there is more, or it is asked', () => {
    const brief = picture(station(), [], { columns: 100, coloured: false })
    expect(brief).toContain('bus     point up  3 % busy, 10 of 12 answered')
    expect(brief).toContain('        tilt-1 silent since 12:00:00, 2 missed, asked again in 20s')
    const full = picture(station(), [], { columns: 80, coloured: false, full: true })
    expect(
      full
        .find((line) => line.startsWith('  tilt-1'))
        ?.replace(/ +/g, ' ')
        .trimEnd(),
    ).toBe(' tilt-1 SILENT 6 4 2 - - 20 ms')
    expect(full.some((line) => line.startsWith('bus     point'))).toBe(false)
    expect(picture(station(), [], { columns: 80, rows: 60, coloured: false })).toEqual(full)
    expect(picture(station(), [], { columns: 100, rows: 24, coloured: false })).toEqual(expect.arrayContaining(brief.filter((line) => line.includes('busy'))))
  })

  it('tells to its end, on two lines, what to do about a link', () => {
    const detail = 'nothing listens on mqtt.example.org:8883: is the broker running, and is the port right?'
    const text = picture(station({ links: [{ kind: 'uplink', name: 'county', up: false, detail }] }), [], { columns: 80, coloured: false })
    expect(
      text
        .filter((line) => line.startsWith('        '))
        .map((line) => line.trim())
        .join(' '),
    ).toContain(`uplink county DOWN: ${detail}`)
  })

  it('does not claim an output that could not be read back', () => {
    const output = { name: 'siren', kind: 'siren' as const, wanted: true, actual: null, since: NOON, cause: 'slope is red' }
    expect(picture(station({ outputs: [output] }), [], { columns: 80, coloured: false }).join('\n')).toContain('asked on, read back nothing')
  })

  it.each([
    ['valve', true, true, 'CLOSED'],
    ['valve', true, false, 'told to close, and is OPEN'],
    ['valve', false, true, 'closed'],
    ['valve', false, false, 'open'],
    ['valve', true, null, 'told to close, and cannot be seen'],
    ['sms', true, null, 'sending'],
    ['sms', false, true, 'sent'],
    ['sms', false, false, 'not sent to all'],
    ['heartbeat', null, null, 'beats'],
  ] as const)('says of a %s that was told %s and reads %s: %s', (kind, wanted, actual, word) => {
    const output = { name: 'it', kind, wanted, actual, since: NOON, cause: 'slope is red' }
    expect(picture(station({ outputs: [output] }), [], { columns: 80, coloured: false }).join('\n')).toContain(`output  it ${word}  since`)
  })

  it('lets no name or message steer the terminal', () => {
    const text = picture(station({ name: 'a\u001b[2Jb' }), [{ topic: 'x\u0007', text: '\u009b31m' }], { columns: 80, coloured: false }).join('\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the characters that must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  })
})

describe('text in cells', () => {
  it('counts a Chinese character as two cells and a combining mark as none', () => {
    expect(cellsOf('雨量 mm')).toBe(7)
    expect(cellsOf('e\u0301')).toBe(1)
  })

  it('cuts between characters, never through a wide one', () => {
    expect(clip('雨量计', 4)).toBe('雨…')
    expect(left('雨量计', 4)).toBe('雨… ')
    expect(right('7', 3)).toBe('  7')
    expect(clip('rain', 4)).toBe('rain')
    expect(clip('rain', 0)).toBe('')
  })

  it('wraps at words', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
  })
})

describe('progress', () => {
  it('shows a bar, speed and the time that is left, within the width', () => {
    const line = progressLine({ label: 'storm', fraction: 0.5, speed: 180, leftMs: 25_000 }, 60)
    expect(line).toMatch(/^storm \[#+\.+\] 50 % {2}180x {2}25s left$/)
    expect(line.length).toBeLessThanOrEqual(60)
  })

  it.each([
    [400, '0s'],
    [89_000, '89s'],
    [90_000, '2min'],
    [3 * 3_600_000, '3h'],
    [72 * 3_600_000, '3d'],
  ])('%i ms is %s', (ms, text) => expect(span(ms)).toBe(text))
})

describe('lines of change', () => {
  it('tell nothing when nothing changed, and the change when it did', () => {
    const before = station()
    expect(changeLines(before, structuredClone(before))).toEqual([])
    const after = station({
      alarms: before.alarms.map((alarm) => (alarm.name === 'slope' ? { ...alarm, level: 'red' as const } : alarm)),
      channels: before.channels.map((channel) => ({ ...channel, quality: 'good' as const, value: 1, reason: '' })),
      outputs: [{ name: 'siren', kind: 'siren' as const, wanted: false, actual: false, since: NOON, cause: 'no request stands' }],
      links: before.links.map((link) => ({ ...link, up: true, detail: '' })),
    })
    expect(changeLines(before, after)).toEqual([
      '13:00:00  uplink county is up',
      '13:00:00  channel tilt-1-x is good (was missing)',
      '13:00:00  alarm slope: orange -> RED  heavy-rain orange (value 41.23); cannot tell: creeping',
      '13:00:00  output siren off: no request stands',
    ])
  })
})

describe('lines of change of a channel', () => {
  it('tell once that rows are dropped, not at each of them', () => {
    const dropped = (count: number): StationStatus =>
      station({ channels: station().channels.map((channel, index) => (index === 0 && count > 0 ? { ...channel, dropped: count } : channel)) })
    expect(changeLines(dropped(0), dropped(1))).toEqual(['13:00:00  channel rain-1h drops rows: their time is not later than that of the row before them'])
    expect(changeLines(dropped(1), dropped(2))).toEqual([])
  })
})

describe('lines of change of a bus', () => {
  const change = (from: Partial<BusStatus>, to: Partial<BusStatus>) =>
    changeLines(station({ buses: [{ ...slope, ...from }] }), station({ buses: [{ ...slope, ...to }] }))
  const heardAgain = slope.devices.map((device) => ({ ...device, lostSince: null, backOff: null }))
  it.each<[string, Partial<BusStatus>, Partial<BusStatus>, string]>([
    ['a device that fell silent', { devices: heardAgain }, {}, 'device tilt-1 (bus point) is silent: 2 polls missed'],
    ['a device that is back', {}, { devices: heardAgain }, 'device tilt-1 (bus point) is back'],
    ['an overload', {}, { state: 'overload', detail: 'it needs 130 %' }, 'bus point OVERLOAD: it needs 130 %'],
    ['its end', { state: 'damaged' }, {}, 'bus point is well again (was damaged)'],
  ])('tell of %s, once', (_, from, to, line) => {
    expect(change(from, to)).toEqual([`13:00:00  ${line}`])
    expect(change(to, to)).toEqual([])
  })

  it('do not tell each device of a line that is down: its link tells of it', () => {
    expect(change({ devices: heardAgain }, { state: 'down' })).toEqual([])
    expect(change({ state: 'down' }, { devices: heardAgain })).toEqual([])
  })
})

describe('the screen', () => {
  it('paints over its last picture on a terminal, within the rows, and gives the cursor back', () => {
    const written: string[] = []
    const screen = openScreen({ isTTY: true, columns: 80, rows: 16, write: (text) => written.push(text) })
    screen.show(station())
    // A line is emptied before it is written: emptied behind it, a full one would lose its last letter.
    const painted = (written.at(-1) ?? '').split('\n').slice(0, -1)
    expect(painted.every((line) => line.startsWith('\u001b[K') && line.lastIndexOf('\u001b[K') === 0)).toBe(true)
    const lines = (written.at(-1) ?? '').split('\n').length - 1
    expect(lines).toBeLessThan(16)
    screen.hear({ topic: 't', text: 'm' }, true)
    screen.show(station())
    expect(written.at(-1)).toContain(`\u001b[${lines}A`)
    screen.close()
    expect(written.at(-1)).toBe('\u001b[?25h')
  })

  it('has no colour where it is no terminal, or where NO_COLOR is set', () => {
    const terminal = { isTTY: true, write: () => {} }
    expect([coloured(terminal, {}), coloured(terminal, { NO_COLOR: '' }), coloured(terminal, { NO_COLOR: '1' })]).toEqual([true, true, false])
    expect(coloured({ write: () => {} }, {})).toBe(false)
  })

  it('writes plain lines when it is no terminal, and only changes', () => {
    let text = ''
    const screen = openScreen({ write: (more) => (text += more) })
    screen.show(station())
    expect(text).toContain('alarm slope: none -> ORANGE')
    expect(text).toContain('rain-1h 41.2 mm, tilt-1-x missing')
    expect(text).not.toContain('\u001b')
    text = ''
    screen.show(station())
    screen.hear({ topic: 'hp/live', text: 'samples' }, true)
    expect(text).toBe('')
    screen.hear({ topic: 'hp/alarm', text: 'slope RED' }, false)
    expect(text).toContain('hp/alarm  slope RED')
  })
})
