// A station whose card hangs in all that is written and read there: its lines, its siren and its broker go on.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { makeSlave } from '../../../devicejs/slave.ts'
import { later, serveLine, stop } from '../../devicejs/serving.ts'
import { startMosquitto } from '../../setup/mosquitto.ts'
import { leak, startPost, yard } from './post.ts'

afterEach(stop)

/** To open a pipe that nobody reads or writes is to wait for ever, as on a card that does not answer (fifo(7)). */
const hangs = (...path: string[]) => void execFileSync('mkfifo', [join(...path)])

it('a card that hangs in acts, notes and the password of each uplink delays neither a serial line nor the siren', async () => {
  const broker = await startMosquitto()
  later(() => broker.stop())
  const place = yard()
  const { path } = await serveLine(makeSlave(place.units))
  const post = await startPost({
    wire: `line: ${path}`,
    devices: '  host: { profile: hazardpoint/host, every: 1s }',
    channels: '  room: { read: host.disk-free }',
    // A pool of Node has four threads.
    publish: `publish:
${['one', 'two', 'three', 'four'].map((to) => `  - { to: ${to}, broker: "${broker.url}", username: u, password: { file: ./password } }`).join('\n')}
  - { to: town, broker: "${broker.url}" }`,
    before: (folder) => {
      // So long that it must be begun anew, in a file that hangs.
      writeFileSync(join(folder, 'a-b-c.acts.ndjson'), `{"acts":1}\n${`${JSON.stringify({ act: 'x'.repeat(1000) })}\n`.repeat(4300)}`)
      for (const name of ['a-b-c.acts.ndjson.next', 'a-b-c.notes.json.new', 'password']) hangs(folder, name)
    },
  })
  await leak(place)
  expect((await post.status()).links.find(({ name }) => name === 'town')).toMatchObject({ up: true })
  expect(await post.act('acknowledge', { by: 'Li', reason: 'seen', alarm: 'gas' })).toEqual({ ok: true, reason: '' })
}, 40_000)
