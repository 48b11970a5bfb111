// A bus with virtual devices on it: registers of their profiles, answers that take time, and faults by script.

import { emptyImage, encodeProfile, type RegisterImage } from '../../devicejs/encode.ts'
import type { PolledDevice, Profile } from '../../devicejs/profile.ts'
import { readProfile } from '../../devicejs/profile-file.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import type { Block, Bus, BusHealth, Clock, Fault, Reply } from '../../protocol/ports.ts'
import { instant, millis } from '../../protocol/time.ts'
import type { VirtualClock } from './virtual.ts'

export function profileOf(text: string): Profile {
  const read = readProfile(`title: t\nsource: s\n${text}`, 'test.yaml', 'test')
  if ('faults' in read) throw new Error(formatFaults(read.faults))
  return read.profile
}

export function device(name: string, profile: Profile, more: Partial<PolledDevice> = {}): PolledDevice {
  const channels = profile.channels.map(({ name: from }, channel) => ({ from, channel }))
  return { name, unit: 1, every: millis(1000), timeoutMs: 300, retries: 1, profile, channels, ...more }
}

/** Station time is the virtual time; wall time stands `aheadMs` before it. */
export const stationClock = (clock: VirtualClock, aheadMs: () => number = () => 1_000_000): Clock => ({
  now: () => ({ at: millis(clock.now()), wall: instant(clock.now() + aheadMs()), wallQuality: 'synchronised' }),
  until: (at, stop) =>
    new Promise((resolve) => {
      if (stop?.aborted) return resolve()
      const cancel = Number.isFinite(at) ? clock.after(at - clock.now(), resolve) : () => {}
      stop?.addEventListener('abort', () => {
        cancel()
        resolve()
      })
    }),
})

export interface Field extends Bus {
  /** All that was asked, in order. */
  asked: (Block & { at: number; words?: number[] })[]
  show(unit: number, profile: Profile, values: Record<string, number | null>, aside?: Parameters<typeof encodeProfile>[2]): void
  image(unit: number): RegisterImage
  /** A fault for a request, or null for its answer. */
  fate: (block: Block, number: number) => Fault | { code: number } | null
  trouble: string
}

/** The health of a line that is open and free of trouble, but for what is said. */
export const healthOf = (said: Partial<BusHealth>): BusHealth => ({
  open: true,
  requests: 0,
  answers: 0,
  faults: {},
  late: 0,
  exceptions: {},
  busyMs: 0,
  openings: 1,
  latencyMs: null,
  step: null,
  trouble: '',
  ...said,
})

/** An answer takes `answerMs`; a timeout takes its time, other faults that of an answer. */
export function field(clock: VirtualClock, answerMs = 20): Field {
  const images = new Map<number, RegisterImage>()
  const image = (unit: number): RegisterImage => {
    const held = images.get(unit) ?? emptyImage()
    images.set(unit, held)
    return held
  }
  const held: Field = {
    asked: [],
    image,
    fate: () => null,
    trouble: '',
    show: (unit, profile, values, aside) => {
      encodeProfile(profile, new Map(Object.entries(values)), aside, image(unit))
    },
    read: (block, timeoutMs) => transact(block, timeoutMs),
    write: (block, words, timeoutMs) => transact(block, timeoutMs, [...words]),
    health: () => healthOf({ open: held.trouble === '', requests: held.asked.length, trouble: held.trouble }),
    close: async () => {},
  }
  async function transact(block: Block, timeoutMs: number, words?: number[]): Promise<Reply> {
    held.asked.push({ ...block, at: clock.now(), ...(words ? { words } : {}) })
    const fate = held.fate(block, held.asked.length)
    await clock.wait(fate === 'timeout' ? timeoutMs : answerMs)
    if (typeof fate === 'string') return { ok: false, fault: fate }
    if (fate) return { ok: false, fault: 'exception', code: fate.code }
    const registers = image(block.unit)[block.table]
    for (const [at, word] of (words ?? []).entries()) registers.set(block.address + at, word)
    const found = Array.from({ length: block.count }, (_, at) => registers.get(block.address + at))
    if (found.some((word) => word === undefined)) return { ok: false, fault: 'exception', code: 2 }
    return { ok: true, words: Uint16Array.from(found as number[]) }
  }
  return held
}
