/** The shelf of profiles: finds one by its name among those that are shipped, or by its path beside the site file. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asset } from '../protocol/files/asset.ts'
import { type FileFault, suggest } from '../protocol/files/fault.ts'
import type { Profile } from './profile.ts'
import { type ProfileRead, readProfile } from './profile-file.ts'

const folder = (): string => fileURLToPath(asset('devicejs/profiles/'))

/** The names of all profiles that are shipped, `vendor/model`. */
export function listProfiles(): string[] {
  return readdirSync(folder(), { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.yaml'))
    .map((path) => path.slice(0, -'.yaml'.length))
    .sort()
}

/** `name` is `vendor/model`, or a path that starts with a dot or a slash and is seen from the file `relativeTo`. Its faults may be of that file, or of the profile. */
export function findProfile(name: string, relativeTo: string): ProfileRead {
  if (/^(\.{0,2}\/)/.test(name)) return open(resolve(dirname(relativeTo), name), name, relativeTo)
  const names = listProfiles()
  if (!names.includes(name))
    return missing(relativeTo, `no profile \`${name}\``, `${suggest(name, names)}; a file of your own is named by its path: ./${name.split('/').at(-1)}.yaml`)
  return open(`${folder()}${name}.yaml`, name, relativeTo)
}

function open(path: string, name: string, relativeTo: string): ProfileRead {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    return missing(relativeTo, `the profile ${path} cannot be read: ${(error as Error).message}`, 'check the path; it is seen from the site file')
  }
  return readProfile(text, path, name)
}

/** Who asked knows the line; this is the whole file's. */
const missing = (file: string, what: string, remedy: string): { faults: FileFault[] } => ({
  faults: [{ file, line: 1, column: 1, at: '', what, remedy, source: '' }],
})

/** All that is shipped, and what is wrong with those of them that are not sound. */
export function wholeShelf(): { profiles: Profile[]; faults: FileFault[] } {
  const shelf: { profiles: Profile[]; faults: FileFault[] } = { profiles: [], faults: [] }
  for (const name of listProfiles()) {
    const read = findProfile(name, folder())
    if ('profile' in read) shelf.profiles.push(read.profile)
    else shelf.faults.push(...read.faults)
  }
  return shelf
}
