/** Where the picture goes: a terminal is painted over in place, anything else gets lines for what has changed. */
import { changeLines, type Heard, picture, progressLine } from './screen.ts'
import type { StationStatus } from './status.ts'
import { clock } from './times.ts'

/** The part of a stream that is needed. */
export interface Outlet {
  isTTY?: boolean
  columns?: number
  rows?: number
  write(text: string): unknown
}

export interface Screen {
  show(status: StationStatus): void
  /** A message seen on a topic. `quiet` ones are shown on a terminal only: samples, which would drown the story in a log. */
  hear(heard: Heard, quiet: boolean): void
  /** Leaves the last picture standing and gives the cursor back. */
  close(): void
}

/** Kept of what was heard; the picture shows the last few. */
const KEEP_HEARD = 20
/** A log gets a line of progress, with the channels, at each tenth. */
const TENTHS = 10
const PLAIN_COLUMNS = 100

/** A person who has set NO_COLOR (no-color.org) cannot, or will not, read colours. */
export const coloured = (out: Outlet, { NO_COLOR }: Record<string, string | undefined> = process.env): boolean => Boolean(out.isTTY) && !NO_COLOR

export function openScreen(out: Outlet): Screen {
  return out.isTTY ? paintedScreen(out, coloured(out)) : plainScreen(out)
}

/** Lines on a terminal that are painted over in place. They must be fewer than its rows: a picture that fills the last row makes it scroll, and the next one starts too low. */
export function canvas(out: Outlet): { draw(lines: string[]): void; close(): void } {
  let drawn = 0
  let closed = false
  out.write('\u001b[?25l')
  return {
    draw(lines) {
      if (closed) return
      // Each line is emptied before it is written: emptied behind it, one that fills the width would lose its last letter.
      const up = drawn > 0 ? `\u001b[${drawn}A\r` : ''
      out.write(`${up}${lines.map((line) => `\u001b[K${line}\n`).join('')}\u001b[J`)
      drawn = lines.length
    },
    close() {
      if (!closed) out.write('\u001b[?25h')
      closed = true
    },
  }
}

function paintedScreen(out: Outlet, coloured: boolean): Screen {
  const heard: Heard[] = []
  const { draw, close } = canvas(out)
  return {
    show(status) {
      draw(picture(status, heard, { columns: out.columns ?? 80, rows: Math.max(1, (out.rows ?? 24) - 1), coloured }))
    },
    hear(message) {
      heard.push(message)
      if (heard.length > KEEP_HEARD) heard.shift()
    },
    close,
  }
}

function plainScreen(out: Outlet): Screen {
  let before: StationStatus | null = null
  let tenth = -1
  return {
    show(status) {
      const lines = changeLines(before, status)
      const { progress } = status
      const now = progress ? Math.floor(progress.fraction * TENTHS) : tenth
      if (progress && now > tenth)
        lines.push(`${clock(status.now)}  ${progressLine(progress, PLAIN_COLUMNS - 10)}`, `${clock(status.now)}  ${channelsText(status)}`)
      tenth = now
      before = structuredClone(status)
      if (lines.length > 0) out.write(`${lines.join('\n')}\n`)
    },
    hear({ topic, text }, quiet) {
      if (!quiet) out.write(`${' '.repeat(10)}${topic}  ${text}\n`)
    },
    close() {},
  }
}

function channelsText(status: StationStatus): string {
  return status.channels
    .map(({ name, value, unit, digits, quality }) => (value === null ? `${name} ${quality}` : `${name} ${value.toFixed(digits)} ${unit}`))
    .join(', ')
}
