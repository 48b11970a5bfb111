/** What `hazardpoint check` says of a good file: all that a person must see to know that it says what was meant. */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { checkCommand } from '../../../gateway/commands/check.ts'

const { out } = checkCommand(join(import.meta.dirname, '../../stations/full.yaml'))

it('a site is told part by part, and with the memory that its rings take', () => {
  expect(out).toBe(`lianshan/dapuling-03/a: Dapuling slope 3 (messages are marked drill)

buses
  slope  Modbus RTU /dev/serial/by-id/usb-FTDI_FT232R-if00-port0 9600 8N1  silent 700ms after a fault  polls take about 1 %
  node   Modbus TCP 127.0.0.1:1502                                         silent 500ms after a fault
  mast   Modbus RTU over fd00::12:4001 19200 8E1                           silent 500ms after a fault  polls take about 1 %

devices
  rain    slope, unit 1   xunchip/xm9505   tips every 10s
  tilt    node, unit 3    demo/tilt-2axis  x every 10s, y every 20s
  gas     node, unit 4    demo/gas         gas every 5s
  attic   mast, unit 3    demo/tilt-2axis  x every 1min
  siren   slope, unit 20  generic/relay
  beacon  slope, unit 20  generic/relay

channels
  rain    mm     rain.tips
  tilt-x  deg    tilt.x                       range, spike, rate, flat
  tilt-y  deg    tilt.y
  gas     %LEL   gas.gas
  attic   deg    attic.x
  wet     mm     accumulate of rain
  lean    deg    resultant of tilt-x, tilt-y  gap
  speed   deg/d  velocity of lean

detectors
  heavy-rain  threshold on wet
  creeping    trend on tilt-x
  leak        threshold on gas
  mute        silence on attic

alarms
  slope  red     heavy-rain is red or creeping >= orange and heavy-rain >= orange
         orange  creeping >= orange or heavy-rain >= orange
         yellow  1 of (creeping, heavy-rain)
  gas    red     leak is red
         yellow  leak >= yellow and not mute
  all    red     slope is red or gas is red

outputs
  siren   relay  slope, unit 20, coil 0  off by itself, at most 30min on; a crash leaves it as it is
  beacon  relay  slope, unit 20, coil 1  off by itself, at most 1d on; a crash leaves it as it is

actions
  when all is red  siren   for 10min
  when all is red  beacon  until it is false
  when sensors     beacon  for 1min

tests
  silent loop test  wednesday, 10:00
  ordered tests     10s; sirens and voices from 9:00 to 18:00

publish
  county  mqtts://mqtt.example.org:8883  MQTT 5      as dapuling-03-a                   health each 10min
  yard    mqtt://192.0.2.7               MQTT 3.1.1  as hp-lianshan-dapuling-03-a-yard  health each 5min

memory of the rings: 354 kB`)
})
