/** How far long work has come: a line repainted on a terminal, a new line now and then in a log, nothing for what is done at once. */
import { span } from '../../gateway/times.ts'

/** Work that takes less than this needs no progress. */
const QUIET_MS = 1000
/** Often enough to see it move. */
const REPAINT_MS = 200
/** A log is read afterwards: one line every ten seconds of work. */
const LOG_EVERY_MS = 10_000

/** Where a terminal does not tell its width. */
const NARROW = 80

export interface Outlet {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

export interface Progress {
  /** `fraction` is of the whole, from 0 to 1. */
  show(fraction: number, rows: number, at: string): void
  /** Takes the line away, so that something else can be written. */
  clear(): void
}

export function openProgress(out: Outlet, monotonicMs: () => number): Progress {
  const start = monotonicMs()
  const every = out.isTTY ? REPAINT_MS : LOG_EVERY_MS
  let next = start + (out.isTTY ? QUIET_MS : LOG_EVERY_MS)
  let painted = false
  return {
    show(fraction, rows, at) {
      const now = monotonicMs()
      if (now < next) return
      next = now + every
      const passed = now - start
      const leftMs = fraction > 0 ? (passed / fraction) * (1 - fraction) : Number.NaN
      const leftText = Number.isNaN(leftMs) ? '' : `, ${span(leftMs)} left`
      const line = `${Math.floor(fraction * 100)} %  at ${at}  ${perSecond(rows / (passed / 1000))} rows/s${leftText}`
      out.write(out.isTTY ? `\r\u001b[2K${line.slice(0, (out.columns || NARROW) - 1)}` : `${line}\n`)
      painted = Boolean(out.isTTY)
    },
    clear() {
      if (painted) out.write('\r\u001b[2K')
      painted = false
    },
  }
}

export const perSecond = (rate: number): string => Math.round(rate).toLocaleString('en-US')
