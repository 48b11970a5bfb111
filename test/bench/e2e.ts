// From the last byte of an instrument's answer to the alarm at a subscriber: poll, judgement, journal, broker, all in their own processes.

import mqtt from 'mqtt'
import { startMosquitto } from '../setup/mosquitto.ts'
import type { Part } from './part.ts'
import { build, profile, quantile, servePoint, start, temporaryFolder } from './program.ts'

const turns = 500
/** Not measured: code is still cold, connections are new. */
const warmUpTurns = 50
/** Raw centimetres below and above the set point of 3 m. */
const [low, high] = [100, 500] as const
/** Between two turns, so that each meets a station at rest, and at no fixed place in its polls. */
const restMs = (turn: number) => 10 + ((turn * 7) % 20)

export const part: Part = {
  prefix: 'e2e',
  keys: ['e2e.lastByteToSubscriberMs.p50', 'e2e.lastByteToSubscriberMs.p99'],
  async run({ note }) {
    build()
    const folder = temporaryFolder()
    folder.write('gauge.yaml', profile)
    const broker = await startMosquitto()
    const point = await servePoint()
    point.value = low
    const site = folder.write('site.yaml', siteText(point.port, broker.port))
    const subscriber = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, { protocolVersion: 5 })
    let level = ''
    let arrived = () => {}
    subscriber.on('message', (_topic, payload) => {
      level = (JSON.parse(payload.toString()) as { level: string }).level
      arrived()
    })
    await subscriber.subscribeAsync('hp/v1/bench/e2e/a/alarm/water')
    const program = start('run', site)
    const reached = async (wanted: string) => {
      while (level !== wanted) await new Promise<void>((resolve) => (arrived = resolve))
      return performance.now()
    }
    await reached('none')

    const times: number[] = []
    for (let turn = 0; turn < turns; turn++) {
      const up = turn % 2 === 0
      const answered = new Promise<number>((resolve) => {
        point.value = up ? high : low
        point.onAnswer = () => resolve(performance.now())
      })
      const [from, to] = await Promise.all([answered, reached(up ? 'red' : 'none')])
      if (turn >= warmUpTurns) times.push(to - from)
      await new Promise((resolve) => setTimeout(resolve, restMs(turn)))
    }
    await program.end()
    await subscriber.endAsync()
    point.close()
    await broker.stop()
    folder.remove()
    note(`${times.length} alarms up and down: least ${quantile(times, 0).toFixed(2)}, most ${quantile(times, 1).toFixed(2)} ms`)
    return { 'e2e.lastByteToSubscriberMs.p50': quantile(times, 0.5), 'e2e.lastByteToSubscriberMs.p99': quantile(times, 0.99) }
  },
}

const siteText = (port: number, broker: number) => `site: { area: bench, id: e2e, station: a, mode: test }
buses: { line: { tcp: "127.0.0.1:${port}" } }
devices: { gauge: { profile: ./gauge.yaml, bus: line, unit: 1, every: 20ms } }
channels: { level: { read: gauge.value } }
detectors: { deep: { kind: threshold, on: level, at: { red: 3 } } }
alarms: { water: { red: deep is red } }
publish: [ { to: subscriber, broker: "mqtt://127.0.0.1:${broker}" } ]
`
