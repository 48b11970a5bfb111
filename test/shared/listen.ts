// A subscriber that is none of ours: mosquitto_sub over MQTT 5.

import { spawn } from 'node:child_process'

export interface Heard {
  topic: string
  payload: string
  retained: boolean
}

export interface Listener {
  /** Everything that was heard until a message that fits. Rejects where the subscriber ends before it. */
  until(fits: (heard: Heard) => boolean): Promise<Heard[]>
  close(): Promise<void>
}

/** Resolves once the broker has granted the subscription. */
export async function listen(port: number, filter: string): Promise<Listener> {
  const arguments_ = ['-V', 'mqttv5', '-h', '127.0.0.1', '-p', String(port), '-q', '1', '-t', filter, '-F', '%r %t %p', '-d']
  // By lines, or it would tell of its subscription only once a block is full.
  const subscriber = spawn('stdbuf', ['-oL', 'mosquitto_sub', ...arguments_], { stdio: ['ignore', 'pipe', 'pipe'] })
  const heard: Heard[] = []
  let rest = ''
  let ended: string | null = null
  let look = (): void => {}
  let granted = (): void => {}
  const subscribed = new Promise<void>((resolve) => {
    granted = resolve
  })
  subscriber.stdout.setEncoding('utf8').on('data', (piece: string) => {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() as string
    for (const line of lines) {
      if (line.startsWith('Subscribed')) granted()
      const found = /^([01]) (\S+) (.*)$/.exec(line)
      if (found) heard.push({ retained: found[1] === '1', topic: found[2] as string, payload: found[3] as string })
    }
    look()
  })
  let said = ''
  subscriber.stderr.setEncoding('utf8').on('data', (piece: string) => {
    said += piece
  })
  const closed = new Promise<void>((resolve) => {
    subscriber.on('close', (code) => {
      ended = `mosquitto_sub has ended (${code}): ${said}`
      granted()
      look()
      resolve()
    })
  })
  await subscribed
  if (ended !== null) throw new Error(ended)
  return {
    until: (fits) =>
      new Promise((resolve, reject) => {
        let seen = 0
        look = () => {
          for (; seen < heard.length; seen++) if (fits(heard[seen] as Heard)) return resolve(heard)
          if (ended !== null) reject(new Error(ended))
        }
        look()
      }),
    async close() {
      subscriber.kill()
      await closed
    },
  }
}
