import { describe, expect, it } from 'vitest'
import { readProfile } from '../../../devicejs/profile-file.ts'

const faultsOf = (outputs: string): string[] => {
  const read = readProfile(`title: t\nsource: s\n${outputs}`, 'test.yaml', 'test')
  return 'faults' in read ? read.faults.map(({ what, remedy }) => `${what} = ${remedy}`) : []
}
const voice = 'kind: voice, frame: { start: "FD", length: 2 }, say: { most: 200 }, stop: "02"'

describe('a profile is refused whose output', () => {
  it.each([
    ['is driven by nothing', '{ kind: siren }', 'nothing says how it is driven'],
    ['is driven in two ways', '{ coil: 0, holding: 1 }', 'an output by coil has no holding'],
    ['is a coil with values', '{ coil: 0, on: 2 }', 'an output by coil has no on'],
    ['reads a coil back from a whole register', '{ coil: 0, readBack: { holding: 0 } }', 'a register cannot be read back as a coil'],
    ['is read back at two places', '{ coil: 0, readBack: { coil: 0, discrete: 0 } }', 'a state is read back from one place'],
    ['takes a bit of a bit', '{ coil: 0, readBack: { discrete: 0, bit: 1 } }', 'a coil or a discrete input is one bit'],
    ['is on and off alike', '{ holding: 0, on: 5, off: 5 }', 'on and off are the same'],
    ['has its text behind the last register', '{ text: { holding: 65530, words: 8 } }', 'its text runs over the last register'],
    ['can say nothing', '{ kind: voice, frame: { start: "FD" }, stop: "02" }', 'it can neither say a text nor play a recording'],
    ['cannot be silenced', '{ kind: voice, frame: { start: "FD" }, say: { most: 200 } }', 'nothing silences it'],
    ['is asked without known answers', `{ ${voice}, ask: "21", answer: { taken: "41" } }`, 'it is asked, and nobody knows its answers'],
    [
      'counts more than its length can',
      '{ kind: sign, frame: { length: 1 }, say: { most: 300 }, stop: "02" }',
      'a length of one byte cannot count 300 bytes of text',
    ],
    ['takes anything for an answer', `{ ${voice}, answer: { taken: "" } }`, 'an answer of no bytes is any answer'],
    ['has half a byte', `{ ${voice}, ask: "2" }`, '"2" is not a row of bytes in hexadecimal'],
    ['speaks frames, and says not what it is', '{ frame: { start: "FD" }, say: { most: 200 }, stop: "02" }', 'nothing says whether it speaks or shows'],
    ['is a modem and a siren', '{ kind: siren, modem: at }', 'an output by modem is no siren = write sms'],
    ['is a relay that sends messages', '{ kind: sms, coil: 0 }', 'an output by coil is no sms'],
    ['is of an unknown kind', '{ kind: sirene, coil: 0 }', '"sirene" is not allowed here = did you mean `siren`?'],
  ])('%s', (_, output, fault) => {
    expect(faultsOf(`outputs: { a: ${output} }`).filter((told) => told.startsWith(fault))).toHaveLength(1)
  })

  it('has a watchdog that no line can feed in time', () => {
    const of = (watchdog: string): string[] => faultsOf(`outputs: { a: { coil: 0 } }\nwatchdog: ${watchdog}`)
    expect(of('{ holding: 40, value: 2, unit: ms }')).toEqual([
      'it switches off after 2 ms, sooner than a busy line feeds it = raise `value` to 1000 ms or more',
    ])
    expect(of('{ holding: 40, value: 9, unit: 100ms }')).toHaveLength(1)
    expect(of('{ holding: 40, value: 10, unit: 100ms }')).toEqual([])
  })

  it('has a watchdog and nothing to drop', () => {
    const text = 'channels: { a: { quantity: q, unit: m, read: { input: 0 } } }\nwatchdog: { holding: 40, value: 6, unit: s }'
    expect(faultsOf(text)).toEqual(['a watchdog of a device that drives nothing = give its outputs'])
  })
})

it('outputs are read with what they leave out', () => {
  const read = readProfile(
    `title: t\nsource: s\noutputs: { a: { ${voice} }, b: { holding: 3 }, c: { coil: 1, readBack: { input: 2, bit: 4 } } }\nwatchdog: { holding: 1, value: 50, unit: 100ms }`,
    'test.yaml',
  )
  if ('faults' in read) throw new Error('it is good')
  expect(read.profile.outputs).toMatchObject([
    {
      name: 'a',
      kind: 'voice',
      drive: { by: 'frames', checksum: 'none', lengthBytes: 2, clip: null, ask: null, answer: null, say: { encoding: 'gb2312', most: 200 } },
    },
    { name: 'b', kind: 'relay', drive: { by: 'register', register: 3, on: 1, off: 0, readBack: { table: 'holding', address: 3, bit: null } } },
    { name: 'c', drive: { by: 'coil', coil: 1, readBack: { table: 'input', address: 2, bit: 4 } } },
  ])
  expect(read.profile.watchdog).toEqual({ register: 1, value: 50, afterMs: 5000, fedBy: 'write' })
})
