/** Reading YAML: the place of every part, and every way in which text can be no YAML of ours. */
import { describe, expect, it } from 'vitest'
import { MOST_CHARACTERS, readYaml } from '../../../protocol/files/yaml.ts'

const told = (text: string): string[] => readYaml(text, 'a.yaml').faults.map(({ line, column, what }) => `${line}:${column} ${what}`)

describe('the place of a part', () => {
  const file = readYaml('site:\n  id: one\nlist:\n  - a\n  - { b: 2 }\nquoted: "x is red"\n', 'a.yaml')

  it.each([
    [['site'], 'key', '1:1'],
    [['site'], 'value', '2:3'],
    [['site', 'id'], 'key', '2:3'],
    [['site', 'id'], 'value', '2:7'],
    [['list', 0], 'value', '4:5'],
    [['list', 1, 'b'], 'key', '5:7'],
    [['list', 1, 'b'], 'value', '5:10'],
  ] as const)('%j, its %s, stands at %s', (path, of, place) => {
    const { line, column } = file.place(path, of)
    expect(`${line}:${column}`).toBe(place)
  })

  it('that is not there is that of its nearest ancestor', () => {
    expect(file.place(['site', 'area'], 'key')).toMatchObject({ line: 1, column: 1 })
    expect(file.place(['list', 7, 'c'])).toMatchObject({ line: 3, column: 1 })
    expect(file.place(['nowhere'])).toMatchObject({ line: 1, column: 1 })
  })

  it('comes with the line, without the carriage return of another system', () => {
    expect(readYaml('a: 1\r\nb: 2\r\n', 'a.yaml').place(['b'])).toEqual({ line: 2, column: 4, source: 'b: 2' })
  })

  it('can be a letter within a text', () => {
    expect(file.fault(['quoted'], 'what', 'remedy', { letter: 5 })).toEqual({
      file: 'a.yaml',
      line: 6,
      column: 15,
      at: 'quoted',
      what: 'what',
      remedy: 'remedy',
      source: 'quoted: "x is red"',
    })
    const folded = readYaml('text: >-\n  one\n  two\n', 'a.yaml')
    expect(folded.fault(['text'], '', '', { letter: 4 })).toMatchObject({ line: 1, column: 7 })
  })
})

it('values are plain: on, off, dates and numbers with a unit stay texts', () => {
  expect(readYaml('a: off\nb: 2026-01-02\nc: 10s\nd: 0x7FFF\ne: 1e3\nf: null', 'a.yaml').value).toEqual({
    a: 'off',
    b: '2026-01-02',
    c: '10s',
    d: 32767,
    e: 1000,
    f: null,
  })
})

it('an anchor may be used plainly', () => {
  expect(readYaml('a: &t { x: 1 }\nb: *t\n', 'a.yaml').value).toEqual({ a: { x: 1 }, b: { x: 1 } })
})

it('text in another encoding is told with its line: a name would be lost in it', () => {
  const gbk = Buffer.from([...Buffer.from('a: 1\nname: '), 0xb4, 0xf3, 0xc6, 0xd2, 0xc1, 0xeb, 0x0a])
  const [fault] = readYaml(gbk.toString('utf8'), 'a.yaml').faults
  expect(fault).toMatchObject({ line: 2, what: 'this line has letters that are no UTF-8', remedy: 'save the file as UTF-8 (it may be in GBK)' })
})

describe('told with its place, and never thrown, is', () => {
  it.each([
    ['a key given twice', 'a: 1\nb: 2\na: 3\n', '3:1 this key is given twice'],
    ['a tab as indentation', 'a:\n\tb: 1\n', '2:1 a tab indents this line'],
    ['a second document', 'a: 1\n---\nb: 2\n', '2:1 there is a second document after `---`'],
    ['an alias of nothing', 'a: *x\n', '1:4 no anchor `&x` before this'],
    ['an alias that holds itself', 'a: &x [*x]\n', '1:8 `*x` holds itself'],
    ['a tag', 'a: !secret x\n', '1:4 Unresolved tag: !secret'],
    ['a file of zero bytes', 'a\0b', '1:1 this is no text: it has zero bytes'],
  ])('%s', (_, text, first) => {
    expect(told(text)).toContain(first)
  })

  it('an open bracket', () => {
    expect(told('a: [1, 2\nb: 3\n').length).toBeGreaterThan(0)
  })

  it('every one of several faults, at once', () => {
    expect(told('a: 1\na: 2\nb: 1\nb: 2\n')).toEqual(['2:1 this key is given twice', '4:1 this key is given twice'])
  })

  it('an alias that multiplies (a billion laughs)', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
    for (let k = 1; k < 9; k++) lines.push(`a${k}: &a${k} [${Array.from({ length: 9 }, () => `*a${k - 1}`).join(', ')}]`)
    expect(told(lines.join('\n')).join()).toMatch(/multiplies/)
  })

  it('more aliases than a file of ours has', () => {
    expect(told(`a: &a x\nb: [${Array.from({ length: 101 }, () => '*a').join(', ')}]`).join()).toMatch(/multiplies/)
  })

  it.each([
    ['brackets', '['.repeat(100_000)],
    ['lists', '- '.repeat(100_000)],
    ['indentation', Array.from({ length: 700 }, (_, k) => `${' '.repeat(k)}a:`).join('\n')],
  ])('nesting without end: %s', (_, text) => {
    expect(told(text).join()).toMatch(/deep/)
  })

  it('one slip, once, however many errors it makes', () => {
    expect(told('a: '.repeat(200))).toEqual(['1:4 this cannot be a key: Nested mappings are not allowed in compact mappings'])
  })

  it('a file that is too long', () => {
    expect(told(`a: ${'x'.repeat(MOST_CHARACTERS)}`).join()).toMatch(/too many for a file of ours/)
  })
})
