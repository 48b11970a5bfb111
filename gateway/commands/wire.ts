/** How a line is named on the command line, for the commands that open one without a site file. */
import type { LineSetting } from '../../devicejs/find/recognise.ts'
import type { BusSpec, Wire } from '../../protocol/ports.ts'

export type OpenWire = Exclude<Wire, { how: 'dial-in' }>

/** A late answer to one question must not be taken for that to the next: it names its unit, so that a short silence is enough here. */
const QUIET_MS = 50

const USUAL: LineSetting = { baud: 9600, parity: 'none', dataBits: 8, stopBits: 1 }

/** `/dev/ttyUSB0`, `192.168.1.20:502` (Modbus TCP) or `rtu://192.168.1.20:4001` (RTU through a serial server); else a sentence. */
export function readWire(text: string): OpenWire | string {
  const [, rtu, host = '', digits] = /^(rtu:\/\/)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(text) ?? []
  if (digits !== undefined) {
    const port = Number(digits)
    if (port < 1 || port > 65_535) return `there is no port ${port}: ports go from 1 to 65535, Modbus TCP has 502`
    return { how: rtu ? 'rtu-over-tcp' : 'tcp', host: host.replace(/^\[|\]$/g, ''), port }
  }
  if (/^[./]/.test(text) && !text.includes('://')) return { how: 'serial', path: text }
  return `"${text}" names no line: give a path (/dev/ttyUSB0), host:port (Modbus TCP) or rtu://host:port (RTU through a serial server)`
}

/** As `readWire` reads it. */
export function wireText(wire: OpenWire): string {
  if (wire.how === 'serial') return wire.path
  const host = wire.host.includes(':') ? `[${wire.host}]` : wire.host
  return `${wire.how === 'tcp' ? '' : 'rtu://'}${host}:${wire.port}`
}

export const specOf = (wire: OpenWire, setting: LineSetting | null): BusSpec => ({
  name: wireText(wire),
  wire,
  speaks: 'rtu',
  ...(setting ?? USUAL),
  quietMs: QUIET_MS,
})
