/** What a line says of itself and of its devices: up or down, damaged or overloaded, and of each device what is worth a sentence. */
import type { Bus, Clock } from '../../protocol/ports.ts'
import type { Reason } from '../../protocol/quality.ts'
import type { LinkChange } from '../../protocol/recording.ts'
import type { Millis } from '../../protocol/time.ts'
import type { PolledDevice } from '../profile.ts'
import { watchDamage } from './damage.ts'
import { watchLoad } from './load.ts'

export interface Links {
  /** Many devices were lost together, and are not back. */
  readonly damaged: boolean
  /** Something was heard of the line, or (`closed`) it is down. */
  heard(reason: Reason | null): void
  /** A sentence about a device that answers. */
  tell(device: PolledDevice, what: string): void
  /** It answers; `says` is what it says is wrong with it, and `news` whether that is another than before. */
  answered(device: PolledDevice, says: string, news: boolean): void
  /** It has missed too many polls for that reason; or it answers, and `stranger` says in words that it is another than it should be. */
  lost(device: PolledDevice, why: Reason, stranger: string): void
  /** A poll has ended, and so many periods went by without one. */
  skipped(periods: number): void
  /** What has to be said with the time. `need`: the share of its time that the line needs for all its periods. */
  judge(need: number): void
}

export interface LinksWiring {
  /** The bus's name. */
  name: string
  bus: Pick<Bus, 'health'>
  clock: Clock
  /** Each with the period at which something of it is asked. */
  devices: { device: PolledDevice; every: Millis }[]
  onLink(change: LinkChange): void
}

export function makeLinks({ name, bus, clock, devices, onLink }: LinksWiring): Links {
  const damage = watchDamage(devices.map(({ device, every }) => ({ name: device.name, every })))
  const load = watchLoad(clock.now().at)
  /** Why a device was lost, until that is told. */
  const whyLost = new Map<string, { device: PolledDevice; why: string }>()
  let lineUp: boolean | null = null
  let overloaded = false

  function link(device: PolledDevice, up: boolean, what: string): void {
    const where = `bus ${name}${device.profile.talk ? '' : `, unit ${device.unit}`}`
    onLink({ link: `${name}/${device.name}`, up, detail: what && `${device.name} (${where}): ${what}` })
  }

  /** The line's own word; what troubles it stands until a word without trouble. */
  function say(detail: string): void {
    const trouble = damage.damaged ? 'damaged' : overloaded ? 'overload' : null
    onLink({ link: name, up: lineUp ?? true, detail, ...(lineUp !== false && trouble && { trouble }) })
  }

  function judgeDamage(): void {
    const { lost, damaged } = damage.judge(clock.now().at)
    if (damaged?.now) {
      const withinS = Math.max(1, Math.round(damaged.withinMs / 1000))
      const which = `${damaged.lost} of its ${damaged.of} devices fell silent within ${withinS} s of each other`
      say(`bus ${name}: ${which}: lightning, a cut cable, or their supply? look at the line first`)
    } else if (damaged) {
      const back = damaged.lost > 0 ? `${damaged.of - damaged.lost} of the ${damaged.of} devices that were lost together answer` : 'all its devices answer'
      say(`bus ${name}: ${back} again`)
    }
    for (const one of lost) {
      const { device, why } = whyLost.get(one) ?? {}
      if (device) link(device, false, why ?? '')
    }
  }

  return {
    get damaged() {
      return damage.damaged
    },
    heard(reason) {
      const up = reason !== 'closed'
      if (up === lineUp) return
      lineUp = up
      say(up ? '' : bus.health().trouble || `bus ${name} is closed`)
    },
    tell: (device, what) => link(device, true, what),
    answered(device, says, news) {
      if (damage.heard(device.name, clock.now().at) || news) link(device, true, says && `it says: ${says}`)
      judgeDamage()
    },
    lost(device, why, stranger) {
      const words = stranger || ((device.profile.talk ? causesOfFrames : causes)[why] ?? why)
      if (stranger || why === 'exception') {
        damage.spoke(device.name)
        link(device, false, words)
        return
      }
      whyLost.set(device.name, { device, why: words })
      damage.lost(device.name, clock.now().at)
      judgeDamage()
    },
    skipped: (periods) => load.note(clock.now().at, periods),
    judge(need) {
      judgeDamage()
      const change = damage.damaged ? null : load.judge(clock.now().at, need)
      if (!change) return
      overloaded = change.overloaded
      const percent = `bus ${name}: its polls need ${Math.round(change.load.need * 100)} % of its time`
      const { polls, skipped } = change.load
      const left = `${skipped} of ${polls + skipped} periods were left out in the last minute`
      say(overloaded ? `${percent}, and ${left}: take longer \`every\`, a higher baud, or a second line` : `${percent} now`)
    },
  }
}

const causes: Partial<Record<Reason, string>> = {
  timeout: 'no answer; is it powered and wired, and is the unit id right?',
  checksum: 'its answers are garbled; check baud, parity, wiring and termination, and that no two devices have the same unit id',
  short: 'its answers are cut short; check the wiring, and that no two devices have the same unit id',
  'out-of-step': 'what answers is not the answer to what it was asked; check that no two devices have the same unit id, and no second master is on the line',
  exception: 'it refuses the registers of its profile; is it the right profile?',
}

const causesOfFrames: Partial<Record<Reason, string>> = {
  timeout: 'it says nothing; is it powered and wired, and set to speak as its profile says?',
  checksum: 'what it says is garbled; check baud, parity and wiring, and that it is the right profile',
  short: 'what it says is no whole frame of its profile; check baud, parity and wiring, and that it is the right profile',
}
