/** `hazardpoint profiles`: lists the shelf, explains one instrument, checks a profile file of one's own. */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Profile, speaksFrames } from '../../devicejs/profile.ts'
import { type ProfileRead, readProfile } from '../../devicejs/profile-file.ts'
import { findProfile, listProfiles, wholeShelf } from '../../devicejs/shelf.ts'
import { formatFaults, nearest } from '../../protocol/files/fault.ts'
import { clip, left, tame } from '../cells.ts'
import type { Told } from './check.ts'
import { explainProfile } from './profile-text.ts'
import { reasonOf } from './reason.ts'

/** Names offered for one that is not there. */
const MOST_OFFERED = 5

/** `columns`: of the terminal; null: whoever reads can bear long lines. */
export function listCommand({ json, columns }: { json: boolean; columns: number | null }): Told {
  const { profiles, faults } = wholeShelf()
  const width = Math.max(0, ...profiles.map(({ name }) => name.length))
  const rows = profiles.map((profile) => `${left(profile.name, width)}  ${speaksFrames(profile) ? 'frames' : 'modbus'}  ${profile.title}: ${sayings(profile)}`)
  const out = json ? JSON.stringify(profiles.map(entryOf)) : rows.map((row) => (columns === null ? tame(row) : clip(row, columns))).join('\n')
  return { out, err: faults.length > 0 ? formatFaults(faults) : '', exitCode: faults.length > 0 ? 1 : 0 }
}

/** What it measures and drives, each quantity once. */
const sayings = ({ channels, outputs }: Profile): string =>
  [
    ...new Set([
      ...channels.map(({ quantity }) => quantity),
      ...outputs.map(({ name, kind }) => (name === kind ? `${kind} (driven)` : `${kind} ${name} (driven)`)),
    ]),
  ].join(', ')

const entryOf = (profile: Profile): object => ({
  name: profile.name,
  title: profile.title,
  products: profile.products,
  speaks: speaksFrames(profile) ? 'frames' : 'modbus',
  unit: profile.unit,
  quantities: [...new Set(profile.channels.map(({ quantity }) => quantity))],
  outputs: profile.outputs.map(({ name, kind }) => ({ name, kind })),
})

/** `name`: one of the shelf, or a file of one's own by its path. */
export function explainCommand(name: string, { json }: { json: boolean }): Told {
  const read = named(name)
  if ('trouble' in read) return { out: '', err: read.trouble, exitCode: 1 }
  if ('faults' in read) return { out: '', err: formatFaults(read.faults), exitCode: 1 }
  return { out: json ? asJson(read.profile) : explainProfile(read.profile), err: '', exitCode: 0 }
}

/** Each file by itself: all that is wrong with it, or what it says. */
export function checkProfilesCommand(files: string[], { json }: { json: boolean }): Told {
  const reads = files.map((file) => ({ file, read: named(file) }))
  const bad = reads.some(({ read }) => !('profile' in read))
  if (json) {
    const told = reads.map(({ file, read }) => ({
      file,
      trouble: 'trouble' in read ? read.trouble : '',
      faults: 'faults' in read ? read.faults : [],
      sound: 'profile' in read,
    }))
    return { out: JSON.stringify(told), err: '', exitCode: bad ? 1 : 0 }
  }
  const err = reads.flatMap(({ read }) =>
    'trouble' in read ? read.trouble : 'faults' in read ? `${formatFaults(read.faults)}\n${countText(read.faults.length)}` : [],
  )
  const out = reads.flatMap(({ read }) => ('profile' in read ? explainProfile(read.profile) : []))
  return { out: out.join('\n\n'), err: err.join('\n'), exitCode: bad ? 1 : 0 }
}

const countText = (count: number): string => (count === 1 ? '1 fault' : `${count} faults`)

function named(name: string): ProfileRead | { trouble: string } {
  const names = listProfiles()
  if (names.includes(name)) return findProfile(name, resolve('here'))
  if (existsSync(name) || /\.ya?ml$/.test(name)) {
    try {
      return readProfile(readFileSync(name, 'utf8'), name, name)
    } catch (error) {
      return { trouble: `${tame(name)}: this profile cannot be read: ${reasonOf(error)}` }
    }
  }
  const near = nearest(name, names)
  const like = names.filter((other) => other !== near && other.includes(name.toLowerCase())).slice(0, MOST_OFFERED)
  const offered = [...(near ? [near] : []), ...like]
  const remedy =
    offered.length > 0
      ? `did you mean ${offered.map((other) => `\`${other}\``).join(' or ')}?`
      : '`hazardpoint profiles` lists them; a file of your own is named by its path'
  return { trouble: `no profile \`${tame(name)}\`: ${remedy}` }
}

/** Bytes as people read them. */
const asJson = (profile: Profile): string => JSON.stringify(profile, (_, value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value))
