/**
 * A warning as a document of the Common Alerting Protocol (OASIS CAP 1.2), made of the state of an alarm and handed to people who decide:
 *
 *     no document stands ─ level ─► Alert ─ any change ─► Update ─ level none ─► Update, AllClear: none stands
 *                                                           └─ suppressed or out of service ─► Cancel: none stands
 *
 * The station's own alarms and a replay make none: a broken cable warns no village, and `System` is for the network's own affairs (3.2.1
 * `status`), not for the past told again. No `expires`: a red alarm that still stands must not lapse because nothing new was to be said.
 */
import { levelOf } from '../level.ts'
import type { AlarmMessage, Envelope, Why } from '../messages.ts'
import { type Instant, instant, iso } from '../time.ts'
import { forecasts, grades, hazardOf, type Language, languages, rehearsals, type Standing, senderWords, standingWords, type Warned } from './cap-words.ts'
import { leaf, type Markup, tree } from './xml.ts'

const NAMESPACE = 'urn:oasis:names:tc:emergency:cap:1.2'

/** Local time of the whole country. The schema refuses `Z` and fractions of a second. */
const CHINA_MS = 8 * 3_600_000

export interface Issuer {
  /** As the platform knows it, such as an address of mail. */
  sender: string
  /** Name of the place, for people. */
  place: string
  /** Degrees east, degrees north; null where it is not known. */
  position: readonly [number, number, ...number[]] | null
  /** Of the circle that is warned; 0 is the point alone. */
  radiusKm: number
  /** As in the site file. */
  hazards: readonly string[]
  /** Who may have it. */
  restriction: string
  /** Where identifiers shall have the form of GB/T 35965. */
  agency?: Agency
}

/** Division of GB/T 2260 (6 digits), agency of GB/T 4657 (3), its branch (3, else 000) and what the two leave open (2, else 00). */
export interface Agency {
  division: string
  agency: string
  branch?: string
  extension?: string
}

/** An earlier document of the same warning that still stands: what a later one names. */
export interface Cited {
  sender: string
  identifier: string
  sent: Instant
  level: Warned
}

export interface CapDocument {
  text: string
  /** What the next document of this alarm is given as the last of `before`; null where none stands after this one. */
  cited: Cited | null
}

/** Null where there is nothing to warn of, nor a document that stands. `before`: those that do, oldest first. */
export function encodeCap(alarm: AlarmMessage, envelope: Envelope, issuer: Issuer, before: readonly Cited[]): CapDocument | null {
  const { mode, sent } = envelope
  if (alarm.technical || mode === 'replay') return null
  const last = before.at(-1)
  const standing = standingOf(alarm)
  const level = standing === 'active' || standing === 'lost' ? warnedLevel(alarm) : last?.level
  if (level === undefined || (last === undefined && standing === 'withdrawn')) return null

  const sender = plainName(issuer.sender)
  const identifier = issuer.agency ? agencyIdentifier(issuer.agency, envelope) : stationIdentifier(envelope)
  const { status, note } = rehearsals[mode]
  const notes = [note, standing === 'withdrawn' ? withdrawal(alarm) : ''].filter((one) => one !== '')
  const { area, site, station } = envelope.identity
  const inside = [
    leaf('identifier', identifier),
    leaf('sender', sender),
    leaf('sent', capTime(sent)),
    leaf('status', status),
    leaf('msgType', last === undefined ? 'Alert' : standing === 'withdrawn' ? 'Cancel' : 'Update'),
    leaf('scope', 'Restricted'),
    leaf('restriction', issuer.restriction),
    ...(notes.length > 0 ? [leaf('note', notes.join('; '))] : []),
    ...(last === undefined ? [] : [leaf('references', before.map((one) => `${one.sender},${one.identifier},${capTime(one.sent)}`).join(' '))]),
    leaf('incidents', [area, site, station, alarm.alarm, alarm.life.occurrence].join('/')),
    ...languages.map((language) => tree('info', infoOf(language, { alarm, envelope, issuer, standing, level }))),
  ]
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="${NAMESPACE}">${inside.join('')}</alert>\n`
  return { text, cited: standing === 'over' || standing === 'withdrawn' ? null : { sender, identifier, sent, level } }
}

interface Told {
  alarm: AlarmMessage
  envelope: Envelope
  issuer: Issuer
  standing: Standing
  level: Warned
}

/** In the order that the schema asks for. */
function infoOf(language: Language, { alarm, envelope, issuer, standing, level }: Told): Markup[] {
  const { severity, words } = grades[level]
  const hazards = (issuer.hazards.length > 0 ? issuer.hazards : ['']).map(hazardOf)
  const hazardWords = hazards.map((one) => one.words[language]).join(language === 'zh-CN' ? '、' : ', ')
  const { urgency, certainty, response } = outlook({ alarm, issuer, standing, level })
  const { mode } = envelope
  const rehearsal = mode === 'replay' ? '' : rehearsals[mode].words[language]
  const said = language === 'zh-CN' ? '' : ' '
  return [
    leaf('language', language),
    ...[...new Set(hazards.flatMap(({ categories }) => categories))].map((category) => leaf('category', category)),
    leaf('event', language === 'zh-CN' ? `${hazardWords}监测预警` : `${hazardWords} monitoring`),
    leaf('responseType', response),
    leaf('urgency', urgency),
    leaf('severity', severity),
    leaf('certainty', certainty),
    leaf('effective', capTime(alarm.observed)),
    leaf('senderName', `${issuer.place}${senderWords[language]}`),
    leaf('headline', `${rehearsal}${issuer.place}${said}${alarm.alarm}${said}${words[language]}${said}${standingWords[standing][language]}`),
    leaf('description', describe(alarm, language)),
    parameter('level', standing === 'over' ? 'none' : level),
    parameter('alarm', alarm.alarm),
    parameter('state', alarm.life.state),
    parameter('timeQuality', alarm.timeQuality),
    ...(alarm.siteHash === undefined ? [] : [parameter('siteHash', alarm.siteHash)]),
    tree('area', [leaf('areaDesc', issuer.place), ...circle(issuer), ...division(issuer)]),
  ]
}

const parameter = (name: string, value: string): Markup => tree('parameter', [leaf('valueName', `hazardpoint:${name}`), leaf('value', value)])

/** Latitude first, and never with an exponent; a micro-degree is a tenth of a metre. */
const circle = ({ position, radiusKm }: Issuer): Markup[] =>
  position === null ? [] : [leaf('circle', `${position[1].toFixed(6)},${position[0].toFixed(6)} ${radiusKm}`)]

const division = ({ agency }: Issuer): Markup[] =>
  agency === undefined ? [] : [tree('geocode', [leaf('valueName', 'GB/T 2260'), leaf('value', agency.division)])]

function standingOf({ level, dataLost, life: { state } }: AlarmMessage): Standing {
  if (state === 'DSUPR' || state === 'OOSRV') return 'withdrawn'
  if (dataLost !== undefined) return 'lost'
  if (level !== 'none') return 'active'
  return state === 'LATUN' || state === 'LATACK' ? 'latched' : 'over'
}

/** Where its data were lost, the level at which it stood then, unless what is still known is worse. */
function warnedLevel({ level, dataLost }: AlarmMessage): Warned | undefined {
  if (level === 'none') return dataLost
  return dataLost !== undefined && levelOf(dataLost)! > levelOf(level)! ? dataLost : level
}

function outlook({ alarm, issuer, standing, level }: Omit<Told, 'envelope'>): { urgency: string; certainty: string; response: string } {
  const { urgency, certainty, response } = grades[level]
  switch (standing) {
    case 'over':
      return { urgency: 'Past', certainty: 'Observed', response: 'AllClear' }
    case 'latched':
      return { urgency: 'Past', certainty: 'Observed', response: 'Assess' }
    case 'withdrawn':
      return { urgency: 'Unknown', certainty: 'Unknown', response: 'None' }
    case 'lost':
      return { urgency, certainty: 'Unknown', response }
    case 'active': {
      const foretold = alarm.why.length > 0 && alarm.why.every(({ rule }) => rule !== undefined && forecasts.has(rule))
      const gas = level === 'orange' && issuer.hazards.includes('gas') // it is breathed while people prepare
      return { urgency: gas ? 'Immediate' : urgency, certainty: foretold && certainty === 'Observed' ? 'Likely' : certainty, response }
    }
  }
}

/** Who took the alarm out, as far as is known, and why. */
function withdrawal({ life }: AlarmMessage): string {
  const act = life.state === 'OOSRV' ? '已停用 / out of service' : '按设计抑制 / suppressed by design'
  return [act, life.by, life.reason].filter((one) => one !== undefined && one !== '').join(': ')
}

/** The figures behind it; what cannot be told is said, so that nobody takes it for calm. */
function describe({ why, unknown, dataLost }: AlarmMessage, language: Language): string {
  const chinese = language === 'zh-CN'
  const lines = why.map(describeOne)
  if (dataLost !== undefined) lines.push(chinese ? '数据中断，请到现场查看' : 'data lost: look at the place')
  if (unknown.length > 0) lines.push(`${chinese ? '无法判断' : 'cannot be told'}: ${unknown.join(', ')}`)
  return lines.length > 0 ? lines.join('\n') : chinese ? '无异常指标' : 'nothing is out of the ordinary'
}

function describeOne({ detection, level, evidence, setPoints, inputs = [] }: Why): string {
  const figures = (of: Record<string, number>) => Object.entries(of).flatMap(([name, figure]) => (Number.isFinite(figure) ? `${name} ${figure}` : []))
  const points = setPoints === undefined ? [] : [`set points ${figures(setPoints).join(' ')}`]
  const rows = inputs.map(({ channel, value, unit, reason }) => `${channel} ${value === null ? reason : `${value} ${unit}`}`)
  return `${detection} ${level}: ${[...figures(evidence), ...points, ...rows].join('; ')}`
}

/** `YYYY-MM-DDThh:mm:ss+08:00`. */
const capTime = (at: Instant): string => `${chinaTime(at)}+08:00`

const chinaTime = (at: Instant): string => iso(instant(at + CHINA_MS)).slice(0, 19)

/** No space, comma, `<` or `&` (3.2.1 `identifier`, `sender`): `references` is cut at them. */
const plainName = (text: string): string => text.toWellFormed().replace(/[^A-Za-z0-9@._-]/gu, encodeURIComponent)

/** The same for a message that is sent once more, and for no other. */
const stationIdentifier = ({ identity: { area, site, station, epoch }, seq }: Envelope): string => ['hp', area, site, station, plainName(epoch), seq].join('.')

/** `ZZZZZZDDDUUUXX_YYYYMMDDhhmmss_N` (GB/T 35965): 31 characters, in local time; N is the last digit of the message's number. */
function agencyIdentifier({ division, agency, branch = '000', extension = '00' }: Agency, { sent, seq }: Envelope): string {
  const office = division + agency + branch + extension
  if (!/^[0-9A-Z]{14}$/.test(office) || !/^\d{6}$/.test(division)) throw new RangeError(`"${office}" is not 6 + 3 + 3 + 2 characters of GB/T 35965`)
  return `${office}_${chinaTime(sent).replace(/\D/g, '')}_${seq % 10}`
}
