// The fence of the house: what may lie where, who may import whom, and which words are not used. The rules are the tables here.

import { existsSync } from 'node:fs'
import { join, matchesGlob } from 'node:path'
import { describe, expect, it } from 'vitest'
import { thresholds } from '../vitest.config.ts'
import {
  blank,
  callFaults,
  circleFaults,
  exportedNames,
  type File,
  importFaults,
  importsOf,
  isSource,
  libraryFaults,
  nameFaults,
  type Room,
  readTree,
} from './setup/house.ts'

const root = join(import.meta.dirname, '..')
const tree = readTree(root)
const floors = ['protocol', 'devicejs', 'gateway', 'sim']
const sources = tree.filter(({ path }) => isSource(path))
const house = sources.filter(({ path }) => floors.includes(path.split('/')[0]!))

/** Four floors: sim stands on gateway, that on devicejs, that on protocol. A room may always import itself. */
const protocol = ['protocol', 'protocol/version', 'protocol/encodings', 'protocol/contract']
const files = ['protocol/files']
const devicejs = ['devicejs']
/** Reads the profiles from the disk; what decodes and polls is given them. */
const shelf = ['devicejs/shelf']
const clock = ['devicejs/drivers/clock']
const drivers = ['devicejs/drivers', ...clock]
const station = [
  'gateway',
  'gateway/core',
  'gateway/stages',
  'gateway/site',
  'gateway/journal',
  'gateway/upstream',
  'gateway/control',
  'gateway/field',
  'gateway/commands',
]
const sim = ['sim', 'sim/world', 'sim/recorded', 'sim/scenarios', 'sim/serve', 'sim/demo']

const rooms: Record<string, Room> = {
  protocol: { may: [] },
  'protocol/version': { may: ['package'] },
  'protocol/encodings': { may: ['protocol'] },
  'protocol/contract': { may: ['protocol', 'protocol/encodings'] },
  'protocol/files': { may: ['protocol'] },
  devicejs: { may: [...protocol, ...files] },
  'devicejs/shelf': { may: [...protocol, ...files, ...devicejs], node: true },
  'devicejs/drivers': { may: [...protocol, ...devicejs, ...clock], node: true },
  'devicejs/drivers/clock': { may: protocol, node: true },
  'gateway/core': { may: protocol, types: ['protocol/files/schema'] },
  'gateway/stages': {
    may: [...protocol, 'protocol/files/schema', 'gateway/core/calendar', 'gateway/core/ring', 'gateway/core/window', 'gateway/core/stage', 'gateway/core/kind'],
  },
  'gateway/site': {
    may: [
      ...protocol,
      ...files,
      'gateway/stages',
      'gateway/core/ring',
      'gateway/core/kind',
      'gateway/core/stage',
      'gateway/core/alarm/condition',
      'gateway/core/plan',
      'devicejs/outputs/drive',
      'devicejs/outputs/recordings',
      'devicejs/outputs/rounds',
      'devicejs/profile',
      'devicejs/poll/demand',
    ],
  },
  'gateway/journal': { may: protocol, node: true },
  'gateway/upstream': { may: [...protocol, 'gateway/journal'], node: true },
  'gateway/control': { may: protocol, node: true },
  'gateway/field': { may: [...protocol, ...devicejs, ...drivers, 'gateway/journal', 'gateway/upstream'], types: ['gateway/site/site'] },
  gateway: { may: [...protocol, ...files, ...devicejs, ...shelf, ...drivers, ...station], node: true },
  sim: { may: [...protocol, ...files, ...devicejs, ...shelf, ...clock, ...station, ...sim], node: true },
  'sim/world': { may: [...protocol, ...files, ...devicejs, ...shelf, ...clock, ...station, ...sim] },
  'sim/serve': { may: [...protocol, ...files, ...devicejs, ...shelf, ...drivers, ...station, ...sim], node: true },
  'sim/demo': { may: [...protocol, ...files, ...devicejs, ...shelf, ...drivers, ...station, ...sim], node: true },
}

/** Each library has one home, so that another can take its place. */
const libraries: Record<string, string[]> = {
  valibot: ['protocol/files/schema.ts'],
  '@valibot/to-json-schema': ['protocol/files/schema.ts'],
  yaml: ['protocol/files/yaml.ts'],
  'modbus-serial': ['devicejs/drivers/modbus.ts'],
  serialport: ['devicejs/drivers/serial.ts'],
  '@serialport/bindings-cpp': ['devicejs/drivers/serial.ts'],
  mqtt: ['gateway/upstream/mqtt.ts'],
  commander: ['gateway/main.ts', 'sim/main.ts'], // two programs, two command lines
  aedes: ['sim/demo/broker.ts'],
  'node:sqlite': ['gateway/journal/sqlite.ts'],
}

/** Time and chance are asked for, never fetched from the air. */
const banned = [
  { call: /\bDate\.now\b/, instead: 'take the time as an argument', except: ['devicejs/drivers/clock.ts'] },
  { call: /\bnew Date\(\s*\)/, instead: 'take the time as an argument', except: ['devicejs/drivers/clock.ts'] },
  { call: /\bperformance\.now\b/, instead: 'take the time as an argument', except: ['devicejs/drivers/clock.ts'] },
  { call: /\bset(Timeout|Interval)\b/, instead: 'wait through a Clock or BusClock', except: ['devicejs/drivers/clock.ts'] },
  { call: /\bMath\.random\b/, instead: 'draw from a seed', except: [] },
]

const notOurWords = [
  'sensor',
  'sensors',
  'event',
  'events',
  'data',
  'info',
  'manager',
  'handler',
  'handlers',
  'service',
  'services',
  'util',
  'utils',
  'helper',
  'helpers',
]

const top = [
  ...floors,
  'test',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'README.md',
  'README.zh-CN.md',
  'LICENSE',
  'CAMPAIGN.md',
  'biome.json',
  'knip.json',
  'vitest.config.ts',
]

/** Folders of one machine, and hosts of package registries; put together here so that this file does not hold them. */
const machine = ['/work/', '/root/', '//registry.'].map((words) => ({ words, seen: new RegExp(`(^|[^\\w.])${words}`) }))

describe('the house', () => {
  it('has nothing at its top but the rooms and the tools’ own files', () => {
    const seen = new Set(tree.map(({ path }) => path.split('/')[0]!))
    expect([...seen].filter((name) => !name.startsWith('.') && !top.includes(name))).toEqual([])
  })

  it('asks tests to have been through files that are there', () => {
    const named = Object.keys(thresholds).filter((name) => name.includes('/'))
    expect(named.filter((glob) => !house.some(({ path }) => matchesGlob(path, glob)))).toEqual([])
  })

  it('has a README in each top folder', () => {
    expect([...floors, 'test'].filter((folder) => !existsSync(join(root, folder, 'README.md')))).toEqual([])
  })

  it('lets imports run down only', () => {
    expect(importFaults(house, rooms)).toEqual([])
  })

  it('has no circle of imports', () => {
    expect(circleFaults(sources)).toEqual([])
  })

  it('imports each library in its one home', () => {
    expect(libraryFaults(house, libraries)).toEqual([])
  })

  it('fetches neither time nor chance from the air', () => {
    expect(callFaults(house, banned)).toEqual([])
    expect(callFaults(sources, banned.slice(-1))).toEqual([])
  })

  it('speaks the words of the glossary in paths and exports', () => {
    expect(nameFaults(house, notOurWords)).toEqual([])
  })

  it('opens each source file with a sentence that says its job (a test has its name for that)', () => {
    expect(
      sources.filter(({ path, text }) => !path.endsWith('.test.ts') && !/^(#!.*\n)?(\/\/ \S|\/\*\*?\s+(\* )?\S)/.test(text)).map(({ path }) => path),
    ).toEqual([])
  })

  it('names no folder of one machine and no host of a registry', () => {
    const faults = tree.flatMap(({ path, text }) => machine.filter(({ seen }) => seen.test(text)).map(({ words }) => `${path} names ${words}`))
    expect(faults.filter((fault) => !fault.startsWith('test/house.test.ts'))).toEqual([])
  })
})

describe('the fence itself', () => {
  const file = (path: string, text: string): File => ({ path, text })

  it.each([
    ['a room that reaches up', file('protocol/time.ts', "import { run } from '../gateway/station.ts'"), /imports gateway\/station/],
    ['a type that reaches up', file('devicejs/poll/poll.ts', "import type { Site } from '../../gateway/site/site.ts'"), /imports gateway\/site\/site \(type\)/],
    ['a re-export that reaches up', file('devicejs/poll/poll.ts', "export * from '../../sim/world/chance.ts'"), /imports sim\/world\/chance/],
    ['an import inside a function', file('gateway/core/scan.ts', "const load = () => import('../station.ts')"), /imports gateway\/station/],
    ['a worker that reaches up', file('gateway/journal/journal.ts', "new Worker(new URL('../station.ts', import.meta.url))"), /imports gateway\/station/],
    ['an import over several lines', file('protocol/time.ts', "import {\n  a,\n  type B,\n} from '../devicejs/poll/poll.ts'"), /imports devicejs\/poll/],
    ['the disk in the core', file('gateway/core/ring.ts', "import { readFileSync } from 'node:fs'"), /imports node:fs/],
    ['the disk by its short name', file('gateway/core/ring.ts', "import { readFileSync } from 'fs'"), /imports fs/],
    ['a driver in the world', file('sim/world/storm.ts', "import { openBus } from '../../devicejs/drivers/modbus.ts'"), /imports devicejs\/drivers\/modbus/],
    [
      'a value where only a type may come',
      file('gateway/core/kind.ts', "import { text } from '../../protocol/files/schema.ts'"),
      /imports protocol\/files\/schema/,
    ],
    ['a stage that knows the scan', file('gateway/stages/detect/trend.ts', "import { scan } from '../../core/scan.ts'"), /imports gateway\/core\/scan/],
    ['a file in no room', file('elsewhere/a.ts', ''), /lies in no room/],
  ])('catches %s', (_, bad, fault) => {
    expect(importFaults([bad], rooms)).toEqual([expect.stringMatching(fault)])
  })

  it.each([
    file('sim/main.ts', "import { openStation } from '../gateway/station.ts'"),
    file('devicejs/drivers/serial.ts', "import { readdir } from 'node:fs/promises'\nimport type { BytePort } from '../../protocol/ports.ts'"),
    file('gateway/core/kind.ts', "import type { Schema } from '../../protocol/files/schema.ts'"),
    file('protocol/time.ts', "// import { run } from '../gateway/station.ts'"),
  ])('lets good imports pass ($path)', (good) => {
    expect(importFaults([good], rooms)).toEqual([])
  })

  it('catches a circle, of types too', () => {
    const circle = [
      file('protocol/a.ts', "import './b.ts'"),
      file('protocol/b.ts', "import { type C } from './c.ts'"),
      file('protocol/c.ts', "export { a } from './a.ts'"),
    ]
    expect(circleFaults(circle)).toEqual(['protocol/a -> protocol/b -> protocol/c -> protocol/a is a circle'])
    expect(circleFaults([file('protocol/a.ts', "import { b } from './b.ts'"), file('protocol/b.ts', "import type { A } from './a.ts'")])).toHaveLength(1)
  })

  it('catches a library away from its home, an unknown one, and a deep path of one', () => {
    const bad = [
      file('gateway/station.ts', "import mqtt from 'mqtt'\nimport x from 'left-pad'\nimport y from '@scope/name/deep.js'"),
      file('sim/main.ts', "import { DatabaseSync } from 'node:sqlite'"),
    ]
    expect(libraryFaults(bad, libraries)).toHaveLength(4)
    expect(libraryFaults([file('gateway/upstream/mqtt.ts', "import mqtt from 'mqtt'")], libraries)).toEqual([])
  })

  it.each([
    'Date.now()',
    'new Date()',
    'new Date( )',
    'performance.now()',
    'setTimeout(go, 5)',
    'globalThis.setInterval(go)',
    'const { random } = Math, x = Math.random',
    '`${Date.now()}`',
  ])('catches %s', (code) => {
    expect(callFaults([file('gateway/core/scan.ts', code)], banned)).toHaveLength(1)
  })

  it.each([
    'new Date(at)',
    '// Date.now()',
    '/* setTimeout */',
    "'Math.random'",
    '`Date.now ${x} new Date()`',
    '/[/"]new Date()/.test(x)',
    'a / b // setTimeout / c',
  ])('lets %s pass', (code) => {
    expect(callFaults([file('gateway/core/scan.ts', code)], banned)).toEqual([])
  })

  it('catches words that are not of the glossary, in paths and in exports', () => {
    const bad = [
      file('gateway/event-bus.ts', ''),
      file('devicejs/poll/poll.ts', 'export class DataManager {}\nexport const tiltSensor = 1, x = 2\nconst a = 1\nexport { a as pollInfo }'),
    ]
    expect(nameFaults(bad, notOurWords)).toHaveLength(4)
    expect(nameFaults([file('gateway/core/eventful.ts', 'export const database = 1 // export const info')], notOurWords)).toEqual([])
  })

  it('sees through comments, strings, templates and regular expressions', () => {
    expect(blank("a // b\nc /* d */ e 'f // g'", false)).toBe("a     \nc         e 'f // g'")
    expect(blank('x = `a${ `b${1}` }c` + d', true)).toBe('x = ` ${ ` ${1}` } ` + d')
    expect(exportedNames('export async function* go() {}\nexport type { A, B as C }\nexport abstract class D {}')).toEqual(['go', 'D', 'A', 'C'])
    expect(
      importsOf(file('protocol/a.ts', "import a, { b } from './b.ts'\nimport * as c from \"./c.ts\"\nimport type D from './d.ts'\nimport './e.ts'")).map(
        ({ target, typeOnly }) => [target, typeOnly],
      ),
    ).toEqual([
      ['protocol/b', false],
      ['protocol/c', false],
      ['protocol/d', true],
      ['protocol/e', false],
    ])
  })
})
