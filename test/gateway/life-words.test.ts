import { expect, it } from 'vitest'
import { lifeText } from '../../gateway/life-words.ts'
import { type Life, lifeStates } from '../../protocol/messages.ts'
import { instant } from '../../protocol/time.ts'

const until = instant(Date.UTC(2026, 6, 1, 12))

it.each<[Life, RegExp]>([
  [{ state: 'ACKED', occurrence: 1, by: 'Li', reason: 'seen' }, /^acknowledged .* by Li: seen$/],
  [{ state: 'ACKED', occurrence: 1, by: 'the key at the place', reason: '' }, /by the key at the place$/],
  [{ state: 'SHLVD', occurrence: 0, until, by: 'Li', reason: 'repair' }, /^SHELVED .* until 12:00:00 by Li: repair$/],
  [{ state: 'OOSRV', occurrence: 0, until }, /^OUT OF SERVICE .* until 12:00:00$/],
])('tells who keeps an alarm quiet, why and until when: %o', (life, text) => {
  expect(lifeText(life)).toMatch(text)
})

it('has words for every state but those that need none', () => {
  expect(lifeStates.filter((state) => lifeText({ state, occurrence: 1 }) === '')).toEqual(['NORM', 'UNACK'])
})
