/** Quality of a sample: the QARTOD flag, the reason for it, and how two verdicts on one sample combine. */

/** QARTOD flag numbers (IOC 54:V3). `unknown` is "not evaluated"; `missing` carries no value at all. */
export const Quality = { good: 1, unknown: 2, suspect: 3, fail: 4, missing: 9 } as const
export type Quality = (typeof Quality)[keyof typeof Quality]

/**
 * Why a sample is not plainly good. A ring keeps the index into this list in one byte, and recordings keep the name:
 * append to the list, never reorder it.
 */
export const reasons = [
  'none',
  // the line: no value came
  'timeout',
  'checksum',
  'short',
  'exception',
  'out-of-step',
  'overload',
  'closed',
  // the device: a value came that the device itself disowns
  'no-value',
  'error-code',
  'device-fault',
  'warm-up',
  'inhibited',
  'under-test',
  'over-range',
  'under-range',
  'stale',
  // our own tests
  'range',
  'spike',
  'rate',
  'flat',
  'gap',
  'implausible',
  'repeated',
  // derived channels
  'coverage',
  'input',
  // our own tests, continued
  'attenuated',
  'climatology',
  'multivariate',
  'agreement',
  'neighbours',
  'jump',
  'reset',
  // people: read by eye and entered
  'entered',
  // it stands out from the one before it, and the next has not come yet
  'unconfirmed',
] as const
export type Reason = (typeof reasons)[number]

const codes = new Map<string, number>(reasons.map((name, code) => [name, code]))

/** The byte of a reason. Throws on a name that is not in the list: that is our own mistake, not the world's. */
export function reasonCode(name: Reason): number {
  const code = codes.get(name)
  if (code === undefined) throw new Error(`no such reason: ${name}`)
  return code
}

export const reasonName = (code: number): Reason => reasons[code] ?? 'none'

/** Order of severity when tests on one sample are rolled up, low to high: 9, 2, 1, 3, 4 (QARTOD: good beats not evaluated). */
const severity: Record<number, number> = { 9: 0, 2: 1, 1: 2, 3: 3, 4: 4 }

/** The flag that stands when two tests judged one sample. */
export function rollUp(a: Quality, b: Quality): Quality {
  return (severity[a] ?? 0) >= (severity[b] ?? 0) ? a : b
}

/** The name of a flag. Throws on a number that is no flag: that is our own mistake, not the world's. */
export function qualityName(quality: number): keyof typeof Quality {
  for (const [name, number] of Object.entries(Quality)) if (number === quality) return name as keyof typeof Quality
  throw new Error(`no such quality: ${quality}`)
}
