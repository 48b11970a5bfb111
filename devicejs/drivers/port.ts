/** The bytes of a line, whatever its wire: a serial port, a serial server, or a modem that dials in. */

import type { BusClock, BusSpec, BytePort } from '../../protocol/ports.ts'
import { asciiPort } from '../line/ascii.ts'
import { asciiBounds, type Bounds, pieceBounds, rtuBounds } from '../line/heartbeat.ts'
import { type Doors, makeDoors } from './dial-in.ts'
import { openSerial } from './serial.ts'
import { openTcp, type Trouble } from './tcp.ts'

export interface LinePlace {
  open(): Promise<BytePort | Trouble>
  /** Nothing is opened any more: a listening port is given back. */
  leave(): Promise<void>
}

const boundsOf: Record<BusSpec['speaks'], () => Bounds> = { rtu: rtuBounds, ascii: asciiBounds, frames: pieceBounds }

/** `doors` are shared by the lines of a station whose modems dial in at one port. */
export function linePlace(spec: BusSpec, clock: BusClock, doors: Doors = makeDoors(clock)): LinePlace {
  const { wire, speaks } = spec
  if (wire.how === 'tcp') throw new RangeError('Modbus TCP has no line')
  const open = (): Promise<BytePort | Trouble> => {
    if (wire.how === 'serial') return openSerial({ ...spec, path: wire.path })
    return wire.how === 'dial-in' ? doors.open(wire, boundsOf[speaks]) : openTcp(wire)
  }
  return {
    async open() {
      const port = await open()
      return 'trouble' in port || speaks !== 'ascii' ? port : asciiPort(port, clock)
    },
    leave: async () => (wire.how === 'dial-in' ? doors.leave(wire) : undefined),
  }
}
