// Our buses against pymodbus, a slave that no one here wrote, on TCP and on a serial line.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { realBusClock } from '../../../devicejs/drivers/clock.ts'
import { openBus } from '../../../devicejs/drivers/modbus.ts'
import type { Block, Bus, Table, Wire } from '../../../protocol/ports.ts'
import { later, ptyPair, settings, stop } from '../serving.ts'

afterEach(stop)

const patientMs = 20_000

/** Starts pymodbus and gives its first line's words. */
async function pymodbus(how: 'tcp' | 'serial' | 'ascii' | 'ascii-tcp', where: string): Promise<string[]> {
  const script = join(import.meta.dirname, '..', 'pymodbus-slave.py')
  // Debian's own interpreter: its modules are not for another `python3` on the path.
  const slave = spawn('/usr/bin/python3', [script, how, where], { stdio: ['pipe', 'pipe', 'pipe'] })
  const gone = new Promise((resolve) => slave.once('close', resolve))
  later(async () => {
    slave.kill()
    await gone
  })
  let said = ''
  slave.stderr.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  for await (const line of createInterface(slave.stdout)) return line.split(' ')
  throw new Error(`pymodbus did not start: ${said}`)
}

const wires: Record<string, () => Promise<Wire & { speaks?: 'ascii' }>> = {
  'Modbus TCP': async () => ({ how: 'tcp', host: '127.0.0.1', port: Number((await pymodbus('tcp', ''))[1]) }),
  'RTU on a serial line': async () => {
    const { ends } = await ptyPair()
    await pymodbus('serial', ends[1])
    return { how: 'serial', path: ends[0] }
  },
  'ASCII on a serial line': async () => {
    const { ends } = await ptyPair()
    await pymodbus('ascii', ends[1])
    return { how: 'serial', path: ends[0], speaks: 'ascii' }
  },
  'ASCII through a serial server': async () => ({
    how: 'rtu-over-tcp',
    host: '127.0.0.1',
    port: Number((await pymodbus('ascii-tcp', ''))[1]),
    speaks: 'ascii',
  }),
}

const block = (unit: number, table: Table, address: number, count: number): Block => ({ unit, table, address, count })

describe.each(Object.entries(wires))('pymodbus on %s', (_, serve) => {
  async function open(): Promise<Bus> {
    const { speaks = 'rtu', ...wire } = await serve()
    const bus = openBus({ name: 'other', wire, ...settings, speaks, quietMs: 150 }, realBusClock())
    later(() => bus.close())
    return bus
  }

  it('is read, written and read back, in every table', async () => {
    const bus = await open()
    const words = (unit: number, address: number, count: number) => Uint16Array.from({ length: count }, (_, i) => unit * 1000 + address + i)
    const bits = (address: number, count: number) => Uint16Array.from({ length: count }, (_, i) => Number((address + i) % 3 === 0))
    for (const unit of [1, 17]) {
      for (const table of ['holding', 'input'] as const) {
        expect(await bus.read(block(unit, table, 0, 1), patientMs)).toMatchObject({ ok: true, words: words(unit, 0, 1) })
        expect(await bus.read(block(unit, table, 300, 125), patientMs)).toMatchObject({ ok: true, words: words(unit, 300, 125) })
      }
      for (const table of ['coil', 'discrete'] as const) {
        expect(await bus.read(block(unit, table, 4, 13), patientMs)).toMatchObject({ ok: true, words: bits(4, 13) })
        expect(await bus.read(block(unit, table, 0, 2000), patientMs)).toMatchObject({ ok: true, words: bits(0, 2000) })
      }
    }
    const writes: [Table, number, number[]][] = [
      ['coil', 1, [1]],
      ['coil', 10, [1, 1, 0, 1, 0, 0, 0, 1, 1]],
      ['holding', 2, [0xbeef]],
      ['holding', 20, [1, 2, 3]],
    ]
    for (const [table, address, values] of writes) {
      const place = block(17, table, address, values.length)
      expect(await bus.write(place, Uint16Array.from(values), patientMs)).toMatchObject({ ok: true })
      expect(await bus.read(place, patientMs)).toMatchObject({ ok: true, words: Uint16Array.from(values) })
    }
    expect(await bus.read(block(1, 'holding', 20, 3), patientMs)).toMatchObject({ ok: true, words: words(1, 20, 3) })
    expect(bus.health()).toMatchObject({ open: true, faults: {}, late: 0, trouble: '' })
  })

  it('refuses as the standard says, and is asked on', async () => {
    const bus = await open()
    expect(await bus.read(block(1, 'holding', 2499, 2), patientMs)).toMatchObject({ ok: false, fault: 'exception', code: 2 })
    expect((await bus.read(block(99, 'holding', 0, 1), 200)).ok).toBe(false)
    expect(await bus.read(block(1, 'holding', 5, 1), patientMs)).toMatchObject({ ok: true, words: Uint16Array.of(1005) })
  })
})
