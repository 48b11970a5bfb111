/** Arguments of the command line that both programs take, read and refused in one way. */
import { readDuration } from '../../protocol/files/schema.ts'
import type { Millis } from '../../protocol/time.ts'

/** `30s`, as site files write it; throws a sentence where it is none. `refuse` makes the error of whoever reads the command line. */
export function durationArgument(refuse: (sentence: string) => Error): (text: string) => Millis {
  return (text) => {
    const ms = readDuration(text)
    if (ms === null) throw refuse('Give a number and one of ms, s, min, h, d: 30s.')
    return ms
  }
}
