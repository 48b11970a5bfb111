/** Arguments of the command line that both programs take, read and refused in one way. */
import { readDuration } from '../../protocol/files/schema.ts'
import type { Millis } from '../../protocol/time.ts'

/** All unit ids of a line; a range of baud rates is a slip. */
const MOST_NUMBERS = 256

/** `30s`, as site files write it, and more than nothing; throws a sentence where it is none. `refuse` makes the error of whoever reads the command line. */
export function durationArgument(refuse: (sentence: string) => Error): (text: string) => Millis {
  return (text) => {
    const ms = readDuration(text)
    if (ms === null || ms <= 0) throw refuse('Give a number above 0 and one of ms, s, min, h, d: 30s.')
    return ms
  }
}

/** `1-247`, `1,5,20-30`: whole numbers within bounds, each once, in the order given. */
export function numbersArgument(least: number, most: number, refuse: (sentence: string) => Error): (text: string) => number[] {
  return (text) => {
    const numbers = text.split(',').flatMap((part) => {
      const [, from = '', to = from] = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(part.trim()) ?? []
      const [first, last] = [Number(from), Number(to)]
      if (from === '' || first > last || first < least || last > most)
        throw refuse(`Give whole numbers from ${least} to ${most}: ${least},${least + 1} or ${least}-${most}.`)
      return last - first > MOST_NUMBERS ? [] : Array.from({ length: last - first + 1 }, (_, index) => first + index)
    })
    if (numbers.length === 0) throw refuse(`Give at most ${MOST_NUMBERS} of them.`)
    return [...new Set(numbers)]
  }
}

/** A number as people write it. */
export function numberArgument(refuse: (sentence: string) => Error): (text: string) => number {
  return (text) => {
    if (!/^[+-]?\d{1,15}(\.\d{1,15})?$/.test(text.trim())) throw refuse('Give a number, such as 12.5.')
    return Number(text)
  }
}

/** A day and a time with their offset from UTC: who enters a reading may stand elsewhere than the station. In wall milliseconds. */
export function instantArgument(refuse: (sentence: string) => Error): (text: string) => number {
  return (text) => {
    const [, day = ''] = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/.exec(text) ?? []
    const at = isDay(day) ? Date.parse(text) : Number.NaN
    if (Number.isNaN(at)) throw refuse('Give day, time and offset from UTC: 2026-07-01T10:30+08:00.')
    return at
  }
}

/** The 30th of February is no day, though Date.parse takes it for the 2nd of March: a reading would be entered two days from where it was read. */
function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text)
}

/** One of a few words, several of them joined by commas. */
export function wordsArgument<const W extends string>(words: readonly W[], refuse: (sentence: string) => Error): (text: string) => W[] {
  return (text) =>
    text.split(',').map((part) => {
      const word = words.find((known) => known === part.trim())
      if (word === undefined) throw refuse(`Give one or more of ${words.join(', ')}.`)
      return word
    })
}
