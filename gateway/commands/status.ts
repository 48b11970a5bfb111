/** `hazardpoint status`: asks a running station through its control socket, and shows what it answers. */
import { askStatus } from '../control/control.ts'
import { picture } from '../screen.ts'
import type { StationStatus } from '../status.ts'
import type { Outlet } from '../terminal.ts'

export interface StatusOptions {
  path: string
  json: boolean
}

/** A terminal that does not tell its width. */
const COLUMNS = 80

export async function statusCommand({ path, json }: StatusOptions, out: Outlet, err: Outlet): Promise<number> {
  const answer = await askStatus(path)
  if ('trouble' in answer) {
    err.write(`${answer.trouble}\n`)
    return 1
  }
  const status = answer.status as StationStatus
  out.write(json ? `${JSON.stringify(status)}\n` : `${picture(status, [], { columns: out.columns ?? COLUMNS, coloured: Boolean(out.isTTY) }).join('\n')}\n`)
  return 0
}
