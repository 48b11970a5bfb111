/** The demo's own MQTT broker (aedes, MQTT 3.1.1), in this process and for this machine only. */
import { createServer, type Socket } from 'node:net'
import { Aedes } from 'aedes'

export interface DemoBroker {
  url: string
  close(): Promise<void>
}

export async function openDemoBroker(): Promise<DemoBroker | { trouble: string }> {
  const aedes = await Aedes.createBroker()
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    aedes.handle(socket)
  })
  // A client that breaks off is told of by its own session; the broker goes on.
  aedes.on('clientError', () => {})
  aedes.on('connectionError', () => {})
  const failed = await new Promise<Error | null>((resolve) => {
    server.once('error', resolve)
    server.listen(0, '127.0.0.1', () => resolve(null))
  })
  if (failed) return { trouble: `the broker of the demo cannot listen on this machine: ${failed.message}` }
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('a TCP server without a port')
  return {
    url: `mqtt://127.0.0.1:${address.port}`,
    async close() {
      await new Promise<void>((resolve) => aedes.close(() => resolve()))
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
