// Registers that say where they stand, so that a value of another place, or of another unit, is seen to be wrong at once.

import type { RegisterMap } from '../../devicejs/slave.ts'
import type { Table } from '../../protocol/ports.ts'

const tables: Table[] = ['coil', 'discrete', 'holding', 'input']

/** What unit, table and address hold until somebody writes there. No two neighbours and no two units are alike. */
export function valueAt(unit: number, table: Table, address: number): number {
  const word = (unit * 40503 + address * 2467 + tables.indexOf(table) * 9973) & 0xffff
  return table === 'coil' || table === 'discrete' ? (word >>> 7) & 1 : word
}

export const valuesAt = (unit: number, table: Table, address: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => valueAt(unit, table, address + i))

export interface Registers extends RegisterMap {
  /** Every write, in order: table, address, words. */
  written: [Table, number, number[]][]
}

/** A unit whose places up to `last` exist. */
export function registers(unit: number, last = 0xffff): Registers {
  const changed = new Map<string, number>()
  const written: Registers['written'] = []
  return {
    written,
    read: (table, address, count) => {
      if (address + count - 1 > last) return 2
      return Uint16Array.from({ length: count }, (_, i) => changed.get(`${table} ${address + i}`) ?? valueAt(unit, table, address + i))
    },
    write: (table, address, words) => {
      if (address + words.length - 1 > last) return 2
      written.push([table, address, [...words]])
      for (const [i, value] of words.entries()) changed.set(`${table} ${address + i}`, value)
      return 0
    },
  }
}
