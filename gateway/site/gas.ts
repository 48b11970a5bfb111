/**
 * Set points of gas detectors, held against GB/T 50493-2019, 5.5.2: a first alarm no higher than level 1, a second no higher
 * than level 2. A point that must go beyond names the document that allows it (`deviationRef`).
 */

interface Rule {
  gas: RegExp
  unit: string
  direction: 'above' | 'below'
  first: number
  second: number
  clause: string
}

/** Toxic gases: 100 % and 200 % of the exposure limit of GBZ 2.1 (H2S 10, CO 20, NH3 20, Cl2 1 mg/m3; the second is twice that), in ppm at 20 degC. */
const rules: Rule[] = [
  { gas: /./, unit: '%LEL', direction: 'above', first: 25, second: 50, clause: '5.5.2 (1), (2)' },
  { gas: /^(h2s|hydrogen sulfide)$/i, unit: 'ppm', direction: 'above', first: 7.06, second: 14.1, clause: '5.5.2 (3)' },
  { gas: /^(h2s|hydrogen sulfide)$/i, unit: 'mg/m3', direction: 'above', first: 10, second: 20, clause: '5.5.2 (3)' },
  { gas: /^(co|carbon monoxide)$/i, unit: 'ppm', direction: 'above', first: 17.2, second: 34.4, clause: '5.5.2 (3)' },
  { gas: /^(co|carbon monoxide)$/i, unit: 'mg/m3', direction: 'above', first: 20, second: 40, clause: '5.5.2 (3)' },
  { gas: /^(nh3|ammonia)$/i, unit: 'ppm', direction: 'above', first: 28.2, second: 56.5, clause: '5.5.2 (3)' },
  { gas: /^(cl2|chlorine)$/i, unit: 'ppm', direction: 'above', first: 0.339, second: 0.679, clause: '5.5.2 (3)' },
  { gas: /^(o2|oxygen)$/i, unit: '%vol', direction: 'above', first: 23.5, second: Infinity, clause: '5.5.2 (4)' },
  { gas: /^(o2|oxygen)$/i, unit: '%vol', direction: 'below', first: 19.5, second: -Infinity, clause: '5.5.2 (4)' },
]

/** Options of a detector that has set points in the unit of its channel: others have nothing to hold against the rules. */
interface SetPointOptions {
  at: Record<string, number | undefined>
  direction: string
}

export function gasFaults(channel: { unit: string; quantity: string }, options: unknown): { at: string[]; what: string; remedy: string }[] {
  if (!hasSetPoints(options)) return []
  const rule = rules.find(({ gas, unit, direction }) => unit === channel.unit && direction === options.direction && gas.test(channel.quantity))
  if (!rule) return []
  const sign = rule.direction === 'above' ? 1 : -1
  const points = ['blue', 'yellow', 'orange', 'red'].flatMap((colour) => (options.at[colour] === undefined ? [] : [{ colour, value: options.at[colour] }]))
  return points.slice(0, 2).flatMap(({ colour, value }, index) => {
    const most = index === 0 ? rule.first : rule.second
    if (sign * value <= sign * most) return []
    const bound = `${rule.direction === 'above' ? 'at most' : 'at least'} ${most} ${channel.unit}`
    return [
      {
        at: ['at', colour],
        what: `${value} ${channel.unit} as ${index === 0 ? 'first' : 'second'} set point: GB/T 50493-2019, ${rule.clause} wants ${bound}`,
        remedy: `take ${bound}, or name the document that allows more: deviationRef: "..."`,
      },
    ]
  })
}

function hasSetPoints(options: unknown): options is SetPointOptions {
  if (typeof options !== 'object' || options === null) return false
  const { at, direction } = options as Partial<SetPointOptions>
  return (
    typeof direction === 'string' &&
    typeof at === 'object' &&
    at !== null &&
    Object.values(at).every((value) => value === undefined || typeof value === 'number')
  )
}
