// The warning as a CAP document: what makes an Alert, an Update, a Cancel or none, and what people read in it.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { detectors } from '../../../gateway/stages/detect/list.ts'
import { type Cited, encodeCap } from '../../../protocol/encodings/cap.ts'
import { forecasts } from '../../../protocol/encodings/cap-words.ts'
import { escaped } from '../../../protocol/encodings/xml.ts'
import type { AlarmMessage, LifeState } from '../../../protocol/messages.ts'
import { instant } from '../../../protocol/time.ts'
import { alarmOf, envelopeOf, issuer } from './warnings.ts'

/** The texts of all elements of one name. */
const all = (text: string, name: string): string[] => [...text.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map((found) => found[1]!)
const one = (text: string, name: string): string | undefined => all(text, name)[0]

const life = (state: LifeState): AlarmMessage['life'] => ({ state, occurrence: 3 })
const textOf = (alarm: AlarmMessage, before: readonly Cited[] = [], from = issuer, seq = 3): string =>
  encodeCap(alarm, envelopeOf(seq), from, before)?.text ?? 'none'
const first = encodeCap(alarmOf(), envelopeOf(1), issuer, [])!.cited!

describe('a document of CAP', () => {
  it.each([
    ['the cable of an instrument', alarmOf({ technical: true }), 'actual', []],
    ['a replay', alarmOf({ level: 'red' }), 'replay', [first]],
    ['an alarm at rest of which nothing was told', alarmOf({ level: 'none', life: life('NORM') }), 'actual', []],
    ['an alarm out of service of which nothing was told', alarmOf({ life: life('OOSRV') }), 'actual', []],
  ] as const)('is not made of %s', (_, alarm, mode, before) => {
    expect(encodeCap(alarm, envelopeOf(3, mode), issuer, before)).toBeNull()
  })

  it.each([
    ['red', 'Extreme', 'Immediate', 'Observed', 'Evacuate'],
    ['orange', 'Severe', 'Expected', 'Observed', 'Prepare'],
    ['yellow', 'Moderate', 'Expected', 'Likely', 'Monitor'],
    ['blue', 'Minor', 'Future', 'Possible', 'Assess'],
  ] as const)('of a %s alarm says %s, %s, %s and %s, once in each language', (level, ...said) => {
    const text = textOf(alarmOf({ level }))
    expect(one(text, 'msgType')).toBe('Alert')
    expect(text).not.toContain('<references>')
    expect(['severity', 'urgency', 'certainty', 'responseType'].map((name) => all(text, name))).toEqual(said.map((word) => [word, word]))
    expect(all(text, 'language')).toEqual(['zh-CN', 'en-US'])
  })

  it.each([
    ['a change of level', alarmOf({ level: 'red' }), 'Update', 'Extreme', 'Immediate', 'Observed', 'Evacuate', true],
    ['an end', alarmOf({ level: 'none', life: life('RTNUN') }), 'Update', 'Severe', 'Past', 'Observed', 'AllClear', false],
    ['a latched end', alarmOf({ level: 'none', life: life('LATUN') }), 'Update', 'Severe', 'Past', 'Observed', 'Assess', true],
    ['data lost at red', alarmOf({ level: 'none', dataLost: 'red' }), 'Update', 'Extreme', 'Immediate', 'Unknown', 'Evacuate', true],
    ['data lost below what is known', alarmOf({ level: 'red', dataLost: 'blue' }), 'Update', 'Extreme', 'Immediate', 'Unknown', 'Evacuate', true],
    ['an alarm put out of service', alarmOf({ life: life('OOSRV') }), 'Cancel', 'Severe', 'Unknown', 'Unknown', 'None', false],
    ['an alarm put on the shelf', alarmOf({ life: life('SHLVD') }), 'Update', 'Severe', 'Expected', 'Observed', 'Prepare', true],
  ] as const)('of %s over an earlier one is as the standard has it, and names it', (_, alarm, type, severity, urgency, certainty, response, stands) => {
    const { text, cited } = encodeCap(alarm, envelopeOf(3), issuer, [first])!
    const names = ['msgType', 'severity', 'urgency', 'certainty', 'responseType']
    expect(names.map((name) => one(text, name))).toEqual([type, severity, urgency, certainty, response])
    expect(one(text, 'references')).toBe('dapuling-03@example.org,hp.lianshan.dapuling-03.a.e%201%2C%3C%26.1,2026-06-15T03:21:10+08:00')
    expect(cited !== null).toBe(stands)
  })

  it('names all that stand, oldest first, with one space between', () => {
    const second = encodeCap(alarmOf({ level: 'red' }), envelopeOf(2), issuer, [first])!.cited!
    const named = one(textOf(alarmOf(), [first, second]), 'references')!.split(' ')
    expect(named.map((each) => each.split(',')[1])).toEqual([first.identifier, second.identifier])
  })

  it('says of a level that is foretold alone that it is likely', () => {
    const [why] = alarmOf().why
    const foretold = { ...why!, rule: 'trend' }
    expect(one(textOf(alarmOf({ why: [foretold] })), 'certainty')).toBe('Likely')
    expect(one(textOf(alarmOf({ why: [foretold, why!] })), 'certainty')).toBe('Observed')
  })

  it('knows forecasts by the names of our detectors', () => {
    const names = detectors.map(({ name }) => name)
    expect([...forecasts].filter((name) => !names.includes(name))).toEqual([])
  })

  it('says of orange gas that it is immediate', () => {
    const text = textOf(alarmOf(), [], { ...issuer, hazards: ['gas'] })
    expect(one(text, 'urgency')).toBe('Immediate')
    expect(all(text, 'category').slice(0, 2)).toEqual(['Safety', 'CBRNE'])
  })

  it.each([
    ['drill', 'Exercise', '演练：大浦岭三号slope橙色预警', 'EXERCISE: 大浦岭三号 slope orange warning'],
    ['test', 'Test', '测试：大浦岭三号slope橙色预警', 'TEST: 大浦岭三号 slope orange warning'],
    ['actual', 'Actual', '大浦岭三号slope橙色预警', '大浦岭三号 slope orange warning'],
  ] as const)('in a %s has the status %s, and its headlines say so', (mode, status, ...headlines) => {
    const { text } = encodeCap(alarmOf(), envelopeOf(3, mode), issuer, [])!
    expect([one(text, 'status'), all(text, 'headline')]).toEqual([status, headlines])
    expect(text.includes('<note>')).toBe(mode !== 'actual')
  })

  it('tells figures, set points and rows, and what cannot be told', () => {
    expect(all(textOf(alarmOf({ unknown: ['creeping'] })), 'description')[1]).toBe(
      'heavy-rain orange: sumMm 42.2; set points orange 40 red 60; rain-1h 42.2 mm\ncannot be told: creeping',
    )
  })

  it('says where: a circle with latitude first, a point of radius 0, or words alone', () => {
    expect(one(textOf(alarmOf()), 'circle')).toBe('24.570100,112.082200 0.5')
    expect(one(textOf(alarmOf(), [], { ...issuer, position: [1e-7, -1e-7], radiusKm: 0 }), 'circle')).toBe('-0.000000,0.000000 0')
    const words = textOf(alarmOf(), [], { ...issuer, position: null })
    expect([one(words, 'circle'), one(words, 'areaDesc')]).toEqual([undefined, '大浦岭三号'])
  })

  it('says why it is withdrawn', () => {
    const out = alarmOf({ life: { state: 'OOSRV', occurrence: 3, by: 'duty', reason: 'wrong <set> point' } })
    expect(one(textOf(out, [first]), 'note')).toBe('已停用 / out of service: duty: wrong &lt;set&gt; point')
  })

  it('has the 31 characters of GB/T 35965 for an agency, in local time', () => {
    const text = textOf(alarmOf(), [], { ...issuer, agency: { division: '441825', agency: '014' } }, 27)
    expect(one(text, 'identifier')).toBe('44182501400000_20260615034710_7')
    expect(text).toContain('<geocode><valueName>GB/T 2260</valueName><value>441825</value></geocode>')
  })

  it('is not made for an agency whose code is none', () => {
    expect(() => textOf(alarmOf(), [], { ...issuer, agency: { division: '4418', agency: '00014' } })).toThrow(RangeError)
  })

  it('tells times to the second with the zone, whatever they are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2100, 0) }), (at) => {
        const { text } = encodeCap(alarmOf(), { ...envelopeOf(3), sent: instant(at) }, issuer, [])!
        const sent = one(text, 'sent')!
        expect(sent).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/)
        expect(Date.parse(sent)).toBe(at - (at % 1000))
      }),
    )
  })
})

describe('the text of an element', () => {
  it.each([
    ['markup', '<a b="c">&\'', '&lt;a b=&quot;c&quot;&gt;&amp;&apos;'],
    ['the end of a section', ']]>', ']]&gt;'],
    ['a return', 'a\r\n\tb', 'a&#13;\n\tb'],
    ['what XML cannot hold', '\0\u0008\u001f\uD800x\uDFFF\uFFFE', '\uFFFD\uFFFD\uFFFD\uFFFDx\uFFFD\uFFFD'],
    ['a whole surrogate pair', '\u{1F30A}', '\u{1F30A}'],
  ])('holds %s', (_, text, written) => {
    expect(escaped(text)).toBe(written)
  })
})
