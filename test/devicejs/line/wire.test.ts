// The whole of devicejs on real wires: profiles of the shelf, our slave with the registers of their twins, the acquire loop, an output.

import { afterEach, describe, expect, it } from 'vitest'
import { realBusClock, realClock } from '../../../devicejs/drivers/clock.ts'
import { openBus } from '../../../devicejs/drivers/modbus.ts'
import { emptyImage, encodeProfile, type RegisterImage } from '../../../devicejs/encode.ts'
import { makeOutput } from '../../../devicejs/output.ts'
import { runBus } from '../../../devicejs/poll/acquire.ts'
import { watchWrites } from '../../../devicejs/poll/writes.ts'
import { findProfile } from '../../../devicejs/shelf.ts'
import { makeSlave, type RegisterMap } from '../../../devicejs/slave.ts'
import type { Wire } from '../../../protocol/ports.ts'
import type { Samples } from '../../../protocol/samples.ts'
import { millis } from '../../../protocol/time.ts'
import { device, profileOf } from '../field.ts'
import { later, serveLine, serveRtuOverTcp, serveTcp, settings, stop } from '../serving.ts'

afterEach(stop)

const shelf = (name: string) => {
  const found = findProfile(name, 'site.yaml')
  if ('faults' in found) throw new Error(name)
  return found.profile
}

function mapOf(image: RegisterImage, onRead: () => void = () => {}): RegisterMap {
  return {
    read(table, address, count) {
      const words = Array.from({ length: count }, (_, at) => image[table].get(address + at))
      if (words.some((word) => word === undefined)) return 2
      onRead()
      return Uint16Array.from(words as number[])
    },
    write(table, address, words) {
      for (const [at, word] of words.entries()) image[table].set(address + at, word)
      return 0
    },
  }
}

const wires = {
  'Modbus TCP': async (units: Map<number, RegisterMap>): Promise<Wire> => ({ how: 'tcp', host: '127.0.0.1', port: (await serveTcp(makeSlave(units))).port }),
  'RTU over TCP': async (units: Map<number, RegisterMap>): Promise<Wire> => ({
    how: 'rtu-over-tcp',
    host: '127.0.0.1',
    port: (await serveRtuOverTcp(makeSlave(units))).port,
  }),
  'RTU on a serial line': async (units: Map<number, RegisterMap>): Promise<Wire> => ({ how: 'serial', path: (await serveLine(makeSlave(units))).path }),
}

describe.each(Object.entries(wires))('on %s', (_, serve) => {
  it('a gas detector, a rain gauge and a siren are read and driven', async () => {
    const gas = shelf('honeywell/sensepoint-xcd')
    const rain = shelf('dfrobot/sen0575')
    const units = new Map([
      [1, mapOf(encodeProfile(gas, new Map([['gas', 62.5]]), { faults: ['warning'] }).image)],
      [192, mapOf(encodeProfile(rain, new Map([['tips', 70_001]]), { uptime: 9 }).image)],
      [20, mapOf(encodeProfile(shelf('generic/relay'), new Map()).image)],
    ])
    const bus = openBus({ name: 'slope', wire: await serve(units), ...settings, quietMs: 200 }, realBusClock())
    later(() => bus.close())
    const rows: Samples[] = []
    const stopping = new AbortController()
    const running = await new Promise<ReturnType<typeof runBus>>((resolve) => {
      const started = runBus({
        name: 'slope',
        bus,
        busClock: realBusClock(),
        clock: realClock(),
        served: false,
        devices: [
          device('gas', gas, { every: millis(20), channels: [{ from: 'gas', channel: 0 }] }),
          device('rain', rain, { unit: 192, every: millis(20), channels: [{ from: 'tips', channel: 1 }] }),
        ],
        deliver: (samples) => {
          rows.push(...samples)
          if (rows.length >= 10) resolve(started)
        },
        onLink: () => {},
        stop: stopping.signal,
      })
    })
    const siren = makeOutput(
      {
        ...{ unit: 20, timeoutMs: 500, kind: 'siren', valve: null, watchdog: null, maxWords: 125, afterWriteMs: 0 },
        drive: { by: 'coil', coil: 0, readBack: { table: 'coil', address: 0, bit: null } },
      },
      { bus, busClock: realBusClock() },
    )
    expect((await siren.set(true)).actual).toBe(true)
    stopping.abort()
    await running.done

    const of = (channel: number) => rows.filter((row) => row.channel === channel)
    expect(new Set(of(0).map(({ value, quality }) => `${value[0]} ${quality[0]}`))).toEqual(new Set(['62.5 3']))
    expect(new Set(of(1).map(({ value, quality }) => `${value[0]} ${quality[0]}`))).toEqual(new Set(['70001 1']))
    for (const channel of [0, 1]) {
      const times = of(channel).map(({ time }) => time[0] as number)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
    }
  })

  it('a command goes between the blocks of a long poll', async () => {
    const channels = Array.from({ length: 20 }, (_, k) => `  c${k}: { quantity: q, unit: m, read: { holding: ${10 * k} } }\n`).join('')
    const long = profileOf(`line: { maxWords: 1 }\nchannels:\n${channels}`)
    const order: string[] = []
    const map: RegisterMap = {
      read(_, address, count) {
        order.push(`read ${address}`)
        // The command comes while the third block is asked.
        if (address === 20) void bus.write({ unit: 1, table: 'coil', address: 0, count: 1 }, Uint16Array.of(1), 500, { urgent: true })
        return new Uint16Array(count)
      },
      write() {
        order.push('write')
        return 0
      },
    }
    const bus = watchWrites(openBus({ name: 'slope', wire: await serve(new Map([[1, map]])), ...settings, quietMs: 200 }, realBusClock()), realBusClock())
    later(() => bus.close())
    const stopping = new AbortController()
    const running = await new Promise<ReturnType<typeof runBus>>((resolve) => {
      const started = runBus({
        ...{ name: 'slope', bus, busClock: realBusClock(), clock: realClock(), served: false, stop: stopping.signal },
        devices: [device('d', long, { every: millis(60_000) })],
        deliver: () => resolve(started),
        onLink: () => {},
      })
    })
    stopping.abort()
    await running.done
    expect(order.length).toBe(21)
    expect(order.indexOf('write')).toBeLessThanOrEqual(4)
  })

  it('each row of a served recording is delivered once, with its own time, in lock-step', async () => {
    const twin = shelf('hazardpoint/served-rain')
    const [count, every, start] = [200, 900_000, Date.parse('2015-12-01T00:00:00Z')]
    const images = [emptyImage(), emptyImage()] as const
    const read = [false, false]
    let row = 0
    const show = (): void => {
      for (const [gauge, image] of images.entries()) encodeProfile(twin, new Map([['tips', row * (gauge + 1)]]), { clockMs: start + row * every }, image)
      read.fill(false)
    }
    // The point goes on when both gauges were read.
    const units = new Map(
      images.map((image, gauge) => [
        gauge + 1,
        mapOf(image, () => {
          read[gauge] = true
          if (!read.every(Boolean) || row === count - 1) return
          setImmediate(() => {
            row++
            show()
          })
          read.fill(false)
        }),
      ]),
    )
    show()
    const bus = openBus({ name: 'slope', wire: await serve(units), ...settings, quietMs: 200 }, realBusClock())
    later(() => bus.close())
    const got: [number, number, number][] = []
    const stopping = new AbortController()
    const running = await new Promise<ReturnType<typeof runBus>>((resolve) => {
      const started = runBus({
        name: 'slope',
        bus,
        busClock: realBusClock(),
        clock: realClock(),
        served: true,
        devices: [1, 2].map((unit) => device(`gauge-${unit}`, twin, { unit, channels: [{ from: 'tips', channel: unit }] })),
        deliver: ([one]) => {
          got.push([one?.channel ?? 0, one?.time[0] ?? 0, one?.value[0] ?? 0])
          if (got.length === 2 * count) resolve(started)
        },
        onLink: () => {},
        stop: stopping.signal,
      })
    })
    stopping.abort()
    await running.done
    for (const gauge of [1, 2]) {
      const rows = got.filter(([channel]) => channel === gauge)
      expect(rows).toEqual(Array.from({ length: count }, (_, k) => [gauge, start + k * every, k * gauge]))
    }
  })
})
