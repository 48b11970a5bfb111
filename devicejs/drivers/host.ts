/** The computer that the station runs on: its temperature, and what is left of its disk and memory. */
import { readdir, readFile, statfs } from 'node:fs/promises'
import { freemem, loadavg, totalmem, uptime } from 'node:os'
import type { Machine, MachineFigure } from '../../protocol/ports.ts'

export interface HostOptions {
  /** A folder of the file system whose room counts: that of the station's own state. */
  disk?: string
  /** Where Linux shows its thermal zones (Documentation/driver-api/thermal/sysfs-api.rst). */
  thermal?: string
}

/** A zone that shows more or less is no thermometer: drivers show -274000 or 0x7FFFFFFF where they have nothing. */
const COLDEST = -60
const HOTTEST = 200

export function openHost({ disk = stateFolder(), thermal = '/sys/class/thermal' }: HostOptions = {}): Machine {
  return {
    async read() {
      const [temperature, diskFree] = await Promise.all([hottest(thermal), freeOf(disk)])
      const figures: Record<MachineFigure, number | null> = {
        temperature,
        'disk-free': diskFree,
        // Node takes what Linux calls available: the page cache is no use of memory.
        'memory-free': (100 * freemem()) / totalmem(),
        uptime: uptime(),
        load: loadavg()[0] ?? null,
      }
      return Object.fromEntries(Object.entries(figures).filter(([, figure]) => figure !== null))
    },
  }
}

/** As systemd.exec(5) tells a service of it: several are parted by colons, and the first is ours. */
const stateFolder = (): string => process.env.STATE_DIRECTORY?.split(':')[0] || '/'

/** The hottest zone, degC: where it is too hot first. Null where there is none that can be read. */
async function hottest(folder: string): Promise<number | null> {
  const zones = (await orNull(readdir(folder)))?.filter((name) => name.startsWith('thermal_zone')) ?? []
  const texts = await Promise.all(zones.map((zone) => orNull(readFile(`${folder}/${zone}/temp`, 'utf8'))))
  const degrees = texts.flatMap((text) => (text === null || text.trim() === '' ? [] : [Number(text) / 1000])).filter((one) => one > COLDEST && one < HOTTEST)
  return degrees.length > 0 ? Math.max(...degrees) : null
}

/** What a user may still fill, in % as `df` counts it; null where it cannot be told. */
async function freeOf(folder: string): Promise<number | null> {
  const told = await orNull(statfs(folder))
  const room = told ? told.blocks - told.bfree + told.bavail : 0
  return told && room > 0 ? (100 * told.bavail) / room : null
}

/** A file that is not there, or a zone that is asleep, is no fault of the program: the reading is missing, and its channel says so. */
const orNull = <T>(promise: Promise<T>): Promise<T | null> =>
  promise.then(
    (value) => value,
    () => null,
  )
