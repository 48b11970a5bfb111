/** A site file from the disk to a checked site, as both programs read it: the faults in words, ready to be shown. */
import { readFileSync } from 'node:fs'
import { findProfile } from '../devicejs/shelf.ts'
import { checkSite } from '../gateway/site/check.ts'
import type { Site } from '../gateway/site/site.ts'
import { formatFaults } from '../protocol/files/fault.ts'

export type SiteRead = { site: Site; warnings: string } | { trouble: string }

export function openSite(file: string): SiteRead {
  const text = readText(file)
  if (typeof text !== 'string') return text
  const checked = checkSite(text, file, { profiles: findProfile })
  return 'faults' in checked ? { trouble: formatFaults(checked.faults) } : { site: checked.site, warnings: formatFaults(checked.warnings) }
}

/** The text of a file that a person has named; or why not, in a sentence. */
export function readText(file: string): string | { trouble: string } {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = { ENOENT: 'there is no such file', EISDIR: 'this is a folder', EACCES: 'it may not be read by this user' }[code ?? ''] ?? message
    return { trouble: `${file}: ${why}` }
  }
}
