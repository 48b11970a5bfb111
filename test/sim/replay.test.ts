import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findProfile } from '../../devicejs/shelf.ts'
import { checkSite } from '../../gateway/site/check.ts'
import type { Site } from '../../gateway/site/site.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import type { Clock } from '../../protocol/ports.ts'
import { emptyInput, type Input, writeRecording } from '../../protocol/recording.ts'
import { oneSample } from '../../protocol/samples.ts'
import { instant, iso, type Millis, millis } from '../../protocol/time.ts'
import { openProgress } from '../../sim/recorded/progress.ts'
import { type ReplayIo, type ReplayOptions, replay } from '../../sim/replay.ts'

const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-replay-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(name: string, content: string): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

function siteOf(unit = '0.2 mm'): Site {
  const text = `
site: { area: here, id: hill, station: a, clock: served }
buses: { line: { tcp: "127.0.0.1:502" } }
devices:
  gauge: { profile: hazardpoint/served-rain, bus: line, unit: 1, every: 10min, set: { step: ${unit} } }
  siren: { profile: generic/relay, bus: line, unit: 2, coil: 0, safe: off, longest: 1h }
channels:
  rain: { read: gauge.tips }
  rain-1h: { derive: accumulate, from: rain, over: 1h }
detectors:
  wet: { kind: threshold, on: rain-1h, at: { yellow: 4, red: 10 }, clear: 80% }
alarms:
  slope: { red: wet is red, yellow: wet }
actions:
  - { when: slope is red, do: [ siren on for 3min ] }
`
  const checked = checkSite(text, 'site.yaml', { profiles: findProfile })
  if ('faults' in checked) throw new Error(formatFaults(checked.faults))
  return checked.site
}

execFileSync('mkfifo', [join(folder, 'pipe')])

const map = fileOf('map.yaml', 'recordings: [ { columns: { rain_mm: { channel: rain, unit: mm, kind: increment } } } ]')

/** Rain in mm, ten minutes a row, from midnight. */
const START = Date.UTC(2020, 0, 1)
const rows = (amounts: (number | string)[]): string[] => amounts.map((amount, row) => `${iso(instant(START + row * 600_000))},${amount}`)
const csv = (name: string, amounts: (number | string)[], end = '\n'): string => fileOf(name, `time,rain_mm\n${rows(amounts).join('\n')}${end}`)
const storm = [0, 0, 0, 0, 0, 0, 0, 2, 3, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0]

async function run(options: Partial<ReplayOptions> & { recordings: string[] }, io: Partial<ReplayIo> = {}) {
  let out = ''
  let err = ''
  const clock: Clock = { now: () => ({ at: millis(0), wall: instant(0), wallQuality: 'synchronised' }), until: () => Promise.resolve() }
  const code = await replay(
    { site: siteOf(), map, json: true, speed: 'max', ...options },
    {
      out: { write: (text) => (out += text) },
      err: { write: (text) => (err += text) },
      clock,
      monotonicMs: () => 0,
      stop: new AbortController().signal,
      ...io,
    },
  )
  return { code, out, err, lines: out.trimEnd().split('\n') }
}

const told = (lines: string[]): string[] =>
  lines.map((line) => {
    const { observed, what, name, from, to } = JSON.parse(line) as Record<string, string>
    return `${observed?.slice(11, 16)} ${what} ${name} ${from} -> ${to}`
  })

/** After 90 % of an hour the sum is known; the siren falls silent between two rows, at its own time; the sum falls without rain. */
const stormTold = [
  '01:00 detection wet unknown -> none',
  '01:20 detection wet none -> yellow',
  '01:20 alarm slope none -> yellow',
  '01:40 detection wet yellow -> red',
  '01:40 alarm slope yellow -> red',
  '01:40 action siren off -> on',
  '01:43 action siren on -> off',
  '02:20 detection wet red -> yellow',
  '02:20 alarm slope red -> yellow',
  '02:40 detection wet yellow -> none',
  '02:40 alarm slope yellow -> none',
]

describe('a replay of CSV', () => {
  it('tells each change of a detection, alarm and action, at its own time', async () => {
    const { code, lines, err } = await run({ recordings: [csv('storm.csv', storm)] })
    expect(told(lines)).toEqual(stormTold)
    expect([code, err]).toEqual([0, ''])
    const changes = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(changes[3]).toEqual({ observed: '2020-01-01T01:40:00.000Z', what: 'detection', name: 'wet', from: 'yellow', to: 'red', evidence: { value: 11 } })
    expect(changes[4]?.why).toMatchObject([{ detection: 'wet', level: 'red', evidence: { value: 11 }, rule: 'threshold', setPoints: { red: 10 } }])
    expect(changes[5]?.cause).toBe('slope is red')
  })

  it('tells people of alarms and actions, and what each alarm came to', async () => {
    const { out } = await run({ recordings: [csv('words.csv', storm)], json: false })
    expect(out).toContain('2020-01-01 01:40:00  slope               yellow -> red     wet value 11\n')
    expect(out).toContain('2020-01-01 01:40:00  siren                  off -> on      slope is red\n')
    expect(out).not.toContain('unknown')
    expect(out).toMatch(/2020-01-01 00:00:00 to 2020-01-01 03:00:00 UTC: 19 rows/)
    expect(out).toMatch(/^slope\s+1\s+red\s+2020-01-01 01:40:00\s+none$/m)
    expect(out).toMatch(/^outputs\s+0\s+none\s+-\s+none$/m)
  })

  it('does not let the alarm fall while the values are missing', async () => {
    const { lines } = await run({ recordings: [csv('gap.csv', [...storm.slice(0, 11), ...Array.from({ length: 18 }, () => '')])] })
    expect(told(lines)).toContain('01:40 alarm slope yellow -> red')
    expect(told(lines).filter((line) => line.includes('slope red ->'))).toEqual([])
    expect(told(lines).some((line) => line.includes('alarm sensors none -> blue'))).toBe(true)
  })

  it('uses a file as far as it is whole, and says on stderr what was left out', async () => {
    const cut = await run({ recordings: [csv('cut.csv', [...storm, 'x', 1], '\n2020-01-01T0')] })
    expect(cut.code).toBe(0)
    expect(told(cut.lines).slice(0, 11)).toEqual(stormTold)
    expect(cut.err).toContain('cut.csv:23:1: line: the last line is cut short and is not used')
    expect(cut.err).toContain('a cell of column "rain_mm" is no number')
    expect(cut.err).toContain('21 rows; 1 damaged rows not used; 1 cells of rain_mm are no numbers')
  })

  it('does not let one absurd cell drown the rain that follows it', async () => {
    const glitch = await run({
      recordings: [
        csv(
          'glitch.csv',
          storm.map((amount, row) => (row === 1 ? '1e300' : amount)),
        ),
      ],
    })
    expect(told(glitch.lines)).toEqual(expect.arrayContaining(['01:40 alarm slope yellow -> red', '01:40 action siren off -> on']))
    expect(glitch.err).toContain('1 cells of rain_mm are no numbers')
  })

  it('ends with 1 where a file turns back on itself', async () => {
    const back = Array.from({ length: 200 }, (_, row) => `${iso(instant(START + 6e10 - row * 600_000))},0`)
    const turned = await run({ recordings: [fileOf('turned.csv', `time,rain_mm\n${[...rows(Array.from({ length: 100 }, () => 0)), ...back].join('\n')}\n`)] })
    expect(turned.code).toBe(1)
    expect(turned.err).toContain('most rows are older than a row before them')
  })

  it.each([
    ['no map', { map: null }, 'storm.csv', 'nobody says what the columns of this file mean'],
    ['a map that is not there', { map: 'gone.yaml' }, 'storm.csv', 'the map cannot be read (ENOENT)'],
    ['a file that is not there', {}, 'gone.csv', 'there is no such file'],
    ['a file that is not there, whatever it is', { map: null }, 'gone.ndjson', 'there is no such file'],
    ['a pipe', {}, 'pipe', 'this is a pipe or a device, no file'],
    ['a file that is no recording', {}, 'map.yaml', 'there is no column of times'],
  ])('refuses %s in a sentence', async (_, options, file, sentence) => {
    const { code, err, out } = await run({ recordings: [join(folder, file)], ...options })
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(sentence)
  })

  it('keeps the pace that was asked for', async () => {
    const waits: number[] = []
    const clock: Clock = { now: () => ({ at: millis(5000), wall: instant(0), wallQuality: 'synchronised' }), until: async (at: Millis) => void waits.push(at) }
    await run({ recordings: [csv('paced.csv', [0, 0, 0])], speed: 600 }, { clock })
    expect(waits).toEqual([6000, 7000])
  })

  it('ends at once, and cleanly, when it is stopped', async () => {
    const stop = new AbortController()
    const clock: Clock = {
      now: () => ({ at: millis(0), wall: instant(0), wallQuality: 'synchronised' }),
      until: async (at: Millis) => void (at >= 100 * 60_000 && stop.abort()),
    }
    const { code, out } = await run({ recordings: [csv('stopped.csv', storm)], json: false, speed: 1 }, { clock, stop: stop.signal })
    expect(code).toBe(0)
    expect(out).toContain('2020-01-01 01:40:00  slope')
    expect(out).toContain('11 rows in')
    expect(out).toContain('stopped')
  })
})

describe('a replay of what a station journalled', () => {
  /** The inputs that the station had while it was fed the storm, with nothing of the file in them. */
  async function journalled(name: string, change: (inputs: Input[]) => Input[] = (inputs) => inputs): Promise<string> {
    const inputs: Input[] = []
    await run({ recordings: [csv(`${name}.csv`, storm)] }, { onScan: (input) => inputs.push({ ...input, samples: [...input.samples] }) })
    const header = { site: 'hill', station: 'a', channels: siteOf().plan.channels, epoch: name, startedAt: change(inputs)[0]!.now.wall }
    return fileOf(`${name}.ndjson`, [...writeRecording(header, change(inputs))].join(''))
  }

  it('makes every decision again', async () => {
    const { code, lines, err } = await run({ recordings: [await journalled('again')], map: null })
    expect(told(lines)).toEqual(stormTold)
    expect([code, err]).toEqual([0, ''])
  })

  it('finds a channel by its name, whatever its number was', async () => {
    const header = {
      site: 'hill',
      station: 'a',
      channels: [
        { name: 'wind', unit: 'm/s' },
        { name: 'rain', unit: 'mm' },
      ],
      epoch: 'e',
      startedAt: instant(START),
    }
    let total = 0
    const inputs = storm.map((amount, row): Input => {
      const at = millis(START + row * 600_000)
      total += amount * 5
      return {
        ...emptyInput({ at, wall: instant(at), wallQuality: 'synchronised' }),
        samples: [oneSample(0, at, 1, 1, 'none'), oneSample(1, at, total, 1, 'none')],
      }
    })
    const { lines, err } = await run({ recordings: [fileOf('shifted.ndjson', [...writeRecording(header, inputs)].join(''))], map: null })
    // These are rows alone: the siren ends with the next of them.
    expect(told(lines)).toEqual(stormTold.map((line) => line.replace('01:43', '01:50')))
    expect(err).toContain('the site has no channel wind')
  })

  it('starts anew with each epoch: nothing is remembered over a restart', async () => {
    const first = await journalled('life-1', (inputs) => inputs.slice(0, 10))
    const second = await journalled('life-2', (inputs) => inputs.slice(10))
    const { lines } = await run({ recordings: [second, first], map: null })
    expect(told(lines).slice(0, 3)).toEqual(stormTold.slice(0, 3))
    expect(told(lines)).not.toContain('01:40 detection wet yellow -> red')
  })

  it('uses a recording that the power cut short up to there', async () => {
    const file = await journalled('power')
    const cut = fileOf('power-cut.ndjson', readFileSync(file, 'utf8').slice(0, -40))
    const { code, lines, err } = await run({ recordings: [cut], map: null })
    expect(told(lines)).toEqual(stormTold)
    expect(code).toBe(0)
    expect(err).toContain('is cut off after')
  })

  it('ends with 1 where a recording is broken in its middle', async () => {
    const lines = readFileSync(await journalled('middle'), 'utf8').split('\n')
    const { code, err } = await run({
      recordings: [fileOf('broken-middle.ndjson', [...lines.slice(0, 5), '{"now":1}', ...lines.slice(5)].join('\n'))],
      map: null,
    })
    expect(code).toBe(1)
    expect(err).toContain('broken-middle.ndjson:6:1: line 6: "now" is not')
  })

  it('ends with 1 where a line is of an earlier time than the one above: it was moved', async () => {
    const lines = readFileSync(await journalled('moved'), 'utf8').split('\n')
    const moved = [...lines.slice(0, 5), lines[6], lines[5], ...lines.slice(7)].join('\n')
    const { code, err } = await run({ recordings: [fileOf('moved-lines.ndjson', moved)], map: null })
    expect(code).toBe(1)
    expect(err).toMatch(/moved-lines\.ndjson:7:1: line 7: its time \(\d+\) is before that of the line above/)
  })

  it('refuses a unit that has changed, a broken header, and a mixture with CSV', async () => {
    const file = await journalled('units')
    const inches = await run({ site: siteOf('0.01 in'), recordings: [file], map: null })
    expect(inches.err).toContain('channel rain was recorded in mm, the site has it in in')
    const broken = await run({ recordings: [fileOf('broken.ndjson', '{"recording": 9}\n')], map: null })
    expect(broken.err).toContain('line 1 is not the first line of a recording')
    const mixed = await run({ recordings: [file, csv('mixed.csv', [0])] })
    expect(mixed.err).toContain('others are CSV')
    expect([inches.code, broken.code, mixed.code]).toEqual([1, 1, 1])
  })
})

describe('the progress of long work', () => {
  function shown(isTTY: boolean, times: number[]): string[] {
    const written: string[] = []
    let now = 0
    const progress = openProgress({ isTTY, columns: 60, write: (text) => written.push(text) }, () => now)
    for (const time of times) {
      now = time
      progress.show(time / 20_000, time * 10, '2020-01-01 00:00:00')
    }
    progress.clear()
    return written
  }

  it('is not shown for what is done within a second', () => {
    expect(shown(true, [100, 900])).toEqual([])
    expect(shown(false, [100, 900, 9000])).toEqual([])
  })

  it('is one line that is painted over on a terminal, and taken away at the end', () => {
    expect(shown(true, [1000, 1050, 5000])).toEqual([
      '\r\u001b[2K5 %  at 2020-01-01 00:00:00  10,000 rows/s, 19s left',
      '\r\u001b[2K25 %  at 2020-01-01 00:00:00  10,000 rows/s, 15s left',
      '\r\u001b[2K',
    ])
  })

  it('is a plain line every ten seconds in a log', () => {
    expect(shown(false, [10_000, 15_000, 20_000])).toEqual([
      '50 %  at 2020-01-01 00:00:00  10,000 rows/s, 10s left\n',
      '100 %  at 2020-01-01 00:00:00  10,000 rows/s, 0s left\n',
    ])
  })
})
