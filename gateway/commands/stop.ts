/** How a program ends: by Ctrl-C, by the word of the system, or because nobody reads what it says. */
import { monotonicMs, waitMs } from '../../devicejs/drivers/clock.ts'

/** 128 + SIGINT's number: the shell's way to say "interrupted". */
const IMPATIENT = 130

/** npm passes on the signal that the terminal has sent us already: only a later one is a second. */
const SECOND_AFTER_MS = 1000

/** Aborted by Ctrl-C, by SIGTERM, and by SIGHUP (a terminal closed, a connection lost: outputs must not stay on); a second one ends at once. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController()
  let askedAt = Infinity
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (monotonicMs() - askedAt > SECOND_AFTER_MS) process.exit(IMPATIENT)
      askedAt = Math.min(askedAt, monotonicMs())
      stop.abort()
    })
  }
  return stop.signal
}

/** The same for a program that only tells: a reader that has seen enough (`| head`) ends it too. A station is not such a program. */
export function tellerStopSignal(): AbortSignal {
  const unread = new AbortController()
  process.stdout.on('error', () => unread.abort())
  return AbortSignal.any([stopSignal(), unread.signal])
}

/** Aborted by `stop`, or earlier, when that time is over; null: by `stop` alone. */
export function endingAfter(ms: number | null, stop: AbortSignal): AbortSignal {
  if (ms === null) return stop
  const over = new AbortController()
  void waitMs(ms, stop).then(() => over.abort())
  return AbortSignal.any([stop, over.signal])
}

/** A closed pipe is no fault of ours; a full disk behind `> log` is told, and shows in the exit code. Neither may end a program by surprise. */
export function guardOutput(): void {
  let told = false
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (told || code === 'EPIPE') return
    told = true
    process.stderr.write(`what this program says cannot be written any more: ${message}\n`)
    process.once('exit', () => {
      process.exitCode ||= 1
    })
  })
  // There is no place left to say that this one is lost.
  process.stderr.on('error', () => {})
}
