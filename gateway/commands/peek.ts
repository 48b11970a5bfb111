/** `hazardpoint peek LINE UNIT REGISTER`: what the registers round one address could mean, each second anew. */
import { realBusClock, waitMs } from '../../devicejs/drivers/clock.ts'
import { openBus } from '../../devicejs/drivers/modbus.ts'
import { type ReadingBus, readOnly } from '../../devicejs/find/find.ts'
import { glimpse, likely, makePeeker, type PeekTable, SCALES } from '../../devicejs/find/peek.ts'
import { documented } from '../../devicejs/profile-schema.ts'
import { tame } from '../cells.ts'
import { canvas, coloured, type Outlet } from '../terminal.ts'
import { type Peeked, peekLines } from './peek-table.ts'
import { endingAfter } from './stop.ts'
import { readWire, specOf, wireText } from './wire.ts'

export interface PeekOptions {
  /** Null: both. */
  table: PeekTable | null
  baud: number
  parity: 'none' | 'even' | 'odd'
  timeoutMs: number
  /** Ends after one read. */
  once: boolean
  /** Ends after this time; null: by Ctrl-C, and after one read where nobody looks on. */
  forMs: number | null
  json: boolean
}

/** Field quantities change within seconds; faster reading only loads the line. */
const EVERY_MS = 1000

const COLUMNS = 80

/** The answer is the exit code: 0 where at least one register was read. */
export async function peekCommand(
  [line, unit, register]: [line: string, unit: number, register: string],
  options: PeekOptions,
  { out, err, stop }: { out: Outlet; err: Outlet; stop: AbortSignal },
): Promise<number> {
  const wire = readWire(line)
  const spot = readRegister(register, options.table)
  const wrong = typeof wire === 'string' ? wire : typeof spot === 'string' ? spot : null
  if (wrong !== null || typeof wire === 'string' || typeof spot === 'string') {
    err.write(`${wrong}\n`)
    return 1
  }
  if (unit === 0 && wire.how !== 'tcp') {
    err.write('unit 0 is all devices at once, and none answers: give the address that is set on the device, 1 to 247\n')
    return 1
  }
  const bus = readOnly(openBus(specOf(wire, { baud: options.baud, parity: options.parity, dataBits: 8, stopBits: 1 }), realBusClock()))
  const ending = endingAfter(options.forMs, stop)
  const where = `${wireText(wire)}, unit ${unit}`
  try {
    return await watch(bus, { unit, ...spot, timeoutMs: options.timeoutMs }, where, options, { out, err, stop: ending })
  } finally {
    await bus.close()
  }
}

interface Watched {
  unit: number
  tables: PeekTable[]
  address: number
  timeoutMs: number
}

async function watch(
  bus: ReadingBus,
  { unit, tables, address, timeoutMs }: Watched,
  where: string,
  { once, forMs, json }: PeekOptions,
  { out, err, stop }: { out: Outlet; err: Outlet; stop: AbortSignal },
): Promise<number> {
  const peekers = new Map(tables.map((table) => [table, makePeeker(address)]))
  const live = !json && Boolean(out.isTTY)
  const picture = live ? canvas(out) : null
  const draw = (peeked: Peeked[], reads: number): string[] =>
    peekLines(peeked, {
      where,
      address,
      reads,
      columns: out.columns ?? COLUMNS,
      rows: live ? Math.max(1, (out.rows ?? 24) - 1) : null,
      coloured: coloured(out),
    })
  const untilStopped = new Promise<null>((resolve) => stop.addEventListener('abort', () => resolve(null), { once: true }))
  const single = once || (!live && forMs === null && !json)
  let last: Peeked[] = []
  let reads = 0
  while (!stop.aborted) {
    const peeked = await Promise.race([look(), untilStopped])
    if (peeked === null) break
    last = peeked
    reads++
    if (json) out.write(`${JSON.stringify(last.map(asJson))}\n`)
    picture?.draw(draw(last, reads))
    if (single) break
    await waitMs(EVERY_MS, stop)
  }
  picture?.close()
  const readSome = last.some(({ seen }) => seen.trouble === '')
  if (!json && !live && readSome) out.write(`${draw(last, reads).join('\n')}\n`)
  if (readSome) return 0
  err.write(`${last.length === 0 ? 'nothing was read' : last.map(({ seen }) => tame(`${seen.table}: ${seen.trouble}`)).join('\n')}\n`)
  return 1

  async function look(): Promise<Peeked[]> {
    const peeked: Peeked[] = []
    for (const [table, meaningsOf] of peekers) {
      const seen = await glimpse(bus, { unit, table, address, timeoutMs })
      peeked.push({ seen, meanings: meaningsOf(seen) })
    }
    return peeked
  }
}

/** `2`, `0x118` (both tables), `holding:2`, `input:0x10` (wire addresses as they stand), or 40003 and 30001 as manuals count. */
export function readRegister(text: string, table: PeekTable | null): { tables: PeekTable[]; address: number } | string {
  const [, named, digits] = /^(?:(holding|input):)?(0x[0-9a-fA-F]{1,4}|\d{1,6})$/.exec(text) ?? []
  if (digits === undefined)
    return `"${text}" is no register: give a wire address (2, 0x118, input:31001), or the number of a manual that counts from 40001 or 30001`
  const address = Number(digits)
  const manual = named || digits.startsWith('0x') ? null : documented(address)
  const own = (named ?? manual?.table) as PeekTable | undefined
  if (own && table && own !== table) return `register ${text} is of the table ${own}: leave --table out, or write ${table}:${manual?.address ?? address}`
  if (manual) return { tables: [own as PeekTable], address: manual.address }
  if (address > 0xffff) return `there is no register ${text}: the last wire address is 65535`
  const only = own ?? table
  return { tables: only ? [only] : ['holding', 'input'], address }
}

/** Raw numbers; what stands in no register, or is no number there, is null. */
function asJson({ seen, meanings }: Peeked): object {
  const [best] = likely(meanings)
  return {
    ...seen,
    scales: SCALES,
    meanings: meanings
      .filter(({ raw }) => Number.isFinite(raw))
      .map(({ encoding, offset, raw, plausible }) => ({ as: encoding.type, order: encoding.order, offset, raw, plausible })),
    likeliest: best && { as: best.encoding.type, order: best.encoding.order },
  }
}
