/** A checked site: all that the file says, with nothing left to doubt. Made by gateway/site/check. */
import type { Driven } from '../../devicejs/outputs/drive.ts'
import type { PolledDevice, ProfileChannel } from '../../devicejs/profile.ts'
import type { BusSpec } from '../../protocol/ports.ts'
import type { Millis } from '../../protocol/time.ts'
import type { StationPlan } from '../core/plan.ts'

export interface Site {
  /** Where it was read, for messages to people. */
  file: string
  area: string
  id: string
  station: string
  name: string
  /** Degrees east, degrees north, metres; null where the file tells none. */
  position: [number, number, number] | null
  hazards: string[]
  /** `own`: the monotonic clock. `served`: led by the row time of a served recording (see DESIGN: lock-step). */
  clock: 'own' | 'served'
  buses: BusSpec[]
  devices: DeviceSpec[]
  /** Null where the file has none. */
  host: HostSpec | null
  patrols: PatrolSpec[]
  outputs: OutputSpec[]
  uplinks: UplinkSpec[]
  /** Whose signature may ask for what (the plan says what): public keys, Ed25519, 32 bytes in base64. */
  roles: RoleSpec[]
  plan: StationPlan
  /** Bytes of all rings that the plan declares. */
  ringBytes: number
}

/** A device that is polled, and on which bus. */
export interface DeviceSpec extends PolledDevice {
  bus: string
}

/** The machine that the station runs on, as a device without a bus. */
export interface HostSpec {
  name: string
  every: Millis
  /** All that could be read here. */
  profile: { name: string; channels: HostChannel[] }
  /** What is read, and which channel of the station it is. */
  channels: { from: string; channel: number }[]
}

/** What people read on their round, as a device without a bus. */
export interface PatrolSpec {
  name: string
  /** How often they come by. */
  every: Millis
  profile: { name: string; channels: Pick<ProfileChannel, 'name' | 'quantity' | 'unit' | 'digits' | 'counting'>[] }
  /** What is entered, and which channel of the station it is. */
  channels: { from: string; channel: number }[]
}

/** `figure` of that bus or device; of the machine and of the alarms together, `subject` is empty. */
export interface HostChannel extends Pick<ProfileChannel, 'name' | 'quantity' | 'unit' | 'digits' | 'counting'> {
  of: 'machine' | 'bus' | 'device' | 'alarms'
  subject: string
  figure: string
}

export interface OutputSpec extends Driven {
  name: string
  bus: string
  device: string
}

export interface RoleSpec {
  name: string
  keys: string[]
}

export interface UplinkSpec {
  name: string
  url: string
  protocol: 5 | 4
  encoding: 'json'
  clientId: string
  username: string | null
  /** The environment variable, or the file (it has a slash), that holds it; never the secret itself. */
  passwordFrom: string | null
  tls: { ca: string | null; cert: string | null; key: string | null } | null
  keepaliveS: number
  window: number
  /** How often it is told how the lines do, besides each change; null: never. */
  health: Millis | null
}
