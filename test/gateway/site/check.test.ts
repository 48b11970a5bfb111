/** The check of a site file: a good one becomes a site, and each bad edit of it is told at its place, with what to do. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findProfile } from '../../../devicejs/shelf.ts'
import { makeCalendar } from '../../../gateway/core/calendar.ts'
import { makeChannels } from '../../../gateway/core/channel.ts'
import { checkSite, siteSchemaJson } from '../../../gateway/site/check.ts'
import type { Site } from '../../../gateway/site/site.ts'
import { formatFaults } from '../../../protocol/files/fault.ts'
import { readYaml } from '../../../protocol/files/yaml.ts'
import { instant, millis } from '../../../protocol/time.ts'

const stations = join(import.meta.dirname, '../../stations')
const file = join(stations, 'full.yaml')
const full = readFileSync(file, 'utf8')
const checked = (text: string) => checkSite(text, file, { profiles: findProfile })

function siteOf(text: string): Site {
  const result = checked(text)
  if ('faults' in result) throw new Error(formatFaults(result.faults))
  return result.site
}

/** The good file with some of its words changed; each must stand in it once. */
function edited(edits: string[]): string {
  let text = full
  for (let k = 0; k < edits.length; k += 2) {
    const [old, now] = [edits[k] as string, edits[k + 1] as string]
    expect(text.split(old).length, `"${old}" stands once in the file`).toBe(2)
    text = text.replace(old, () => now)
  }
  return text
}

const faultsOf = (text: string): string[] => {
  const result = checked(text)
  return 'faults' in result ? result.faults.map(({ at, what, remedy }) => `${at}: ${what} = ${remedy}`) : []
}
const warningsOf = (text: string): string[] => {
  const result = checked(text)
  return 'faults' in result ? ['it has faults'] : result.warnings.map(({ at, what }) => `${at}: ${what}`)
}

describe('a good site file', () => {
  const site = siteOf(full)

  it('says who and where it is', () => {
    expect(site).toMatchObject({
      area: 'lianshan',
      id: 'dapuling-03',
      station: 'a',
      name: 'Dapuling slope 3',
      position: [112.086, 24.567, 231],
      hazards: ['landslide', 'rainstorm', 'gas'],
      clock: 'own',
      plan: { mode: 'drill' },
    })
  })

  it('knows the last digit of what stands whole on a device, as it is calibrated; of no float, no count, and nothing that is made of others', () => {
    const digits = site.plan.channels.map(({ name, lastDigit }) => [name, lastDigit])
    expect(Object.fromEntries(digits)).toEqual({
      ...{ 'tilt-x': 0.00010002, 'tilt-y': 0.0001, attic: 0.0001 },
      ...{ gas: undefined, rain: undefined, wet: undefined, lean: undefined, speed: undefined },
    })
  })

  it('names its lines, with the settings that its devices ask for', () => {
    expect(site.buses).toEqual([
      {
        name: 'slope',
        wire: { how: 'serial', path: '/dev/serial/by-id/usb-FTDI_FT232R-if00-port0' },
        speaks: 'rtu',
        baud: 9600,
        parity: 'none',
        dataBits: 8,
        stopBits: 1,
        quietMs: 700,
      },
      { name: 'node', wire: { how: 'tcp', host: '127.0.0.1', port: 1502 }, speaks: 'rtu', baud: 9600, parity: 'none', dataBits: 8, stopBits: 1, quietMs: 500 },
      {
        name: 'mast',
        wire: { how: 'rtu-over-tcp', host: 'fd00::12', port: 4001 },
        speaks: 'rtu',
        baud: 19200,
        parity: 'even',
        dataBits: 8,
        stopBits: 1,
        quietMs: 500,
      },
    ])
  })

  it('fits each device with its profile, and what `set` says of this one', () => {
    const [rain, tilt] = site.devices
    expect(rain).toMatchObject({ name: 'rain', bus: 'slope', unit: 1, every: 10_000, timeoutMs: 400, retries: 2, channels: [{ from: 'tips', channel: 0 }] })
    expect(rain?.profile.channels[0]).toMatchObject({ name: 'tips', unit: 'mm', digits: 1, counting: { kind: 'total', step: 0.2, wrap: 65_536 } })
    expect(tilt?.profile.channels.map(({ name, scale, offset }) => [name, scale, offset])).toEqual([
      ['x', 0.00010002, -0.013],
      ['y', 0.0001, 0],
      ['heat', 0.1, 0],
    ])
  })

  it('numbers measured channels first, then derived ones, each after its inputs', () => {
    expect(site.plan.channels.map(({ name, unit, digits, period }) => `${name} ${unit} ${digits} ${period}`)).toEqual([
      'rain mm 1 10000',
      'tilt-x deg 4 10000',
      'tilt-y deg 4 20000',
      'gas %LEL 2 5000',
      'attic deg 4 60000',
      'wet mm 2 10000',
      'lean deg 4 20000',
      'speed deg/d 3 10000',
    ])
    expect(site.plan.channels.map(({ derivation }) => derivation && [derivation.kind, ...derivation.inputs])).toEqual([
      null,
      null,
      null,
      null,
      null,
      ['accumulate', 0],
      ['resultant', 1, 2],
      ['velocity', 6],
    ])
  })

  it('gives each ring the rows that the longest window over it needs, and a quarter more', () => {
    const rows = Object.fromEntries(site.plan.channels.map((channel) => [channel.name, channel.rows]))
    expect(rows).toMatchObject({ rain: 360 * 1.25 + 64, 'tilt-x': 8640 * 1.25 + 64, lean: 1080 * 1.25 + 64, gas: 64 })
    expect(site.ringBytes).toBe(18 * (1024 + 16_384 + 128 + 128 + 128 + 128 + 2048 + 128))
  })

  it('reads each output with its bound, and actions with their time', () => {
    const board = { bus: 'slope', unit: 20, timeoutMs: 300, kind: 'relay', valve: null, watchdog: null, maxWords: 125, afterWriteMs: 0 }
    const coil = (address: number) => ({ by: 'coil', coil: address, readBack: { table: 'coil', address, bit: null } })
    expect(site.outputs).toEqual([
      { name: 'siren', device: 'siren', ...board, drive: coil(0) },
      { name: 'beacon', device: 'beacon', ...board, drive: coil(1) },
    ])
    expect(site.plan.outputs).toEqual([
      { name: 'siren', kind: 'relay', longest: 1_800_000 },
      { name: 'beacon', kind: 'relay', longest: 86_400_000 },
    ])
    expect(site.plan.actions.map(({ output, text, hold }) => [output, text, hold])).toEqual([
      ['siren', 'all is red', 600_000],
      ['beacon', 'all is red', null],
      ['beacon', 'sensors', 60_000],
    ])
  })

  it('puts an alarm after those that it names', () => {
    expect(site.plan.alarms.map(({ name, levels }) => [name, ...levels.map(({ level }) => level)])).toEqual([
      ['slope', 2, 3, 4],
      ['gas', 2, 4],
      ['all', 4],
    ])
  })

  it('tells each platform what it asked for', () => {
    const named = (report: Site['plan']['reports'][number]) =>
      Object.fromEntries(
        report.channels.map(({ channel, every, onChange }) => [site.plan.channels[channel]?.name, `${every / 1000}${onChange ? ' change' : ''}`]),
      )
    expect(site.plan.reports.map(({ uplink, heartbeat }) => [uplink, heartbeat])).toEqual([
      ['county', 120_000],
      ['yard', 60_000],
    ])
    expect(site.plan.reports.map(named)).toEqual([
      { rain: '600 change', wet: '60', lean: '86400 change', 'tilt-x': '300', 'tilt-y': '300', gas: '300', speed: '300' },
      { rain: '60', wet: '60', lean: '60', 'tilt-x': '60', 'tilt-y': '60', gas: '60', speed: '60', attic: '60' },
    ])
  })

  it('sees paths of keys and secrets from its own folder', () => {
    expect(site.uplinks[0]).toEqual({
      ...{
        name: 'county',
        url: 'mqtts://mqtt.example.org:8883',
        protocol: 5,
        encoding: 'json',
        clientId: 'dapuling-03-a',
        username: 'dapuling',
        passwordFrom: 'COUNTY_PASSWORD',
      },
      ...{
        tls: { ca: join(stations, 'ca.pem'), cert: join(stations, 'keys/station.pem'), key: '/etc/hazardpoint/station.key' },
        keepaliveS: 20,
        window: 8,
        health: 600_000,
      },
    })
    expect(site.uplinks[1]).toMatchObject({
      clientId: 'hp-lianshan-dapuling-03-a-yard',
      tls: null,
      protocol: 4,
      health: 300_000,
      passwordFrom: join(stations, 'yard.secret'),
    })
    const bare = checkSite(full, 'full.yaml', { profiles: findProfile })
    expect('site' in bare && bare.site.uplinks[1]?.passwordFrom).toBe('./yard.secret')
  })

  it('may tell nobody of health', () => {
    const never = checkSite(full.replace('health: 10min', 'health: never'), file, { profiles: findProfile })
    expect('site' in never && never.site.uplinks[0]?.health).toBeNull()
  })

  it('is built by the machine as it stands', () => {
    const { channels, detectors } = makeChannels(
      site.plan,
      millis(0),
      makeCalendar(millis(0), { at: millis(0), wall: instant(0), wallQuality: 'synchronised' }).calendar,
    )
    expect(channels.length).toBe(8)
    expect(detectors.map(({ name }) => name)).toEqual(['heavy-rain', 'creeping', 'leak', 'mute'])
  })

  it('validates against the schema for editors', () => {
    const valid = new Ajv({ strict: false, allErrors: true }).compile(siteSchemaJson())
    valid(readYaml(full, file).value)
    expect(valid.errors).toBeNull()
    expect(valid(readYaml(edited(['kind: trend', 'kind: trent']), file).value)).toBe(false)
  })

  it('may be as short as this', () => {
    const site = siteOf('site: { area: a, id: b, station: c }\nbuses: {}\ndevices: {}\nchannels: {}\n')
    expect(site).toMatchObject({ name: 'b', position: null, hazards: [], clock: 'own', ringBytes: 0, plan: { mode: 'actual' } })
  })

  it('may lead its time by the recording that it is served', () => {
    const site = siteOf(`site: { area: a, id: b, station: c, clock: served }
buses: { line: { line: /tmp/pty } }
devices: { rain: { profile: hazardpoint/served-rain, bus: line, unit: 1, every: 5min, set: { step: 0.01 in } } }
channels: { rain: { read: rain.tips }, rain-72h: { derive: accumulate, from: rain, over: 72h } }
`)
    expect(site.plan.channels.map(({ unit, digits }) => [unit, digits])).toEqual([
      ['in', 2],
      ['in', 2],
    ])
  })
})

describe('a bad edit is told:', () => {
  it.each<[story: string, edits: string[], ...faults: string[]]>([
    // site
    [
      'a misspelt key',
      ['  area:', '  aera:'],
      'site.area: `area` is missing = add `area: ...`',
      'site.aera: unknown key `aera` = did you mean `area`? known: area, id, station, name, position, hazards, clock, mode, utcOffset, languages',
    ],
    [
      'an unknown hazard',
      ['[landslide, ', '[landslip, '],
      'site.hazards[0]: "landslip" is not allowed here = did you mean `landslide`? allowed: landslide, collapse, debris-flow, ground-collapse, ground-fissure, subsidence, rainstorm, flood, gas',
    ],
    [
      'a position the wrong way round',
      ['[112.086, 24.567, 231]', '[24.567, 112.086]'],
      'site.position: no place on earth has 24.567 degrees east and 112.086 degrees north = east comes first, then north',
    ],
    [
      'a position that is none',
      ['[112.086, 24.567, 231]', '[212, 24]'],
      'site.position: no place on earth has 212 degrees east and 24 degrees north = write [degrees east, degrees north, metres]',
    ],
    [
      'a height above all mountains',
      ['24.567, 231]', '24.567, 23100]'],
      'site.position[2]: 23100 metres is below the Dead Sea or above all mountains = give metres above the sea',
    ],
    [
      'a served clock where devices keep no time',
      ['clock: own', 'clock: served'],
      'devices.rain.profile: the clock is served, but xunchip/xm9505 has no clock = take a profile with a `clock`, or `clock: own`',
      'devices.tilt.profile: the clock is served, but demo/tilt-2axis has no clock = take a profile with a `clock`, or `clock: own`',
      'devices.gas.profile: the clock is served, but demo/gas has no clock = take a profile with a `clock`, or `clock: own`',
      'devices.attic.profile: the clock is served, but demo/tilt-2axis has no clock = take a profile with a `clock`, or `clock: own`',
    ],
    // buses
    [
      'two ways to one bus',
      ['{ tcp: "127.0.0.1:1502" }', '{ tcp: "127.0.0.1:1502", line: /dev/ttyS0 }'],
      'buses.node: a bus has one way to its devices, here are 2 = give one of tcp, line, rtuOverTcp, serialOverTcp, dialIn',
    ],
    [
      'no way to a bus',
      ['{ tcp: "127.0.0.1:1502" }', '{ }'],
      'buses.node: a bus has one way to its devices, here are 0 = give one of tcp, line, rtuOverTcp, serialOverTcp, dialIn',
    ],
    ['a port that is none', ['127.0.0.1:1502', '127.0.0.1:70000'], 'buses.node.tcp: there is no port 70000 = ports go from 1 to 65535; Modbus TCP has 502'],
    [
      'serial settings on TCP',
      ['{ tcp: "127.0.0.1:1502" }', '{ tcp: "127.0.0.1:1502", baud: 9600 }'],
      'buses.node.baud: Modbus TCP has no baud = leave it out; for a serial server that passes RTU on, write `rtuOverTcp`',
    ],
    [
      'two masters on one wire',
      ['"[fd00::12]:4001"', '"127.0.0.1:1502"'],
      'buses.mast: 127.0.0.1:1502 is already the wire of `node` = a wire has one master: put the devices on `node`',
    ],
    [
      'two masters on one wire, of which one writes it otherwise',
      ['"[fd00::12]:4001" }', '"Server.Local:9" }\n  hill: { rtuOverTcp: "server.local:9" }'],
      'buses.hill: server.local:9 is already the wire of `mast` = a wire has one master: put the devices on `mast`',
    ],
    ['a bus that no device is on', ['bus: mast', 'bus: msat'], 'devices.attic.bus: no bus `msat` = did you mean `mast`? known: slope, node, mast'],
    // line settings (quirk 9)
    [
      'a device that speaks otherwise than its bus',
      ['xunchip/xm9505, bus: slope, unit: 1, every: 10s, timeout: 400ms, retries: 2, set: { step: 0.2 mm, wrap: 65536 }', 'balluff/bsi-r11a0, bus: slope'],
      'devices.rain.bus: this device speaks with baud 19200, but the bus `slope` says 9600 = set the device itself to 9600 and say so, `set: { baud: 9600 }`; or give it a line of its own',
      'channels.rain.read: no channel of balluff/bsi-r11a0 `tips` = known: tilt, heat',
    ],
    [
      'two devices of one bus that speak otherwise',
      [
        'baud: 9600, parity: none, dataBits: 8, stopBits: 1, ',
        '',
        'profile: generic/relay, bus: slope, unit: 20, coil: 0',
        'profile: generic/relay, bus: slope, unit: 20, set: { parity: odd }, coil: 0',
      ],
      'devices.siren.bus: this device speaks with parity odd, but `rain` on the same bus has none = set the device itself to none and say so, `set: { parity: none }`; or give it a line of its own',
    ],
    // devices
    ['an unknown profile', ['xunchip/xm9505', 'xunchip/xm9550'], 'devices.rain.profile: no profile `xunchip/xm9550` = *did you mean `xunchip/xm9505`?*'],
    [
      'a profile file that is not there',
      ['xunchip/xm9505', './nothing.yaml'],
      `devices.rain.profile: the profile ${join(stations, 'nothing.yaml')} cannot be read: * = check the path; it is seen from the site file`,
    ],
    [
      'an address that is taken',
      ['unit: 4, every: 5s', 'unit: 3, every: 5s'],
      'devices.gas.unit: `tilt` on the bus `node` has address 3 too = give each device on a line an address of its own',
    ],
    ['an address that is missing', ['unit: 4, every: 5s', 'every: 5s'], "devices.gas.unit: `unit` is missing = add the device's address: `unit: 1`"],
    [
      'the address of all devices',
      ['bus: slope, unit: 1,', 'bus: slope, unit: 0,'],
      'devices.rain.unit: address 0 is for all devices at once, and none answers = give the address that is set on the device, 1 to 247',
    ],
    [
      'two outputs on one coil',
      ['coil: 1, safe: off', 'coil: 0, safe: off'],
      'devices.beacon.coil: `siren` drives the same coil = give each output a coil of its own',
    ],
    [
      'an output without a safe state',
      ['safe: off, longest: 30min', 'longest: 30min'],
      'devices.siren.safe: `safe` is missing = say the state when nobody asks for anything: `safe: off`',
    ],
    [
      'an output that rests in on',
      ['safe: off, longest: 30min', 'safe: on, longest: 30min'],
      'devices.siren.safe: an output that is on while nobody asks would be switched on again by software after each request = only `safe: off` is driven; a valve that is held open belongs to the certified controller',
    ],
    [
      'an output without a bound',
      ['safe: off, longest: 30min', 'safe: off'],
      'devices.siren.longest: `longest` is missing = no request may last for ever: `longest: 30min`',
    ],
    [
      'an output of a device that drives nothing',
      ['demo/gas, bus: node, unit: 4', 'demo/gas, bus: node, unit: 4, safe: off'],
      'devices.gas.safe: demo/gas drives nothing = take `coil`, `safe` and `longest` away, or name the profile of a relay',
    ],
    ['a step of another unit', ['step: 0.2 mm', 'step: 0.2 deg'], 'devices.rain.set.step: a step in deg for a channel in mm = give it in mm'],
    ['a step of nothing', ['step: 0.2 mm', 'step: 0 mm'], 'devices.rain.set.step: a count of no worth = give a step above 0'],
    [
      'a step for a device that does not count',
      ['set: { channels:', 'set: { step: 1 mm, channels:'],
      'devices.tilt.set.step: demo/tilt-2axis has 0 counting channels = leave it out',
    ],
    [
      'a calibration of an unknown channel',
      ['channels: { x: {', 'channels: { xx: {'],
      'devices.tilt.set.channels.xx: no channel of demo/tilt-2axis `xx` = did you mean `x`? known: x, y, heat',
    ],
    [
      'a calibration that loses every value',
      ['scale: 0.00010002', 'scale: 0'],
      'devices.tilt.set.channels.x.scale: scale 0 makes every value the same = leave it out, or give the true one',
    ],
    [
      'a scale of counts',
      ['set: { step: 0.2 mm, wrap: 65536 }', 'set: { channels: { tips: { scale: 2 } } }'],
      'devices.rain.set.channels.tips.scale: tips counts: it has no scale = give its `step`',
    ],
    // channels
    [
      'an unknown device',
      ['read: gas.gas', 'read: gsa.gas'],
      'channels.gas.read: no device `gsa` = did you mean `gas`? known: rain, tilt, gas, attic, siren, beacon',
    ],
    [
      'an unknown channel of a device',
      ['read: tilt.y', 'read: tilt.z'],
      'channels.tilt-y.read: no channel of demo/tilt-2axis `z` = did you mean `x`? known: x, y, heat',
    ],
    ['a register that is read twice', ['read: tilt.y', 'read: tilt.x'], 'channels.tilt-y.read: `tilt-x` reads this already = name that one'],
    [
      'an unknown input',
      ['from: [tilt-x, tilt-y]', 'from: [tilt-x, tilt-z]'],
      'channels.lean.from[1]: no channel `tilt-z` = did you mean `tilt-x`? known: wet, lean, speed, rain, tilt-x, tilt-y, gas, attic',
    ],
    ['too few inputs', ['from: [tilt-x, tilt-y]', 'from: tilt-x'], 'channels.lean.from: resultant is made of 2 channels, here are 1 = write from: [a, b]'],
    [
      'too many inputs',
      ['accumulate, from: rain', 'accumulate, from: [rain, rain]'],
      'channels.wet.from: accumulate is made of 1 channels, here are 2 = name one',
    ],
    [
      'one input for two',
      ['from: [tilt-x, tilt-y]', 'from: [tilt-x, tilt-x]'],
      'channels.lean.from: `tilt-x` stands here twice = resultant is made of different channels: name the other one',
    ],
    [
      'inputs of the wrong unit',
      ['from: [tilt-x, tilt-y]', 'from: [tilt-x, gas]'],
      'channels.lean.from: resultant needs two tilts in deg = `tilt-x` is in deg, `gas` is in %LEL: name a channel that fits',
    ],
    [
      'a sum of what does not count',
      ['accumulate, from: rain', 'accumulate, from: gas'],
      'channels.wet.from: accumulate needs a channel that counts (a profile channel with count: total or increment) = `gas` is in %LEL: name a channel that fits',
    ],
    [
      'an unknown derivation',
      ['derive: velocity', 'derive: velocty'],
      'channels.speed.derive: "velocty" is not allowed here = did you mean `velocity`? allowed: *velocity*',
    ],
    ['an option of another derivation', ['from: rain, over: 1h', 'from: rain, over: 1h, per: d'], 'channels.wet.per: accumulate has no key `per` = *'],
    [
      'channels in a circle',
      ['velocity, from: lean', 'velocity, from: speed'],
      'channels.speed.from: made of itself, in a circle: speed from speed = make one of them from a measured channel',
    ],
    [
      'an unknown quality test',
      ['- spike:', '- spke:'],
      'channels.tilt-x.quality[1].spke: unknown key `spke` = did you mean `spike`? known: range, counter, gap, warm-up, spike, rate, *',
    ],
    [
      'a range the wrong way round',
      ['place: [-10, 10]', 'place: [10, -10]'],
      'channels.tilt-x.quality[0].range.place: 10 is not less than -10 = write [least, greatest]',
    ],
    [
      'a place wider than the instrument',
      ['place: [-10, 10]', 'place: [-100, 10]'],
      'channels.tilt-x.quality[0].range.place: the place reaches further than the sensor = make it lie within `sensor`',
    ],
    [
      'a failure before a suspicion',
      ['suspect: 0.2, fail: 1 ', 'suspect: 2, fail: 1 '],
      'channels.tilt-x.quality[1].spike.fail: a value fails before it is suspect = make `fail` greater than `suspect`',
    ],
    ['a test of nothing', ['{ fail: 5/min }', '{ }'], 'channels.tilt-x.quality[2].rate: this tests nothing = give `suspect`, `fail`, or both'],
    [
      'a window that no memory holds',
      ['over: 24h, at', 'over: 360d, at', 'unit: 3, every: 10s', 'unit: 3, every: 1s'],
      'channels: the rings take 1152 MB, more than 256 = take shorter windows, or longer `every`',
      'channels.tilt-x: the windows over this channel hold 38880064 rows, more than 4194304 = take a shorter window, or a longer `every`',
    ],
    // detectors
    [
      'a detector on no channel',
      ['on: wet', 'on: wit'],
      'detectors.heavy-rain.on: no channel `wit` = did you mean `wet`? known: wet, lean, speed, rain, tilt-x, tilt-y, gas, attic',
    ],
    [
      'a level of raw counts',
      ['on: wet', 'on: rain'],
      'detectors.heavy-rain: this channel counts, and has no level of its own = look at a channel that is made of it: derive: accumulate',
    ],
    [
      'set points in the wrong order',
      ['yellow: 30, orange: 40', 'yellow: 40, orange: 30'],
      'detectors.heavy-rain.at.orange: orange would come before yellow = set points must rise from blue to red here',
    ],
    [
      'set points that rise where less is worse',
      ['direction: above', 'direction: below', 'clear: 80%', 'clear: 120%'],
      ...['yellow', 'orange', 'red'].map(
        (colour, k) =>
          `detectors.heavy-rain.at.${colour}: ${colour} would come before ${['blue', 'yellow', 'orange'][k]} = set points must fall from blue to red here`,
      ),
    ],
    [
      'a dead band on the wrong side',
      ['clear: 80%', 'clear: 120%'],
      'detectors.heavy-rain.clear: set at 20, it would clear at 24, on the wrong side = give a deadband in the unit of the channel, or a share of at most 100%',
    ],
    ['two dead bands', ['clear: 80%', 'clear: 80%, deadband: 1'], 'detectors.heavy-rain.deadband: `clear` and `deadband` say the same = give one of the two'],
    [
      'rates in the wrong order',
      ['yellow: 0.01/h, orange: 0.03/h', 'yellow: 0.01/h, orange: 0.1/d'],
      'detectors.creeping.at.orange: orange would come before yellow = set points must rise from blue to red here',
    ],
    [
      'a rate without time',
      ['yellow: 0.01/h', 'yellow: 0.01'],
      'detectors.creeping.at.yellow: 0.01 is no rate = write a number, a slash and one of s, min, h, d: 0.01/h',
    ],
    [
      'a certainty that proves nothing',
      ['confidence: 95%', 'confidence: 0%'],
      'detectors.creeping.confidence: below 50% chance alone is taken for a movement more often than not = such as 95%',
    ],
    [
      'a rate that the last digit of its instrument hides',
      ['scale: 0.00010002', 'scale: 20', ', noise: 0.003', ''],
      'detectors.creeping.at.yellow: a window of 1d cannot decide 0.01/h: with the last digit of the channel alone it trembles by 0.018/h = take a window of at least *, or a higher set point',
    ],
    ['a certainty that nobody has', ['confidence: 95%', 'confidence: 100%'], 'detectors.creeping.confidence: nothing is ever certain to 100% = such as 95%'],
    [
      'a trend through too few rows',
      ['over: 24h, at', 'over: 30s, at'],
      'detectors.creeping.over: a line through fewer than 5 rows tells nothing = take a window of at least 5 periods of the channel',
    ],
    [
      'gas set points above the standard',
      [', deviationRef: "letter 2026-014 of the district"', ''],
      'detectors.leak.at.red: 60 %LEL as second set point: GB/T 50493-2019, 5.5.2 (1), (2) wants at most 50 %LEL = take at most 50 %LEL, or name the document that allows more: deviationRef: "..."',
    ],
    [
      'a word of the grammar as a name',
      ['  mute: {', '  not: {', 'and not mute', ''],
      'detectors.not: `not` is a word of the conditions = choose another name',
    ],
    [
      "the station's own alarm as a name",
      ['  mute: {', '  outputs: {', 'and not mute', ''],
      'detectors.outputs: `outputs` is the station’s own alarm = choose another name',
    ],
    // alarms
    [
      'an unknown detector, at its letter',
      ['orange: creeping >= orange or heavy-rain', 'orange: creeping >= orange or heavyrain'],
      'alarms.slope.orange: no detector or alarm `heavyrain` = did you mean `heavy-rain`? known: heavy-rain, creeping, leak, mute, all, slope, gas',
    ],
    [
      'a channel in the place of a detector',
      ['1 of (creeping, heavy-rain)', '1 of (creeping, wet)'],
      'alarms.slope.yellow: `wet` is a channel: it has no level = name a detector on it',
    ],
    [
      'a broken condition',
      ['leak >= yellow and not', 'leak >= yelow and not'],
      'alarms.gas.yellow: `yelow` is no colour = did you mean `yellow`? colours: none, blue, yellow, orange, red',
    ],
    [
      'an alarm that asks for itself',
      ['{ red: leak is red, yellow', '{ red: all is red, yellow'],
      'alarms.all: this alarm asks for itself, in a circle: all, gas, all = let one of them name detectors only',
    ],
    [
      'one name for a detector and an alarm',
      ['  mute: {', '  slope: {', ' and not mute', ''],
      'alarms.slope: a detector is called `slope` too = give the alarm another name, so that a condition can tell them apart',
    ],
    [
      "a colour out of the station's own state",
      ['{ red: leak is red, yellow', '{ red: sensors, yellow'],
      'alarms.gas.red: `sensors` is the station’s own alarm = name it in actions; a hazard’s colour cannot come of it',
    ],
    // actions
    [
      'an unknown output',
      ['[siren on for 10min, beacon on]', '[sirn on for 10min]'],
      'actions[0].do[0]: no output `sirn` = did you mean `siren`? known: siren, beacon',
    ],
    [
      'a device that is no output',
      ['[siren on for 10min, beacon on]', '[gas on]'],
      'actions[0].do[0]: `gas` is no output = an output is a device with a coil, `safe` and `longest`',
    ],
    [
      'what no output can do',
      ['[siren on for 10min, beacon on]', '[siren loud]'],
      'actions[0].do[0]: "siren loud" is nothing that an output can do = write `siren on`, `siren on for 10min`, `voice says TEXT`, *',
    ],
    [
      'the safe state as an act',
      ['beacon on]', 'beacon off]', 'beacon on for 1min', 'siren on'],
      'actions[0].do[1]: `beacon` is off by itself: that is its safe state = write `beacon on`',
    ],
    [
      'a time beyond the bound',
      ['siren on for 10min', 'siren on for 31min'],
      'actions[0].do[0]: 31min is more than `siren` may be on at a stretch (30min) = shorten it, or raise `longest` of the output',
    ],
    ['a time without unit', ['siren on for 10min', 'siren on for 10'], 'actions[0].do[0]: "10" is no duration = write a number and one of s, min, h: 10min'],
    // publish
    [
      'plain text over the net',
      ['plaintext: accepted, ', ''],
      'publish[1].broker: mqtt:// to another machine: everybody on the way can read and forge = write mqtts://, or, where the way is guarded otherwise, add `plaintext: accepted`',
    ],
    ['plain text where nothing is plain', ['mqtt://192.0.2.7', 'mqtts://192.0.2.7'], 'publish[1].plaintext: mqtts:// is not plain = take `plaintext` away'],
    [
      'a login in the address',
      ['mqtts://mqtt.example', 'mqtts://me:secret@mqtt.example'],
      'publish[0].broker: a login does not stand in the address = give `username`, and the password by `password: { env: NAME }` or `{ file: path }`',
    ],
    [
      'a password in the file',
      ['{ env: COUNTY_PASSWORD }', 'secret'],
      'publish[0].password: "secret" stands where a table of keys must = write it as `key: value`, indented or in { }',
    ],
    ['a password of nobody', ['    username: dapuling\n', ''], 'publish[0].password: a password without a username = add `username`'],
    [
      'half a certificate',
      [', key: /etc/hazardpoint/station.key', ''],
      'publish[0].tls: a certificate and its key belong together = give both cert and key, or neither',
    ],
    ['certificates on a plain line', ['plaintext: accepted', 'plaintext: accepted, tls: { ca: ca.pem }'], 'publish[1].tls: tls on mqtt:// = write mqtts://'],
    [
      'a broker that is no address',
      ['"mqtts://mqtt.example.org:8883"', 'mqtt.example.org'],
      'publish[0].broker: "mqtt.example.org" is no address = write mqtts://host:port',
    ],
    [
      'another protocol',
      ['mqtts://mqtt.example.org:8883', 'https://mqtt.example.org'],
      'publish[0].broker: https:// is not spoken here = write mqtts://host:port, or mqtt://host:port on this machine',
    ],
    ['a topic in the address', ['mqtts://mqtt.example.org:8883', 'mqtts://mqtt.example.org/hp'], 'publish[0].broker: something follows the host and port = *'],
    ['two uplinks of one name', ['to: yard', 'to: county'], 'publish[1].to: `county` is told already = give each uplink a name of its own'],
    [
      'two clients of one id',
      ['mqtt://192.0.2.7", mqtt: 4, plaintext: accepted', 'mqtts://mqtt.example.org:8883", clientId: dapuling-03-a'],
      'publish[1].clientId: `county` is the client `dapuling-03-a` of this broker too = two clients of one id throw each other out for ever: give each its own clientId',
    ],
    [
      'a report of no channel',
      ['lean: on change', 'laen: on change'],
      'publish[0].report.laen: no channel `laen` = did you mean `lean`? known: rest, alarms, wet, lean, speed, rain, tilt-x, tilt-y, gas, attic',
    ],
    [
      'a report in no known way',
      ['lean: on change', 'lean: sometimes'],
      'publish[0].report.lean: "sometimes" is no way to report = write 10min, on change, on change or 10min, or never; at least 1s',
    ],
    [
      'a report too often',
      ['lean: on change', 'lean: 10ms'],
      'publish[0].report.lean: "10ms" is no way to report = write 10min, on change, on change or 10min, or never; at least 1s',
    ],
    [
      'health in no known way',
      ['health: 10min', 'health: sometimes'],
      'publish[0].health: "sometimes" is none of the forms allowed here = write a number and one of ms, s, min, h, d: 10s; or allowed: never',
    ],
    [
      'health too often',
      ['health: 10min', 'health: 5s'],
      'publish[0].health: "5s" is none of the forms allowed here = allowed: from 10s to 1d; or allowed: never',
    ],
    [
      'alarms that are told late',
      ['alarms: now', 'alarms: 10min'],
      'publish[0].report.alarms: alarms are told at once, not "10min" = write `alarms: now`, or leave it out',
    ],
  ])('%s', (_, edits, ...faults) => {
    const told = faultsOf(edited(edits))
    expect(told.length, told.join('\n')).toBe(faults.length)
    for (const [index, fault] of faults.entries()) {
      const form = fault.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      expect(told[index]).toMatch(new RegExp(`^${form.join('.*')}$`))
    }
  })

  it('all of them at once, in the order of the file, with line and column', () => {
    const result = checked(
      edited([
        'unit: 4, every: 5s',
        'unit: 3, every: 5s',
        'on: wet',
        'on: wit',
        'creeping >= orange or heavy-rain >= orange',
        'creeping >= orange or rain',
        'siren on for 10min',
        'siren on for 2h',
        'plaintext: accepted, ',
        '',
      ]),
    )
    expect('faults' in result && result.faults.map(({ line, column, at }) => `${line}:${column} ${at}`)).toEqual([
      '18:46 devices.gas.unit',
      '38:38 detectors.heavy-rain.on',
      '46:35 alarms.slope.orange',
      '50:43 actions[0].do[0]',
      '66:25 publish[1].broker',
    ])
  })

  it('a fault in a profile of its own, in that file', () => {
    const readProfile = (name: string) =>
      name === 'demo/gas'
        ? { faults: [{ file: 'gas.yaml', line: 3, column: 2, at: 'line', what: 'what', remedy: 'remedy', source: '' }] }
        : findProfile(name, file)
    const result = checkSite(full, file, { profiles: readProfile })
    expect('faults' in result && result.faults.map((fault) => `${fault.file} ${fault.at}`)).toEqual(['gas.yaml line'])
  })
})

describe('worth a look, and no fault, is', () => {
  it.each<[story: string, edits: string[], ...warnings: string[]]>([
    ['a password in plain text', [], 'publish[1].password: this password travels in plain text'],
    [
      'a detector that no alarm asks for',
      [' and not mute', ''],
      'detectors.mute: no alarm asks for this detector',
      'publish[1].password: this password travels in plain text',
    ],
    [
      'an output that no action drives',
      [', beacon on]', ']', '  - { when: sensors, do: [beacon on for 1min] }\n', ''],
      'devices.beacon: no action drives this output',
      'publish[1].password: this password travels in plain text',
    ],
    [
      'a bus without devices',
      ['buses:\n', 'buses:\n  spare: { tcp: "192.0.2.1" }\n'],
      'buses.spare: no device is on this bus',
      'publish[1].password: this password travels in plain text',
    ],
    [
      'a device that no channel reads',
      ['devices:\n', 'devices:\n  spare: { profile: demo/gas, bus: node, unit: 99 }\n'],
      'devices.spare: no channel reads this device',
      'publish[1].password: this password travels in plain text',
    ],
    [
      'a rate over a noise that nobody tells, in each season',
      [', noise: 0.003', ', season: { wet: { at: { yellow: 0.02/h } } }', 'alarms:\n', 'seasons: { wet: [04-15, 10-15] }\nalarms:\n'],
      'detectors.creeping.over: without `noise` nobody knows whether a window of 1d decides 0.01/h: it does up to a noise of 3.3 deg',
      'detectors.creeping.season.wet.over: without `noise` nobody knows whether a window of 1d decides 0.02/h: it does up to a noise of 6.6 deg',
      'publish[1].password: this password travels in plain text',
    ],
    ['a station that tells nobody', [full.slice(full.indexOf('publish:')), ''], 'publish: nobody is told: the station warns on the spot only'],
  ])('%s', (_, edits, ...warnings) => {
    expect(warningsOf(edited(edits))).toEqual(warnings)
  })
})

it.each(['gateway/site/README.md', 'README.md', 'README.zh-CN.md'])('the site file shown in %s is a good one', (readme) => {
  const [, shown = ''] = /```yaml\n(site:[\s\S]*?)```/.exec(readFileSync(join(import.meta.dirname, '../../..', readme), 'utf8')) ?? []
  expect(faultsOf(shown.replace('./our-tilt.yaml', 'demo/tilt-2axis'))).toEqual([])
})

it('whatever is done to a file, the check answers with a site or with faults that have a place, and never throws', () => {
  const words = full.split(/([\s,:{}[\]"]+)/)
  const slip = fc.record({
    at: fc.nat(words.length - 1),
    word: fc.constantFrom('', '3', 'rain', '{', ']', ':', '- ', '10s', 'red', '"', '*a', '&a', '!x', '0', '-1', 'null', '\n', '\t', '雨'),
  })
  fc.assert(
    fc.property(fc.array(slip, { minLength: 1, maxLength: 4 }), (slips) => {
      const broken = [...words]
      for (const { at, word } of slips) broken[at] = word
      const result = checked(broken.join(''))
      for (const { line, column, what } of 'faults' in result ? result.faults : result.warnings) expect(line > 0 && column > 0 && what !== '').toBe(true)
    }),
    { numRuns: Number(process.env.FUZZ ?? 150) },
  )
})
