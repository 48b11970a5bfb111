// A year of a slope that stands still under the sun, and what our detectors make of it: nothing.

import { findProfile } from '../../devicejs/shelf.ts'
import { makeStation, scan } from '../../gateway/core/scan.ts'
import { checkSite } from '../../gateway/site/check.ts'
import type { Site } from '../../gateway/site/site.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import { levelOf } from '../../protocol/level.ts'
import { Quality, reasonCode } from '../../protocol/quality.ts'
import { emptyInput } from '../../protocol/recording.ts'
import { instant, type Moment, millis } from '../../protocol/time.ts'
import { type Chance, makeChance } from '../../sim/world/chance.ts'
import type { Part } from '../bench/part.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const period = 10 * minute

/** The tilt swings by this much to either side on a clear day. */
const SWING_DEG = 0.1
/** Of one reading of a usual MEMS inclinometer, and its last digit. */
const NOISE_DEG = 0.003
const DIGIT_DEG = 0.0001
/** The air swings by this much to either side on a clear day, and by more over the year. */
const AIR_DAY_DEGC = 8
const AIR_YEAR_DEGC = 9
/** The mount follows the air so late. */
const LAG = 20 * minute
/** One reading of a hundred does not come, and twice a month none comes for hours. */
const LOST = 0.01
const OUTAGES_PER_DAY = 2 / 30
const LONGEST_OUTAGE = 12 * hour

/** Slopes of a full run and of a quick one, each a year. */
const SLOPES = 12
const QUICK_SLOPES = 1

/** What a station at a slow slide would hold; the set points of the literature. */
export const slowSlide = `
site: { area: campaign, id: still-slope, station: a, hazards: [landslide] }
buses: { slope: { serialOverTcp: "127.0.0.1:1502" } }
devices: { tilt: { profile: bewis/wf-wm410, bus: slope, every: 10min } }
channels:
  tilt-x: { read: tilt.x, quality: [ { range: { sensor: [-30, 30] } }, { spike: { suspect: 0.2, fail: 1 } } ] }
  tilt-y: { read: tilt.y, quality: [ { range: { sensor: [-30, 30] } }, { spike: { suspect: 0.2, fail: 1 } } ] }
  heat: { read: tilt.heat }
  # For trends over hours, which must not see the sun; and for the movement, which is watched from the first day.
  x: { derive: compensate, from: [tilt-x, heat], quiet: 0.002/h, unproved: missing }
  y: { derive: compensate, from: [tilt-y, heat], quiet: 0.002/h, unproved: missing }
  x-first: { derive: compensate, from: [tilt-x, heat], quiet: 0.002/h }
  y-first: { derive: compensate, from: [tilt-y, heat], quiet: 0.002/h }
  moved: { derive: change, from: [x-first, y-first] }
detectors:
  leaning: { kind: threshold, on: moved, at: { blue: 0.3, yellow: 0.5, orange: 1, red: 2 }, clear: 80% }
  precaution-x: { kind: trend, on: x, over: 6h, at: { yellow: 0.01/h }, noise: ${NOISE_DEG}, temperature: heat, onDelay: 20min }
  precaution-y: { kind: trend, on: y, over: 6h, at: { yellow: 0.01/h }, noise: ${NOISE_DEG}, temperature: heat, onDelay: 20min }
  precaution-raw: { kind: trend, on: tilt-x, over: 24h, at: { yellow: 0.03/h }, noise: ${NOISE_DEG}, temperature: heat }
  warning: { kind: trend, on: tilt-x, over: 1h, at: { orange: 0.1/h }, noise: ${NOISE_DEG}, onDelay: 10min }
  failing: { kind: creep, on: moved, over: 24h, at: { yellow: 12h } }
  steep: { kind: tangent, on: moved, at: { yellow: 80 } }
  drifting: { kind: mann-kendall, on: moved, over: 30d, at: { blue: 0.01/d } }
  shifted: { kind: cusum, on: moved, slack: 0.15, at: { yellow: 5 } }
  # Nobody’s alarm: the precaution level without compensation, for its rate alone.
  published-raw: { kind: trend, on: tilt-x, over: 24h, at: { yellow: 0.01/h }, noise: ${NOISE_DEG} }
alarms:
  slope:
    red: leaning is red
    orange: leaning >= orange or warning
    yellow: leaning >= yellow or precaution-x or precaution-y or precaution-raw or shifted
    blue: leaning or failing or steep or drifting
`

export function siteOf(text: string): Site {
  const checked = checkSite(text, 'campaign.yaml', { profiles: findProfile })
  if ('faults' in checked) throw new Error(formatFaults(checked.faults))
  return checked.site
}

export interface Raised {
  name: string
  what: 'detection' | 'alarm'
  to: string
  at: number
}

interface Year {
  raised: Raised[]
  /** How often each detector knew something, as a share of all rows. */
  known: Map<string, number>
}

/** The slope of one seed; `move` in degrees by station time, for a slope that is not still; `names` of both tilts and of the temperature. */
export function liveThrough(site: Site, seed: number, days: number, move: (at: number) => number = () => 0, names = ['tilt-x', 'tilt-y', 'heat']): Year {
  const { plan } = site
  const moment = (at: number): Moment => ({ at: millis(at), wall: instant(at), wallQuality: 'synchronised' })
  const state = makeStation(plan, moment(0), 'campaign')
  const world = weather(makeChance(seed))
  const channels = names.map((name) => plan.channels.findIndex((channel) => channel.name === name))
  const raised: Raised[] = []
  const knownRows = new Map<string, number>(plan.detectors.map(({ name }) => [name, 0]))
  const rows = (days * day) / period
  for (let row = 1; row <= rows; row++) {
    const at = row * period
    const values = world(at, move(at))
    const samples = channels.map((channel, k) => ({
      channel,
      count: 1,
      time: Float64Array.of(at),
      value: Float64Array.of(values ? (values[k] as number) : Number.NaN),
      quality: Uint8Array.of(values ? Quality.good : Quality.missing),
      reason: Uint8Array.of(values ? 0 : reasonCode('timeout')),
    }))
    const { changes } = scan(state, { ...emptyInput(moment(at)), samples })
    for (const { what, name, from, to } of changes) {
      const rose = (levelOf(to) ?? 0) > (levelOf(from) ?? 0)
      if (what !== 'action' && rose && isHazard(plan, name)) raised.push({ name, what, to, at })
    }
    for (const { name, detector } of state.machine.detectors) if (detector.level !== 'unknown') knownRows.set(name, (knownRows.get(name) ?? 0) + 1)
  }
  return { raised, known: new Map([...knownRows].map(([name, count]) => [name, count / rows])) }
}

const isHazard = ({ detectors, alarms }: Site['plan'], name: string): boolean => [...detectors, ...alarms].some((one) => one.name === name)

/** What the instrument shows at a time: two tilts and its temperature, or nothing. */
function weather(chance: Chance): (at: number, moved: number) => [number, number, number] | null {
  let front = 0
  let cloud = 1
  let mount = 15
  let silentUntil = 0
  const factor = SWING_DEG / AIR_DAY_DEGC
  const digit = (value: number): number => Math.round(value / DIGIT_DEG) * DIGIT_DEG
  return (at, moved) => {
    // Fronts come and go within days; the sky is another one each day.
    front += -front * (period / (3 * day)) + 3 * Math.sqrt((2 * period) / (3 * day)) * chance.normal()
    if (at % day === 0) cloud = chance.between(0.3, 1)
    const air = 15 - AIR_YEAR_DEGC * Math.cos((2 * Math.PI * at) / (365 * day)) + front - cloud * AIR_DAY_DEGC * Math.cos((2 * Math.PI * at) / day)
    mount += (air - mount) * (1 - Math.exp(-period / LAG))
    if (chance.fraction() < (OUTAGES_PER_DAY * period) / day) silentUntil = at + chance.fraction() * LONGEST_OUTAGE
    const noise = [chance.normal(), chance.normal(), chance.normal()] as const
    if (chance.fraction() < LOST || at < silentUntil) return null
    return [
      digit(2 + factor * (mount - 15) + moved + NOISE_DEG * noise[0]),
      digit(-1.5 - 0.6 * factor * (mount - 15) + NOISE_DEG * noise[1]),
      air + 0.1 * noise[2],
    ]
  }
}

export const part: Part = {
  prefix: 'thermalYear',
  keys: ['thermalYear.alarms'],
  async run({ quick, note }) {
    const site = siteOf(slowSlide)
    const slopes = quick ? QUICK_SLOPES : SLOPES
    const tally = new Map<string, number>()
    const known = new Map<string, number>()
    let alarms = 0
    for (let seed = 1; seed <= slopes; seed++) {
      const year = liveThrough(site, seed, 365)
      for (const { name, what } of year.raised) {
        if (what === 'alarm') alarms++
        tally.set(name, (tally.get(name) ?? 0) + 1)
      }
      for (const [name, share] of year.known) known.set(name, (known.get(name) ?? 0) + share / slopes)
      note(`slope ${seed}: ${year.raised.map(({ name, to, at }) => `${name} ${to} on day ${Math.floor(at / day)}`).join(', ') || 'nothing raised'}`)
    }
    // With no exceedance in n channel-years the rate is below 3/n a year, 19 times out of 20.
    for (const [name, share] of known) {
      const count = tally.get(name) ?? 0
      const rate = count === 0 ? `below ${(3 / (slopes * share)).toFixed(2)}` : (count / (slopes * share)).toFixed(2)
      note(
        share < 0.01
          ? `${name}: never knew, of a still slope it has nothing to tell`
          : `${name}: ${count} false in ${(slopes * share).toFixed(1)} channel-years known, ${rate} a year`,
      )
    }
    return { 'thermalYear.alarms': alarms }
  },
}
