// The workload W as one writes it without a shelf: an array of the last day's rows, and each figure found from it anew.

const SECOND = 1000
const HOUR = 3600 * SECOND
const DAY = 24 * HOUR

/** The same rows as those of the other programs of the bench. */
export function* rows(channels, from, to) {
  let x = 2463534242
  const next = () => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 8) / 2 ** 24
  }
  const values = Array.from({ length: 8192 }, (_, i) => {
    const noise = next()
    const triangle = (i & 2047) < 1024 ? i & 1023 : 1023 - (i & 1023)
    return 10 + triangle / 256 + noise * 2 + ((x & 511) === 7 ? 100 : 0)
  })
  const delays = Array.from({ length: 1024 }, () => next() * 2)
  for (let row = from; row < to; row++) {
    for (let channel = 0; channel < channels; channel++) {
      yield { channel, time: (row * 30 + delays[(channel + row) & 1023]) * SECOND, value: values[(channel * 7919 + row) & 8191] }
    }
  }
}

/** The row with its flags, and what the next row is judged by. */
export function judgeQuality(held, row) {
  const { last = { time: -30 * SECOND, value: 10 }, still = { value: Number.NEGATIVE_INFINITY, rows: 0 } } = held
  const flags = []
  if (row.value < -50 || row.value > 150) flags.push('range')
  if (Math.abs(row.value - last.value) > 40) flags.push('leap')
  if (Math.abs(row.value - last.value) > (row.time - last.time) / SECOND) flags.push('rate')
  const moved = Math.abs(row.value - still.value) >= 1e-9
  if (!moved && still.rows + 1 >= 240) flags.push('still')
  const bad = flags.includes('range') || flags.includes('leap')
  return {
    last: flags.includes('range') ? last : row,
    still: moved ? { value: row.value, rows: 0 } : { ...still, rows: still.rows + 1 },
    row: { ...row, flags, bad },
  }
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0)
const mean = (numbers) => sum(numbers) / numbers.length
const values = (rows) => rows.map(({ value }) => value)

function slope(rows) {
  const [time, value] = [mean(rows.map((row) => row.time)), mean(values(rows))]
  const above = rows.reduce((total, row) => total + (row.time - time) * (row.value - value), 0)
  const below = rows.reduce((total, row) => total + (row.time - time) ** 2, 0)
  return below > 0 ? above / below : 0
}

/** The rows of the last day, this one included. */
export const lastDay = (rows, row) => [...rows.filter(({ time }) => time > row.time - DAY), row]

export function figuresOf(rows) {
  const { time } = rows.at(-1)
  const within = (span) => rows.filter((row) => row.time > time - span)
  const [hour, three, ten] = [within(HOUR), within(3 * HOUR), within(HOUR / 6)]
  const middle = mean(values(hour))
  return {
    sums: [sum(values(hour)), sum(values(three)), sum(values(rows))],
    least: Math.min(...values(ten)),
    greatest: Math.max(...values(ten)),
    mean: middle,
    variance: mean(values(hour).map((value) => (value - middle) ** 2)),
    slopes: [slope(hour) * DAY, slope(rows) * DAY],
  }
}

export function drift({ ewma = 0, up = 0, down = 0, alarms = 0 }, value) {
  const residual = value - ewma
  const [more, less] = [Math.max(0, up + residual - 0.5), Math.max(0, down - residual - 0.5)]
  return { ewma: ewma + 0.02 * residual, up: more, down: less, alarms: alarms + (more > 50 || less > 50 ? 1 : 0) }
}

const limits = [
  { at: [3600, 3650, 3700, 3800], deadBand: 2, of: ({ sums }) => sums[1] },
  { at: [0.5, 1, 2, 4], deadBand: 0.2, of: ({ slopes }) => slopes[1] },
  { at: [14, 16, 18, 20], deadBand: 2, of: (_, row) => row.value },
]

export function levels({ level = 0, pending = 0, since = 0, transitions = 0 }, row, figures) {
  const { at, deadBand, of } = limits[row.channel % 3]
  const measure = of(figures, row)
  const want = at.findLastIndex((setPoint, k) => measure >= setPoint - (level > k ? deadBand : 0)) + 1
  if (want < level) return { level: want, pending: want, since, transitions: transitions + 1 }
  if (want === level) return { level, pending: level, since, transitions }
  if (pending <= level) return { level, pending: want, since: row.time, transitions }
  const least = Math.min(want, pending)
  if (row.time - since < 120 * SECOND) return { level, pending: least, since, transitions }
  return { level: least, pending: least, since, transitions: transitions + 1 }
}

/** CPU time in ns since `before`, a sample. */
export function nsSince(before, samples) {
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / samples
}
