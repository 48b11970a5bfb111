/** What a site file says of people and of outputs that speak: what comes of a good one, and how a bad edit of it is told. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findProfile } from '../../../devicejs/shelf.ts'
import { type Checked, checkSite } from '../../../gateway/site/check.ts'
import { describeSite } from '../../../gateway/site/describe.ts'
import { type FileFault, formatFaults } from '../../../protocol/files/fault.ts'

const file = join(import.meta.dirname, '../../stations/people.yaml')
const good = readFileSync(file, 'utf8')
const checked = (text: string): Checked => checkSite(text, file, { profiles: findProfile })

function siteOf(text: string) {
  const result = checked(text)
  if ('faults' in result) throw new Error(formatFaults(result.faults))
  return result
}
/** Without the one that the relay of a valve has always. */
const told = (warnings: FileFault[]): string[] => warnings.filter(({ what }) => !what.includes('watchdog')).map(({ at, what }) => `${at}: ${what}`)

function edited(edits: string[]): string {
  let text = good
  for (let k = 0; k < edits.length; k += 2) {
    expect(text.split(edits[k] as string).length, `"${edits[k]}" stands once in the file`).toBe(2)
    text = text.replace(edits[k] as string, () => edits[k + 1] as string)
  }
  return text
}

describe('a site file with people in it', () => {
  const { site, warnings } = siteOf(good)

  it('says who is told what, and who may ask for what', () => {
    expect(told(warnings)).toEqual([])
    expect(site.plan.response).toEqual({
      place: '大埔岭',
      languages: ['zh', 'en'],
      calls: [
        { name: 'wardens', numbers: ['+8613800000001', '13800000002'], again: 300_000, times: 3, next: 'town' },
        { name: 'town', numbers: ['+8613800000003'], again: 600_000, times: 2, next: null },
      ],
      silence: { key: 2, longest: 600_000 },
      acknowledge: { key: 3 },
      tests: { utcOffset: 28_800_000, length: 15_000, day: 1, hour: 9 },
      roles: [
        { name: 'duty', may: ['silence', 'acknowledge', 'test'] },
        { name: 'chief', may: ['close'] },
      ],
    })
    expect(site.roles.map(({ name, keys }) => [name, keys.length])).toEqual([
      ['duty', 1],
      ['chief', 1],
    ])
  })

  it('says what its outputs do, and by colour for the alarm that no action names', () => {
    expect(
      site.plan.actions.map(({ text, output, hold, says, call, byColour }) => [text, output, hold, says?.zh ?? null, call ?? null, byColour ?? false]),
    ).toEqual([
      ['gas is red', 'siren', 600_000, null, null, false],
      ['gas is red', 'beacon', null, null, null, false],
      ['gas is red', 'valve', null, null, null, false],
      ['gas is red', 'voice', 300_000, '立即撤离', null, false],
      ['gas is red', 'sign', null, '立即撤离', null, false],
      ['gas is red', 'modem', null, '立即撤离', 'wardens', false],
      ['slope', 'modem', null, null, 'wardens', true],
      ['slope >= orange', 'modem', null, null, 'town', true],
      ['slope >= orange', 'voice', null, null, null, true],
      ['slope is red', 'voice', null, null, null, true],
      ['slope is red', 'siren', null, null, null, true],
    ])
  })

  it('wires proofs and keys to their channels', () => {
    expect(site.plan.outputs.find(({ name }) => name === 'siren')?.proof).toEqual({ channel: 1, above: 0.5, within: 20_000 })
    expect(site.plan.outputs.find(({ name }) => name === 'valve')?.arm).toBe(4)
    expect(site.devices.find(({ name }) => name === 'keys')?.channels.every(({ urgent }) => urgent)).toBe(true)
  })

  it('is told in full', () => {
    const text = describeSite(site)
    expect(text.slice(text.indexOf('actions'), text.indexOf('publish'))).toBe(`actions
  when gas is red       siren   for 10min
  when gas is red       beacon  until it is false
  when gas is red       valve   closes, until a person at the place opens it
  when gas is red       voice   for 5min                                      "立即撤离" "Leave now"
  when gas is red       sign    until it is false                             "立即撤离" "Leave now"
  when gas is red       modem   to wardens                                    "立即撤离" "Leave now"
  when slope            modem   to wardens                                    alarm, colour, place and time, by colour
  when slope >= orange  modem   to town                                       alarm, colour, place and time, by colour
  when slope >= orange  voice   until it is false                             alarm, colour, place and time, by colour
  when slope is red     voice   until it is false                             alarm, colour, place and time, by colour
  when slope is red     siren   until it is false                             by colour

proofs
  siren  current above 0.5 %LEL  within 20s

calls
  wardens  +8613800000001, 13800000002  3 times, each 5min   then town
  town     +8613800000003               2 times, each 10min

keys
  silence      10min at a press of quiet; ends when anything rises
  acknowledge  ends the calls at a press of understood
  valve armed  at a press of arm, while nothing asks to close it

tests
  silent loop test  monday, 9:00
  ordered tests     15s; sirens and voices from 9:00 to 18:00

roles
  duty   silence, acknowledge, test  1 key
  chief  close                       1 key

`)
  })

  it('says no more than it says where the defaults are none', () => {
    const { site: bare, warnings: doubts } = siteOf(edited(['defaults: by-colour', 'defaults: none', ', next: town', '']))
    expect(bare.plan.actions.every(({ byColour }) => byColour === undefined)).toBe(true)
    expect(told(doubts)).toEqual(['calls.town: no action calls this list'])
  })

  it('leaves an alarm alone that is part of one that an action names', () => {
    const { site: joined } = siteOf(edited(['alarms:\n', 'alarms:\n  all: { red: slope is red or gas is red }\n', 'when: gas is red', 'when: all is red']))
    expect(joined.plan.actions.filter(({ byColour }) => byColour)).toEqual([])
  })

  it('plays recordings where the texts are their numbers, and no unannounced drill', () => {
    const edits = ['yutone/syn6288', 'dfrobot/dfr0299', '{ zh: 立即撤离, en: Leave now }', '{ zh: "#1" }', 'defaults: by-colour', 'defaults: none']
    const about = (more: string[]): string[] => told(siteOf(edited([...edits, ...more])).warnings).filter((warning) => warning.startsWith('devices.voice'))
    expect(about([])).toEqual([])
    expect(about(['languages: [zh, en] }', 'languages: [zh, en], mode: drill }'])).toEqual([
      'devices.voice: a recording cannot say that this is a drill: this output stays silent',
    ])
  })

  it('has no hour at which anything is silent', () => {
    expect(checked(edited(['silence: { key: quiet', 'silence: { key: quiet, from: "22:00"']))).toMatchObject({ faults: [{ what: 'unknown key `from`' }] })
  })
})

describe('a bad edit is told:', () => {
  it.each<[story: string, edits: string[], ...faults: RegExp[]]>([
    ['a valve that is told on', ['valve closes', 'valve on'], /^actions\[0\].do\[2\]: `valve on` could mean that a valve opens = write `valve closes`/],
    ['a valve that is told off', ['valve closes', 'valve off'], /could mean that a valve opens/],
    ['a valve that closes for a while', ['valve closes', 'valve closes for 5min'], /stays closed until a person at the place opens it/],
    ['a siren that closes', ['siren on for 10min', 'siren closes'], /`siren` is a siren: it does not do this = write `siren on`/],
    ['a siren that speaks', ['siren on for 10min', 'siren says leave'], /`siren` is a siren: it does not do this/],
    ['a voice that shows', ['voice says leave for 5min', 'voice shows leave'], /`voice` is a voice: it does not do this = write `voice says TEXT`/],
    ['a voice that tells a list', ['voice says leave for 5min', 'voice to wardens says leave'], /`voice` tells no list/],
    ['a modem that tells nobody', ['modem to wardens says leave', 'modem says leave'], /`modem` is a sms: it does not do this = write `modem to LIST`/],
    ['a modem that is on', ['modem to wardens says leave', 'modem on'], /nobody is named to whom it goes/],
    ['a message that lasts', ['modem to wardens says leave', 'modem to wardens for 5min'], /a message is sent, and has no length/],
    ['a list that is not there', ['modem to wardens says leave', 'modem to wardnes says leave'], /no call list `wardnes` = did you mean `wardens`/],
    ['a text that is not there', ['voice says leave for 5min', 'voice says laeve'], /no text `laeve` = did you mean `leave`/],
    ['a hold beyond the bound', ['for 5min,', 'for 50min,'], /50min is more than `voice` may be on/],
    ['a text without words', ['{ zh: 立即撤离, en: Leave now }', '{}'], /^texts.leave: a text without words/],
    ['a number that is a word', ['"13800000002"', '"warden"'], /calls.wardens.numbers\[1\]: "warden" is not a telephone number/],
    ['a list of nobody', ['["+8613800000003"]', '[]'], /calls.town.numbers: this list has 0 entries/],
    ['a list that is called without end', ['times: 3', 'times: 100'], /calls.wardens.times: 100 is out of bounds/],
    ['a next list that is not there', ['next: town', 'next: twon'], /calls.wardens.next: no call list `twon`/],
    ['lists in a circle', ['from: orange', 'next: wardens, from: orange'], /call each other in a circle/, /call each other in a circle/],
    ['a colour that is none', ['from: orange', 'from: none'], /calls.town.from: "none" is not allowed here/],
    ['a silence of an hour', ['longest: 10min }\nack', 'longest: 1h }\nack'], /silence.longest: this duration is out of bounds/],
    ['a key on no channel', ['key: quiet', 'key: quite'], /silence.key: no channel `quite` = did you mean `quiet`/],
    ['an acknowledging key on no channel', ['key: understood', 'key: misunderstood'], /acknowledge.key: no channel/],
    ['a key that is not a key', ['wJYmyS21gGtdmHJ6efO82DMTi0GVndN64RT2sSRss1Y=', 'secret'], /roles.duty.keys\[0\]: "secret" is not an Ed25519 public key/],
    [
      'one key for two roles',
      ['wJYmyS21gGtdmHJ6efO82DMTi0GVndN64RT2sSRss1Y=', 'xod5hRxo1+g/LrvsetbrHWh/7KiveADh+wvPg+Nep9g='],
      /roles.chief.keys\[0\]: this key is already that of the role `duty`/,
    ],
    [
      'a key whose private half is in print',
      ['wJYmyS21gGtdmHJ6efO82DMTi0GVndN64RT2sSRss1Y=', '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='],
      /roles.duty.keys\[0\]: anybody can sign with this key/,
    ],
    ['an order that there is not', ['may: [close]', 'may: [open]'], /roles.chief.may\[0\]: "open" is not allowed here/],
    ['a day that there is not', ['day: monday', 'day: someday'], /tests.day: "someday" is not allowed here/],
    ['a test that is an alarm', ['length: 15s', 'length: 15min'], /tests.length: this duration is out of bounds/],
    ['a valve that nobody can open', [', arm: arm', ''], /^devices.valve.arm: `arm` is missing = it is closed at the start/],
    ['a siren that is armed', ['longest: 1d }', 'longest: 1d, arm: arm }'], /devices.beacon.arm: only a release-close valve is armed/],
    ['an arming key on no channel', ['arm: arm }', 'arm: amr }'], /devices.valve.arm: no channel `amr`/],
    ['a proof on no channel', ['channel: current, above', 'channel: currant, above'], /devices.siren.proof.channel: no channel `currant`/],
    ['a proof of what is silent', ['longest: 1h }', 'longest: 1h, proof: { channel: current, above: 1 } }'], /devices.modem.proof: a sms makes no sound/],
    ['a proof that comes too late', ['within: 20s', 'within: 5s'], /devices.siren.proof.within: current has a row every 5 s/],
    ['an acknowledging key that silences', ['key: understood', 'key: quiet'], /acknowledge.key: the same key silences/],
    ['an arming key that silences', ['arm: arm }', 'arm: quiet }'], /devices.valve.arm: the same key silences/],
    [
      'a valve that is believed by its own coil',
      ['feedback: { discrete: 0 }', 'feedback: { coil: 2 }'],
      /devices.valve.valve.feedback: this is the coil by which/,
    ],
    [
      'a key that is written in two ways',
      ['xod5hRxo1+g/LrvsetbrHWh/7KiveADh+wvPg+Nep9g=', 'xod5hRxo1+g/LrvsetbrHWh/7KiveADh+wvPg+Nep9h='],
      /is not an Ed25519 public key/,
    ],
    ['a colour that its alarm never has', ['when: gas is red', 'when: gas is orange'], /^actions\[0\].when: `gas` is never orange = its colours: yellow, red/],
    ['a colour that its detector never has', ['orange: 10, red: 20 } }\n  creep', 'orange: 10 } }\n  creep'], /^alarms.gas.red: `leak` is never red/],
    [
      'a player of recordings that shall say words',
      ['yutone/syn6288', 'dfrobot/dfr0299'],
      /^devices.voice: this output only plays .* words at: gas is red, slope >= orange \(by colour\), slope is red \(by colour\) = let an action say a text/,
    ],
    [
      'a recording that there is not',
      ['yutone/syn6288', 'dfrobot/dfr0299', '{ zh: 立即撤离, en: Leave now }', '{ zh: "#70000" }', 'defaults: by-colour', 'defaults: none'],
      /^devices.voice: at gas is red, it has no recording 70000/,
    ],
    ['an offset that is a place', ['"+08:00"', 'Asia/Shanghai'], /site.utcOffset: "Asia\/Shanghai" is not an offset from UTC/],
  ])('%s', (_, edits, ...faults) => {
    const result = checked(edited(edits))
    const found = 'faults' in result ? result.faults.map(({ at, what, remedy }) => `${at}: ${what} = ${remedy}`) : []
    expect(found.length, found.join('\n')).toBe(faults.length)
    for (const [index, fault] of faults.entries()) expect(found[index]).toMatch(fault)
  })

  it('a malformed section hides nothing of the rest', () => {
    const result = checked(edited(['silence: { key: quiet', 'silence: { kye: quiet', 'on: level', 'on: lvel', '{ zh: 立即撤离, en: Leave now }', '{}']))
    expect('faults' in result && result.faults.map(({ at }) => at)).toEqual(['detectors.leak.on', 'texts.leave', 'silence.kye'])
  })

  it('a key that is read too seldom, and a text that nobody says, are worth a look', () => {
    const { warnings } = siteOf(edited(['every: 1s', 'every: 10s', 'texts:\n', 'texts:\n  forgotten: { zh: 忘 }\n']))
    expect(told(warnings)).toEqual([
      'devices.valve.arm: this key is read every 10 s: a press in between is not seen',
      'texts.forgotten: no action says this text',
      'silence.key: this key is read every 10 s: a press in between is not seen',
      'acknowledge.key: this key is read every 10 s: a press in between is not seen',
    ])
  })

  it.each<[string, string[], string[]]>([
    [
      'an action that ends as it gets worse is worth a look',
      ['  - when: gas is red\n', '  - { when: slope is orange, do: [beacon on] }\n  - when: gas is red\n'],
      [
        'alarms.slope: an action names this alarm, and none that sounds a siren at red',
        'actions[0].when: this ends when `slope` gets worse, and nothing else then asks for beacon on',
      ],
    ],
    [
      'an action that another takes over at the next colour is none',
      [
        '  - when: gas is red\n',
        '  - { when: slope is orange, do: [voice says leave] }\n  - { when: slope is red, do: [voice says leave, siren on] }\n  - when: gas is red\n',
      ],
      [],
    ],
    [
      'an alarm that was named for a lamp alone is worth a look',
      ['  - when: gas is red\n', '  - { when: slope, do: [beacon on] }\n  - when: gas is red\n'],
      ['alarms.slope: an action names this alarm, and none that sounds a siren at red'],
    ],
  ])('%s', (_, edits, expected) => {
    expect(told(siteOf(edited(edits)).warnings).sort()).toEqual(expected.sort())
  })
})
