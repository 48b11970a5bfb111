/** A modem that dials in to a station, with a line of twins behind it. */
import { afterMs, everyMs } from '../../devicejs/drivers/clock.ts'
import { connectTcp } from '../../devicejs/drivers/tcp.ts'
import type { Wire } from '../../protocol/ports.ts'
import type { Speech } from './speech.ts'

/** Modems dial again at once or after some seconds; a demo should not wait. */
const dialAgainMs = 1000

/** As often as real ones. */
const heartbeatEveryMs = 30_000

/** An address to listen on, as one to dial. */
const dialled = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host)

export function dialIn(wire: Extract<Wire, { how: 'dial-in' }>, speech: Speech): { close(): Promise<void> } {
  let closing = false
  let end = (): void => {}

  async function dial(): Promise<void> {
    const socket = await connectTcp({ host: dialled(wire.host), port: wire.port })
    if ('trouble' in socket) return again()
    if (closing) return void socket.destroy()
    const voice = speech((bytes) => socket.write(bytes))
    const quiet = wire.heartbeat ? everyMs(heartbeatEveryMs, () => socket.write(wire.heartbeat as Uint8Array)) : () => {}
    end = () => socket.destroy()
    socket.on('data', voice.take)
    socket.once('close', () => {
      voice.end()
      quiet()
      again()
    })
    socket.write(wire.registration)
  }

  function again(): void {
    if (!closing) end = afterMs(dialAgainMs, dial)
  }

  void dial()
  return {
    async close() {
      closing = true
      end()
    },
  }
}
