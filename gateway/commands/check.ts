/** `hazardpoint check SITE.yaml`: all faults of a site file at once, or what it says. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { findProfile } from '../../devicejs/shelf.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import { tame } from '../cells.ts'
import { checkSite } from '../site/check.ts'
import { describeSite } from '../site/describe.ts'
import type { Site } from '../site/site.ts'
import { reasonOf } from './reason.ts'

export interface Told {
  /** For standard output. */
  out: string
  /** For standard error: faults, or warnings. */
  err: string
  /** 0: all is well, warnings or not. 1: the file has faults, or cannot be read. */
  exitCode: 0 | 1
}

export function checkCommand(file: string): Told {
  const read = readSite(file)
  if ('fault' in read) return { out: '', err: read.fault, exitCode: 1 }
  return { out: describeSite(read.site).split('\n').map(tame).join('\n'), err: read.warnings, exitCode: 0 }
}

/** A site from its file; `fault` and `warnings` are texts for people, empty where there is nothing to say. */
export function readSite(file: string): { site: Site; warnings: string } | { fault: string } {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return { fault: `${file}: this site file cannot be read: ${reasonOf(error)}` }
  }
  const checked = checkSite(text, file, { profiles: findProfile })
  if ('faults' in checked) return { fault: `${formatFaults(checked.faults)}\n${countText(checked.faults.length)}; nothing was started` }
  const site = { ...checked.site, plan: { ...checked.site.plan, siteHash: hashOf(text) } }
  return { site, warnings: checked.warnings.length === 0 ? '' : `worth a look:\n${formatFaults(checked.warnings)}` }
}

/** Enough to tell one edition of a file from all others that a place will ever have. */
const HASH_DIGITS = 12

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS)

const countText = (count: number): string => (count === 1 ? '1 fault' : `${count} faults`)
