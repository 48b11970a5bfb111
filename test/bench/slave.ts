// Our slave in a process of its own: register n holds n. Sends its port to its parent, and ends with it.

import { type AddressInfo, createServer } from 'node:net'
import { makeSlave, tcpStream } from '../../devicejs/slave.ts'

const map = { read: (_table: unknown, address: number, count: number) => Uint16Array.from({ length: count }, (_, i) => address + i), write: () => 2 as const }
const slave = makeSlave(new Map([[1, map]]))

const server = createServer({ noDelay: true }, (socket) => {
  const stream = tcpStream(
    slave,
    (bytes) => socket.write(bytes),
    () => socket.destroy(),
  )
  socket.on('data', stream)
  socket.on('error', () => socket.destroy())
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 512 }, () => process.send?.((server.address() as AddressInfo).port))
process.once('disconnect', () => process.exit(0))
