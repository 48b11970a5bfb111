// Two people at one post in the same moment, and a station that is killed in the midst of what they do.

import { afterEach, expect, it } from 'vitest'
import { makeSlave } from '../../../devicejs/slave.ts'
import { serveTcp, stop } from '../../devicejs/serving.ts'
import { gasAlarm, leak, startPost, yard } from './post.ts'

afterEach(stop)

async function standing() {
  const place = yard()
  const { port } = await serveTcp(makeSlave(place.units))
  const wire = `tcp: "127.0.0.1:${port}"`
  const post = await startPost({ wire })
  await leak(place)
  // The siren does not wait for the card; what is kept of it is there soon after.
  await expect.poll(() => post.acts().some(({ parts }) => JSON.stringify(parts)?.includes('"level":4')), { timeout: 10_000 }).toBe(true)
  return { place, wire, post }
}

interface Kept {
  op: string
  by: string
  ok: boolean
  refusal: string
}
const acted = (lines: Record<string, unknown>[]): Kept[] => lines.flatMap(({ act }) => (act ? [act as Kept] : []))

it('what two ask for at once is done in one order: each answer is true, and that order is kept', async () => {
  const { post } = await standing()
  const ops: [string, Record<string, unknown>][] = [
    ['acknowledge', { alarm: 'gas' }],
    ['silence', {}],
    ['inhibit', { channel: 'gas' }],
    ['release', { channel: 'gas' }],
    ['shelve', { alarm: 'gas' }],
    ['unshelve', { alarm: 'gas' }],
  ]
  const ask = async ([op, args]: (typeof ops)[number], by: string) => ({ op, by, ...(await post.act(op, { by, reason: 'here', ...args })) })
  const answers = await Promise.all(ops.flatMap((op) => ['Li', 'Wang'].map((by) => ask(op, by))))
  await expect.poll(() => acted(post.acts()).length, { timeout: 10_000 }).toBe(answers.length)
  const kept = acted(post.acts())
  const lineOf = ({ op, by, ok, refusal, reason }: Partial<Kept> & { reason?: string }) => `${op} ${by} ${ok} ${refusal ?? reason}`
  expect(answers.map(lineOf).sort()).toEqual(kept.map(lineOf).sort())
  // What is done once is done for the first of them, and the other is told so.
  for (const once of ['acknowledge', 'silence']) expect(kept.filter(({ op }) => op === once).map(({ ok }) => ok)).toEqual([true, false])
  // And what stands in the end is what was kept last.
  for (let round = 0; round < 5; round++) {
    const two = ops.slice(4)
    await Promise.all((round % 2 === 0 ? two : two.reverse()).map((op, index) => ask(op, ['Li', 'Wang'][index]!)))
    await expect.poll(() => acted(post.acts()).length, { timeout: 10_000 }).toBe(answers.length + 2 * (round + 1))
    expect(gasAlarm(await post.status()).life.state === 'SHLVD').toBe(acted(post.acts()).at(-1)?.op === 'shelve')
  }
}, 40_000)

it('a station killed while its siren sounds sounds it again though the instrument is dead now, and nobody has seen what nobody saw', async () => {
  const { place, wire, post } = await standing()
  await post.kill()
  // As a relay without a watchdog that lost its supply too, and an instrument that answers no more.
  place.units.get(2)?.write('coil', 0, Uint16Array.of(0))
  place.gas(Number.NaN)
  const again = await startPost({ wire, folder: post.folder })
  await expect.poll(() => place.sounds(), { timeout: 10_000 }).toBe(true)
  expect(gasAlarm(await again.status())).toMatchObject({ level: 'red', life: { state: 'UNACK' } })
}, 40_000)

it('a station killed in the midst of an act has done it wholly or not at all, and what was kept of it stands', async () => {
  const { wire, place, post } = await standing()
  const asked = post.act('acknowledge', { by: 'Li', reason: 'seen', alarm: 'gas' })
  await new Promise(setImmediate)
  await post.kill()
  const answer = await asked
  const kept = acted(post.acts()).filter(({ ok }) => ok).length
  const again = await startPost({ wire, folder: post.folder })
  const { state } = gasAlarm(await again.status()).life
  expect([kept, state, place.sounds()]).toEqual(kept === 1 ? [1, 'ACKED', true] : [0, 'UNACK', true])
  expect('trouble' in answer || answer.ok).toBe(true)
}, 40_000)
