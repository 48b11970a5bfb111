/** An output by coil or register: written, then read back, since an answer to a write only says that the write was heard. */
import type { BusClock, Output } from '../../protocol/ports.ts'
import type { Drive, Driven } from './drive.ts'
import { askUrgently, settleMs, sparing, stateIn, type Unit, whyNot } from './modbus.ts'
import { inTurns, type Obey } from './turns.ts'

export type SwitchDrive = Extract<Drive, { by: 'coil' | 'register' }>

/** What is written for a state, and where. */
export const written = (drive: SwitchDrive, on: boolean): { table: 'coil' | 'holding'; address: number; word: number } =>
  drive.by === 'coil'
    ? { table: 'coil', address: drive.coil, word: on ? 1 : 0 }
    : { table: 'holding', address: drive.register, word: on ? drive.on : drive.off }

export const makeRelay = (unit: Unit, busClock: BusClock, driven: Driven, drive: SwitchDrive): Output => ({
  set: inTurns(sparing(unit.board, obeySwitch(unit, busClock, driven, drive))),
})

/**
 * The answer is the state read back, whatever became of the write: a relay that is where it should be counts, and one that says
 * it is not does so too.
 */
export function obeySwitch(unit: Unit, busClock: BusClock, driven: Driven, drive: SwitchDrive): Obey {
  return async (on, _, overtaken) => {
    const wasSilent = unit.board.silent()
    const ask = askUrgently(unit, overtaken)
    const { table, address, word } = written(drive, on)
    const wrote = await ask.write({ table, address }, Uint16Array.of(word))
    if (!wrote.ok && wasSilent) return { actual: null, detail: whyNot(wrote) }
    await busClock.wait(settleMs(driven))
    const { readBack } = drive
    const read = await ask.read({ table: readBack.table, address: readBack.address, count: 1 })
    if (!read.ok) return { actual: null, detail: whyNot(wrote.ok ? read : wrote) }
    const found = read.words[0] ?? 0
    const actual = stateIn(readBack, found, drive.by === 'register' ? drive : null)
    if (actual === on) return { actual, detail: '' }
    if (!wrote.ok) return { actual, detail: whyNot(wrote) }
    const readsBack = actual === null ? `${found}, which is neither on nor off` : actual ? 'on' : 'off'
    return { actual, detail: actual === null ? `it reads back ${readsBack}` : `it was switched ${on ? 'on' : 'off'} and reads back ${readsBack}` }
  }
}
