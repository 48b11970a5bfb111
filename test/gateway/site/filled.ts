/** The templates with the examples of their comments in the open places. */
import { readdirSync, readFileSync } from 'node:fs'
import { asset } from '../../../protocol/files/asset.ts'

const folder = asset('gateway/site/templates/')

export const templates = readdirSync(folder).sort()

export const textOf = (name: string): string => readFileSync(new URL(name, folder), 'utf8')

export const filled = (text: string): string =>
  text
    .split('\n')
    .map((line) => {
      const example = / such as (.*)$/.exec(line)?.[1]
      return line.includes('TO-BE-SET') && !line.startsWith('#') && example !== undefined ? line.replace('TO-BE-SET', example).replace(/ # .*$/, '') : line
    })
    .join('\n')
