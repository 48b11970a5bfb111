import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { giveTemplate, listTemplates } from '../../../gateway/commands/templates.ts'
import { asset } from '../../../protocol/files/asset.ts'

describe('templates', () => {
  it('are listed with what they are for, a line each', () => {
    const { out, exitCode } = listTemplates()
    expect([out.split('\n').length, exitCode]).toEqual([8, 0])
    expect(out).toContain('cut-slope        Cut slope behind houses: it fails without a movement to see')
  })

  it('are given as they lie', () => {
    expect(`${giveTemplate('manhole').out}\n`).toBe(readFileSync(asset('gateway/site/templates/manhole.yaml'), 'utf8'))
  })

  it.each([
    ['gas-yrd', 'no template "gas-yrd": did you mean gas-yard?'],
    ['volcano', /^no template "volcano": there are cut-slope, gas-yard, /],
    ['../file', /^no template/],
  ])('%s is none, and the names are told', (name, told) => {
    const { err, exitCode } = giveTemplate(name)
    expect(err).toMatch(told)
    expect(exitCode).toBe(1)
  })
})
