// A recording gives back every input bit for bit, and says with the line's number what is wrong with it.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reasons } from '../../protocol/quality.ts'
import {
  emptyInput,
  type Input,
  type RecordingHeader,
  readRecordingHeader,
  readRecordingLine,
  writeRecording,
  writeRecordingHeader,
  writeRecordingLine,
} from '../../protocol/recording.ts'
import type { Samples } from '../../protocol/samples.ts'
import { instant, millis } from '../../protocol/time.ts'
import { anyInstant } from './messages.ts'

const anyTime = fc.double({ noNaN: true, noDefaultInfinity: true })
/** No calendar goes further, and no station lives longer. */
const anyAge = fc.double({ noNaN: true, min: -8.64e15, max: 8.64e15 })
const wallQuality = fc.constantFrom('unsynchronised' as const, 'holdover' as const, 'synchronised' as const)

const anySamples: fc.Arbitrary<Samples> = fc
  .record({
    channel: fc.nat(500),
    rows: fc.array(
      fc.record({ time: anyTime, value: fc.double(), quality: fc.constantFrom(1, 2, 3, 4, 9), reason: fc.nat(reasons.length - 1), observed: anyTime }),
      { maxLength: 30 },
    ),
    clocked: fc.boolean(),
  })
  .map(({ channel, rows, clocked }) => ({
    channel,
    count: rows.length,
    time: Float64Array.from(rows, ({ time }) => time),
    value: Float64Array.from(rows, ({ value }) => value),
    quality: Uint8Array.from(rows, ({ quality }) => quality),
    reason: Uint8Array.from(rows, ({ reason }) => reason),
    ...(clocked ? { observed: Float64Array.from(rows, ({ observed }) => observed) } : {}),
  }))

const anyInput: fc.Arbitrary<Input> = fc.record({
  now: fc.record({ at: anyAge.map(millis), wall: anyInstant, wallQuality }),
  samples: fc.array(anySamples, { maxLength: 3 }),
  commands: fc.array(
    fc.record({
      uplink: fc.string(),
      command: fc.record({ id: fc.string(), op: fc.string(), args: fc.constant({ a: [1, -0, null, 'x', { b: true }] }), expires: anyInstant }),
    }),
    { maxLength: 2 },
  ),
  links: fc.array(
    fc.record(
      { link: fc.string(), up: fc.boolean(), detail: fc.string(), trouble: fc.constantFrom('overload' as const, 'damaged' as const) },
      { requiredKeys: ['link', 'up', 'detail'] },
    ),
    { maxLength: 2 },
  ),
  outputs: fc.array(fc.record({ output: fc.string(), wanted: fc.boolean(), actual: fc.option(fc.boolean(), { nil: null }) }), { maxLength: 2 }),
  clock: fc.array(fc.record({ device: fc.option(fc.constantFrom('rain', 'tilt'), { nil: null }), wall: anyInstant, wallQuality, stepMs: anyTime }), {
    maxLength: 2,
  }),
})

const header: RecordingHeader = {
  site: 'dapuling-03',
  station: 'a',
  channels: [
    { name: 'rain', unit: 'mm' },
    { name: 'tilt-x', unit: 'deg' },
  ],
  epoch: 'e1',
  startedAt: instant(Date.UTC(2026, 0, 1)),
}

const bits = (column: Float64Array) => [...new BigUint64Array(column.buffer.slice(column.byteOffset, column.byteOffset + column.byteLength))]

describe('a recording', () => {
  it('gives back every input as it was', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        expect(readRecordingLine(writeRecordingLine(input), 2)).toEqual(input)
      }),
    )
  })

  it('keeps doubles bit for bit, the sign of zero and the infinities too', () => {
    const value = Float64Array.of(
      0,
      -0,
      0.1,
      1e-308,
      5e-324,
      Number.MAX_VALUE,
      -1.7976931348623157e308,
      2 ** 53 + 1,
      Number.NaN,
      Infinity,
      -Infinity,
      0.2 + 0.1,
    )
    const count = value.length
    const samples: Samples = {
      channel: 0,
      count,
      time: value.map((_, row) => row),
      value,
      quality: new Uint8Array(count).fill(1),
      reason: new Uint8Array(count),
    }
    const read = readRecordingLine(
      writeRecordingLine({ ...emptyInput({ at: millis(-0), wall: instant(0), wallQuality: 'holdover' }), samples: [samples] }),
      2,
    ) as Input
    expect(bits(read.samples[0]!.value)).toEqual(bits(value))
    expect(Object.is(read.now.at, -0)).toBe(true)
  })

  it('writes only the rows that count', () => {
    const samples: Samples = {
      channel: 1,
      count: 1,
      time: Float64Array.of(5, 6),
      value: Float64Array.of(Number.NaN, 7),
      quality: Uint8Array.of(9, 1),
      reason: Uint8Array.of(1, 0),
    }
    const line = writeRecordingLine({ ...emptyInput({ at: millis(5), wall: instant(1000), wallQuality: 'synchronised' }), samples: [samples] })
    expect(line).toBe('{"now":{"at":5,"wall":1000,"wallQuality":"synchronised"},"samples":[{"channel":1,"time":[5],"value":[null],"not":[[0,1,9,"timeout"]]}]}')
  })

  it('opens with a line that says whose it is', () => {
    const [first, second] = [...writeRecording(header, [emptyInput({ at: millis(1), wall: instant(2), wallQuality: 'synchronised' })])]
    expect(readRecordingHeader(first!)).toMatchObject(header)
    expect(second!.endsWith('}\n')).toBe(true)
    expect(readRecordingLine(second!, 2)).toMatchObject({ now: { at: 1, wall: 2 } })
  })

  it('tells where it was cut off', () => {
    const line = writeRecordingLine({
      ...emptyInput({ at: millis(5), wall: instant(1000), wallQuality: 'synchronised' }),
      links: [{ link: 'slope', up: true, detail: '' }],
    })
    for (let end = 1; end < line.length; end++) expect(readRecordingLine(line.slice(0, end), 17)).toMatch(/^line 17 is (cut off after|not JSON)/)
    expect(readRecordingLine(line.slice(0, 40), 17)).toContain('ended while it was written')
  })

  const line = (samples: object) =>
    JSON.stringify({ now: { at: 1, wall: 2, wallQuality: 'synchronised' }, samples: [{ channel: 0, time: [1, 2], value: [3, 4], ...samples }] })
  it.each([
    ['no JSON', 'x', /^line 9 is not JSON/],
    ['a list', '[]', /^line 9 is not a JSON object/],
    ['no time', '{}', /^line 9: "now"/],
    ['a station time that no station reaches', '{"now":{"at":1e300,"wall":2,"wallQuality":"synchronised"}}', /^line 9: "now"/],
    ['a wall time that no calendar has', '{"now":{"at":1,"wall":-1e18,"wallQuality":"synchronised"}}', /^line 9: "now"/],
    [
      'a trouble that no bus has',
      '{"now":{"at":1,"wall":2,"wallQuality":"synchronised"},"links":[{"link":"slope","up":true,"detail":"","trouble":"rust"}]}',
      /^line 9: "links"/,
    ],
    ['a link that is no link', '{"now":{"at":1,"wall":2,"wallQuality":"synchronised"},"links":[{}]}', /^line 9: "links"/],
    ['a channel that is none', line({ channel: -1 }), /^line 9: "samples"/],
    ['a channel that the header lacks', line({ channel: 2 }), /channel 2; the header names 2/],
    ['fewer values than times', line({ value: [3] }), /not equally long/],
    ['a word for a value', line({ value: [3, 'four'] }), /no number/],
    ['a row without a time', line({ time: [1, null] }), /no time/],
    ['a run that lies outside', line({ not: [[1, 2, 9, 'timeout']] }), /outside/],
    ['a quality that is none', line({ not: [[0, 1, 5, 'timeout']] }), /no quality/],
    ['a reason of a later version', line({ not: [[0, 1, 9, 'hailstorm']] }), /"hailstorm" is no reason/],
  ])('refuses %s', (_, text, fault) => {
    expect(readRecordingLine(text, 9, 2)).toMatch(fault)
  })

  it.each([
    ['an input', '{"now":{"at":1}}', /lacks "recording": 1/],
    ['another version', JSON.stringify({ ...JSON.parse(writeRecordingHeader(header)), recording: 2 }), /lacks "recording": 1/],
    ['a header without channels', JSON.stringify({ ...JSON.parse(writeRecordingHeader(header)), channels: ['rain'] }), /has site, station/],
  ])('does not take %s for its first line', (_, text, fault) => {
    expect(readRecordingHeader(text)).toMatch(fault)
  })
})
