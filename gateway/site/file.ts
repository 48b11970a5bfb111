/** What a site file may say: its keys, their forms and their defaults. What they must say of each other is checked in `check`. */
import {
  about,
  chosen,
  duration,
  either,
  flag,
  id,
  list,
  named,
  number,
  oneKind,
  oneOf,
  optional,
  pattern,
  quantity,
  type Read,
  refine,
  type Schema,
  shape,
  table,
  text,
  turn,
  whole,
} from '../../protocol/files/schema.ts'
import { outputKinds } from '../../protocol/ports.ts'
import type { AnyDerivation, AnyKind } from '../core/kind.ts'
import { languages } from '../core/plan.ts'
import type { Detector, Stage } from '../core/stage.ts'
import { derivations } from '../stages/derive/list.ts'
import { detectors } from '../stages/detect/list.ts'
import { qualityTests } from '../stages/quality/list.ts'
import { alarm, seasonKey, seasonSections } from './alarm-file.ts'
import { gasSchema } from './gas.ts'
import { peopleSections } from './people-file.ts'

/** The kinds of stages that a file can name; tests bring their own. */
export interface Kinds {
  quality: readonly AnyKind<Stage>[]
  derive: readonly AnyDerivation[]
  detect: readonly AnyKind<Detector>[]
}

export const ourKinds: Kinds = { quality: qualityTests, derive: derivations, detect: detectors }

/** The six geological hazards of the national survey, weather and water, and gas. */
const hazards = ['landslide', 'collapse', 'debris-flow', 'ground-collapse', 'ground-fissure', 'subsidence', 'rainstorm', 'flood', 'gas'] as const

/** An answer that takes longer comes from no device that we know; a longer timeout only blocks the bus for the others. */
const LONGEST_TIMEOUT_MS = 10_000
/** Once a day is the slowest that any device of a warning station is read. */
const SLOWEST_POLL_MS = 86_400_000
/** A poll of one register takes longer than this at 9,600 baud. */
const FASTEST_POLL_MS = 10
/** A siren that sounds longer than a day warns nobody. */
const LONGEST_ON_MS = 86_400_000

const hostAndPort = (): Schema<string> => pattern(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?$/, 'a host with a port', '"192.168.1.20:502"')

/** Text as it is sent, or hexadecimal bytes. */
const bytesText = (most: number): Schema<Uint8Array> =>
  either(
    turn(pattern(new RegExp(`^[\\x00-\\xff]{1,${most}}$`), 'a text of bytes', '"DTU-0031"'), (written) =>
      Uint8Array.from(written, (letter) => letter.charCodeAt(0)),
    ),
    turn(shape({ hex: pattern(/^\s*([0-9a-fA-F]{2}\s*){1,64}$/, 'a row of hexadecimal bytes', '"00 31"') }), ({ hex }) =>
      Uint8Array.from(hex.match(/[0-9a-fA-F]{2}/g) ?? [], (byte) => Number.parseInt(byte, 16)),
    ),
  )

const site = shape({
  area: about(id(), 'The county or district, as it stands in the topics.'),
  id: about(id(), 'The hazard point.'),
  station: about(id(), 'This station at the point.'),
  name: optional(about(text({ most: 80 }), 'What people call the point; default: its id.')),
  position: optional(about(list(number(), { least: 2, most: 3 }), 'Degrees east, degrees north (WGS 84), metres above the sea.')),
  hazards: about(optional(list(oneOf(hazards), { most: hazards.length }), []), 'What threatens here.'),
  clock: about(optional(oneOf(['own', 'served']), 'own'), 'own: this machine’s. served: led by the times that the devices serve from a recording.'),
  mode: about(optional(oneOf(['actual', 'drill', 'test', 'replay']), 'actual'), 'Marks every message. Actual: a point in service.'),
  utcOffset: about(optional(pattern(/^[+-](0\d|1[0-4]):[0-5]\d$/, 'an offset from UTC', '"+08:00"'), '+08:00'), 'Local time less UTC, all the year.'),
  languages: about(
    optional(list(oneOf(languages), { least: 1, most: languages.length }), ['zh', 'en']),
    'In what voices, signs and messages speak, in this order.',
  ),
})

const bus = refine(
  shape({
    driver: optional(
      about(oneOf(['modbus', 'modbus-ascii', 'frames']), 'What is spoken on the line. Default: modbus (RTU), or the frames of the one instrument on it.'),
    ),
    tcp: optional(about(hostAndPort(), 'Modbus TCP: host and port (502).')),
    line: optional(about(text(), 'Modbus RTU: a serial line by its path; best /dev/serial/by-id/..., which stays when others come and go.')),
    rtuOverTcp: optional(about(hostAndPort(), 'Modbus RTU through a serial server: host and port (502).')),
    serialOverTcp: optional(about(hostAndPort(), 'A serial server on whose line something else is spoken: Modbus ASCII, or frames. Host and port.')),
    dialIn: optional(
      about(hostAndPort(), 'A modem dials in to us: the address and port to listen on. Lines may share it. Best an address that only our modems reach.'),
    ),
    registration: optional(about(bytesText(64), 'With dialIn: what the modem says first, by which its line is known.')),
    heartbeat: optional(about(bytesText(64), 'With dialIn: what the modem says in between, and means nothing.')),
    baud: optional(about(whole({ least: 300, most: 1_000_000 }), 'Default: what the devices on the line ask for.')),
    parity: optional(about(oneOf(['none', 'even', 'odd']), 'Default: as the devices.')),
    dataBits: optional(about(oneOf([7, 8]), 'Default: as the devices.')),
    stopBits: optional(about(oneOf([1, 2]), 'Default: as the devices.')),
    quiet: optional(
      about(
        duration({ least: 10, most: 60_000 }),
        'After a fault nothing is believed until the line was silent for so long. Default: the longest timeout on the line.',
      ),
    ),
  }),
  ({ tcp, line, rtuOverTcp, serialOverTcp, dialIn, registration, heartbeat }) => {
    const ways = [tcp, line, rtuOverTcp, serialOverTcp, dialIn].filter((way) => way !== undefined).length
    if (ways !== 1) return `a bus has one way to its devices, here are ${ways}\ngive one of tcp, line, rtuOverTcp, serialOverTcp, dialIn`
    if (dialIn === undefined && (registration ?? heartbeat) !== undefined)
      return 'only a modem that dials in says who it is\nleave registration and heartbeat out'
    if (dialIn !== undefined && registration === undefined) return 'nobody knows which modem is meant\nadd `registration:`, as it is set in the modem'
    return null
  },
)

const factory = shape({
  step: optional(about(quantity(), 'One count of a counting channel, such as 0.2 mm.')),
  wrap: optional(about(whole({ least: 2 }), 'The count at which the counter starts again at 0.')),
  scale: optional(about(number(), 'Calibration: value = raw * scale + offset, in place of the profile’s.')),
  offset: optional(about(number(), 'Calibration, in the unit of the channel.')),
})

/** A solenoid has moved within a second; a motor takes up to minutes. */
const LONGEST_TRAVEL_MS = 300_000

const valveInput = {
  discrete: optional(about(whole({ least: 0, most: 65_535 }), 'A discrete input of the same unit.')),
  coil: optional(about(whole({ least: 0, most: 65_535 }), 'A coil of the same unit that shows it.')),
}
const oneInput = ({ discrete, coil }: { discrete?: number | undefined; coil?: number | undefined }): string | null =>
  (discrete === undefined) === (coil === undefined) ? 'it is seen at one place\ngive one of discrete, coil' : null

const valve = shape({
  action: about(oneOf(['release-close', 'pulse-close']), 'release-close shuts when its current goes; pulse-close needs a pulse, which no crash gives.'),
  feedback: optional(
    about(
      refine(shape({ ...valveInput, closed: about(optional(flag(), true), 'The state of the switch when the valve is shut.') }), oneInput),
      'The switch at the valve; required.',
    ),
  ),
  supply: optional(about(refine(shape(valveInput), oneInput), 'Where the supply of a pulse-close valve is seen.')),
  pulse: about(optional(duration({ least: 50, most: 60_000 }), '2s'), 'Length of the pulse.'),
  travel: about(optional(duration({ least: 0, most: LONGEST_TRAVEL_MS }), '5s'), 'How long it moves, before its switch is looked at.'),
})

const proof = shape({
  channel: about(id(), 'Such as the current of its amplifier, or a microphone.'),
  above: about(number(), 'In the unit of the channel; more than this is sound.'),
  within: about(optional(duration({ least: 1000, most: 600_000 }), '30s'), 'It shows so soon after the command.'),
})

const device = shape({
  profile: about(text({ most: 200 }), 'A profile by name, or a file beside this one: ./my-gauge.yaml'),
  bus: optional(about(id(), 'The line that it hangs on; only the machine itself, `hazardpoint/host`, has none.')),
  unit: optional(
    about(
      whole({ least: 0, most: 255, allowed: 'from 1 to 247; on Modbus TCP also 0 and 255, the station itself' }),
      'Its address on the line; default: the profile’s.',
    ),
  ),
  every: about(
    optional(duration({ least: FASTEST_POLL_MS, most: SLOWEST_POLL_MS }), '10s'),
    'How often it is read. With a served clock: the time between two rows of the recording.',
  ),
  timeout: optional(about(duration({ least: 10, most: LONGEST_TIMEOUT_MS }), 'Default: the profile’s.')),
  retries: about(optional(whole({ least: 0, most: 5 }), 1), 'How often a request without a good answer is repeated at once.'),
  set: optional(
    about(
      shape({
        ...{ step: optional(quantity()), wrap: optional(whole({ least: 2 })) },
        baud: optional(whole({ least: 300, most: 1_000_000 })),
        parity: optional(oneOf(['none', 'even', 'odd'])),
        dataBits: optional(oneOf([7, 8])),
        stopBits: optional(oneOf([1, 2])),
        maxWords: optional(whole({ least: 1, most: 125 })),
        channels: optional(table(factory, channelName())),
      }),
      'How this very device differs from its profile: its step, its line settings, its calibration.',
    ),
  ),
  coil: optional(about(whole({ least: 0, most: 65_535 }), 'For an output: the coil that drives it; default: the only one of the profile.')),
  kind: optional(about(oneOf(outputKinds), 'For an output: what it is; default: what the profile says, else relay.')),
  output: optional(about(id(), 'For an output: which of its profile, by name; default: the only one.')),
  safe: optional(about(either(oneOf(['closed']), flag()), 'For an output: the state when nobody asks for anything, `off`; of a valve `closed`.')),
  valve: optional(about(valve, 'For a shut-off valve: how it shuts, and where that is seen.')),
  longest: optional(about(duration({ least: 1000, most: LONGEST_ON_MS }), 'For an output: no request outlives this.')),
  proof: optional(about(proof, 'For an output: the channel that shows that it really sounds or shines.')),
  arm: optional(about(id(), 'For a release-close valve: the channel of the key at the place by which a person lets it be opened.')),
})

function channelName(): Schema<string> {
  return pattern(/^[a-z0-9-]{1,40}$/, 'a channel of a profile', 'tips')
}

function siteShape(kinds: Kinds) {
  const common = {
    every: optional(
      about(
        duration({ least: FASTEST_POLL_MS, most: SLOWEST_POLL_MS }),
        'Of a measured channel how often it is read, of a derived one the expected time between rows; default: of the device, or of the input.',
      ),
    ),
    digits: optional(about(whole({ least: 0, most: 9 }), 'Digits behind the point that are worth showing.')),
    gas: optional(about(gasSchema(), 'Which gas it is: `H2S`, or a table of its name or mixture, its explosive limit, its temperature, its limits.')),
    quality: about(optional(list(oneKind(kinds.quality), { most: 20 }), []), 'Tests of each row, in this order.'),
  }
  const read = shape({
    read: about(pattern(/^[a-z0-9-]{1,40}\.[a-z0-9-]{1,60}$/, 'a device and its channel', 'rain.tips'), 'Device and channel of its profile.'),
    ...common,
  })
  const derived = named('derive', kinds.derive, {
    from: about(either(id(), list(id(), { least: 1, most: 20 })), 'The channel, or channels, that it is made of.'),
    ...common,
  })
  return shape({
    site,
    buses: about(table(bus), 'The lines to the devices.'),
    devices: about(table(device), 'The instruments and relays.'),
    channels: about(table(chosen((value) => (Object.hasOwn(value, 'derive') ? 1 : 0), read, derived)), 'Measured and derived quantities.'),
    detectors: about(
      optional(
        table(
          named('kind', kinds.detect, {
            on: about(id(), 'The channel that it looks at.'),
            ...seasonKey,
            deviationRef: optional(
              about(
                refine(text({ most: 200 }), (named) => (named.trim() === '' ? 'this names no document\nwrite which one, and of when' : null)),
                'For set points beyond GB/T 50493: the document that allows it.',
              ),
            ),
          }),
        ),
        {},
      ),
      'What gives levels to channels.',
    ),
    alarms: about(optional(table(alarm), {}), 'Each colour’s condition; the highest that is true is the alarm’s level.'),
    ...seasonSections,
    actions: about(optional(list(action, { most: 200 }), []), 'What outputs do, and when.'),
    defaults: about(
      optional(oneOf(['by-colour', 'none']), 'by-colour'),
      'What is done for an alarm that no action names. by-colour: blue and yellow SMS, orange a voice too, red the siren too.',
    ),
    ...peopleSections,
    publish: about(optional(list(uplink, { most: 8 }), []), 'Who is told, and how.'),
  })
}

const action = shape({
  when: about(text(), 'A condition, as in alarms.'),
  do: about(
    list(text({ most: 100 }), { least: 1, most: 20 }),
    'Each `siren on` (as long as the condition is not false), `siren on for 10min`, `voice says TEXT`, `sign shows TEXT`, `modem to LIST says TEXT`, `valve closes`.',
  ),
})

const secret = chosen(
  (value) => (Object.hasOwn(value, 'file') ? 1 : 0),
  shape({ env: about(pattern(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable', 'MQTT_PASSWORD'), 'The environment variable that holds it.') }),
  shape({ file: about(text(), 'The file that holds it.') }),
)

const uplink = shape({
  to: about(id(), 'A name for this platform.'),
  broker: about(text(), 'mqtts://host:port, or mqtt:// on this machine.'),
  encoding: about(optional(oneOf(['json']), 'json'), 'How messages are written.'),
  mqtt: about(optional(oneOf([5, 4]), 5), 'MQTT 5, or 4 for MQTT 3.1.1.'),
  clientId: optional(about(text({ most: 128 }), 'Default: hp-{area}-{site}-{station}-{to}. Two clients of one id throw each other out for ever.')),
  report: about(
    optional(table(text({ most: 60 })), {}),
    'Per channel: `10min` (every row, in batches), `on change or 10min`, `never`; `rest` is for those not named (1min).',
  ),
  heartbeat: about(
    optional(duration({ least: 1000, most: 86_400_000 }), '1min'),
    'The station’s state is told at least so often, so that silence can be told from peace.',
  ),
  health: about(
    optional(either(duration({ least: 10_000, most: 86_400_000 }), oneOf(['never'])), '5min'),
    'How the lines and devices do is told at least so often, and at once when that changes.',
  ),
  window: about(optional(whole({ least: 1, most: 1000 }), 16), 'Messages in flight; 16 carry 18,000 messages a second.'),
  keepalive: about(optional(duration({ least: 5000, most: 600_000 }), '15s'), 'A dead broker is noticed after one and a half times this.'),
  tls: optional(
    about(
      shape({
        ca: optional(about(text(), 'File of the authority that signed the broker; default: those of the system.')),
        cert: optional(about(text(), 'File of our own certificate.')),
        key: optional(about(text(), 'File of its key.')),
      }),
      'For mqtts://. Paths are relative to this file.',
    ),
  ),
  username: optional(text({ most: 200 })),
  password: optional(about(secret, 'Where the password is kept: { env: NAME } or { file: path }. Never the password itself.')),
  plaintext: optional(about(oneOf(['accepted']), 'Needed for mqtt:// to another machine: everybody on the way can read and forge.')),
})

export type SiteFile = Read<ReturnType<typeof siteShape>>
export type BusFile = Read<typeof bus>
export type DeviceFile = Read<typeof device>
export type UplinkFile = Read<typeof uplink>
export type ChannelFile = SiteFile['channels'][string]

export const siteSchema = (kinds: Kinds = ourKinds): Schema<SiteFile> => siteShape(kinds)
