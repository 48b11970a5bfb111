import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findProfile } from '../devicejs/shelf.ts'
import { checkSite } from '../gateway/site/check.ts'
import { formatFaults } from '../protocol/files/fault.ts'

const read = (name: string) => readFileSync(join(import.meta.dirname, '..', name), 'utf8')
const blocks = (text: string, language: string) =>
  [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].filter((match) => match[1] === language).map((match) => match[2]!)

describe.each(['README.md', 'README.zh-CN.md'])('%s', (name) => {
  it('shows a site file that the station would take, without a warning', () => {
    const [site, ...others] = blocks(read(name), 'yaml')
    expect(others).toEqual([])
    const checked = checkSite(site!, name, { profiles: findProfile })
    expect('faults' in checked ? formatFaults(checked.faults) : formatFaults(checked.warnings)).toBe('')
  })
})

it('both READMEs show the same site file and commands', () => {
  const [english, chinese] = [read('README.md'), read('README.zh-CN.md')]
  const commands = (text: string) => [...text.matchAll(/^\| `(.+?)`/gm)].map((match) => match[1])
  expect(blocks(chinese, 'yaml')).toEqual(blocks(english, 'yaml'))
  expect(commands(chinese)).toEqual(commands(english))
  expect(commands(english).length).toBeGreaterThan(5)
})
