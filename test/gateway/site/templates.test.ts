/** The ready site files: refused as they lie, for what is left open and for nothing else; good once that is filled in. */
import { describe, expect, it } from 'vitest'
import { findProfile } from '../../../devicejs/shelf.ts'
import { checkSite } from '../../../gateway/site/check.ts'
import { formatFaults } from '../../../protocol/files/fault.ts'
import { readYaml } from '../../../protocol/files/yaml.ts'
import { filled, templates as names, textOf } from './filled.ts'

const checked = (text: string, name: string) => checkSite(text, name, { profiles: findProfile })

describe('the templates', () => {
  it('are those of the hazards that stations stand at', () => {
    expect(names.map((name) => name.replace('.yaml', ''))).toEqual([
      'cut-slope',
      'gas-yard',
      'manhole',
      'rain-gauge-post',
      'river-section',
      'slow-slide',
      'tailings-pond',
      'tank-farm',
    ])
  })

  it.each(names)('%s has no set point of its own but that of a contact', (name) => {
    const { detectors } = readYaml(textOf(name), name).value as { detectors: Record<string, { at?: Record<string, unknown> }> }
    const given = Object.values(detectors).flatMap(({ at }) => Object.values(at ?? {}))
    expect(given.filter((point) => point !== 'TO-BE-SET' && point !== 1)).toEqual([])
  })

  it.each(names)('%s is refused for each place that is not set, with what belongs there, and for nothing else', (name) => {
    const text = textOf(name)
    const open = text.split('\n').filter((line) => line.includes('TO-BE-SET') && !line.startsWith('#')).length
    const told = checked(text, name)
    if (!('faults' in told)) throw new Error('it was taken')
    expect(told.faults.filter(({ what }) => what !== 'this is not set yet')).toEqual([])
    expect(told.faults).toHaveLength(open)
  })

  it.each(names)('%s is good, and not odd, with figures in its open places', (name) => {
    const told = checked(filled(textOf(name)), name)
    expect('faults' in told ? formatFaults(told.faults) : formatFaults(told.warnings)).toBe('')
  })

  it.each(names)('%s says whose the set points are', (name) => {
    expect(textOf(name)).toMatch(/set for each point by the competent department; no figure here is a licence to warn/)
  })
})

describe('a place that is not set', () => {
  it('is so too in the midst of a text, such as an address or a list of numbers', () => {
    const broker = filled(textOf('manhole.yaml')).replace(/broker: \S+/, 'broker: "mqtts://TO-BE-SET:8883"')
    const told = checked(broker, 'manhole.yaml')
    expect('faults' in told && told.faults.map(({ at, what }) => [at, what])).toEqual([['publish[0].broker', 'this is not set yet']])
  })

  it('is answered with who sets it, where it is a set point', () => {
    const told = checked(textOf('manhole.yaml'), 'manhole.yaml')
    if (!('faults' in told)) throw new Error('it was taken')
    const says = (at: string) => told.faults.filter((fault) => fault.at.startsWith(at)).map(({ remedy }) => remedy)
    expect(says('detectors').length).toBeGreaterThan(3)
    for (const remedy of says('detectors')) expect(remedy).toMatch(/^set points are set for each point by the competent department/)
    for (const remedy of says('site')) expect(remedy).toMatch(/^write what is so at this point/)
  })

  it('is told beside other faults, and hides none', () => {
    const text = filled(textOf('manhole.yaml')).replace('deadband: 0.05', 'dead: 0.05').replace('yellow: 0.64', 'yellow: TO-BE-SET')
    const told = checked(text, 'manhole.yaml')
    expect('faults' in told && told.faults.map(({ at, what }) => [at, what])).toEqual([
      ['detectors.filling.dead', 'threshold has no key `dead`'],
      ['detectors.filling.at.yellow', 'this is not set yet'],
    ])
  })
})
