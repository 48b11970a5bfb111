// The one place that touches the machine's clocks and timers: station time, wall time, bus time, and waiting on each.

import { existsSync } from 'node:fs'
import type { BusClock, Clock } from '../../protocol/ports.ts'
import { type Instant, instant, type Millis, millis, type WallQuality } from '../../protocol/time.ts'

/** A timer of Node counts in 31 bits and fires at once beyond; longer waits are made of pieces of at most a day. */
const longestTimerMs = 86_400_000

/** Whether the wall clock is set by somebody is asked of the machine once in this time: it changes in minutes, and each asking is a file access. */
const askQualityEveryMs = 10_000

/** systemd-timesyncd makes this file when it has set the clock (systemd-timesyncd.service(8)). Its absence proves nothing, so the clock is then called unsynchronised. */
const synchronisedFile = '/run/systemd/timesync/synchronized'

/** Milliseconds that never step, from an arbitrary start. */
export const monotonicMs = (): number => performance.now()

/** Wall time as the machine believes it; it may step. */
export const wallNow = (): Instant => instant(Date.now())

/** Calls `act` once, not before `ms` have passed; the answer cancels it. Node's own timer may be up to a millisecond early. */
export function afterMs(ms: number, act: () => void): () => void {
  const due = performance.now() + ms
  let timer: NodeJS.Timeout
  const arm = () => {
    const left = due - performance.now()
    if (left <= 0) return act()
    timer = setTimeout(arm, Math.min(Math.ceil(left), longestTimerMs))
  }
  timer = setTimeout(arm, Math.min(Math.max(Math.ceil(ms), 0), longestTimerMs))
  return () => clearTimeout(timer)
}

/** A block is ended so much before its time, for the kernel wakes a sleeper up late by its timer slack of 50 us; the rest is spun away. */
const wakeEarlyMs = 0.06

/** All lines together may hold the process for a fifth of its time; the other polls, and the alarms, have the rest. Saved up for a few holds in a row. */
const holdShare = 0.2
const holdMostMs = 3

let holdMs = holdMostMs // what is saved
let savedAt = performance.now()
const cell = new Int32Array(new SharedArrayBuffer(4))

/** Blocks until then, where that much has been saved; false where it has not. */
function hold(until: number): boolean {
  const now = performance.now()
  holdMs = Math.min(holdMostMs, holdMs + holdShare * (now - savedAt))
  savedAt = now
  if (until - now > holdMs) return false
  holdMs -= Math.max(0, until - now)
  if (until - now > wakeEarlyMs) Atomics.wait(cell, 0, 0, until - now - wakeEarlyMs)
  while (performance.now() < until);
  return true
}

/** Like `afterMs`, and at most `slackMs` too late where that can be had by holding the process for less than a millisecond. */
export function sharplyAfterMs(ms: number, slackMs: number, act: () => void): () => void {
  const due = performance.now() + ms
  let timer: NodeJS.Timeout | undefined
  let soon: NodeJS.Immediate | undefined
  const arm = (asking = false) => {
    const left = due - performance.now()
    const whole = Math.floor(left)
    // A timer that is set for the next whole millisecond ends late by what is missing to it.
    if (left > 0 && whole + 1 - left <= slackMs) timer = setTimeout(arm, Math.min(whole + 1, longestTimerMs))
    else if (whole > 0) timer = setTimeout(arm, Math.min(whole, longestTimerMs))
    // Never within the call: who asks gets the means to cancel before anything happens.
    else if (asking) soon = setImmediate(arm)
    else if (left <= 0 || hold(due)) act()
    else timer = setTimeout(arm, 1)
  }
  arm(true)
  return () => {
    clearImmediate(soon)
    clearTimeout(timer)
  }
}

/** Calls `act` each `ms`, the first time after one of them; beats that a busy process missed are left out, not made up. The answer ends it. */
export function everyMs(ms: number, act: () => void): () => void {
  const timer = setInterval(act, ms)
  return () => clearInterval(timer)
}

/** Resolves after `ms`, or at once when `stop` is aborted; never rejects. */
export function waitMs(ms: number, stop?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop?.aborted) return resolve()
    const done = () => {
      cancel()
      stop?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = afterMs(ms, done)
    stop?.addEventListener('abort', done)
  })
}

/** The clock of a real line. */
export const realBusClock = (): BusClock => ({ now: monotonicMs, wait: waitMs, after: afterMs, sharp: sharplyAfterMs })

export interface ClockOptions {
  /** Station time at the start; runs on from the journal's last value after an outage. */
  from?: Millis
  /** Wall time at the start of a scaled clock; the machine's own by default. */
  wall?: Instant
  wallQuality?: () => WallQuality
}

/** Station time on the monotonic clock, wall time as the machine has it. */
export function realClock({ from = millis(0), wallQuality = machineQuality() }: ClockOptions = {}): Clock {
  const start = performance.now()
  const at = () => millis(from + performance.now() - start)
  return {
    now: () => ({ at: at(), wall: wallNow(), wallQuality: wallQuality() }),
    until: (due, stop) => waitMs(due - at(), stop),
  }
}

/** A clock that runs `speed` times as fast as the world, for a demo: station and wall time alike, so that all ages and durations stay true in it. */
export function scaledClock(speed: number, { from = millis(0), wall = wallNow(), wallQuality = machineQuality() }: ClockOptions = {}): Clock {
  if (!(speed > 0 && Number.isFinite(speed))) throw new RangeError(`a clock cannot run at speed ${speed}`)
  const start = performance.now()
  const passed = () => (performance.now() - start) * speed
  return {
    now: () => {
      const ms = passed()
      return { at: millis(from + ms), wall: instant(Math.round(wall + ms)), wallQuality: wallQuality() }
    },
    until: (due, stop) => waitMs((due - from - passed()) / speed, stop),
  }
}

function machineQuality(): () => WallQuality {
  let askedAt = Number.NEGATIVE_INFINITY
  let quality: WallQuality = 'unsynchronised'
  return () => {
    if (performance.now() - askedAt >= askQualityEveryMs) {
      askedAt = performance.now()
      quality = existsSync(synchronisedFile) ? 'synchronised' : 'unsynchronised'
    }
    return quality
  }
}
