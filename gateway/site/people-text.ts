/** Who is told what, and who may ask for what, in words: the part of a checked site that concerns people. */
import { durationText } from '../../protocol/files/schema.ts'
import type { ActionPlan, OutputPlan, Words } from '../core/plan.ts'
import { days } from './people-file.ts'
import type { Site } from './site.ts'

/** What is done, for how long, and whether the site file says so itself. */
export function actionText({ text, output, hold, says, call, byColour }: ActionPlan, outputs: OutputPlan[]): string[] {
  const kind = outputs.find(({ name }) => name === output)?.kind
  const deed =
    kind === 'valve'
      ? 'closes, until a person at the place opens it'
      : call !== undefined
        ? `to ${call}`
        : hold === null
          ? 'until it is false'
          : `for ${durationText(hold)}`
  const speaks = kind === 'voice' || kind === 'sign' || kind === 'sms'
  return [`when ${text}`, output, deed, [speaks ? wordsText(says) : '', byColour ? 'by colour' : ''].filter((part) => part !== '').join(', ')]
}

const wordsText = (says: Words | undefined): string =>
  says
    ? Object.values(says)
        .map((words) => `"${words}"`)
        .join(' ')
    : 'alarm, colour, place and time'

const keysText = (count: number): string => `${count} ${count === 1 ? 'key' : 'keys'}`

export function peopleText({ plan, roles }: Site): [string, string[][]][] {
  const { calls, silence, acknowledge, tests, roles: rights } = plan.response
  const channel = (number: number | null): string => plan.channels[number ?? -1]?.name ?? ''
  const audible = plan.outputs.some(({ kind }) => kind === 'siren' || kind === 'voice')
  const keys = [
    ...(audible
      ? [
          [
            'silence',
            `${durationText(silence.longest)} at a press${silence.key === null ? '; no key' : ` of ${channel(silence.key)}`}; ends when anything rises`,
          ],
        ]
      : []),
    ...(acknowledge.key === null ? [] : [['acknowledge', `ends the calls at a press of ${channel(acknowledge.key)}`]]),
    ...plan.outputs.flatMap(({ name, arm }) => (arm === undefined ? [] : [[`${name} armed`, `at a press of ${channel(arm)}, while nothing asks to close it`]])),
  ]
  const proofs = plan.outputs.flatMap(({ name, proof }) =>
    proof ? [[name, `${channel(proof.channel)} above ${proof.above} ${plan.channels[proof.channel]?.unit}`, `within ${durationText(proof.within)}`]] : [],
  )
  const loops = plan.outputs.filter(({ kind }) => kind !== 'valve' && kind !== 'sms' && kind !== 'heartbeat')
  return [
    ['proofs', proofs],
    [
      'calls',
      calls.map(({ name, numbers, again, times, next }) => [
        name,
        numbers.join(', '),
        `${times} times, each ${durationText(again)}`,
        next === null ? '' : `then ${next}`,
      ]),
    ],
    ['keys', keys],
    [
      'tests',
      loops.length > 0
        ? [
            ['silent loop test', `${days[tests.day]}, ${tests.hour}:00`],
            ['ordered tests', `${durationText(tests.length)}; sirens and voices from 9:00 to 18:00`],
          ]
        : [],
    ],
    ['roles', rights.map(({ name, may }) => [name, may.join(', '), keysText(roles.find((role) => role.name === name)?.keys.length ?? 0)])],
  ]
}
