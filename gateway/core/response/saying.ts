/** What an output says to people: the site's own words, or words made of the alarm, its colour, the place and the time. */
import type { Level } from '../../../protocol/level.ts'
import type { Mode } from '../../../protocol/messages.ts'
import type { Millis, Moment } from '../../../protocol/time.ts'
import { type Language, languages, type ResponsePlan, type Words } from '../plan.ts'

const colourWords: Record<Language, readonly [string, string, string, string, string]> = {
  zh: ['', '蓝色', '黄色', '橙色', '红色'],
  en: ['', 'blue ', 'yellow ', 'orange ', 'red '],
}

/** Said before everything that is not meant in earnest, so that nobody runs for a rehearsal or stays for it. */
const rehearsal: Record<Exclude<Mode, 'actual'>, Record<Language, string>> = {
  drill: { zh: '演练，演练。', en: 'This is a drill. ' },
  test: { zh: '测试，测试。', en: 'This is a test. ' },
  replay: { zh: '回放。', en: 'This is a replay. ' },
}

/** The words in the languages of the site, one after the other; in those that there are, where the site's own are not. */
export function spoken(words: Words, mode: Mode, wanted: readonly Language[]): string {
  const known = (among: readonly Language[]): Language[] => among.filter((language) => words[language] !== undefined)
  const told = known(wanted).length > 0 ? known(wanted) : known(languages)
  return told.map((language) => (mode === 'actual' ? '' : rehearsal[mode][language]) + words[language]).join(' ')
}

/** `name`: the alarm or detector behind it. Without a known time none is told: a wrong one makes a fresh warning look like an old one. */
export function warningWords(name: string, level: Level, { place, tests }: ResponsePlan, now: Moment): Words {
  const time = localTime(now, tests.utcOffset)
  return {
    zh: `${place}${name}，${colourWords.zh[level]}预警${time && `，${time}`}。`,
    en: `${place}: ${name}, ${colourWords.en[level]}warning${time && `, ${time}`}.`,
  }
}

/** That nothing is known of an alarm any more, and how it stood: nobody may take it for the end of the danger. */
export function lostWords(name: string, level: Level, { place, tests }: ResponsePlan, now: Moment): Words {
  const time = localTime(now, tests.utcOffset)
  return {
    zh: `${place}${name}，数据中断，此前为${colourWords.zh[level]}预警，并未解除，请到现场查看${time && `，${time}`}。`,
    en: `${place}: ${name}, data lost; it stood at ${colourWords.en[level]}warning and is not over. Look at the place${time && `, ${time}`}.`,
  }
}

/** So many names fit into a message that people read to its end. */
const MOST_NAMED = 6

/** Of several alarms at once, where there are too many to tell each alone; the highest first. */
export function digestWords(named: readonly { name: string; level: Level }[], { place, tests }: ResponsePlan, now: Moment): Words {
  const time = localTime(now, tests.utcOffset)
  const shown = [...named].sort((a, b) => b.level - a.level).slice(0, MOST_NAMED)
  const more = named.length - shown.length
  return {
    zh: `${place}多项预警：${shown.map(({ name, level }) => `${name}${colourWords.zh[level]}`).join('、')}${more > 0 ? `等${named.length}项` : ''}${time && `，${time}`}。`,
    en: `${place}: ${named.length} warnings: ${shown.map(({ name, level }) => `${name} ${colourWords.en[level].trim()}`).join(', ')}${more > 0 ? ` and ${more} more` : ''}${time && `, ${time}`}.`,
  }
}

/** What a test says of itself; `spoken` puts the announcement before it. */
export const testWords = (place: string): Words => ({
  zh: `${place}警报设备测试，没有危险。`,
  en: `${place}: test of the warning equipment. There is no danger.`,
})

/** Month, day, hour and minute at the place; empty where the wall clock is not known. */
function localTime({ wall, wallQuality }: Moment, utcOffset: Millis): string {
  if (wallQuality === 'unsynchronised') return ''
  const [day = '', time = ''] = new Date(wall + utcOffset).toISOString().split('T')
  return `${day.slice(5)} ${time.slice(0, 5)}`
}
