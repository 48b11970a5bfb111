/** The words in which our files are declared: what each takes, what it refuses, and how it says so. */
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import {
  about,
  check,
  chosen,
  duration,
  durationText,
  either,
  flag,
  id,
  jsonSchema,
  lazy,
  levels,
  list,
  named,
  number,
  oneKind,
  oneOf,
  optional,
  pattern,
  percent,
  quantity,
  rate,
  refine,
  type Schema,
  shape,
  table,
  text,
  turn,
  whole,
} from '../../../protocol/files/schema.ts'
import { readYaml } from '../../../protocol/files/yaml.ts'

/** What `x` reads as, or every fault as "place: what = remedy". */
function read(schema: Schema<unknown>, written: string): unknown {
  const result = check(shape({ x: schema }), readYaml(`x: ${written}`, 'a.yaml'))
  if ('value' in result) return result.value.x
  return result.faults.map(({ at, what, remedy }) => `${at}: ${what} = ${remedy}`)
}

const spikes = { name: 'spike', about: 'Spikes.', options: shape({ fail: optional(number()), suspect: optional(number()) }) }
const flats = { name: 'flat', about: 'Flat lines.', options: shape({ after: duration() }) }

describe.each<[string, Schema<unknown>, [written: string, value: unknown][]]>([
  [
    'text',
    text(),
    [
      ['abc', 'abc'],
      ['"12"', '12'],
    ],
  ],
  [
    'id',
    id(),
    [
      ['rain-1h', 'rain-1h'],
      ['a'.repeat(40), 'a'.repeat(40)],
    ],
  ],
  [
    'flag',
    flag(),
    [
      ['on', true],
      ['off', false],
      ['yes', true],
      ['no', false],
      ['true', true],
      ['false', false],
    ],
  ],
  [
    'number',
    number({ least: 0, most: 9 }),
    [
      ['0', 0],
      ['9', 9],
      ['1e-3', 0.001],
    ],
  ],
  [
    'whole',
    whole(),
    [
      ['0x10', 16],
      ['-3', -3],
    ],
  ],
  ['oneOf', oneOf(['above', 'below']), [['above', 'above']]],
  ['oneOf of numbers', oneOf([7, 8]), [['8', 8]]],
  [
    'duration',
    duration(),
    [
      ['250ms', 250],
      ['10s', 10_000],
      ['5min', 300_000],
      ['1h', 3_600_000],
      ['3d', 259_200_000],
      ['1.5 h', 5_400_000],
      ['0s', 0],
    ],
  ],
  [
    'percent',
    percent(),
    [
      ['80%', 0.8],
      ['0%', 0],
      ['99.5 %', 0.995],
    ],
  ],
  [
    'rate',
    rate(),
    [
      ['0.01/h', { value: 0.01, per: 3_600_000 }],
      ['-3/d', { value: -3, per: 86_400_000 }],
      ['5 / 10min', { value: 5, per: 600_000 }],
    ],
  ],
  [
    'quantity',
    quantity(),
    [
      ['0.2 mm', { value: 0.2, unit: 'mm' }],
      ['-1.5e-3 mg/m3', { value: -0.0015, unit: 'mg/m3' }],
      ['0.01in', { value: 0.01, unit: 'in' }],
    ],
  ],
  ['list', list(number(), { least: 1 }), [['[1, 2]', [1, 2]]]],
  ['table', table(number()), [['{ a: 1, b-2: 2 }', { a: 1, 'b-2': 2 }]]],
  [
    'levels',
    levels(number()),
    [
      ['{ red: 3 }', { red: 3 }],
      ['{ blue: 1, yellow: 2 }', { blue: 1, yellow: 2 }],
    ],
  ],
  [
    'optional with a default',
    shape({ a: optional(duration(), '10s') }),
    [
      ['{}', { a: 10_000 }],
      ['{ a: 1s }', { a: 1000 }],
    ],
  ],
  [
    'either',
    either(id(), list(id())),
    [
      ['a', 'a'],
      ['[a, b]', ['a', 'b']],
    ],
  ],
  ['lazy', lazy(() => list(number())), [['[1]', [1]]]],
  ['turn', turn(number(), (value) => -value), [['1', -1]]],
  [
    'named',
    named('kind', [spikes, flats], { on: id() }),
    [
      ['{ kind: flat, on: a, after: 1s }', { kind: 'flat', on: 'a', options: { after: 1000 } }],
      ['{ kind: spike, on: a }', { kind: 'spike', on: 'a', options: {} }],
    ],
  ],
  ['oneKind', oneKind([spikes, flats]), [['{ spike: { fail: 1 } }', { kind: 'spike', options: { fail: 1 } }]]],
])('%s takes', (_, schema, cases) => {
  it.each(cases)('%s', (written, value) => {
    expect(read(schema, written)).toEqual(value)
  })
})

describe.each<[string, Schema<unknown>, [written: string, ...faults: string[]][]]>([
  [
    'text',
    text({ most: 5 }),
    [
      ['12', 'x: 12 is no text = write it in quotes: "12"'],
      ['""', 'x: this text is empty = write it out, or leave the key out'],
      ['abcdef', 'x: this text is longer than 5 = shorten it'],
      ['', 'x: nothing is no text = write it in quotes: "..."'],
    ],
  ],
  [
    'id',
    id(),
    [
      ['Rain', 'x: "Rain" is no name = a name has 1 to 40 of a-z, 0-9 and -'],
      ['a'.repeat(41), `x: "${'a'.repeat(41)}" is no name = a name has 1 to 40 of a-z, 0-9 and -`],
    ],
  ],
  ['pattern', pattern(/^a+$/, 'a row of a', 'aaa'), [['b', 'x: "b" is not a row of a = such as aaa']]],
  [
    'flag',
    flag(),
    [
      ['maybe', 'x: "maybe" is neither on nor off = write on or off (or yes, no, true, false)'],
      ['1', 'x: 1 is neither on nor off = write on or off (or yes, no, true, false)'],
    ],
  ],
  [
    'number',
    number({ least: 0, most: 9 }),
    [
      ['10', 'x: 10 is out of bounds = allowed: from 0 to 9'],
      ['"3"', 'x: "3" is no number = write a plain number, without quotes or unit'],
      ['3mm', 'x: "3mm" is no number = write a plain number, without quotes or unit'],
      ['.nan', 'x: NaN is no number = write a number'],
      ['.inf', 'x: this is no finite number = write a number', 'x: Infinity is out of bounds = allowed: from 0 to 9'],
    ],
  ],
  ['number with one bound', number({ least: 1 }), [['0', 'x: 0 is out of bounds = allowed: at least 1']]],
  [
    'whole',
    whole({ most: 5 }),
    [
      ['1.5', 'x: 1.5 is no whole number = write a whole number'],
      ['6', 'x: 6 is out of bounds = allowed: at most 5'],
    ],
  ],
  [
    'oneOf',
    oneOf(['above', 'below']),
    [
      ['abov', 'x: "abov" is not allowed here = did you mean `above`? allowed: above, below'],
      ['3', 'x: 3 is not allowed here = allowed: above, below'],
    ],
  ],
  [
    'duration',
    duration({ least: 1000, most: 3_600_000 }),
    [
      ['10', 'x: 10 has no unit = write 10ms, 10s, 10min, 10h or 10d'],
      ['5m', 'x: "5m" is no duration = for minutes write 5min'],
      ['-5s', 'x: "-5s" is no duration = write a number and one of ms, s, min, h, d: 10s'],
      ['2h', 'x: this duration is out of bounds = allowed: from 1s to 1h'],
      ['10ms', 'x: this duration is out of bounds = allowed: from 1s to 1h'],
    ],
  ],
  [
    'percent',
    percent(),
    [
      ['0.8', 'x: 0.8 has no % = write 80%'],
      ['80', 'x: 80 has no % = write 80%'],
      ['101%', 'x: this percentage is out of bounds = allowed: from 0% to 100%'],
      ['most', 'x: "most" is no percentage = write a number and %: 80%'],
    ],
  ],
  [
    'rate',
    rate(),
    [
      ['0.01', 'x: 0.01 is no rate = write a number, a slash and one of s, min, h, d: 0.01/h'],
      ['1/0h', 'x: a rate per no time at all = such as 0.01/h'],
      ['1e999/h', 'x: this is no finite number = write a smaller one'],
      [`1/${'9'.repeat(400)}h`, 'x: a rate per more than a year = such as 0.01/h'],
      ['1/y', 'x: "1/y" is no rate = write a number, a slash and one of s, min, h, d: 0.01/h'],
    ],
  ],
  [
    'quantity',
    quantity(),
    [
      ['0.2', 'x: 0.2 has no unit = write 0.2 and its unit: 0.2 mm'],
      ['mm', 'x: "mm" is no quantity = write a number and its unit: 0.2 mm'],
      ['1e999 mm', 'x: this is no finite number = write a smaller one'],
    ],
  ],
  [
    'list',
    list(number(), { least: 2, most: 3 }),
    [
      ['[1]', 'x: this list has 1 entry = allowed: from 2 to 3'],
      ['7', 'x: 7 is no list = write it in brackets: [7]'],
      ['[1, b]', 'x[1]: "b" is no number = write a number'],
    ],
  ],
  [
    'table',
    table(number()),
    [
      ['{ A: 1 }', 'x.A: "A" is no name = a name has 1 to 40 of a-z, 0-9 and -'],
      ['{ constructor: 1 }', 'x.constructor: `constructor` cannot be a name = choose another'],
      ['[1]', 'x: a list stands where a table of names must = write it as `name: ...`, one a line'],
      ['', 'x: nothing stands where a table of names must = write it as `name: ...`, one a line'],
    ],
  ],
  [
    'shape',
    shape({ every: optional(number()), over: number() }),
    [
      [
        '{ evry: 1, ovr: 2, zz: 3 }',
        'x.over: `over` is missing = add `over: ...`',
        'x.evry: unknown key `evry` = did you mean `every`? known: every, over',
        'x.ovr: unknown key `ovr` = did you mean `over`? known: every, over',
        'x.zz: unknown key `zz` = known: every, over',
      ],
      ['{ over: 1, __proto__: 2 }', 'x.__proto__: unknown key `__proto__` = known: every, over'],
      ['7', 'x: 7 stands where a table of keys must = write it as `key: value`, indented or in { }'],
      ['[1]', 'x: a list stands where a table of keys must = write it as `key: value`, indented or in { }'],
    ],
  ],
  [
    'levels',
    levels(number()),
    [
      ['{}', 'x: no colour is given = give at least one of blue, yellow, orange, red'],
      ['{ yelow: 1 }', 'x.yelow: unknown key `yelow` = did you mean `yellow`? known: blue, yellow, orange, red'],
    ],
  ],
  [
    'either',
    either(id(), shape({ a: number(), b: number() })),
    [
      ['{ a: 1, b: c }', 'x.b: "c" is no number = write a number'],
      ['[1]', 'x: a list is none of the forms allowed here = a name has 1 to 40 of a-z, 0-9 and -; or write it as `key: value`, indented or in { }'],
    ],
  ],
  [
    'chosen',
    chosen((value) => ('b' in value ? 1 : 0), shape({ a: number() }), shape({ b: number() })),
    [
      ['{ b: x }', 'x.b: "x" is no number = write a number'],
      ['{}', 'x.a: `a` is missing = add `a: ...`'],
      ['3', 'x: 3 stands where a table of keys must = write it as `key: value`, indented or in { }'],
    ],
  ],
  [
    'named',
    named('kind', [spikes, flats], { on: id() }),
    [
      ['{ kind: flt, on: a, after: 1s }', 'x.kind: "flt" is not allowed here = did you mean `flat`? allowed: spike, flat'],
      ['{ on: a }', 'x.kind: `kind` is missing = add `kind: ...`'],
      [
        '{ kind: flat, onn: a, aftr: 1s }',
        'x.on: `on` is missing = add `on: ...`',
        'x.after: `after` is missing = add `after: ...`',
        'x.onn: flat has no key `onn` = did you mean `on`? known: on, after',
        'x.aftr: flat has no key `aftr` = did you mean `after`? known: on, after',
      ],
      ['flat', 'x: "flat" stands where a table of keys must = write it as `key: value`, indented or in { }'],
    ],
  ],
  [
    'oneKind',
    oneKind([spikes, flats]),
    [
      ['{ spike: {}, flat: { after: 1s } }', 'x: exactly one kind must stand here = write `- kind: { ... }`; kinds: spike, flat'],
      ['{ spik: {} }', 'x.spik: unknown key `spik` = did you mean `spike`? known: spike, flat'],
    ],
  ],
  ['refine', refine(number(), (value) => (value === 13 ? 'thirteen\nchoose another' : null)), [['13', 'x: thirteen = choose another']]],
])('%s refuses', (_, schema, cases) => {
  it.each(cases)('%s', (written, ...faults) => {
    expect(read(schema, written)).toEqual(faults)
  })
})

describe('a check', () => {
  const schema = shape({ name: text(), at: levels(number()), every: optional(duration(), '10s') })

  it('tells all faults at once, in the order of the file, each at its own place', () => {
    const result = check(schema, readYaml('at: { yelow: 3 }\nname: 3\nevery: 10\nevry: 1s\n', 'a.yaml'))
    expect('faults' in result && result.faults.map(({ line, column, at }) => `${line}:${column} ${at}`)).toEqual([
      '1:7 at.yelow',
      '2:7 name',
      '3:8 every',
      '4:1 evry',
    ])
  })

  it('of a file that is no YAML tells that only', () => {
    const result = check(schema, readYaml('name: [\n', 'a.yaml'))
    expect('faults' in result && result.faults.every(({ at }) => at === '')).toBe(true)
  })

  it('of an empty file asks for a table', () => {
    const result = check(schema, readYaml('', 'a.yaml'))
    expect('faults' in result && result.faults).toMatchObject([{ line: 1, column: 1, what: 'nothing stands where a table of keys must' }])
  })
})

describe('the JSON Schema for editors', () => {
  const schema = shape({
    name: about(text(), 'What people call it.'),
    every: optional(duration(), '10s'),
    safe: optional(flag()),
    at: levels(rate()),
    list: optional(list(either(number(), id()), { most: 2 })),
    tests: optional(list(oneKind([spikes, flats]))),
    stages: optional(table(named('kind', [spikes, flats], { on: id() }))),
  })
  const json = jsonSchema(schema)
  const valid = new Ajv({ strict: false }).compile(json)

  it('carries what each key is for, and its default', () => {
    expect(json).toMatchObject({ properties: { name: { description: 'What people call it.' }, every: { default: '10s' } }, required: ['name', 'at'] })
  })

  it.each([
    ['name: a\nat: { red: 1/h }\nevery: 3s\nsafe: off\nlist: [1, b]\ntests: [{ spike: { fail: 1 } }]\nstages: { s: { kind: flat, on: a, after: 1s } }', true],
    ['name: a\nat: {}', false],
    ['name: a\nat: { red: 1 }', false],
    ['name: a\nat: { red: 1/h }\nevery: 3', false],
    ['name: a\nat: { red: 1/h }\nother: 3', false],
    ['name: a\nat: { red: 1/h }\ntests: [{ spike: {}, flat: { after: 1s } }]', false],
    ['name: a\nat: { red: 1/h }\nstages: { s: { kind: flat, on: a, fail: 1 } }', false],
  ])('agrees with the check on %j', (written, good) => {
    const file = readYaml(written, 'a.yaml')
    expect(valid(file.value)).toBe(good)
    expect('value' in check(schema, file)).toBe(good)
  })
})

it.each([
  [0, '0s'],
  [250, '250ms'],
  [1500, '1500ms'],
  [90_000, '90s'],
  [3_600_000, '1h'],
  [259_200_000, '3d'],
])('%d ms is written as %s', (value, written) => {
  expect(durationText(value)).toBe(written)
})
