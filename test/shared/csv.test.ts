import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { instant } from '../../protocol/time.ts'
import { openCsv } from '../../sim/recorded/csv.ts'
import { requireShared } from '../setup/shared.ts'

const folder = join(requireShared(), 'data')
const files = readdirSync(folder).filter((name) => name.endsWith('.csv'))

/** Lists that people or several instruments wrote, with many rows of one time: no recording of one device. */
const lists = /^(inventory|slope_cracks|slope_tilt_sagtb_allnodes|slope_tilt_sagtb06_acc2)/

describe('the real recordings', () => {
  it.each(files.filter((name) => !lists.test(name)))('%s is read to its last row, and each row is used or counted', (name) => {
    const { stats } = JSON.parse(readFileSync(join(folder, name.replace(/csv$/, 'json')), 'utf8')) as { stats: { rows: number; repeated_timestamps?: number } }
    const opened = openCsv(join(folder, name), { start: instant(0), zoneMin: null })
    if ('faults' in opened) throw new Error(opened.faults[0]?.what)
    const { csv } = opened
    let rows = 0
    for (const _ of csv.rows()) rows++
    const { account } = csv
    expect(account).toMatchObject({ rows, damaged: 0, stopped: null, bytes: account.sizeBytes })
    expect(rows + account.dropped).toBe(stats.rows)
    expect(account.dropped).toBe(stats.repeated_timestamps ?? 0)
  })

  it.each(files.filter((name) => lists.test(name)))('%s is read too, or refused in a sentence', (name) => {
    const opened = openCsv(join(folder, name), { start: instant(0), zoneMin: null })
    if ('faults' in opened) return expect(opened.faults[0]?.what).toMatch(/backwards/)
    const { csv } = opened
    let rows = 0
    for (const _ of csv.rows()) rows++
    expect(rows).toBe(csv.account.rows)
    if (csv.account.stopped) expect(csv.account.stopped.what).toMatch(/repeat the time|older than/)
    else expect(csv.account.bytes).toBe(csv.account.sizeBytes)
  })
})
