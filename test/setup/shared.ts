// Finds the folder of real recordings and reference programs that may lie beside the clone; the only place that knows where it is.

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'

/** The folder, or null where it is not there. `HAZARDPOINT_SHARED` names another place; the default is `../shared`, seen from the clone. */
export function sharedFolder(): string | null {
  const folder = process.env.HAZARDPOINT_SHARED ?? resolve(import.meta.dirname, '../../../shared')
  return existsSync(join(folder, 'data')) ? folder : null
}

/** The folder, for a test that cannot do without it (a test of the vitest project `shared`). */
export function requireShared(): string {
  const folder = sharedFolder()
  if (folder === null) throw new Error('The shared folder is not beside the clone: put it there, or name it in HAZARDPOINT_SHARED.')
  return folder
}
