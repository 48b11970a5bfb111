/** `hazardpoint status`: asks a running station through its control socket, and shows what it answers. */
import { askStatus, controlPaths } from '../control/control.ts'
import { picture } from '../screen.ts'
import type { StationStatus } from '../status.ts'
import { coloured, type Outlet } from '../terminal.ts'

export interface StatusOptions {
  /** The control socket; null: that of the one station which runs on this machine. */
  path: string | null
  json: boolean
}

/** A terminal that does not tell its width. */
const COLUMNS = 80

export async function statusCommand({ path, json }: StatusOptions, out: Outlet, err: Outlet): Promise<number> {
  const answer = path === null ? await askOnly() : await askStatus(path)
  if ('trouble' in answer) {
    err.write(`${answer.trouble}\n`)
    return 1
  }
  const { status } = answer
  if (!isStatus(status)) {
    err.write('what answers there is no station of this version: it shows something else\n')
    return 1
  }
  out.write(
    json ? `${JSON.stringify(status)}\n` : `${picture(status, [], { columns: out.columns ?? COLUMNS, coloured: coloured(out), full: true }).join('\n')}\n`,
  )
  return 0
}

/** Asks the station that runs here, where there is one and no more. */
async function askOnly(): Promise<{ status: unknown } | { trouble: string }> {
  const found = await onlyStation()
  return 'trouble' in found ? found : askStatus(found.path)
}

/** The control socket of the station that runs here, where there is one and no more. */
export async function onlyStation(): Promise<{ path: string } | { trouble: string }> {
  const paths = controlPaths()
  const answers = await Promise.all(paths.map(askStatus))
  const running = paths.filter((_, index) => !('trouble' in (answers[index] as object)))
  if (running.length > 1) return { trouble: `several stations run here: name the site file of one, or its socket with --control: ${running.join(', ')}` }
  return running[0] !== undefined ? { path: running[0] } : { trouble: 'no station of this user runs here: name its site file, or its socket with --control' }
}

function isStatus(status: unknown): status is StationStatus {
  if (typeof status !== 'object' || status === null) return false
  const { now, channels, alarms, outputs, links, buses, messages } = status as Partial<StationStatus>
  return Number.isFinite(now) && [channels, alarms, outputs, links, buses].every(Array.isArray) && messages !== undefined
}
