/** The topic grammar: `hp/v1/{area}/{site}/{station}/...`, built and taken apart; the same words stand in contract/asyncapi.yaml. */
import { type Address, type Lane, laneOf, type Message, VERSION } from './messages.ts'

/** Ids of areas, sites, stations, channels, alarms: safe in a topic, a file name and a URL. 40 letters are enough for a place's name in pinyin. */
const ID = /^[a-z0-9-]{1,40}$/

export const isId = (text: string): boolean => ID.test(text)

/** All that any station of this version says. */
export const EVERYTHING = `hp/v${VERSION}/#`

/** The last word of a topic; an alarm's has one more, the alarm's name. */
export const leaves = ['live', 'backfill', 'alarm', 'log', 'status', 'health', 'command', 'result'] as const
export type Leaf = (typeof leaves)[number]

type Place = Pick<Address, 'area' | 'site' | 'station'>

export interface Topic extends Place {
  leaf: Leaf
  /** There for `alarm`, and only there. */
  alarm?: string
}

/** Throws on a word that is no id: the site file is checked before anything travels, so that is our own mistake. */
export function topicText(topic: Topic): string {
  const { area, site, station, leaf, alarm } = topic
  if ((leaf === 'alarm') !== (alarm !== undefined)) throw new Error(`the topic of ${leaf} ${alarm === undefined ? 'lacks' : 'has'} the name of an alarm`)
  const ids = alarm === undefined ? [area, site, station] : [area, site, station, alarm]
  for (const id of ids) if (!isId(id)) throw new Error(`"${id}" cannot stand in a topic`)
  return `hp/v${VERSION}/${area}/${site}/${station}/${leaf}${alarm === undefined ? '' : `/${alarm}`}`
}

/** Null for a topic that is not of this grammar. */
export function parseTopic(text: string): Topic | null {
  const [root, version, area = '', site = '', station = '', word = '', alarm, ...rest] = text.split('/')
  const leaf = leaves.find((one) => one === word)
  if (root !== 'hp' || version !== `v${VERSION}` || leaf === undefined || rest.length > 0) return null
  if (![area, site, station].every(isId)) return null
  if ((leaf === 'alarm') !== (alarm !== undefined)) return null
  if (alarm === undefined) return { area, site, station, leaf }
  return isId(alarm) ? { area, site, station, leaf, alarm } : null
}

/** Where a message goes. The same live rows go elsewhere when they are late: back-fill never travels among the live. */
export function topicOf(message: Message, identity: Place, lane: Lane = laneOf(message)): string {
  const { area, site, station } = identity
  switch (message.kind) {
    case 'live':
      return topicText({ area, site, station, leaf: lane === 'backfill' ? 'backfill' : 'live' })
    case 'alarm':
      return topicText({ area, site, station, leaf: 'alarm', alarm: message.alarm })
    case 'log':
    case 'act':
      return topicText({ area, site, station, leaf: 'log' })
    case 'status':
    case 'health':
    case 'result':
      return topicText({ area, site, station, leaf: message.kind })
  }
}

/** States are retained, so that who comes late knows how things stand; what happened is told once. */
export const isRetained = (message: Message): boolean => message.kind === 'alarm' || message.kind === 'status' || message.kind === 'health'

export const commandTopic = ({ area, site, station }: Place): string => topicText({ area, site, station, leaf: 'command' })
