/** The terminal's picture of a station: channels, alarms, outputs, links, messages; drawn in place on a terminal, told as lines elsewhere. */
import { cellsOf, clip, clipPainted, left, type Mark, paint, right, tame, wrap } from './cells.ts'
import { lifeText } from './life-words.ts'
import { linesInBrief, lineTable } from './lines.ts'
import type { AlarmStatus, BusStatus, ChannelStatus, OutputStatus, Progress, StationStatus } from './status.ts'
import { clock, span } from './times.ts'

/** A message as somebody saw it on a topic. */
export interface Heard {
  topic: string
  text: string
}

export interface Frame {
  columns: number
  /** Rows that there are; without it, as many as it takes. */
  rows?: number
  coloured: boolean
  /** Every bus and device with all its counts, as `hazardpoint status` shows them; where it is left out, if all has room so. */
  full?: boolean
}

/** Below this a table cannot be read, and is cut off; above it, lines become long to follow. */
const LEAST_COLUMNS = 60
const MOST_COLUMNS = 120
/** Messages that stay in sight; in a low terminal fewer, but always the newest two. */
const HEARD_LINES = 6
const LEAST_HEARD = 2
/** A reason that takes more than this belongs in the log. */
const WHY_LINES = 2

/** The whole picture, each line within the width. In a low terminal the counts of the lines go first, then old messages, blank lines, and the channels at the lower end: never an alarm. */
export function picture(status: StationStatus, heard: readonly Heard[], frame: Frame): string[] {
  const columns = Math.min(MOST_COLUMNS, Math.max(LEAST_COLUMNS, frame.columns))
  const draw = { columns, coloured: frame.coloured }
  const rows = frame.rows ?? Infinity
  const top = head(status, draw)
  const channels = ['', ...channelTable(status.channels, draw)]
  const middle = [
    '',
    ...alarmTable(status.alarms, draw),
    ...loadLines(status, draw),
    '',
    ...status.outputs.map((output) => outputLine(output, draw)),
    ...linkLines(status, draw),
  ]
  const counts = status.buses.length > 0 ? ['', ...lineTable(status.buses, draw)] : []
  const whole = [...middle, messageLine(status), ...counts]
  const hasRoom = top.length + channels.length + whole.length + HEARD_LINES <= (frame.rows ?? 0)
  const rest = (frame.full ?? hasRoom) ? whole : [...middle, ...linesInBrief(status.buses, draw), messageLine(status)]
  const height = top.length + channels.length + rest.length
  const told = heard.slice(-Math.min(HEARD_LINES, Math.max(LEAST_HEARD, rows - height))).map((one) => heardLine(one, draw))
  const drawn = (lines: string[]): string[] => lines.map((line) => clipPainted(line, frame.columns))
  if (height + told.length <= rows) return drawn([...top, ...channels, ...rest, ...told])
  const tight = [...top, ...channels, ...rest, ...told].filter((line) => line !== '')
  return drawn(tight.length <= rows ? tight : [...top, ...rest, ...told, ...channels].filter((line) => line !== '').slice(0, rows))
}

function head(status: StationStatus, { columns, coloured }: Frame): string[] {
  const time = `${clock(status.now)} UTC${status.timeQuality === 'synchronised' ? '' : ` (${status.timeQuality})`}`
  const mode = status.mode === 'actual' ? '' : `  mode ${status.mode}`
  const who = `${status.name || status.site}  ${status.area}/${status.site}/${status.station}${mode}`
  const title = left(who, columns - time.length - 2)
  const lines = [`${paint('bold', title, coloured)}  ${time}`]
  if (status.progress) lines.push(clip(progressLine(status.progress, columns), columns))
  return lines
}

export function progressLine(progress: Progress, columns: number): string {
  const fraction = Math.min(1, Math.max(0, progress.fraction))
  const tail = ` ${Math.floor(fraction * 100)} %  ${progress.speed}x  ${fraction < 1 ? `${span(progress.leftMs)} left` : 'at its end'}`
  const label = clip(progress.label, 24)
  const room = Math.max(10, columns - label.length - tail.length - 3)
  const full = Math.floor(fraction * room)
  return `${label} [${'#'.repeat(full)}${'.'.repeat(room - full)}]${tail}`
}

function channelTable(channels: ChannelStatus[], { columns, coloured }: Frame): string[] {
  const name = Math.min(20, Math.max(7, ...channels.map((channel) => channel.name.length)))
  const rest = columns - name - 11 - 1 - 8 - 7 - 2
  const lines = [paint('dim', `${left('channel', name)}${right('value', 11)} ${left('unit', 8)}${right('age', 7)}  ${left('quality', rest)}`, coloured)]
  for (const channel of channels) {
    const value = channel.value === null ? '-' : channel.value.toFixed(channel.digits)
    const age = channel.ageMs === null ? '-' : span(channel.ageMs)
    const quality = clip(`${channel.quality}${channel.reason && `: ${channel.reason}`}${channel.dropped ? `, ${channel.dropped} dropped` : ''}`, rest)
    const mark = qualityMark[channel.quality]
    lines.push(`${left(channel.name, name)}${right(value, 11)} ${left(channel.unit, 8)}${right(age, 7)}  ${mark ? paint(mark, quality, coloured) : quality}`)
  }
  return lines
}

const qualityMark: Record<ChannelStatus['quality'], Mark | null> = { good: null, unknown: 'dim', suspect: 'warn', fail: 'bad', missing: 'bad' }

function alarmTable(alarms: AlarmStatus[], { columns, coloured }: Frame): string[] {
  const name = Math.min(20, Math.max(7, ...alarms.map((alarm) => alarm.name.length)))
  const rest = columns - name - 1 - 8 - 10 - 1
  const lines = [paint('dim', `${left('alarm', name)} ${left('level', 8)} ${left('since', 9)} ${left('why', rest)}`, coloured)]
  for (const alarm of alarms) {
    const [first = '', ...more] = shorten(wrap(whyText(alarm), rest), rest)
    const level = paint(alarm.dataLost ? 'warn' : alarm.level, left(alarm.level === 'none' ? restWord(alarm) : ` ${alarm.level.toUpperCase()}`, 8), coloured)
    lines.push(`${left(alarm.name, name)} ${level} ${left(clock(alarm.since), 9)} ${first}`)
    for (const line of more) lines.push(`${' '.repeat(columns - rest)}${line}`)
  }
  return lines
}

/** That there are too many alarms to read, or too many that come and go or that nobody ends; what is kept quiet stands in its own line. */
function loadLines({ load }: StationStatus, { columns, coloured }: Frame): string[] {
  if (load === null) return []
  const told = [
    load.flood ? `FLOOD 报警泛滥: ${load.calledIn10min} calls in 10 min` : '',
    load.chattering.length > 0 ? `chattering 频繁跳变: ${load.chattering.join(', ')}` : '',
    load.stale.length > 0 ? `active for more than a day 长期未消除: ${load.stale.join(', ')}` : '',
  ].filter((text) => text !== '')
  return told.length > 0 ? [paint('warn', clip(`alarms  ${told.join('; ')}`, columns), coloured)] : []
}

/** An alarm whose data are lost is not at rest. */
const restWord = ({ dataLost }: AlarmStatus): string => (dataLost ? ' LOST' : 'none')

function shorten(lines: string[], cells: number): string[] {
  return lines.length <= WHY_LINES ? lines : [...lines.slice(0, WHY_LINES - 1), clip(lines.slice(WHY_LINES - 1).join(' '), cells)]
}

/** The reasons of an alarm's level in words, with their figures. */
export function whyText(alarm: AlarmStatus): string {
  return [lifeText(alarm.life), alarm.technical ? disorderText(alarm) : groundsText(alarm)].filter((text) => text !== '').join('; ')
}

const disorderText = ({ unknown }: AlarmStatus): string => (unknown.length > 0 ? `not in order: ${unknown.join(', ')}` : '')

function groundsText(alarm: AlarmStatus): string {
  const why = alarm.why
    .filter(({ level }) => level !== 'none' && level !== 'unknown')
    .map(({ detection, level, evidence }) => `${detection} ${level}${figures(evidence)}`)
  if (alarm.dataLost) why.unshift(`data lost 数据中断, stood at ${alarm.dataLost}`)
  if (alarm.unknown.length > 0) why.push(`cannot tell: ${alarm.unknown.join(', ')}`)
  return why.join('; ')
}

/** The first figure is enough to see why; the message has them all. */
function figures(evidence: Record<string, number>): string {
  const [first] = Object.entries(evidence)
  return first ? ` (${first[0]} ${Number(first[1].toPrecision(4))})` : ''
}

function outputLine(output: OutputStatus, { columns, coloured }: Frame): string {
  const state = outputWord(output)
  const text = clip(`  since ${clock(output.since)}: ${output.cause}`, columns - 9 - output.name.length - state.length)
  return `output  ${left(output.name, output.name.length)} ${paint(output.actual === true ? 'red' : output.actual === null ? 'warn' : 'bold', state, coloured)}${text}`
}

function outputWord({ kind, wanted, actual }: OutputStatus): string {
  if (kind === 'heartbeat') return 'beats'
  if (wanted === null) return 'not asked yet'
  if (kind === 'sms') return wanted ? 'sending' : actual === null ? 'no word of the modem' : actual ? 'sent' : 'not sent to all'
  if (kind === 'valve') return valveWord(wanted, actual)
  if (actual === wanted) return wanted ? 'ON' : 'off'
  return `asked ${wanted ? 'on' : 'off'}, read back ${actual === null ? 'nothing' : actual ? 'on' : 'off'}`
}

/** Told to close is on; a valve that may be open stays closed until somebody opens it. */
function valveWord(wanted: boolean, actual: boolean | null): string {
  if (actual === null) return `told ${wanted ? 'to close' : 'that it may be opened'}, and cannot be seen`
  if (wanted) return actual ? 'CLOSED' : 'told to close, and is OPEN'
  return actual ? 'closed' : 'open'
}

function linkLines(status: StationStatus, { columns, coloured }: Frame): string[] {
  const up = status.links.filter((link) => link.up).map((link) => `${link.kind} ${link.name} up`)
  const lines = up.length > 0 ? [clip(`links   ${up.join(', ')}`, columns)] : []
  for (const { kind, name, up, detail } of status.links) {
    if (up) continue
    // What to do stands at the end of the sentence.
    const told = shorten(wrap(`${kind} ${name} DOWN: ${detail}`, columns - 8), columns - 8)
    lines.push(...told.map((line) => `        ${paint('bad', line, coloured)}`))
  }
  return lines
}

function messageLine({ messages: { sent, pending, dropped } }: StationStatus): string {
  return `messages  sent ${sent}, waiting ${pending}${dropped > 0 ? `, dropped ${dropped}` : ''}`
}

function heardLine({ topic, text }: Heard, { columns, coloured }: Frame): string {
  const shown = clip(topic, Math.floor(columns * 0.6))
  return `  ${paint('bold', shown, coloured)} ${clip(text, columns - 3 - cellsOf(shown))}`
}

/** What differs between two pictures, as lines: for a log, a pipe, a file. Without a picture before, all that is not at rest. */
export function changeLines(before: StationStatus | null, status: StationStatus): string[] {
  const lines: string[] = []
  const say = (text: string): void => void lines.push(`${clock(status.now)}  ${tame(text)}`)
  for (const link of status.links) {
    const held = before?.links.find(({ name, kind }) => name === link.name && kind === link.kind)
    // At the start nothing is up yet; a link that stays down says why as soon as it knows.
    if (!held || (held.up === link.up && (link.up || held.detail === link.detail))) continue
    say(`${link.kind} ${link.name} ${link.up ? 'is up' : `is DOWN: ${link.detail}`}`)
  }
  for (const bus of status.buses)
    busChanges(
      before?.buses.find(({ name }) => name === bus.name),
      bus,
    ).forEach(say)
  for (const channel of status.channels) {
    const held = before?.channels.find(({ name }) => name === channel.name)
    if (channel.dropped && !held?.dropped) say(`channel ${channel.name} drops rows: their time is not later than that of the row before them`)
    if (!held || held.quality === channel.quality || held.ageMs === null) continue
    say(`channel ${channel.name} is ${channel.quality}${channel.reason ? `: ${channel.reason}` : ''} (was ${held.quality})`)
  }
  for (const alarm of status.alarms) {
    const held = before?.alarms.find(({ name }) => name === alarm.name)
    const from = held?.level ?? 'none'
    if (from !== alarm.level || held?.dataLost !== alarm.dataLost || (held && lifeText(held.life) !== lifeText(alarm.life)))
      say(`alarm ${alarm.name}: ${from} -> ${alarm.level === 'none' && alarm.dataLost ? 'LOST' : alarm.level.toUpperCase()}  ${whyText(alarm)}`)
  }
  for (const output of status.outputs) {
    const held = before?.outputs.find(({ name }) => name === output.name)
    const word = outputWord(output)
    if (output.wanted !== null && (!held || outputWord(held) !== word)) say(`output ${output.name} ${word}: ${output.cause}`)
  }
  return lines
}

/** A bus in trouble, and devices that were lost or are back; that it is up or down stands with the links. */
function busChanges(before: BusStatus | undefined, bus: BusStatus): string[] {
  const troubled = ({ state }: BusStatus): boolean => state === 'overload' || state === 'damaged'
  const lines: string[] = []
  if (troubled(bus) && before?.state !== bus.state) lines.push(`bus ${bus.name} ${bus.state.toUpperCase()}: ${bus.detail}`)
  // Down, it gives nothing of any device: the one line about it is enough.
  if (bus.state === 'down' || before?.state === 'down') return lines
  if (before && troubled(before) && bus.state === 'up') lines.push(`bus ${bus.name} is well again (was ${before.state})`)
  for (const { name, lostSince, backOff } of bus.devices) {
    const was = before?.devices.find((device) => device.name === name)?.lostSince ?? null
    if (lostSince !== null && was === null)
      lines.push(`device ${name} (bus ${bus.name}) ${backOff ? `is silent: ${backOff.misses} polls missed` : 'gives no values'}`)
    if (lostSince === null && was !== null) lines.push(`device ${name} (bus ${bus.name}) is back`)
  }
  return lines
}
