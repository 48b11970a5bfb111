/**
 * A shut-off valve. On is shut: told by what is wired to it, and believed by the switch at the valve alone.
 *
 *                    shut (on)                     not shut (off)
 *     release-close  coil off                      coil on: it may be opened, by hand, at the place
 *     pulse-close    coil on for the pulse, off    nothing is written
 *
 * Neither is opened from here: a release-close valve that may be opened stays shut until somebody does it.
 */
import type { BusClock, Obeyed, Output } from '../../protocol/ports.ts'
import type { Driven, Valve } from './drive.ts'
import { type Ask, askOnce, askUrgently, settleMs, sparing, stateIn, type Unit, whyNot } from './modbus.ts'
import { type SwitchDrive, written } from './relay.ts'
import { LOOK_EVERY_MS } from './rounds.ts'
import { inTurns, type Obey } from './turns.ts'

export function makeValve(unit: Unit, busClock: BusClock, driven: Driven, drive: SwitchDrive, valve: Valve): Output {
  /** How its coil must stand; null before the first order. That of a pulse-close valve rests off, also after a crash in the midst of a pulse. */
  let coil: boolean | null = valve.action === 'pulse-close' ? false : null
  let wanted = false

  /** Where it stands, and what is amiss besides. */
  async function look(ask: Ask): Promise<Obeyed & { coilIsWrong: boolean }> {
    const { feedback, supply } = valve
    const read = await ask.read({ table: feedback.table, address: feedback.address, count: 1 })
    // What does not answer once is not asked for the rest.
    if (!read.ok) return { actual: null, detail: `its feedback cannot be read: ${whyNot(read)}`, coilIsWrong: false }
    const amiss: string[] = []
    if (supply) {
      const fed = await ask.read({ table: supply.table, address: supply.address, count: 1 })
      if (!fed.ok) amiss.push(`its supply cannot be read: ${whyNot(fed)}`)
      else if (fed.words[0] === 0) amiss.push('its supply is off: a pulse cannot shut it')
    }
    let coilIsWrong = false
    if (coil !== null) {
      const { readBack } = drive
      const held = await ask.read({ table: readBack.table, address: readBack.address, count: 1 })
      coilIsWrong = held.ok && stateIn(readBack, held.words[0] ?? 0, drive.by === 'register' ? drive : null) !== coil
      if (!held.ok) amiss.push(`its coil cannot be read back: ${whyNot(held)}`)
      if (coilIsWrong) amiss.push(`its coil is not ${coil ? 'on' : 'off'} as it was told`)
    }
    return { actual: (read.words[0] !== 0) === feedback.closedWhen, detail: amiss.join('; '), coilIsWrong }
  }

  async function write(ask: Ask, on: boolean): Promise<string> {
    coil = on
    const { table, address, word } = written(drive, on)
    const reply = await ask.write({ table, address }, Uint16Array.of(word))
    return reply.ok ? '' : whyNot(reply)
  }

  async function shut(ask: Ask): Promise<string> {
    if (valve.action === 'release-close') return write(ask, false)
    const failed = await write(ask, true)
    await busClock.wait(valve.pulseMs)
    // The end of the pulse is written even where its beginning was not answered: it may have been heard.
    return (await write(ask, false)) || failed
  }

  /** How often it was told anything, and whether that is still under way: what is seen meanwhile is neither the old state nor the new. */
  let orders = 0
  let moving = false

  const obey: Obey = async (on, _, overtaken) => {
    orders++
    moving = true
    const obeyed = await move(on, overtaken)
    moving = false
    return obeyed
  }

  async function move(on: boolean, overtaken: () => boolean): Promise<Obeyed> {
    // Shutting is never given up for a newer wish; a permit is.
    const ask = askUrgently(unit, on ? undefined : overtaken)
    const repeated = on && wanted
    wanted = on
    // Told again, a valve that is seen shut needs no other pulse; but one that has not ended is ended.
    if (repeated && valve.action === 'pulse-close') {
      const { actual, detail, coilIsWrong } = await look(ask)
      if (actual === true) return { actual, detail: (coilIsWrong && (await write(ask, false))) || detail }
    }
    const failed = on ? await shut(ask) : valve.action === 'release-close' ? await write(ask, true) : ''
    await busClock.wait(on ? Math.max(valve.travelMs, settleMs(driven)) : settleMs(driven))
    const seen = await look(ask)
    const unmoved = on && seen.actual === false ? 'it was told to shut, and its switch says that it is open' : ''
    return { actual: seen.actual, detail: [failed, unmoved, seen.detail].filter((text) => text !== '').join('; ') }
  }

  return {
    set: inTurns(sparing(unit.board, obey)),
    async look() {
      if (moving || unit.board.spared()) return null
      const before = orders
      const { actual, detail } = await look(askOnce(unit))
      return orders === before ? { actual, detail } : null
    },
    lookEveryMs: LOOK_EVERY_MS,
  }
}
