/** Which commands of a platform reach the station: whole, fresh, new ones, at a bearable rate. The others are counted by why not. */
import { decodeCommand, MAX_COMMAND_CHARS } from '../../protocol/encodings/json.ts'
import type { Command } from '../../protocol/messages.ts'
import type { Moment } from '../../protocol/time.ts'

/** Ids that are remembered, so that a command that QoS 1 brings twice is done once: more than a platform asks in an hour. */
const REMEMBERED = 256

/** A person asks a few times a minute; more is a loop somewhere, and every answer costs airtime. */
const PER_MINUTE = 30

export type Refusal = 'retained' | 'too long' | 'malformed' | 'expired' | 'repeated' | 'too many'

export interface Gate {
  /** The command, or why it is dropped. */
  take(payload: Uint8Array, retained: boolean, now: Moment): Command | Refusal
  refused(): Partial<Record<Refusal, number>>
}

export function openGate(): Gate {
  const known = new Set<string>()
  const refused: Partial<Record<Refusal, number>> = {}
  let minute = Number.NaN
  let taken = 0

  function judge(payload: Uint8Array, retained: boolean, now: Moment): Command | Refusal {
    // A retained command would be obeyed again at each start, for years.
    if (retained) return 'retained'
    if (payload.length > MAX_COMMAND_CHARS) return 'too long'
    const command = decodeCommand(new TextDecoder().decode(payload))
    if (typeof command === 'string') return 'malformed'
    // Of a signed one it is judged, and answered, behind its signature.
    if (command.signature === undefined && command.expires !== undefined && command.expires <= now.wall) return 'expired'
    if (known.has(command.id)) return 'repeated'
    if (Math.floor(now.at / 60_000) !== minute) [minute, taken] = [Math.floor(now.at / 60_000), 0]
    if (taken >= PER_MINUTE) return 'too many'
    taken++
    known.add(command.id)
    const [oldest] = known
    if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest)
    return command
  }

  return {
    take(payload, retained, now) {
      const answer = judge(payload, retained, now)
      if (typeof answer === 'string') refused[answer] = (refused[answer] ?? 0) + 1
      return answer
    },
    refused: () => ({ ...refused }),
  }
}
