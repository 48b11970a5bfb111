/** Uplinks of a site: which platform is told what, over which connection. */
import { durationText, readDuration } from '../../protocol/files/schema.ts'
import { type Millis, millis } from '../../protocol/time.ts'
import type { ReportPlan } from '../core/plan.ts'
import type { Channels } from './channels.ts'
import type { Draft } from './draft.ts'
import type { UplinkFile } from './file.ts'
import type { UplinkSpec } from './site.ts'

/** For channels that `report` does not name: a minute's delay of plain values harms nobody, and batches make one message of many. */
const USUAL_EVERY_MS = millis(60_000)

/** Keys of `report` that are no channels. */
const REST = 'rest'
const ALARMS = 'alarms'

export function readUplinks(draft: Draft, channels: Channels): { uplinks: UplinkSpec[]; reports: ReportPlan[] } {
  const uplinks: UplinkSpec[] = []
  const reports: ReportPlan[] = []
  for (const key of [REST, ALARMS])
    if (channels.number.has(key)) draft.wrong(['channels', key], `\`${key}\` has a meaning of its own in report`, 'choose another name', { of: 'key' })
  for (const [index, written] of draft.written.publish.entries()) {
    const uplink = readUplink(draft, index, written)
    const path = ['publish', index]
    if (uplinks.some(({ name }) => name === uplink.name))
      draft.wrong([...path, 'to'], `\`${uplink.name}\` is told already`, 'give each uplink a name of its own')
    const twin = uplinks.find(({ clientId, url }) => clientId === uplink.clientId && url === uplink.url)
    if (twin)
      draft.wrong(
        [...path, written.clientId === undefined ? 'broker' : 'clientId'],
        `\`${twin.name}\` is the client \`${uplink.clientId}\` of this broker too`,
        'two clients of one id throw each other out for ever: give each its own clientId',
      )
    uplinks.push(uplink)
    reports.push({ uplink: uplink.name, heartbeat: written.heartbeat, channels: readReport(draft, index, written, channels) })
  }
  if (uplinks.length === 0) draft.odd(['publish'], 'nobody is told: the station warns on the spot only', 'add a platform under publish')
  return { uplinks, reports }
}

function readUplink(draft: Draft, index: number, written: UplinkFile): UplinkSpec {
  const { site } = draft.written
  const path = ['publish', index]
  const url = readUrl(draft, path, written)
  if (written.password && written.username === undefined) draft.wrong([...path, 'password'], 'a password without a username', 'add `username`', { of: 'key' })
  if (written.tls && (written.tls.cert === undefined) !== (written.tls.key === undefined))
    draft.wrong([...path, 'tls'], 'a certificate and its key belong together', 'give both cert and key, or neither', { of: 'key' })
  const near = (file: string | undefined): string | null => (file === undefined ? null : beside(draft.yaml.file, file))
  const { tls, password } = written
  return {
    name: written.to,
    url,
    protocol: written.mqtt,
    encoding: written.encoding,
    clientId: written.clientId ?? `hp-${site.area}-${site.id}-${site.station}-${written.to}`,
    username: written.username ?? null,
    passwordFrom: !password ? null : 'env' in password ? password.env : near(password.file),
    tls: url.startsWith('mqtts:') ? { ca: near(tls?.ca), cert: near(tls?.cert), key: near(tls?.key) } : null,
    keepaliveS: Math.round(written.keepalive / 1000),
    window: written.window,
    health: written.health === 'never' ? null : written.health,
  }
}

function readUrl(draft: Draft, path: (string | number)[], written: UplinkFile): string {
  const at = [...path, 'broker']
  if (!URL.canParse(written.broker)) {
    draft.wrong(at, `"${written.broker}" is no address`, 'write mqtts://host:port')
    return written.broker
  }
  const url = new URL(written.broker)
  if (url.protocol !== 'mqtt:' && url.protocol !== 'mqtts:')
    draft.wrong(at, `${url.protocol}// is not spoken here`, 'write mqtts://host:port, or mqtt://host:port on this machine')
  if (url.hostname === '') draft.wrong(at, 'the host is missing', 'write mqtts://host:port')
  if (url.username !== '' || url.password !== '')
    draft.wrong(at, 'a login does not stand in the address', 'give `username`, and the password by `password: { env: NAME }` or `{ file: path }`')
  if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '' || url.hash !== '')
    draft.wrong(at, 'something follows the host and port', 'write mqtts://host:port; topics are fixed: hp/v1/{area}/{site}/{station}/...')
  if (url.protocol === 'mqtt:') {
    if (written.tls) draft.wrong([...path, 'tls'], 'tls on mqtt://', 'write mqtts://', { of: 'key' })
    if (!isHere(url.hostname) && written.plaintext !== 'accepted')
      draft.wrong(
        at,
        'mqtt:// to another machine: everybody on the way can read and forge',
        'write mqtts://, or, where the way is guarded otherwise, add `plaintext: accepted`',
      )
    else if (!isHere(url.hostname) && written.password) draft.odd([...path, 'password'], 'this password travels in plain text', 'use mqtts://')
  } else if (written.plaintext) draft.wrong([...path, 'plaintext'], 'mqtts:// is not plain', 'take `plaintext` away', { of: 'key' })
  return written.broker
}

const isHere = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)

const REPORT = /^(?:(on change)(?: or (?:every )?(\S+))?|(?:every )?(\S+))$/

function readReport(draft: Draft, index: number, { report }: UplinkFile, channels: Channels): ReportPlan['channels'] {
  const path = ['publish', index, 'report']
  for (const [name, text] of Object.entries(report)) {
    if (name === ALARMS && text !== 'now') draft.wrong([...path, name], `alarms are told at once, not "${text}"`, 'write `alarms: now`, or leave it out')
    if (name !== ALARMS && name !== REST && !Object.hasOwn(draft.written.channels, name))
      draft.unknown([...path, name], 'channel', name, [REST, ALARMS, ...Object.keys(draft.written.channels)], { of: 'key' })
  }
  const read = (name: string): Omit<ReportPlan['channels'][number], 'channel'> | null => {
    const text = report[name]
    if (text === undefined) return { every: USUAL_EVERY_MS, onChange: false }
    if (text === 'never') return null
    const [, change, atLeast, plain] = REPORT.exec(text) ?? []
    const every = change !== undefined && atLeast === undefined ? LONGEST_SILENCE : readDuration(atLeast ?? plain ?? '')
    if (every === null || every < LEAST_EVERY_MS) {
      draft.wrong(
        [...path, name],
        `"${text}" is no way to report`,
        `write 10min, on change, on change or 10min, or never; at least ${durationText(LEAST_EVERY_MS)}`,
      )
      return null
    }
    return { every, onChange: change !== undefined }
  }
  const rest = read(REST)
  return [...channels.number].flatMap(([name, channel]) => {
    const line = Object.hasOwn(report, name) ? read(name) : rest
    return line ? [{ channel, ...line }] : []
  })
}

/** Of a channel that is told on change: at least once a day, so that a platform sees that it is still there. */
const LONGEST_SILENCE: Millis = millis(86_400_000)

/** More often is what `on change` is for. */
const LEAST_EVERY_MS = 1000

/** A path in the file is seen from the file. It always has a slash, by which it is told from an environment variable. */
function beside(file: string, path: string): string {
  const folder = file.slice(0, file.lastIndexOf('/') + 1)
  return path.startsWith('/') ? path : (folder || './') + path.replace(/^\.\//, '')
}
