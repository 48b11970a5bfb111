/** `hazardpoint ack`, `silence`, `shelve` and their like: what a person at the station has it do, in their name and for their reason. */
import { askAct } from '../control/control.ts'
import type { Outlet } from '../terminal.ts'
import { onlyStation } from './status.ts'

/** One such command: what it is called, what it does, what it is given. */
export interface ActKind {
  name: string
  op: string
  about: string
  /** In their order; `optional` where it may be left out. */
  given: { key: string; about: string; optional?: true; number?: true }[]
  /** Whether `--for` says how long; in words, what is so where it is left out. */
  lasts?: string
  /** Whether `--at` says when it was read. */
  timed?: true
  /** Switches of its own. */
  switches?: { flag: string; key: string; about: string }[]
}

const alarm = { key: 'alarm', about: 'an alarm of the site file, or sensors, outputs, buses' }

export const actKinds: ActKind[] = [
  {
    name: 'ack',
    op: 'acknowledge',
    about: 'says that an alarm has been seen: calls for it end; it calls again when it rises or comes anew',
    given: [{ ...alarm, about: `${alarm.about}; all that wait where it is left out`, optional: true }],
  },
  {
    name: 'test',
    op: 'test',
    about: 'tests an output, announced as a test by the voices of the place; of a modem, one of its call lists',
    given: [
      { key: 'output', about: 'an output of the site file' },
      { key: 'list', about: 'of a modem: the call list', optional: true },
    ],
  },
  { name: 'close', op: 'close', about: 'closes a valve; nothing here opens one', given: [{ key: 'output', about: 'a valve of the site file' }] },
  { name: 'reset', op: 'reset', about: 'releases a latched alarm whose cause is gone and that has been acknowledged', given: [alarm] },
  {
    name: 'silence',
    op: 'silence',
    about: 'silences sirens and voices for those who are there already; whatever rises ends it',
    given: [],
    lasts: 'the longest that the site file allows',
  },
  {
    name: 'shelve',
    op: 'shelve',
    about: 'keeps an alarm quiet for a while, judged and published all the same; never one on which lives hang',
    given: [alarm],
    lasts: 'the longest that the site file allows',
    switches: [{ flag: '--once', key: 'once', about: 'until it has come and gone once, or until the time is over' }],
  },
  { name: 'unshelve', op: 'unshelve', about: 'ends that: it calls again where it is active', given: [alarm] },
  {
    name: 'out-of-service',
    op: 'out-of-service',
    about: 'takes an alarm out of service, for repairs; where lives hang on it, sirens and calls go on',
    given: [alarm],
    lasts: '8h',
  },
  { name: 'in-service', op: 'in-service', about: 'puts it back: it calls again where it is active', given: [alarm] },
  {
    name: 'inhibit',
    op: 'inhibit',
    about: 'keeps a channel, or all of a device, out of the judgement while it is worked on; it ends by itself, and is missed in `sensors`',
    given: [{ key: 'channel', about: 'a channel or a device of the site file' }],
    lasts: '8h, and at most so long',
    switches: [{ flag: '--confirm', key: 'confirm', about: 'though a vote would have fewer voters left than it needs' }],
  },
  { name: 'release', op: 'release', about: 'ends that', given: [{ key: 'channel', about: 'a channel or a device that is inhibited' }] },
  {
    name: 'baseline',
    op: 'baseline',
    about: 'tells that the place as it stands is the place at rest: from here on changes are counted; or has a compensation fitted anew',
    given: [{ key: 'channel', about: 'a derived channel that counts from a baseline, or that fits its own factor' }],
  },
  {
    name: 'season',
    op: 'season',
    about: 'puts the set points of a season in force by hand, until `season calendar`',
    given: [{ key: 'season', about: 'a season of the site file; calendar: by the date again' }],
  },
  {
    name: 'enter',
    op: 'enter',
    about: 'enters what was read on the round, such as the width of a crack: it is judged with the rest',
    given: [
      { key: 'channel', about: 'a channel of a device of the profile hazardpoint/patrol' },
      { key: 'value', about: 'in the unit of the channel; a negative one after --', number: true },
    ],
    timed: true,
  },
]

export interface ActOptions {
  /** The control socket; null: that of the one station which runs on this machine. */
  path: string | null
  op: string
  args: Record<string, unknown>
}

/** The exit code: 0 where it was done, 1 where it was refused or there is no station. */
export async function actCommand({ path, op, args }: ActOptions, out: Outlet, err: Outlet): Promise<number> {
  const found = path === null ? await onlyStation() : { path }
  const answer = 'trouble' in found ? found : await askAct(found.path, op, args)
  if ('trouble' in answer) {
    err.write(`${answer.trouble}\n`)
    return 1
  }
  if (!answer.ok) err.write(`refused: ${answer.reason}\n`)
  else out.write('done\n')
  return answer.ok ? 0 : 1
}
