/** Frames of SL 651-2014 that others have published, and one of our own, with what they mean. */

import { numberElement } from '../../../../protocol/encodings/sl651/elements.ts'
import type { HydrologyMessage } from '../../../../protocol/encodings/sl651/sl651.ts'
import { instant } from '../../../../protocol/time.ts'

/** Beijing time, the month counted from 1. */
export const beijing = (year: number, month: number, day: number, hour: number, minute: number, second = 0) =>
  instant(Date.UTC(year, month - 1, day, hour - 8, minute, second))

export const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))

interface Vector {
  name: string
  from: string
  hex: string
  message: HydrologyMessage
}

const first = { centre: 1, station: '0012345678', password: '1234', serial: 3 }
const second = { centre: 5, station: '0011223344', password: '03E8', serial: 0x34, sent: beijing(2017, 7, 18, 11, 0, 16) }
const article = 'e-com-net.com 1736683930196697088'

export const published: Vector[] = [
  {
    name: 'a keep-alive',
    from: article,
    hex: '7E7E01001234567812342F0008020003591011155111036BCA',
    message: { kind: 'keepAlive', ...first, sent: beijing(2059, 10, 11, 15, 51, 11) },
  },
  {
    name: 'a keep-alive of another station',
    from: article,
    hex: '7E7E00987654321012342F0008027E0822101110074703C3AE',
    message: { kind: 'keepAlive', centre: 0, station: '9876543210', password: '1234', serial: 0x7e08, sent: beijing(2022, 10, 11, 10, 7, 47) },
  },
  {
    name: 'a test report',
    from: article,
    hex: '7E7E010012345678123430002B020003591011154947F1F1001234567848F0F0591011154920190000052619000005392300000127381211150320FA',
    message: {
      kind: 'report',
      ...first,
      sent: beijing(2059, 10, 11, 15, 49, 47),
      report: 'test',
      stationClass: 'H',
      observed: beijing(2059, 10, 11, 15, 49),
      elements: [numberElement('rainNow', 0.5), numberElement('rainTotal', 0.5), numberElement('level', 0.127), numberElement('supply', 11.15)],
    },
  },
  {
    name: 'the reply to a test report',
    from: article,
    hex: '7E7E00123456780112343080080200035910111549471B75D4',
    message: { kind: 'reply', ...first, sent: beijing(2059, 10, 11, 15, 49, 47), to: 'test', end: 'esc' },
  },
  {
    name: 'a timed report',
    from: article,
    hex: '7E7E05001122334403E832002B020034170718110016F1F1001122334448F0F01707181100201900004026190000403923000104903812109903A421',
    message: {
      kind: 'report',
      ...second,
      report: 'timed',
      stationClass: 'H',
      observed: beijing(2017, 7, 18, 11, 0),
      elements: [numberElement('rainNow', 4), numberElement('rainTotal', 4), numberElement('level', 10.49), numberElement('supply', 10.99)],
    },
  },
  {
    name: 'the reply to a timed report',
    from: article,
    hex: '7E7E00112233440503E83280080200341707181100161BE5D4',
    message: { kind: 'reply', ...second, to: 'timed', end: 'esc' },
  },
  {
    name: 'a timed report of another maker',
    from: 'key-iot.com.cn 19285',
    hex: '7E7E010010100001A00032002B02000C200724172349F1F1001010000148F0F020072417232019000130221900004039230000055038121268038397',
    message: {
      kind: 'report',
      centre: 1,
      station: '0010100001',
      password: 'A000',
      serial: 12,
      sent: beijing(2020, 7, 24, 17, 23, 49),
      report: 'timed',
      stationClass: 'H',
      observed: beijing(2020, 7, 24, 17, 23),
      elements: [numberElement('rainNow', 13), numberElement('rain5min', 4), numberElement('level', 0.55), numberElement('supply', 12.68)],
    },
  },
]

export const ours: Vector = {
  name: 'a timed report of a rain station',
  from: 'our own, made by another program',
  hex: '7E7E0100441800121234320025020001260615032000F1F1004418001250F0F026061503202019000005261900123538121234036E67',
  message: {
    kind: 'report',
    centre: 1,
    station: '0044180012',
    password: '1234',
    serial: 1,
    sent: beijing(2026, 6, 15, 3, 20),
    report: 'timed',
    stationClass: 'P',
    observed: beijing(2026, 6, 15, 3, 20),
    elements: [numberElement('rainNow', 0.5), numberElement('rainTotal', 123.5), numberElement('supply', 12.34)],
  },
}
