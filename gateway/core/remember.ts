/** What a station takes over from its life before: the levels and lives of its alarms, and what its stages keep. */
import type { Level } from '../../protocol/level.ts'
import type { Remembered } from '../../protocol/recording.ts'
import { type Millis, type Moment, millis, NEVER } from '../../protocol/time.ts'
import { type Alarm, type KeptAlarm, keptOf, recallAlarm } from './alarm/alarm.ts'
import { type KeptLife, keptLife, recallLife } from './alarm/living.ts'
import type { Machine } from './channel.ts'
import { isInhibited } from './channel-acts.ts'
import { BY_CALENDAR } from './plan.ts'
import type { Stage } from './stage.ts'

interface Keeping {
  alarms: Alarm[]
  machine: Machine
}

interface KeptParts {
  judged: KeptAlarm
  life: KeptLife
  /** Of the station's own alarms: what they stand for. */
  faults?: readonly string[]
}

/** All that shall outlive the process, as it stands now; station times are of this life, and the next one runs on from there. */
export function remember({ alarms, machine }: Keeping, moment: Moment): Remembered {
  const parts: Remembered['parts'] = {}
  for (const alarm of alarms) {
    const kept: KeptParts = { judged: keptOf(alarm), life: keptLife(alarm.life), ...(alarm.technical && { faults: [...alarm.unknown] }) }
    parts[`alarm ${alarm.name}`] = kept
  }
  // One part for all, so that the end of the last is kept too.
  parts.inhibited = Object.fromEntries(
    machine.channels.filter((channel) => isInhibited(channel, moment.at)).map(({ plan, inhibitedUntil }) => [plan.name, inhibitedUntil]),
  )
  // Likewise.
  parts.season = machine.seasons.ordered ?? BY_CALENDAR
  for (const [name, stage] of keepers(machine)) {
    const kept = stage.kept?.()
    if (kept !== undefined && kept !== null) parts[name] = kept
  }
  return { moment, parts }
}

/**
 * Takes it back, before anything is judged. The start is in station time that runs on from what is remembered, with the outage where it is
 * known; where it is not, nobody can say whether what keeps an alarm quiet is over: it is.
 */
export function recall({ alarms, machine }: Keeping, { moment, parts }: Remembered, start: Moment): void {
  const isOutageKnown = isTimeKnown(moment) && isTimeKnown(start)
  for (const alarm of alarms) {
    const kept = parts[`alarm ${alarm.name}`]
    if (!isKept(kept)) continue
    if (alarm.technical) recallFaults(alarm, kept)
    else if (canBe(alarm, kept.judged)) recallAlarm(alarm, kept.judged)
    recallLife(alarm.life, kept.life, alarm.lost > alarm.level ? alarm.lost : alarm.level)
    if (isOutageKnown) continue
    if (alarm.life.shelfUntil !== NEVER) alarm.life.shelfUntil = start.at
    if (alarm.life.outUntil !== NEVER) alarm.life.outUntil = start.at
  }
  const inhibited = (parts.inhibited ?? {}) as Record<string, unknown>
  for (const channel of machine.channels) {
    const until = inhibited[channel.plan.name]
    if (isOutageKnown && typeof until === 'number') channel.inhibitedUntil = millis(until)
  }
  // A season that the site file does not name any more is refused, and the calendar is followed.
  if (typeof parts.season === 'string') machine.seasons.order(parts.season)
  for (const [name, stage] of keepers(machine)) if (name in parts) stage.recall?.(parts[name])
}

/** They are looked for anew; until then they stand as they stood (see alarm/held.ts). */
function recallFaults(alarm: Alarm, { judged, faults }: KeptParts): void {
  if (!faults || faults.length === 0) return
  alarm.unknown = [...faults]
  alarm.level = 1
  alarm.since = judged.since
}

const isTimeKnown = ({ wallQuality }: Moment): boolean => wallQuality !== 'unsynchronised'

/** Station time at a start: it runs on from the last that is remembered, and over the outage where both ends of it are known. */
export function resumeAt(remembered: Remembered | null, start: Moment): Millis {
  if (!remembered) return millis(0)
  const { moment } = remembered
  return millis(moment.at + (isTimeKnown(moment) && isTimeKnown(start) ? Math.max(0, start.wall - moment.wall) : 0))
}

/** Every quality test, derivation and detector that keeps something; what is no longer of its form it passes over. */
function* keepers({ channels, detectors }: Machine): Iterable<[string, Stage]> {
  for (const { plan, tests, maker } of channels) {
    for (const [index, test] of tests.entries()) if (test.kept) yield [`test ${plan.name}/${index}/${plan.quality[index]?.kind}`, test]
    if (maker?.kept) yield [`stage ${plan.name}/${plan.derivation?.kind}`, maker]
  }
  for (const { name, detector } of detectors) if (detector.kept) yield [`detector ${name}`, detector]
}

/** Of another version, or damaged by hand: it is as if there was none. */
function isKept(kept: unknown): kept is KeptParts {
  const { judged, life, faults = [] } = (kept ?? {}) as Partial<KeptParts>
  const isPlain = (value: unknown): boolean => typeof value === 'object' && value !== null
  if (!isPlain(judged) || !isPlain(life) || !judged || !life) return false
  const isEnd = (value: unknown): boolean => value === null || typeof value === 'number'
  return (
    [judged.level, judged.since, judged.lost, judged.reached, life.occurrence].every((value) => typeof value === 'number') &&
    [judged.past, judged.held, life.past, life.flags].every(isPlain) &&
    [life.shelfUntil, life.outUntil].every(isEnd) &&
    Array.isArray(faults) &&
    [life.by, life.reason, ...faults].every((value) => typeof value === 'string') &&
    ['none', 'timed', 'oneShot'].includes(life.flags.shelf)
  )
}

/** The site file may have lost a colour since: nothing could ever end it. */
const canBe = ({ conditions }: Alarm, { level, lost }: KeptAlarm): boolean => {
  const can = (one: Level): boolean => one === 0 || conditions.some((asked) => asked.level === one)
  return can(level) && can(lost)
}
