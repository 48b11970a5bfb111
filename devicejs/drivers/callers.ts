/** Tells whether a registration is said by one modem, or by two that throw each other out. */

//   A dials, B dials ──► B has the line; A may have been lost, and be back from elsewhere
//   A dials again    ──► there are two: a modem that lost its connection is not back where it was before another came
//
// Two modems with one registration, or one and a liar: one of them is another place, and its values would stand under a wrong name.

/** Who comes back within this time is one of two. Both dial anew within minutes. */
export const rivalsMs = 600_000

/** So many addresses of a registration are known: two modems, and each has been given a new one. */
const addressesMost = 4

export interface Callers {
  /** The registration was said by this address. */
  call(from: string, now: number): void
  /** Whether there are two, as was last seen no longer than `rivalsMs` ago. */
  rivals(now: number): boolean
  /** The addresses that said it, the last one at the end. */
  addresses(): string[]
}

export function makeCallers(): Callers {
  const lastAt = new Map<string, number>()
  let rivalsAt = Number.NEGATIVE_INFINITY
  return {
    call(from, now) {
      const before = [...lastAt.keys()].at(-1)
      if (from !== before && now - (lastAt.get(from) ?? Number.NEGATIVE_INFINITY) < rivalsMs) rivalsAt = now
      lastAt.delete(from)
      lastAt.set(from, now)
      const [oldest] = lastAt.keys()
      if (oldest !== undefined && lastAt.size > addressesMost) lastAt.delete(oldest)
    },
    rivals: (now) => now - rivalsAt < rivalsMs,
    addresses: () => [...lastAt.keys()],
  }
}
