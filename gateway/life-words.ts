/** The life of an alarm in words, as a screen has room for them. */
import type { Life } from '../protocol/messages.ts'
import { clock } from './times.ts'

/** What is to be known of its life beside its level; empty where it is at rest, or waits to be seen as every alarm does that is active. */
export function lifeText({ state, until, by, reason }: Life): string {
  const end = until === undefined ? '' : ` until ${clock(until)}`
  const who = by === undefined ? '' : ` by ${by}${reason ? `: ${reason}` : ''}`
  switch (state) {
    case 'NORM':
    case 'UNACK':
      return ''
    case 'ACKED':
      return `acknowledged 已确认${who}`
    case 'RTNUN':
      return 'over, not acknowledged 已解除，未确认'
    case 'LATUN':
      return 'over, latched, not acknowledged 已锁定，未确认'
    case 'LATACK':
      return 'over, latched until it is reset 已锁定，待复位'
    case 'SHLVD':
      return `SHELVED 已搁置${end}${who}`
    case 'DSUPR':
      return 'SUPPRESSED by the site file 按设计抑制'
    case 'OOSRV':
      return `OUT OF SERVICE 停用${end}${who}`
  }
}
