/** `hazardpoint templates`: lists the ready site files, or gives one to be filled in. */
import { readdirSync, readFileSync } from 'node:fs'
import { asset } from '../../protocol/files/asset.ts'
import { nearest } from '../../protocol/files/fault.ts'
import { left } from '../cells.ts'
import { UNSET } from '../site/unset.ts'
import type { Told } from './check.ts'

const folder = asset('gateway/site/templates/')

export const templateNames = (): string[] =>
  readdirSync(folder)
    .map((file) => file.replace(/\.yaml$/, ''))
    .sort()

const textOf = (name: string): string => readFileSync(new URL(`${name}.yaml`, folder), 'utf8')

/** Each with the sentence that its file begins with. */
export function listTemplates(): Told {
  const names = templateNames()
  const width = Math.max(...names.map((name) => name.length))
  const rows = names.map((name) => `${left(name, width)}  ${textOf(name).split('\n')[0]?.replace(/^# /, '')}`)
  return { out: rows.join('\n'), err: `hazardpoint templates NAME > site.yaml gives one; fill in each ${UNSET}, then hazardpoint check site.yaml`, exitCode: 0 }
}

export function giveTemplate(name: string): Told {
  const names = templateNames()
  if (names.includes(name)) return { out: textOf(name).trimEnd(), err: '', exitCode: 0 }
  const meant = nearest(name, names)
  return { out: '', err: `no template "${name}": ${meant ? `did you mean ${meant}?` : `there are ${names.join(', ')}`}`, exitCode: 1 }
}
