// A program of its own, run with --expose-gc: opens and closes a serial line, and says whether what listened on it is let go.

import { setTimeout as wait } from 'node:timers/promises'
import { openSerial } from '../../../devicejs/drivers/serial.ts'
import { settings } from '../serving.ts'

const heard = await (async () => {
  const port = await openSerial({ path: process.argv[2] ?? '', ...settings })
  if ('trouble' in port) throw new Error(port.trouble)
  const bytes: Uint8Array[] = []
  port.onBytes((one) => bytes.push(one))
  await port.close()
  return new WeakRef(bytes)
})()
for (let tries = 100; heard.deref() !== undefined && tries > 0; tries--) {
  await wait(10)
  globalThis.gc?.()
  await wait(10)
}
console.log(heard.deref() === undefined ? 'let go' : 'held')
process.exit()
