// Why an alarm stands, asked of a running station through its control socket: a gauge on Modbus TCP, and the bytes that it gave.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { realBusClock, realClock } from '../../../devicejs/drivers/clock.ts'
import { makeSlave } from '../../../devicejs/slave.ts'
import { readSite } from '../../../gateway/commands/check.ts'
import { whyCommand, whyLines } from '../../../gateway/commands/why.ts'
import { serveControl } from '../../../gateway/control/control.ts'
import { resumeAt } from '../../../gateway/core/remember.ts'
import { openField } from '../../../gateway/field.ts'
import { openActs } from '../../../gateway/journal/acts.ts'
import { openStation } from '../../../gateway/station.ts'
import type { Answer } from '../../../gateway/witness.ts'
import type { Registers } from '../../devicejs/registers.ts'
import { later, serveTcp, stop } from '../../devicejs/serving.ts'

const profile = `
title: Test level meter
source: this test
driver: modbus
unit: 1
channels:
  level: { quantity: level, unit: m, read: { holding: 0, as: u16 }, scale: 0.01, digits: 2 }
`

const siteText = (port: number): string => `
site: { area: a, id: why, station: c, mode: test }
buses: { line: { tcp: "127.0.0.1:${port}" } }
devices:
  gauge: { profile: ./meter.yaml, bus: line, unit: 1, every: 100ms }
channels:
  level: { read: gauge.level }
detectors:
  high: { kind: threshold, on: level, at: { yellow: 2, red: 4 }, deadband: 0.5 }
alarms: { river: { red: high is red, yellow: high } }
`

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'why-'))
})
afterEach(async () => {
  await stop()
  await rm(folder, { recursive: true })
})

function outlet() {
  const said = {
    text: '',
    write(text: string) {
      said.text += text
    },
  }
  return said
}

/** A station whose gauge shows `raw` centimetres; `epoch` is its life, and it keeps what outlives that in the test's folder. */
async function run(raw: number, epoch = 'e') {
  const meter: Registers = { written: [], read: (_, __, count) => new Uint16Array(count).fill(raw), write: () => 2 }
  const { port } = await serveTcp(makeSlave(new Map([[1, meter]])))
  await writeFile(join(folder, 'meter.yaml'), profile)
  await writeFile(join(folder, 'site.yaml'), siteText(port))
  const read = readSite(join(folder, 'site.yaml'))
  if ('fault' in read) throw new Error(read.fault)
  let judged = (): void => {}
  const told = new Promise<void>((resolve) => {
    judged = resolve
  })
  const memory = openActs(join(folder, 'acts.ndjson'), (trouble) => expect.unreachable(trouble))
  const station = openStation(
    read.site,
    { ...openField(read.site, { clock: realClock({ from: resumeAt(memory.remembered, realClock().now()) }) }), memory },
    {
      ...{ epoch, software: 'test', busClock: realBusClock() },
      onScan: ({ samples }) => samples.length > 0 && judged(),
    },
  )
  const path = join(folder, 'c.sock')
  const control = await serveControl({ path, status: () => station.status(), why: (alarm) => station.why(alarm), act: station.act })
  if ('trouble' in control) throw new Error(control.trouble)
  const ending = new AbortController()
  const ran = station.run(ending.signal)
  later(async () => {
    ending.abort()
    await ran
    await control.close()
    await memory.close()
  })
  await told
  return async (alarm: string, json = false) => {
    const [out, err] = [outlet(), outlet()]
    return { code: await whyCommand({ path, alarm, json }, out, err), out: out.text, err: err.text }
  }
}

describe('hazardpoint why', () => {
  it('tells the chain from the level down to the bytes of a raised alarm, as it is now and as it rose', async () => {
    const why = await run(250)
    const { code, out, err } = await why('river')
    expect([code, err]).toEqual([0, ''])
    const lines = out.replaceAll(/\d\d:\d\d:\d\d/g, 'T').split('\n')
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^site file [0-9a-f]{12} \(SHA-256\)$/),
        'river yellow since T',
        '  F red: high is red: high is yellow, 1.5 m short of red (value 2.5, set point 4 m)',
        '  T yellow: high: high is yellow',
        '  high yellow since T: threshold on level',
        '    rule     { kind: threshold, on: level, at: { yellow: 2, red: 4 }, deadband: 0.5 }',
        '    not      1.5 m short of red (value 2.5, set point 4 m)',
        expect.stringMatching(/^ {2}level {2}2\.50 m, good, \ds old; read of gauge on line$/),
        expect.stringMatching(/^ {4}asked {4}00 [0-9a-f]{2} 00 00 00 06 01 03 00 00 00 01$/),
        expect.stringMatching(/^ {4}answered 00 [0-9a-f]{2} 00 00 00 05 01 03 02 00 fa$/),
        'WHEN IT LAST ROSE, at T',
      ]),
    )
  })

  it('tells of an alarm at rest what it lacks, and of no rise', async () => {
    const why = await run(120)
    const { out } = await why('river')
    expect(out).toContain('  F yellow: high: high is none, 0.8 m short of yellow (value 1.2, set point 2 m)')
    expect(out).not.toContain('WHEN IT LAST ROSE')
    const answer = JSON.parse((await why('river', true)).out) as Answer
    expect(answer).toMatchObject({ alarm: 'river', raised: null, raisedIn: null })
    expect(answer.now.alarms[0]?.colours[1]?.condition.short).toMatchObject({ colour: 'yellow', setPoint: 2, unit: 'm' })
    expect(answer.now.exchanges.at(-1)).toMatchObject({ bus: 'line', device: 'gauge', trouble: '' })
  })

  it('tells after a restart of the rise in the life before, with its bytes and by which site file', async () => {
    await run(250, 'first')
    await stop()
    const why = await run(250, 'second')
    const { out } = await why('river')
    const lines = out.replaceAll(/\d\d:\d\d:\d\d/g, 'T').split('\n')
    const rose = lines.findIndex((line) => /^WHEN IT LAST ROSE, at \d{4}-\d\d-\d\d T$/.test(line))
    expect(lines.slice(rose)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^ {2}before the last start, in the station's life from \d{4}-\d\d-\d\d T on \(epoch first\)$/),
        expect.stringMatching(/^ {2}by site file [0-9a-f]{12}, which was another$/),
        'river yellow since T',
        expect.stringMatching(/^ {4}answered 00 [0-9a-f]{2} 00 00 00 05 01 03 02 00 fa$/),
      ]),
    )
    expect(JSON.parse((await why('river', true)).out)).toMatchObject({ raisedIn: { epoch: 'first' } })
  })

  it('names the alarms that there are where it is asked for another, and the nearest first', async () => {
    const why = await run(120)
    expect(await why('rivre')).toEqual({ code: 1, out: '', err: expect.stringMatching(/no alarm "rivre": did you mean `river`\? known: river, sensors/) })
  })

  it('says so where no station runs', async () => {
    const [out, err] = [outlet(), outlet()]
    expect(await whyCommand({ path: join(folder, 'none.sock'), alarm: 'river', json: false }, out, err)).toBe(1)
    expect(err.text).toContain('no station runs')
  })
})

describe('the lines of an explanation', () => {
  const at = Date.UTC(2026, 0, 1, 8) as Answer['now']['observed']
  const resting: Answer['now'] = {
    ...{ observed: at, siteHash: '', detections: [], channels: [], exchanges: [] },
    alarms: [{ ...{ alarm: 'sensors', level: 'none', since: at, technical: true, unknown: [] }, life: { state: 'NORM', occurrence: 0 }, colours: [] }],
  }

  it('are one where there is no more to say', () => {
    expect(whyLines({ alarm: 'sensors', now: resting, raised: null, raisedIn: null })).toEqual(['sensors none since 08:00:00'])
  })

  it('say of a rise in an earlier life that it was too long to be kept whole, and that the site file is not known', () => {
    const raisedIn = { epoch: 'e1', startedAt: at }
    expect(whyLines({ alarm: 'sensors', now: { ...resting, siteHash: 'abc' }, raised: { ...resting, shortened: true }, raisedIn }).slice(3, 7)).toEqual([
      'WHEN IT LAST ROSE, at 2026-01-01 08:00:00',
      "  before the last start, in the station's life from 2026-01-01 08:00:00 on (epoch e1)",
      '  by site file none, which was another',
      '  it was too long to be kept whole: what is farthest from the alarm is left out',
    ])
  })

  it('say of a level which one suspect reading has reached that it waits for the next', () => {
    const now: Answer['now'] = {
      ...resting,
      detections: [
        {
          ...{ detection: 'high', kind: 'threshold', written: null, level: 'yellow', since: at, doubt: 'none', figures: { value: 9 } },
          ...{ shortfalls: [], unconfirmed: 'red', channels: ['level'] },
        },
      ],
    }
    expect(whyLines({ alarm: 'river', now, raised: null, raisedIn: null })).toContain('    waits    red: one suspect reading, the next one decides')
  })

  it.each([
    ['that nothing has denied it', {}, ['    open     red: nothing has denied it since the start: its on-delay runs, or only lower bounds have come']],
    ['once what is open', { unconfirmed: 'red' as const }, ['    waits    red: one suspect reading, the next one decides']],
  ])('say of a level that may stand from before the start %s', (_, waits, lines) => {
    const now: Answer['now'] = {
      ...resting,
      detections: [
        {
          ...{ detection: 'high', kind: 'threshold', written: null, level: 'none', since: at, doubt: 'none', figures: {}, shortfalls: [] },
          ...{ ...waits, undenied: 'red', channels: ['level'] },
        },
      ],
    }
    const told = whyLines({ alarm: 'river', now, raised: null, raisedIn: null })
    expect(told.filter((line) => /^ {4}(open|waits)/.test(line))).toEqual(lines)
  })

  it('say what is unknown and why, what is late, and which answer did not come', () => {
    const now: Answer['now'] = {
      ...resting,
      alarms: [
        {
          ...{ alarm: 'river', level: 'none', since: at, technical: false, unknown: ['high'], dataLost: 'red', life: { state: 'NORM', occurrence: 1 } },
          colours: [{ colour: 'red', condition: { text: 'high', truth: 'unknown', of: [], name: 'high', now: 'unknown' } }],
          lower: { text: 'not high', truth: 'unknown', of: [] },
        },
      ],
      detections: [
        {
          ...{ detection: 'high', kind: 'threshold', written: null, level: 'unknown', since: at, doubt: 'no-data', figures: { value: 1 / 3 } },
          ...{ shortfalls: [], window: { ms: 600_000, rows: 3, coverage: 0.3 }, channels: ['level'] },
        },
      ],
      channels: [
        {
          ...{ channel: 'level', value: null, unit: 'm', digits: 2, quality: 'missing', reason: 'timeout', ageMs: null, periodMs: 1000 },
          ...{ written: { from: ['a', 'b'] }, from: ['a', 'b'], standsOn: { standing: 'final', temperature: 18.25, by: 'li' } },
        },
      ],
      exchanges: [{ bus: 'line', device: 'gauge', at, request: '', answer: '', trouble: 'unit 1 did not answer' }],
    }
    expect(whyLines({ alarm: 'river', now, raised: null, raisedIn: null })).toEqual([
      'river none since 08:00:00; its data are lost, it stood at red',
      '  cannot be told: high',
      '  ? red: high: high is unknown',
      '  ? lowered only while: not high',
      '',
      'detections',
      '  high unknown (no-data) since 08:00:00: threshold on level',
      '    figures  value 0.333333',
      '    window   10min: 3 rows, 30% of those that were to come',
      '',
      'channels',
      '  level  no value, missing (timeout), never read; made of a, b',
      '    rule     { from: [a, b] }',
      '    stands   on standing final, temperature 18.25, by li',
      '',
      'last read',
      '  gauge on line at 08:00:00 (0s before)',
      '    asked    nothing: it speaks by itself',
      '    answered nothing: unit 1 did not answer',
    ])
  })
})
