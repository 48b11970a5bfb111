/** Outputs of a site: which of its profile's it is, what is wired to it, its safe state, and how long it may be on. */
import type { Drive, Valve } from '../../devicejs/outputs/drive.ts'
import type { Profile } from '../../devicejs/profile.ts'
import type { OutputKind } from '../../protocol/ports.ts'
import { NEVER } from '../../protocol/time.ts'
import type { OutputPlan } from '../core/plan.ts'
import type { Draft } from './draft.ts'
import type { DeviceFile } from './file.ts'
import type { OutputSpec } from './site.ts'

type ProfileOutput = Profile['outputs'][number]

export interface Outputs {
  outputs: OutputSpec[]
  outputPlans: OutputPlan[]
}

export const isOutput = ({ coil, output, safe, longest, kind, valve }: DeviceFile, profile: Profile): boolean =>
  [coil, output, safe, longest, kind, valve].some((key) => key !== undefined) || (profile.channels.length === 0 && profile.outputs.length > 0)

const switched = ({ by }: Drive): boolean => by === 'coil' || by === 'register'

export function readOutput(
  draft: Draft,
  path: string[],
  device: DeviceFile,
  profile: Profile,
  wired: Pick<OutputSpec, 'name' | 'bus' | 'device' | 'unit' | 'timeoutMs'>,
  field: Outputs,
): void {
  if (profile.outputs.length === 0) {
    const key = (['coil', 'output', 'kind', 'valve', 'safe', 'longest'] as const).find((one) => device[one] !== undefined) ?? 'profile'
    draft.wrong([...path, key], `${profile.name} drives nothing`, 'take `coil`, `safe` and `longest` away, or name the profile of a relay', { of: 'key' })
    return
  }
  const output = chosenOutput(draft, path, device, profile)
  const kind = output ? kindOf(draft, path, device, output, profile) : (device.kind ?? 'relay')
  const valve = kind === 'valve' ? readValve(draft, path, device, output) : null
  if (kind !== 'valve' && device.valve) draft.wrong([...path, 'valve'], 'this output is no valve', 'add `kind: valve`, or take `valve` away', { of: 'key' })
  safeState(draft, path, device, kind)
  const longest = longestOn(draft, path, device, kind)
  if (!output || (kind === 'valve' && !valve)) return
  if (output.drive.by === 'frames' && !output.drive.answer)
    draft.odd(path, 'this output never answers: whether it obeys is not known', 'let a channel prove it, or choose a kind that answers')
  if (valve?.action === 'release-close' && !profile.watchdog)
    draft.odd(
      path,
      'the relay of this valve has no watchdog: a crash of the station leaves it as it is',
      'take a relay that lets go by itself when it is told nothing, or feed the valve through a relay with `kind: heartbeat` and a dead man',
    )
  if (valve?.action === 'pulse-close')
    draft.odd(
      path,
      'no crash and no power cut shuts a pulse-close valve',
      'let the certified controller shut it too, and see its supply: `supply: { discrete: ... }`',
    )
  field.outputs.push({
    ...wired,
    kind,
    drive: output.drive,
    valve,
    watchdog: profile.watchdog,
    maxWords: profile.line.maxWords,
    afterWriteMs: profile.line.afterWriteMs,
  })
  if (longest !== null) field.outputPlans.push({ name: wired.name, kind, ...(valve ? { valve: valve.action } : {}), longest })
}

function chosenOutput(draft: Draft, path: string[], { coil, output }: DeviceFile, profile: Profile): ProfileOutput | undefined {
  const [only, ...others] = profile.outputs
  if (output !== undefined) {
    const found = profile.outputs.find(({ name }) => name === output)
    const known = profile.outputs.map(({ name }) => name)
    if (!found) draft.unknown([...path, 'output'], `output of ${profile.name}`, output, known)
    if (found && coil !== undefined) draft.wrong([...path, 'coil'], 'both output and coil say which it is', 'give one of them', { of: 'key' })
    return found
  }
  const coils = profile.outputs.flatMap(({ drive }) => (drive.by === 'coil' ? [drive.coil] : []))
  if (coil === undefined) {
    if (others.length === 0) return only
    const names = profile.outputs.map(({ name }) => name).join(', ')
    if (coils.length === profile.outputs.length) draft.missing(path, 'coil', `${profile.name} has the coils ${coils.join(', ')}: say which`)
    else draft.missing(path, 'output', `${profile.name} has the outputs ${names}: say which`)
    return undefined
  }
  // A board of equal relays is told by one of them: each coil is read back where it is written.
  const board =
    only && others.length === 0 && only.drive.by === 'coil' && only.drive.readBack.table === 'coil' && only.drive.readBack.address === only.drive.coil
  if (board) return { ...only, drive: { by: 'coil', coil, readBack: { table: 'coil', address: coil, bit: null } } }
  const found = profile.outputs.find(({ drive }) => drive.by === 'coil' && drive.coil === coil)
  if (!found) draft.wrong([...path, 'coil'], `${profile.name} has no coil ${coil}`, coils.length > 0 ? `its coils: ${coils.join(', ')}` : 'leave it out')
  return found
}

/** What hangs on a relay, the site knows; a voice stays a voice. */
function kindOf(draft: Draft, path: string[], { kind, valve }: DeviceFile, { drive, kind: own }: ProfileOutput, profile: Profile): OutputKind {
  if (kind === undefined) return valve && switched(drive) ? 'valve' : own
  if (kind !== own && !switched(drive)) draft.wrong([...path, 'kind'], `${profile.name} is a ${own}, and no ${kind}`, 'leave `kind` out')
  if (kind === 'sms' && switched(drive)) draft.wrong([...path, 'kind'], 'a relay sends no messages', 'take the profile of a modem, such as generic/gsm-modem')
  return kind
}

function readValve(draft: Draft, path: string[], { valve }: DeviceFile, output: ProfileOutput | undefined): Valve | null {
  if (!valve) {
    draft.missing(path, 'valve', 'say how it shuts and where that is seen: `valve: { action: release-close, feedback: { discrete: 0 } }`')
    return null
  }
  const { action, feedback, supply, pulse, travel } = valve
  if (!feedback) {
    draft.missing(
      [...path, 'valve'],
      'feedback',
      'a coil is no proof that a valve is shut: give the switch at the valve, `feedback: { discrete: 0 }` (`closed: off` where it opens when the valve is shut)',
    )
    return null
  }
  if (output?.drive.by === 'coil' && feedback.coil === output.drive.coil)
    draft.wrong([...path, 'valve', 'feedback'], 'this is the coil by which it is told: it proves nothing', 'give the switch at the valve', { of: 'key' })
  if (action === 'release-close' && supply)
    draft.wrong([...path, 'valve', 'supply'], 'a release-close valve shuts when its supply goes', 'leave `supply` out', { of: 'key' })
  return {
    action,
    feedback: { ...inputOf(feedback), closedWhen: feedback.closed },
    supply: supply ? inputOf(supply) : null,
    pulseMs: pulse,
    travelMs: travel,
  }
}

const inputOf = ({ discrete, coil }: { discrete?: number | undefined; coil?: number | undefined }): { table: 'discrete' | 'coil'; address: number } =>
  discrete === undefined ? { table: 'coil', address: coil ?? 0 } : { table: 'discrete', address: discrete }

function safeState(draft: Draft, path: string[], { safe }: DeviceFile, kind: OutputKind): void {
  const at = [...path, 'safe']
  if (kind === 'valve') {
    if (safe === undefined) draft.missing(path, 'safe', 'say the state when nobody judges: `safe: closed`')
    else if (safe !== 'closed') draft.wrong(at, 'a valve that may be open is not in its safe state', 'write `safe: closed`')
  } else if (safe === undefined) draft.missing(path, 'safe', 'say the state when nobody asks for anything: `safe: off`')
  else if (safe === 'closed') draft.wrong(at, 'only a valve is closed', 'write `safe: off`, or add `kind: valve`')
  else if (safe)
    draft.wrong(
      at,
      'an output that is on while nobody asks would be switched on again by software after each request',
      'only `safe: off` is driven; a valve that is held open belongs to the certified controller',
    )
}

/** Null where the file does not say it, and must. */
function longestOn(draft: Draft, path: string[], { longest }: DeviceFile, kind: OutputKind): OutputPlan['longest'] | null {
  const boundless = { valve: 'a valve stays shut until somebody opens it at the place', heartbeat: 'a heartbeat beats as long as the station judges' }
  if (kind === 'valve' || kind === 'heartbeat') {
    if (longest !== undefined) draft.wrong([...path, 'longest'], boundless[kind], 'leave `longest` out', { of: 'key' })
    return NEVER
  }
  if (longest === undefined) draft.missing(path, 'longest', 'no request may last for ever: `longest: 30min`')
  return longest ?? null
}

/** Where an output is driven, in words: two of the same are one. */
export function driveText({ drive }: Pick<OutputSpec, 'drive'>): string {
  if (drive.by === 'coil') return `coil ${drive.coil}`
  if (drive.by === 'register') return `holding ${drive.register}`
  return drive.by === 'words' ? `text at holding ${drive.at}` : drive.by === 'frames' ? 'frames of its own' : 'AT commands'
}
