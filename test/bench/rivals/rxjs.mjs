// W as a pipe of RxJS operators: node rxjs.mjs CHANNELS WARM-UP-ROWS MEASURED-ROWS

import { filter, groupBy, map, mergeMap, Subject, scan } from 'rxjs'
import { drift, figuresOf, judgeQuality, lastDay, levels, nsSince, rows } from './w.mjs'

const [channels, warmUp, measured] = process.argv.slice(2).map(Number)
const ends = new Map()
let bad = 0

const source = new Subject()
source
  .pipe(
    groupBy(({ channel }) => channel),
    mergeMap((channel) =>
      channel.pipe(
        scan(judgeQuality, {}),
        map(({ row }) => row),
        filter((row) => {
          if (row.bad) bad++
          return !row.bad
        }),
        scan(lastDay, []),
        map((day) => ({ row: day.at(-1), figures: figuresOf(day) })),
        scan(
          (held, { row, figures }) => ({
            channel: row.channel,
            drift: drift(held.drift, row.value),
            levels: levels(held.levels, row, figures),
          }),
          { drift: {}, levels: {} },
        ),
      ),
    ),
  )
  .subscribe((end) => ends.set(end.channel, end))

for (const row of rows(channels, 0, warmUp)) source.next(row)
const before = process.cpuUsage()
for (const row of rows(channels, warmUp, warmUp + measured)) source.next(row)
const ns = nsSince(before, channels * measured)

const total = (of) => [...ends.values()].reduce((sum, end) => sum + of(end), 0)
console.log(JSON.stringify({ ns, transitions: total((end) => end.levels.transitions), bad, alarms: total((end) => end.drift.alarms) }))
