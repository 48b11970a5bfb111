import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { findProfile, listProfiles } from '../../devicejs/shelf.ts'

const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-'))
afterAll(() => rmSync(folder, { recursive: true }))
const site = join(folder, 'site.yaml')

const whatOf = (name: string): string[] => {
  const found = findProfile(name, site)
  return 'faults' in found ? found.faults.map(({ file, what, remedy }) => `${file}: ${what} = ${remedy}`) : []
}

it('finds a profile of the shelf by vendor and model', () => {
  expect(listProfiles()).toContain('xunchip/xm9505')
  expect(findProfile('xunchip/xm9505', site)).toMatchObject({ profile: { name: 'xunchip/xm9505', unit: 1 } })
})

it('names the nearest one where there is none', () => {
  expect(whatOf('xunchip/xm9055')).toEqual([
    expect.stringMatching(/site\.yaml: no profile `xunchip\/xm9055` = did you mean `xunchip\/xm9505`\?.*\.\/xm9055\.yaml/),
  ])
})

it('does not leave the shelf by a name', () => {
  expect(whatOf('demo/../../profile')).toEqual([expect.stringContaining('no profile')])
})

it('reads a profile of your own beside the site file', () => {
  writeFileSync(join(folder, 'own.yaml'), 'title: own\nsource: ours\nchannels: { a: { quantity: q, unit: m, read: { input: 0 } } }\n')
  expect(findProfile('./own.yaml', site)).toMatchObject({ profile: { name: './own.yaml', title: 'own' } })
})

it('tells the faults of a profile of your own with its own lines', () => {
  writeFileSync(join(folder, 'bad.yaml'), 'title: own\nsource: ours\nchanels: {}\noutputs: { lamp: { coil: 0 } }\n')
  const found = findProfile('./bad.yaml', site)
  expect('faults' in found && found.faults).toMatchObject([{ file: join(folder, 'bad.yaml'), line: 3, column: 1, at: 'chanels' }])
})

it('says where it looked for one that is not there', () => {
  expect(whatOf('./none.yaml')).toEqual([expect.stringMatching(/none\.yaml cannot be read: ENOENT.* = check the path; it is seen from the site file/)])
})
