// Arbitrary messages and envelopes, for every test that wants to see all kinds of them.

import fc from 'fast-check'
import { columnOf } from '../../protocol/column.ts'
import { colours } from '../../protocol/level.ts'
import { changes, type Envelope, lanes, lifeStates, type Message } from '../../protocol/messages.ts'
import { reasons } from '../../protocol/quality.ts'
import { instant } from '../../protocol/time.ts'

export const anyId = fc.stringMatching(/^[a-z0-9-]{1,40}$/)
export const anyInstant = fc.integer({ min: 0, max: Date.UTC(2100, 0) }).map(instant)
const anyName = fc.string({ maxLength: 40 }).filter((name) => name !== '__proto__')
/** JSON has one zero only; that a wire forgets the sign of -0 is known. */
const anyNumber = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
const anyInput = fc.record(
  {
    channel: anyName,
    unit: anyName,
    value: fc.option(anyNumber, { nil: null }),
    quality: fc.constantFrom(1, 2, 3, 4, 9),
    reason: fc.constantFrom(...reasons),
    ageMs: fc.nat(),
  },
  { requiredKeys: ['channel', 'unit', 'value', 'quality', 'reason'] },
)
const anyWhy = fc.array(
  fc.record(
    {
      detection: anyName,
      level: fc.constantFrom(...colours, 'unknown' as const),
      evidence: fc.dictionary(anyName, anyNumber, { noNullPrototype: true, maxKeys: 4 }),
      rule: anyName,
      setPoints: fc.dictionary(fc.constantFrom(...colours), anyNumber, { noNullPrototype: true }),
      window: fc.record({ ms: fc.nat(), rows: fc.nat(), coverage: fc.double({ noNaN: true, min: 0, max: 1 }) }),
      inputs: fc.array(anyInput, { maxLength: 2 }),
    },
    { requiredKeys: ['detection', 'level', 'evidence'] },
  ),
  { maxLength: 3 },
)

export const anyColumn = fc
  .record({
    unit: anyName,
    rows: fc.array(
      fc.record({
        time: anyInstant,
        value: fc.oneof(anyNumber, fc.constant(Number.NaN)),
        quality: fc.constantFrom(1, 2, 3, 4, 9),
        reason: fc.nat(reasons.length - 1),
      }),
      { minLength: 1, maxLength: 20 },
    ),
    every: fc.option(fc.integer({ min: 1, max: 60_000 }), { nil: null }),
  })
  .map(({ unit, rows, every }) => {
    const sorted = rows.map(({ time }) => time as number).sort((a, b) => a - b)
    const times = every === null ? sorted : sorted.map((_, row) => sorted[0]! + row * every)
    return columnOf(
      unit,
      times,
      rows.map(({ value }) => value),
      rows.map(({ quality }) => quality),
      rows.map(({ reason }) => reason),
    )
  })

const stamp = {
  to: fc.constant(null),
  observed: anyInstant,
  timeQuality: fc.constantFrom('unsynchronised' as const, 'holdover' as const, 'synchronised' as const),
}
const colour = fc.constantFrom(...colours)
const state = fc.constantFrom(...lifeStates)

const anyHash = fc.stringMatching(/^[0-9a-f]{12}$/)
const anyCount = fc.nat()
const anyAmount = fc.double({ noNaN: true, noDefaultInfinity: true, min: 0, max: 1e9 })
const anyCounts = fc.dictionary(anyName, anyCount, { noNullPrototype: true, maxKeys: 3 })
const anyBusFigures = fc.record(
  {
    state: fc.constantFrom('up' as const, 'down' as const, 'overload' as const, 'damaged' as const),
    detail: anyName,
    requests: anyCount,
    answers: anyCount,
    faults: anyCounts,
    exceptions: anyCounts,
    late: anyCount,
    openings: anyCount,
    latencyMs: fc.record({ p50: anyAmount, p99: anyAmount }),
    utilisation: anyAmount,
    step: fc.record({
      inStep: fc.boolean(),
      lost: anyCount,
      probes: anyCount,
      probesAnswered: anyCount,
      silences: anyCount,
      lostMs: anyAmount,
      worstLateMs: anyAmount,
    }),
  },
  { requiredKeys: ['state', 'requests', 'answers'] },
)
const anyDeviceFigures = fc.record(
  {
    bus: anyId,
    polls: anyCount,
    answered: anyCount,
    missed: anyCount,
    skipped: anyCount,
    requests: anyCount,
    answers: anyCount,
    faults: anyCounts,
    exceptions: anyCounts,
    latencyMs: fc.record({ p50: anyAmount, p99: anyAmount }),
    lostSince: anyInstant,
    backOff: fc.record({ misses: anyCount, nextMs: anyAmount }),
    retired: fc.array(anyName),
  },
  { requiredKeys: ['bus', 'polls', 'answered'] },
)

const anyNames = fc.array(anyName, { maxLength: 3 })
const anyLoad = fc.record({
  ...{ calledTotal: anyCount, calledIn10min: anyCount, flood: fc.boolean() },
  ...{ chattering: anyNames, stale: anyNames, shelved: anyNames, suppressed: anyNames, outOfService: anyNames },
})

export const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ kind: fc.constant('live' as const), ...stamp, channels: fc.dictionary(anyId, anyColumn, { noNullPrototype: true, maxKeys: 4 }) }),
  fc.record(
    {
      kind: fc.constant('alarm' as const),
      ...stamp,
      alarm: anyId,
      level: colour,
      since: anyInstant,
      why: anyWhy,
      unknown: fc.array(anyName),
      technical: fc.boolean(),
      dataLost: fc.constantFrom('blue', 'yellow', 'orange', 'red'),
      life: fc.record({ state, occurrence: anyCount, until: anyInstant, by: anyName, reason: anyName }, { requiredKeys: ['state', 'occurrence'] }),
      siteHash: anyHash,
    },
    { requiredKeys: ['kind', 'to', 'observed', 'timeQuality', 'alarm', 'level', 'since', 'why', 'unknown', 'technical', 'life'] },
  ),
  fc.record(
    {
      kind: fc.constant('log' as const),
      ...stamp,
      alarm: anyId,
      change: fc.constantFrom(...changes),
      from: colour,
      level: colour,
      why: anyWhy,
      technical: fc.boolean(),
      state,
      annunciate: fc.boolean(),
      by: anyName,
      reason: anyName,
      siteHash: anyHash,
    },
    { requiredKeys: ['kind', 'to', 'observed', 'timeQuality', 'alarm', 'change', 'from', 'level', 'why', 'technical', 'state', 'annunciate'] },
  ),
  fc.record({
    kind: fc.constant('act' as const),
    ...stamp,
    output: anyId,
    wanted: fc.boolean(),
    actual: fc.option(fc.boolean(), { nil: null }),
    cause: anyName,
  }),
  fc.record(
    {
      kind: fc.constant('status' as const),
      ...stamp,
      state: fc.constantFrom('online' as const, 'offline' as const, 'lost' as const),
      startedAt: anyInstant,
      software: anyName,
      siteHash: anyHash,
      channels: fc.dictionary(anyId, fc.record({ unit: anyName, quantity: anyName }), { noNullPrototype: true, maxKeys: 4 }),
      alarms: fc.array(anyName),
      load: anyLoad,
    },
    { requiredKeys: ['kind', 'to', 'observed', 'timeQuality', 'state', 'startedAt', 'software', 'channels', 'alarms'] },
  ),
  fc.record({
    kind: fc.constant('health' as const),
    ...stamp,
    buses: fc.dictionary(anyId, anyBusFigures, { noNullPrototype: true, maxKeys: 3 }),
    devices: fc.dictionary(anyId, anyDeviceFigures, { noNullPrototype: true, maxKeys: 4 }),
  }),
  fc.record({ kind: fc.constant('result' as const), ...stamp, command: anyName, ok: fc.boolean(), reason: anyName }),
)

export const anyEnvelope: fc.Arbitrary<Envelope> = fc.record({
  identity: fc.record({ area: anyId, site: anyId, station: anyId, epoch: anyName }),
  seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  lane: fc.constantFrom(...lanes),
  prev: fc.option(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), { nil: null }),
  sent: anyInstant,
  mode: fc.constantFrom('actual' as const, 'drill' as const, 'test' as const, 'replay' as const),
})
