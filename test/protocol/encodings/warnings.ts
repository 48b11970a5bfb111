// Alarms, envelopes and an issuer for the tests of CAP, and every state in which an alarm can be.

import { encodeCap, type Issuer } from '../../../protocol/encodings/cap.ts'
import { colours } from '../../../protocol/level.ts'
import { type AlarmMessage, type Envelope, lifeStates, type Mode } from '../../../protocol/messages.ts'
import { instant } from '../../../protocol/time.ts'

export const issuer: Issuer = {
  sender: 'dapuling-03@example.org',
  place: '大浦岭三号',
  position: [112.0822, 24.5701, 231],
  radiusKm: 0.5,
  hazards: ['landslide', 'rainstorm'],
  restriction: 'Duty rooms of the county only',
}

/** 03:20:10 in China, as in the worked example. */
export const observed = instant(Date.UTC(2026, 5, 14, 19, 20, 10, 123))

export const alarmOf = (changed: Partial<AlarmMessage> = {}): AlarmMessage => ({
  ...{ kind: 'alarm', to: null, observed, timeQuality: 'synchronised', alarm: 'slope', level: 'orange', since: observed },
  why: [
    {
      detection: 'heavy-rain',
      level: 'orange',
      evidence: { sumMm: 42.2 },
      rule: 'threshold',
      setPoints: { orange: 40, red: 60 },
      inputs: [{ channel: 'rain-1h', unit: 'mm', value: 42.2, quality: 1, reason: '', ageMs: 1000 }],
    },
  ],
  ...{ unknown: [], technical: false, life: { state: 'UNACK', occurrence: 3 } },
  ...changed,
})

export const envelopeOf = (seq: number, mode: Mode = 'actual'): Envelope => ({
  identity: { area: 'lianshan', site: 'dapuling-03', station: 'a', epoch: 'e 1,<&' },
  ...{ seq, lane: 'alarm', prev: null, sent: instant(observed + seq * 60_000), mode },
})

/** All documents of all states, over no earlier document and over two of them. */
export function everyDocument(): string[] {
  const first = encodeCap(alarmOf(), envelopeOf(1), issuer, [])!.cited!
  const second = encodeCap(alarmOf({ level: 'red' }), envelopeOf(2), issuer, [first])!.cited!
  const texts: string[] = []
  for (const mode of ['actual', 'drill', 'test', 'replay'] as const)
    for (const before of [[], [first, second]])
      for (const level of colours)
        for (const lost of [null, 'yellow', 'red'] as const)
          for (const state of lifeStates) {
            const alarm = alarmOf({ level, life: { state, occurrence: 3, by: 'Li <duty>', reason: 'tree & root' }, ...(lost && { dataLost: lost }) })
            const document = encodeCap(alarm, envelopeOf(3, mode), issuer, before)
            if (document) texts.push(document.text)
          }
  return texts
}
