/** Ctrl-C, or the word of the system, ends a program cleanly; a second one at once. */

/** 128 + SIGINT's number: the shell's way to say "interrupted". */
const IMPATIENT = 130

export function stopSignal(): AbortSignal {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(IMPATIENT)
      stop.abort()
    })
  }
  // A reader that has seen enough (`| head`) closes the pipe: that is no fault.
  process.stdout.on('error', () => stop.abort())
  return stop.signal
}
