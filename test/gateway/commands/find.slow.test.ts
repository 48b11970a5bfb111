/** `hazardpoint find` on real lines: pseudo-terminals, RTU through TCP, Modbus TCP. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { emptyImage, encodeProfile } from '../../../devicejs/encode.ts'
import { findProfile } from '../../../devicejs/shelf.ts'
import { makeSlave, type RegisterMap, rtuStream, type Slave } from '../../../devicejs/slave.ts'
import { cellsOf } from '../../../gateway/cells.ts'
import { type FindOptions, findCommand } from '../../../gateway/commands/find.ts'
import { checkSite } from '../../../gateway/site/check.ts'
import { formatFaults } from '../../../protocol/files/fault.ts'
import { later, listen, openEnd, ptyPair, serveLine, serveRtuOverTcp, serveTcp, stop } from '../../devicejs/serving.ts'

afterEach(stop)

function profile(name: string) {
  const read = findProfile(name, 'x')
  if ('faults' in read) throw new Error(formatFaults(read.faults))
  return read.profile
}

/** An instrument of the shelf: its registers, and no others. */
function instrument(name: string, values: Record<string, number>, more: { input?: [number, number][]; holding?: [number, number][] } = {}): RegisterMap {
  const image = emptyImage()
  encodeProfile(profile(name), new Map(Object.entries(values)), {}, image)
  for (const table of ['input', 'holding'] as const) for (const [address, word] of more[table] ?? []) image[table].set(address, word)
  return {
    read: (table, address, count) => {
      const words = Array.from({ length: count }, (_, at) => image[table].get(address + at))
      return words.every((word) => word !== undefined) ? Uint16Array.from(words as number[]) : 2
    },
    write: () => {
      throw new Error('it was written to')
    },
  }
}

const rain = instrument('xunchip/xm9505', { tips: 12 })
const tilt = instrument('balluff/bsi-r11a0', { tilt: 1.5, heat: 21.5 })
/** Its address was changed from 192, and it is known all the same. */
const known = instrument(
  'dfrobot/sen0575',
  { tips: 3, rain: 0.8382 },
  {
    input: [
      [0, 0xc0],
      [1, 0x3343],
    ],
  },
)
const three = () =>
  new Map([
    [1, rain],
    [3, tilt],
    [9, known],
  ])

/** The same slave, with every function code that it is asked. */
function recorded(slave: Slave): { slave: Slave; functions: Set<number> } {
  const functions = new Set<number>()
  return {
    functions,
    slave: {
      rtu: (frame) => {
        functions.add(frame[1] as number)
        return slave.rtu(frame)
      },
      tcp: (unit, pdu) => {
        functions.add(pdu[0] as number)
        return slave.tcp(unit, pdu)
      },
    },
  }
}

async function find(line: string, more: Partial<FindOptions> = {}, terminal: { isTTY?: boolean; columns?: number } = {}) {
  const said = { out: '', err: '' }
  const outlet = (name: 'out' | 'err') => ({
    ...terminal,
    write: (text: string) => {
      said[name] += text
    },
  })
  const options = { bauds: null, parities: null, units: [1, 2, 3, 9], timeoutMs: 100, all: false, json: false, ...more }
  const code = await findCommand(line, options, { out: outlet('out'), err: outlet('err'), stop: new AbortController().signal })
  return { code, ...said }
}

const siteOf = (lines: string) => checkSite(`site: { area: a, id: b, station: c }\n${lines}channels: {}\n`, 'found.yaml', { profiles: findProfile })

describe('hazardpoint find', () => {
  it('names the devices on a serial line, and has asked by functions 3 and 4 alone', async () => {
    const { slave, functions } = recorded(makeSlave(three()))
    const { path } = await serveLine(slave)
    const { code, out } = await find(path, { bauds: [115_200], parities: ['none'] })
    expect(code).toBe(0)
    expect(out).toMatch(/^3 devices on \S+ at 115200 8N1 \(\d+ requests, 1 setting\)/)
    expect(out).toMatch(/unit {3}3 {2}balluff\/bsi-r11a0 {2}a guess: tilt 1\.50 deg, heat 21\.50 degC/)
    expect(out).toMatch(/unit {3}9 {2}dfrobot\/sen0575 {2}by its identity registers: tips 0\.838 mm, rain 0\.8382 mm/)
    expect([...functions].sort()).toEqual([3, 4])
  })

  it.each([
    ['Modbus TCP', async (slave: Slave) => `127.0.0.1:${(await serveTcp(slave)).port}`],
    ['RTU through a serial server', async (slave: Slave) => `rtu://127.0.0.1:${(await serveRtuOverTcp(slave)).port}`],
  ])('finds them on %s too, where more units are silent in a row than the connection bears', async (_, serve) => {
    const { slave, functions } = recorded(makeSlave(three()))
    const { code, out, err } = await find(await serve(slave), { units: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], timeoutMs: 60 })
    expect({ code, devices: out.match(/^unit +\d+/gm) }, err).toEqual({ code: 0, devices: ['unit   1', 'unit   3', 'unit   9'] })
    expect([...functions].sort()).toEqual([3, 4])
  })

  it('proposes lines that the check takes, with no more to say than that nobody reads the devices yet', async () => {
    const { path } = await serveLine(makeSlave(three()))
    const { out } = await find(path, { bauds: [115_200], parities: ['none'] })
    const lines = out.split('# for the site file\n')[1] ?? ''
    expect(lines).toMatch(/sen0575-9: \{ profile: dfrobot\/sen0575, bus: line, unit: 9, set: \{ baud: 115200 \} \}$/m)
    const checked = siteOf(lines)
    if ('faults' in checked) throw new Error(formatFaults(checked.faults))
    expect(checked.site.devices.map(({ unit }) => unit)).toEqual([1, 3, 9])
    expect(checked.site.buses).toMatchObject([{ wire: { how: 'serial', path }, baud: 115_200, parity: 'none' }])
    expect(checked.warnings.map(({ what }) => what).filter((what) => !/^no channel reads this device|nobody is told/.test(what))).toEqual([])
  })

  it('says of a wrong speed that somebody is there, and finds the right one', async () => {
    const { ends } = await ptyPair()
    const own = openSync(ends[0], constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK)
    later(() => closeSync(own))
    const port = await openEnd(ends[1])
    const good = rtuStream(makeSlave(new Map([[3, tilt]])), (bytes) => port.write(bytes), performance.now.bind(performance))
    // A pseudo-terminal has no speed of its own, but it keeps the one that the finder has set: at another than its own the slave hears, and says, other bits.
    port.onBytes((bytes) => {
      const speed = spawnSync('stty', ['speed'], { stdio: [own, 'pipe', 'pipe'], encoding: 'utf8' }).stdout.trim()
      if (speed === '19200') good(bytes)
      else if (bytes[0] === 3) port.write(Uint8Array.of(0x80, 0xf8, 0x00, 0x7e, 0x80, 0xf8, 0x00, 0x66, 0x1e))
    })
    const { code, out, err } = await find(ends[0], { bauds: [9600, 19_200], parities: ['none'], units: [1, 3] })
    expect(code, err).toBe(0)
    expect(out).toMatch(/^1 device on \S+ at 19200 8N1 \(\d+ requests, 2 settings\)/)
    expect(err).toMatch(/unit 3 at 9600 8N1: garbled \(.*\): somebody is there, at another speed or parity, or two with one unit id/)
  })

  it('names nobody where nobody answers, says what to check, and ends with 1', async () => {
    const { path } = await serveLine(makeSlave(new Map()))
    const { code, out, err } = await find(path, { bauds: [9600], parities: ['none'], units: [1, 2] })
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/nobody answered on \S+ \(4 requests; 9600 8N1\)\nwhat to check:\n.*powered/)
    expect(err).toMatch(/A and B .* swapped/)
  })

  it('has no site-file line for what it does not know, but says how to look on', async () => {
    const odd: RegisterMap = { read: () => 1, write: () => 1 }
    const { port } = await serveTcp(makeSlave(new Map([[2, odd]])))
    const { code, out } = await find(`127.0.0.1:${port}`, { units: [1, 2] })
    expect(code).toBe(0)
    expect(out).toMatch(/unit {3}2 {2}it answers \(exception: illegal function \(1\)\); no profile of the shelf fits/)
    expect(out).toMatch(/devices: \{\}\n {2}# unit 2: .*hazardpoint peek 127\.0\.0\.1:\d+ 2 0; a board that only drives something\? such as/)
    expect('faults' in siteOf(out.split('# for the site file\n')[1] ?? '')).toBe(false)
  })

  it('shows on a terminal how far it is, in one line that is gone in the end', async () => {
    const { port } = await serveTcp(makeSlave(three()))
    const { err } = await find(`127.0.0.1:${port}`, {}, { isTTY: true, columns: 40 })
    const [first = '', second = '', ...others] = err.split('\r\u001b[K')
    expect([first, others.at(-1)]).toEqual(['', ''])
    expect(second).toMatch(/^asking unit 1; 0 found; at most \d+s/)
    expect(Math.max(...others.map(cellsOf))).toBeLessThan(40)
  })

  it('tells the same as JSON', async () => {
    const { port } = await serveTcp(makeSlave(three()))
    const { out } = await find(`127.0.0.1:${port}`, { json: true })
    const told = JSON.parse(out)
    expect(told.devices.map(({ unit, matches }: { unit: number; matches: { profile: string; certain: boolean }[] }) => [unit, matches[0]?.certain])).toEqual([
      [1, false],
      [3, false],
      [9, true],
    ])
    expect('faults' in siteOf(told.site)).toBe(false)
  })

  it.each([
    ['no line at all', 'ttyUSB0', /names no line: give a path/],
    ['a port that there is not', 'plc:70000', /there is no port 70000/],
    ['a line that is not there', '/dev/ttyNobody', /is not there/],
    ['a port on which nobody listens', '127.0.0.1:1', /refuses the connection; .* \(Modbus TCP has 502\)/],
    ['a port of a serial server on which nobody listens', 'rtu://127.0.0.1:1', /refuses the connection; .* which its settings give to the serial line$/m],
  ])('refuses %s in a sentence', async (_, line, sentence) => {
    const { code, out, err } = await find(line)
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(sentence)
  })

  it('refuses a baud rate where there is none to set', async () => {
    expect(await find('127.0.0.1:502', { bauds: [9600] })).toMatchObject({ code: 1, err: expect.stringMatching(/only a serial line has a baud rate/) })
  })

  it('ends at once on Ctrl-C, and prints what it has found', async () => {
    // Unit 1 answers and the others are silent, so that it has minutes to go.
    const slave = makeSlave(new Map([[1, rain]]))
    const { port } = await listen((socket) => {
      socket.on(
        'data',
        rtuStream(slave, (bytes) => socket.write(bytes), performance.now.bind(performance)),
      )
    })
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../../gateway/main.ts'), 'find', `rtu://127.0.0.1:${port}`, '--timeout', '20s'])
    later(() => child.kill('SIGKILL'))
    const said = { out: '', err: '' }
    child.stdout.on('data', (piece) => {
      said.out += piece
    })
    await new Promise<void>((resolve) =>
      child.stderr.on('data', (piece) => {
        said.err += piece
        if (/1 found/.test(said.err)) resolve()
      }),
    )
    child.kill('SIGINT')
    const [code] = await once(child, 'close')
    expect({ code, ...said }).toMatchObject({ code: 0, out: expect.stringMatching(/^1 device on .*; stopped before the end, there may be more\)/) })
  })
})
