/** Faults as people read them, and the word that was most likely meant. */
import { describe, expect, it } from 'vitest'
import { type FileFault, formatFaults, nearest, pathText, suggest } from '../../../protocol/files/fault.ts'

const fault: FileFault = {
  file: 'site.yaml',
  line: 14,
  column: 9,
  at: 'detectors.rain.at',
  what: 'unknown key `yelow`',
  remedy: 'did you mean `yellow`?',
  source: '  at: { yelow: 30 }',
}

describe('a fault', () => {
  it('is told with its place, its line, a caret under the place, and what to do', () => {
    expect(formatFaults([fault])).toBe(
      ['site.yaml:14:9: detectors.rain.at: unknown key `yelow`', '  |   at: { yelow: 30 }', '  |         ^', '  = did you mean `yellow`?'].join('\n'),
    )
  })

  it('keeps the caret under its place behind tabs and Chinese characters', () => {
    const [, line = '', caret = ''] = formatFaults([{ ...fault, column: 7, source: '\t名称: {x: 1}' }]).split('\n')
    expect(line).toBe('  | \t名称: {x: 1}')
    expect(caret).toBe('  | \t\u3000\u3000   ^')
  })

  it('shows control characters as dots, so that no file steers a terminal, and keeps the caret right behind a byte order mark', () => {
    const text = formatFaults([{ ...fault, what: 'no \u001b[2J', column: 7, source: '\ufeffa\u001b[31m\u009b: \u0007' }])
    expect(text.split('\n').slice(0, 3)).toEqual(['site.yaml:14:7: detectors.rain.at: no ·[2J', '  | ·a·[31m··: ·'.replace('m··', 'm·'), '  |       ^'])
  })

  it('shows a piece of a very long line', () => {
    const [, line = '', caret = ''] = formatFaults([{ ...fault, column: 1000, source: `${'x'.repeat(999)}!${'x'.repeat(999)}` }]).split('\n')
    expect(line.length).toBeLessThan(130)
    expect(line[caret.indexOf('^')]).toBe('!')
  })

  it('without a line of its own is one sentence', () => {
    expect(formatFaults([{ ...fault, at: '', source: '', remedy: '' }])).toBe('site.yaml:14:9: unknown key `yelow`')
  })

  it('is counted, not shown, after the fiftieth', () => {
    const text = formatFaults(Array.from({ length: 53 }, () => fault))
    expect(text.split('\n').at(-1)).toBe('... and 3 more')
  })
})

describe('the nearest known word', () => {
  it.each([
    ['yelow', ['blue', 'yellow', 'orange', 'red'], 'yellow'],
    ['rian', ['rain', 'tilt'], 'rain'],
    ['treshold', ['trend', 'threshold'], 'threshold'],
    ['Every', ['every', 'over'], 'every'],
    ['red', ['rain', 'tilt'], undefined],
    ['q', ['quality', 'every'], undefined],
    ['anything', [], undefined],
  ])('of %s among %j is %s', (word, known, expected) => {
    expect(nearest(word, known)).toBe(expected)
  })

  it('is suggested beside what is known', () => {
    expect(suggest('yelow', ['red', 'yellow'])).toBe('did you mean `yellow`? known: red, yellow')
    expect(suggest('zzz', ['red'])).toBe('known: red')
    expect(suggest('zzz', [])).toBe('none is known here')
    expect(
      suggest(
        'zzz',
        Array.from({ length: 40 }, (_, k) => `n${k}`),
      ),
    ).toMatch(/n29, \.\.\.$/)
  })
})

it('a place in a file is written as people say it', () => {
  expect(pathText(['channels', 'rain', 'quality', 0, 'range'])).toBe('channels.rain.quality[0].range')
  expect(pathText([])).toBe('')
})
