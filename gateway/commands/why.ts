/** `hazardpoint why`: asks a running station why an alarm stands as it does, and writes the chain down to the bytes that were read. */
import { type Instant, iso } from '../../protocol/time.ts'
import { tame } from '../cells.ts'
import { askWhy } from '../control/control.ts'
import type { AlarmPart, ChannelPart, ConditionPart, DetectionPart, Shortfall } from '../core/evidence.ts'
import { lifeText } from '../life-words.ts'
import type { Outlet } from '../terminal.ts'
import { clock, span } from '../times.ts'
import { type Answer, type ExchangePart, isWitnessed, type Witnessed } from '../witness.ts'
import { onlyStation } from './status.ts'

export interface WhyOptions {
  /** The control socket; null: that of the one station which runs on this machine. */
  path: string | null
  alarm: string
  json: boolean
}

/** The exit code: 0 where it was told, 1 where there is no such alarm or no station. */
export async function whyCommand({ path, alarm, json }: WhyOptions, out: Outlet, err: Outlet): Promise<number> {
  const found = path === null ? await onlyStation() : { path }
  const told = 'trouble' in found ? found : await askWhy(found.path, alarm)
  if ('trouble' in told) {
    err.write(`${tame(told.trouble)}\n`)
    return 1
  }
  if (!isAnswer(told.answer)) {
    err.write('what answers there is no station of this version: it tells something else\n')
    return 1
  }
  out.write(json ? `${JSON.stringify(told.answer)}\n` : `${whyLines(told.answer).map(tame).join('\n')}\n`)
  return 0
}

function isAnswer(answer: unknown): answer is Answer {
  return isWitnessed((answer as Partial<Answer> | null)?.now)
}

export function whyLines({ now, raised, raisedIn }: Answer): string[] {
  return [
    ...(now.siteHash ? [`site file ${now.siteHash} (SHA-256)`] : []),
    ...chainLines(now),
    ...(raised
      ? [
          '',
          `WHEN IT LAST ROSE, at ${raisedIn ? dated(raised.observed) : clock(raised.observed)}`,
          ...(raisedIn ? [`  before the last start, in the station's life from ${dated(raisedIn.startedAt)} on (epoch ${raisedIn.epoch})`] : []),
          ...(raised.siteHash !== now.siteHash ? [`  by site file ${raised.siteHash || 'none'}, which was another`] : []),
          ...(raised.shortened ? ['  it was too long to be kept whole: what is farthest from the alarm is left out'] : []),
          ...chainLines(raised),
        ]
      : []),
  ]
}

/** Of another life it may be days ago. */
const dated = (at: Instant): string => `${iso(at).slice(0, 10)} ${clock(at)}`

const chainLines = ({ alarms, detections, channels, exchanges, observed }: Witnessed): string[] => [
  ...alarms.flatMap(alarmLines),
  ...section(
    'detections',
    detections.flatMap((one) => detectionLines(one)),
  ),
  ...section('channels', channels.flatMap(channelLines)),
  ...section(
    'last read',
    exchanges.flatMap((one) => exchangeLines(one, observed)),
  ),
]

const section = (title: string, lines: string[]): string[] => (lines.length > 0 ? ['', title, ...lines] : [])

function alarmLines({ alarm, level, since, technical, unknown, dataLost, life, colours, lower }: AlarmPart): string[] {
  const seen = lifeText(life)
  return [
    `${alarm} ${level} since ${clock(since)}${dataLost ? `; its data are lost, it stood at ${dataLost}` : ''}${seen ? `; ${seen}` : ''}`,
    ...(unknown.length > 0 ? [`  ${technical ? 'because of' : 'cannot be told'}: ${unknown.join(', ')}`] : []),
    ...colours.flatMap(({ colour, condition }) => conditionLines(colour, condition, 1)),
    ...(lower ? conditionLines('lowered only while', lower, 1) : []),
  ]
}

const truths = { true: 'T', false: 'F', unknown: '?' } as const

/** A question to one name shows how that stands, and what it lacks where the answer is not yes. */
function conditionLines(label: string, { text, truth, of, name, now, short }: ConditionPart, depth: number): string[] {
  const stands = name === undefined ? '' : `: ${name} is ${now}${truth !== true && short ? `, ${lacking(short)}` : ''}`
  return [
    `${'  '.repeat(depth)}${truths[`${truth}`]} ${label ? `${label}: ` : ''}${text}${stands}`,
    ...of.flatMap((part) => conditionLines('', part, depth + 1)),
  ]
}

/** `1.2 mm short of yellow (value 2.8, set point 4 mm)` */
function lacking({ colour, figure, value, setPoint, short, unit, worse }: Shortfall): string {
  const behind = unit ? ` ${unit}` : ''
  const figures = `(${figure} ${number(value)}, set point ${worse === 'less' ? 'at most ' : ''}${number(setPoint)}${behind})`
  return short > 0 ? `${number(short)}${behind} short of ${colour} ${figures}` : `past the set point of ${colour} ${figures}`
}

/** As many digits as tell neighbours apart, and no tail of a double. */
const number = (value: number): string => String(Number(value.toPrecision(6)))

function detectionLines({
  detection,
  kind,
  written,
  level,
  since,
  doubt,
  figures,
  shortfalls,
  unconfirmed,
  undenied,
  window,
  channels,
}: DetectionPart): string[] {
  const unknown = level === 'unknown' ? ` (${doubt})` : ''
  const found = Object.entries(figures).map(([name, value]) => `${name} ${number(value)}`)
  return [
    `  ${detection} ${level}${unknown} since ${clock(since)}: ${kind} on ${channels.join(', ')}`,
    ...(written === null ? [] : [`    rule     ${ruleText(written)}`]),
    ...(found.length > 0 ? [`    figures  ${found.join(', ')}`] : []),
    ...(window ? [`    window   ${span(window.ms)}: ${window.rows} rows, ${Math.round(100 * window.coverage)}% of those that were to come`] : []),
    ...shortfalls.map((short) => `    ${short.short > 0 ? 'not' : 'yes'}      ${lacking(short)}`),
    ...(unconfirmed ? [`    waits    ${unconfirmed}: one suspect reading, the next one decides`] : []),
    ...(undenied && undenied !== unconfirmed
      ? [`    open     ${undenied}: nothing has denied it since the start: its on-delay runs, or only lower bounds have come`]
      : []),
  ]
}

/** In the flow style of YAML, as a site file may be written. */
function ruleText(written: unknown): string {
  if (Array.isArray(written)) return `[${written.map(ruleText).join(', ')}]`
  if (typeof written !== 'object' || written === null) return String(written)
  return `{ ${Object.entries(written)
    .map(([key, value]) => `${key}: ${ruleText(value)}`)
    .join(', ')} }`
}

function channelLines({ channel, value, unit, digits, quality, reason, ageMs, bus, device, written, from, standsOn }: ChannelPart): string[] {
  const figure = value === null ? 'no value' : `${value.toFixed(digits)}${unit ? ` ${unit}` : ''}`
  const age = ageMs === null ? 'never read' : `${span(ageMs)} old`
  const source = from.length > 0 ? `made of ${from.join(', ')}` : device === undefined ? '' : `read of ${device}${bus === undefined ? '' : ` on ${bus}`}`
  return [
    `  ${channel}  ${figure}, ${quality}${reason ? ` (${reason})` : ''}, ${age}${source ? `; ${source}` : ''}`,
    ...(written === undefined ? [] : [`    rule     ${ruleText(written)}`]),
    ...(standsOn
      ? [
          `    stands   on ${Object.entries(standsOn)
            .map(([name, on]) => `${name} ${typeof on === 'number' ? number(on) : on}`)
            .join(', ')}`,
        ]
      : []),
  ]
}

function exchangeLines({ bus, device, at, request, answer, trouble }: ExchangePart, observed: number): string[] {
  return [
    `  ${device} on ${bus} at ${clock(at)} (${span(Math.max(0, observed - at))} before)`,
    `    asked    ${request || 'nothing: it speaks by itself'}`,
    `    answered ${answer || 'nothing'}${trouble ? `: ${trouble}` : ''}`,
  ]
}
