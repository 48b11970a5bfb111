/** The last exchanges with each unit of a line, byte for byte: what a value was made of, for whoever asks. */
import type { Exchange } from '../protocol/ports.ts'

/** A poll of most instruments is one request, of the widest two or three. */
const KEPT = 4

/** The longest frame of Modbus TCP; of a longer one (a text in frames of its own) the beginning. */
const MOST_BYTES = 260

export interface Exchanges {
  /** `trouble`: why there is no answer, or what is wrong with it; empty where it is one. Copies, and allocates nothing once a unit has been heard of. */
  note(unit: number, at: number, request: Uint8Array, answer: Uint8Array, trouble: string): void
  /** The oldest first. */
  of(unit: number): Exchange[]
}

interface Slot {
  at: number
  trouble: string
  request: Bytes
  answer: Bytes
}

interface Bytes {
  held: Uint8Array
  length: number
}

const bytes = (): Bytes => ({ held: new Uint8Array(MOST_BYTES), length: 0 })

function keep(into: Bytes, from: Uint8Array): void {
  into.length = Math.min(from.length, MOST_BYTES)
  for (let i = 0; i < into.length; i++) into.held[i] = from[i] as number
}

export function makeExchanges(): Exchanges {
  const units = new Map<number, { slots: Slot[]; count: number }>()
  return {
    note(unit, at, request, answer, trouble) {
      let held = units.get(unit)
      if (!held) {
        held = { slots: Array.from({ length: KEPT }, () => ({ at: 0, trouble: '', request: bytes(), answer: bytes() })), count: 0 }
        units.set(unit, held)
      }
      const slot = held.slots[held.count++ % KEPT] as Slot
      slot.at = at
      slot.trouble = trouble
      keep(slot.request, request)
      keep(slot.answer, answer)
    },
    of(unit) {
      const { slots = [], count = 0 } = units.get(unit) ?? {}
      const kept = Math.min(count, KEPT)
      return Array.from({ length: kept }, (_, k) => {
        const { at, trouble, request, answer } = slots[(count - kept + k) % KEPT] as Slot
        return { at, trouble, request: request.held.slice(0, request.length), answer: answer.held.slice(0, answer.length) }
      })
    },
  }
}
