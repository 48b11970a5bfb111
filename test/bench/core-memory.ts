// The memory of the judgement on the workload W: bytes of a channel over those of its ring, and collections while it runs.

import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import type { Part } from './part.ts'
import { makeW, rawRingBytes, warmUpRows } from './w.ts'

/** So many that station time stays under 2^31 ms to the end: beyond, the very number that each channel is handed is allocated. */
const channels = 256
const samples = 10_000_000

/** What is told of a collection comes after it, and what the program has left behind is swept in its own time. */
const settleMs = 200

async function used(): Promise<number> {
  globalThis.gc?.()
  await wait(settleMs)
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Collections while `run` runs. */
async function collections(run: () => void): Promise<number> {
  let seen = 0
  const observer = new PerformanceObserver((list) => {
    seen += list.getEntries().length
  })
  await used()
  observer.observe({ entryTypes: ['gc'] })
  run()
  await wait(settleMs)
  observer.disconnect()
  return seen
}

export const part: Part = {
  prefix: 'core-memory',
  keys: ['core.bytesPerChannelToRing', 'core.gcPer10M'],
  async run({ note }) {
    // The code itself, and what all channels share, is no channel's. One channel of each class: it is compiled for what will run.
    makeW(3).run(warmUpRows, 1)
    const before = await used()
    const w = makeW(channels)
    w.run(warmUpRows, 64)
    const bytes = ((await used()) - before) / channels
    // Once more as it will be measured, until all is compiled.
    w.run(warmUpRows, 1)
    const gc = await collections(() => w.run(Math.ceil(samples / channels), 1))
    note(`${Math.round(bytes)} bytes a channel, of which ${rawRingBytes} are its ring; ${gc} collections in ${samples} samples`)
    return { 'core.bytesPerChannelToRing': bytes / rawRingBytes, 'core.gcPer10M': gc }
  },
}
