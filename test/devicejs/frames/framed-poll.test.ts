// An instrument that speaks frames by itself, polled by the loop of every device, in virtual time.

import { describe, expect, it } from 'vitest'
import { framedBus, openTalk } from '../../../devicejs/frames/framed.ts'
import { runBus } from '../../../devicejs/poll/acquire.ts'
import { qualityName, reasonName } from '../../../protocol/quality.ts'
import type { LinkChange } from '../../../protocol/recording.ts'
import { millis } from '../../../protocol/time.ts'
import { device, field, profileOf, stationClock } from '../field.ts'
import { virtualClock, virtualWire } from '../virtual.ts'

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

describe('an instrument that speaks frames', () => {
  const wind = profileOf(`driver: frames
talk: { period: 1s, start: "=", end: "\\n", text: yes, separator: ";", example: "=1.5;20\\n" }
channels:
  speed: { quantity: q, unit: m/s, digits: 1, read: { field: 1 } }
  heat: { quantity: q, unit: degC, digits: 0, read: { field: 2 } }`)

  /** It speaks each second, its frame taking 100 ms, from 300 ms on; silent while `mute`. */
  function speaking(mute: (second: number) => boolean, every = 2000, seconds = 30) {
    const clock = virtualClock()
    const wire = virtualWire(clock)
    for (let second = 0; second < seconds; second++) {
      if (mute(second)) continue
      wire.say(bytesOf(`=${second}`), second * 1000 + 300)
      wire.say(bytesOf(';20\n'), second * 1000 + 400)
    }
    const talk = openTalk(wire.port, clock, 500)
    const line = { ...talk, send: async () => null, health: () => field(clock).health(), close: async () => {} }
    const rows: string[] = []
    const links: LinkChange[] = []
    runBus({
      ...{
        name: 'slope',
        bus: framedBus(line, new Map([[1, wind.talk]])),
        busClock: clock,
        clock: stationClock(clock),
        served: false,
        stop: new AbortController().signal,
      },
      devices: [device('mast', wind, { timeoutMs: wind.line.timeoutMs, every: millis(every), retries: 0 })],
      deliver: (samples) => {
        for (const { channel, time, value, quality, reason } of samples)
          rows.push(`${channel} ${time[0]} ${quality[0] === 1 ? value[0] : `${qualityName(quality[0] as number)} ${reasonName(reason[0] as number)}`}`)
      },
      onLink: (link) => links.push(link),
    })
    return { rows, links, until: (at: number) => clock.run(at) }
  }

  it('has each row at the time of its first byte', async () => {
    const run = speaking(() => false)
    await run.until(6500)
    expect(run.rows).toEqual(['0 300 0', '1 300 20', '0 1300 1', '1 1300 20', '0 3300 3', '1 3300 20', '0 5300 5', '1 5300 20'])
  })

  it('overloads no line, though somebody always listens to it', async () => {
    const run = speaking(() => false, 1000, 200)
    await run.until(199_500)
    expect(run.rows).toHaveLength(2 * 200)
    expect(run.links.filter(({ trouble }) => trouble)).toEqual([])
  })

  it('is missing while it is silent, and there again with its next frame', async () => {
    const run = speaking((second) => second >= 2 && second < 12)
    await run.until(20_000)
    expect(run.rows.slice(0, 6)).toEqual(['0 300 0', '1 300 20', '0 1300 1', '1 1300 20', '0 4000 missing timeout', '1 4000 missing timeout'])
    expect(run.links.find(({ link, up }) => link === 'slope/mast' && !up)?.detail).toBe(
      'mast (bus slope): it says nothing; is it powered and wired, and set to speak as its profile says?',
    )
    expect(run.rows.filter((row) => /^0 1[2-6]300 1[2-6]$/.test(row))).not.toEqual([])
  })
})
