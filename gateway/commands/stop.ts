/** Ctrl-C, or the word of the system, ends a program cleanly; a second one at once. */
import { monotonicMs } from '../../devicejs/drivers/clock.ts'

/** 128 + SIGINT's number: the shell's way to say "interrupted". */
const IMPATIENT = 130

/** npm passes on the signal that the terminal has sent us already: only a later one is a second. */
const SECOND_AFTER_MS = 1000

export function stopSignal(): AbortSignal {
  const stop = new AbortController()
  let askedAt = Infinity
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (monotonicMs() - askedAt > SECOND_AFTER_MS) process.exit(IMPATIENT)
      askedAt = Math.min(askedAt, monotonicMs())
      stop.abort()
    })
  }
  // A reader that has seen enough (`| head`) closes the pipe: that is no fault.
  process.stdout.on('error', () => stop.abort())
  return stop.signal
}
