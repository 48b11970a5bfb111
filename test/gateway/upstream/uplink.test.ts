// The session with a platform, judged at a broker whose every answer the test gives: order, window, chains, losses, refusals, commands.

import { describe, expect, it } from 'vitest'
import { openMemoryJournal } from '../../../gateway/journal/memory.ts'
import { encodeCommand } from '../../../protocol/encodings/json.ts'
import type { Broker, Will } from '../../../protocol/ports.ts'
import { instant } from '../../../protocol/time.ts'
import { assertContract } from '../../setup/contract.ts'
import { chainFaults, type Heard } from '../../setup/wire.ts'
import { alarm, live, log, type Rig, rig, START, standingBusClock, standingClock, status, topic } from './station.ts'

interface Sent extends Heard {
  answer: (answer: true | string) => Promise<void>
  answered: boolean
}

/** A broker made of paper. */
function paperBroker() {
  const sent: Sent[] = []
  const topics: string[] = []
  let askWill: () => Will | null = () => null
  let tell: Parameters<Broker['start']>[1] = () => {}
  let bring: Parameters<Broker['start']>[2] = () => {}
  const open = () => sent.filter(({ answered }) => !answered)
  const paper = {
    sent,
    topics,
    closed: false,
    will: () => askWill(),
    up: (limits: { receiveMaximum?: number; maximumPacketSize?: number } = {}) =>
      tell({ up: true, detail: 'connected', receiveMaximum: 65_535, maximumPacketSize: Number.POSITIVE_INFINITY, ...limits }),
    /** As the real one: the link is told before the publishes that broke off. */
    async down(detail = 'lost') {
      const broken = open()
      tell({ up: false, detail, receiveMaximum: 0, maximumPacketSize: 0 })
      for (const one of broken) await one.answer('the connection was lost')
    },
    command: (payload: string | Uint8Array, retained = false) =>
      bring(topic('command'), typeof payload === 'string' ? new TextEncoder().encode(payload) : payload, retained),
    open,
    /** Confirms until nothing is in flight. */
    async confirmAll() {
      for (let first = open()[0]; first; first = open()[0]) await first.answer(true)
    },
    port: {
      start(will, onLink, onMessage) {
        askWill = will
        tell = onLink
        bring = onMessage
      },
      subscribe: (one) => void topics.push(one),
      publish(one, payload, { retain }) {
        const said = assertContract(one, payload, retain)
        return new Promise((resolve) => {
          const entry: Sent = {
            topic: one,
            retained: retain,
            ...said,
            answered: false,
            async answer(answer) {
              entry.answered = true
              resolve(answer)
              await new Promise((then) => setImmediate(then))
            },
          }
          sent.push(entry)
        })
      },
      async close() {
        paper.closed = true
      },
    } satisfies Broker as Broker,
  }
  return paper
}

function setUp(changes: Parameters<typeof rig>[2] = {}) {
  const paper = paperBroker()
  const clock = standingClock()
  const busClock = standingBusClock()
  const made: Rig = rig(paper.port, { clock, busClock }, changes)
  return { paper, clock, busClock, ...made, tell: made.tell, rig: made }
}

const kinds = (sent: Heard[]) => sent.map(({ message }) => message.kind)
const seqs = (sent: Heard[]) => sent.map(({ envelope }) => envelope.seq)

describe('a birth', () => {
  it('tells the station online and every alarm, most urgent lane first', async () => {
    const { paper, links } = setUp()
    paper.up()
    await paper.confirmAll()
    expect(kinds(paper.sent)).toEqual(['alarm', 'status'])
    expect(paper.sent.map((one) => one.topic)).toEqual([topic('alarm/slope'), topic('status')])
    expect(paper.sent.every(({ retained }) => retained)).toBe(true)
    expect(paper.sent.map(({ envelope }) => envelope.prev)).toEqual([null, null])
    expect(links).toEqual([{ link: 'county', up: true, detail: 'connected' }])
    expect(paper.topics).toEqual([topic('command')])
  })

  it('comes again after each loss, and states that it has overtaken are not told', async () => {
    const { paper, tell, rig: made } = setUp()
    paper.up()
    await paper.confirmAll()
    await paper.down()
    const before = paper.sent.length
    tell(alarm('yellow'), log(), alarm('red'), status('online'))
    made.alarms = [alarm('orange')]
    paper.up()
    await paper.confirmAll()
    const after = paper.sent.slice(before)
    expect(kinds(after)).toEqual(['log', 'alarm', 'status'])
    expect(after[1]!.message).toMatchObject({ level: 'orange' })
    expect(chainFaults(paper.sent.map(({ envelope }) => ({ envelope })))).toEqual([])
  })

  it('waits until the station has something to tell of', async () => {
    let ready = false
    const { paper, uplink } = setUp({ birth: () => (ready ? [status('online')] : []) })
    paper.up()
    expect(paper.sent).toEqual([])
    ready = true
    uplink.wake()
    expect(kinds(paper.sent)).toEqual(['status'])
  })

  it('is preceded by a will of its own number for each connection', () => {
    const { paper } = setUp()
    const wills = [paper.will(), paper.will()].map((will) => assertContract(will!.topic, will!.payload, true))
    expect(wills.map(({ message, envelope }) => [message, envelope.lane, envelope.prev])).toEqual([
      [status('lost'), 'will', null],
      [status('lost'), 'will', null],
    ])
    expect(wills[0]!.envelope.seq).not.toBe(wills[1]!.envelope.seq)
  })
})

describe('messages on their way', () => {
  it('never exceed the window, nor what the broker allows', async () => {
    for (const [limits, most] of [
      [{}, 16],
      [{ receiveMaximum: 5 }, 5],
      [{ receiveMaximum: 1 }, 1],
    ] as const) {
      const { paper, tell } = setUp()
      tell(...Array.from({ length: 100 }, () => log()), ...Array.from({ length: 100 }, () => live()))
      paper.up(limits)
      let peak = 0
      for (let first = paper.open()[0]; first; first = paper.open()[0]) {
        peak = Math.max(peak, paper.open().length)
        await first.answer(true)
      }
      expect(peak).toBe(most)
      expect(paper.sent.length).toBe(202)
    }
  })

  it('leave room for an alarm while live rows fill the window', async () => {
    const { paper, tell } = setUp()
    paper.up()
    await paper.confirmAll()
    tell(...Array.from({ length: 50 }, () => live()))
    expect(paper.open().length).toBe(15)
    tell(log())
    expect(kinds(paper.open())).toContain('log')
  })

  it('leave the line free for an alarm while long live rows wait: few bytes are under way at once', async () => {
    const { paper, tell } = setUp()
    paper.up()
    await paper.confirmAll()
    tell(...Array.from({ length: 10 }, () => live(START, 200)))
    const before = paper.open().length
    expect(before).toBeGreaterThanOrEqual(1)
    expect(before).toBeLessThanOrEqual(3)
    tell(log())
    expect(paper.open().at(-1)!.message.kind).toBe('log')
    await paper.confirmAll()
    expect(kinds(paper.sent).filter((kind) => kind === 'live')).toHaveLength(10)
    expect(chainFaults(paper.sent)).toEqual([])
  })

  it('go alarms first, then states, then live rows, then late ones', async () => {
    const { paper, tell, clock } = setUp({ spec: { name: 'county', window: 1 } })
    tell(live(START - 120_000), live(START), status('online'), log())
    clock.wall = START + 1000
    paper.up()
    await paper.confirmAll()
    expect(paper.sent.map(({ envelope }) => envelope.lane)).toEqual(['alarm', 'alarm', 'state', 'live', 'backfill'])
    expect(paper.sent.at(-1)!.topic).toBe(topic('backfill'))
  })

  it('hold their order, and the chain of prev, through losses in the middle of the window', async () => {
    const { paper, tell, journal } = setUp()
    paper.up()
    await paper.confirmAll()
    const told = tell(...Array.from({ length: 40 }, () => log()))
    // The third and the second are confirmed, the first is not: all three must come again.
    await paper.open()[2]!.answer(true)
    await paper.open()[1]!.answer(true)
    expect(journal.cursor('county', 'alarm')).toBeLessThan(told[0]!)
    await paper.down()
    paper.up()
    await paper.confirmAll()
    expect(chainFaults(paper.sent.map(({ envelope }) => ({ envelope })))).toEqual([])
    for (const seq of told) expect(seqs(paper.sent)).toContain(seq)
    const again = paper.sent.filter(({ envelope }) => envelope.seq === told[1])
    expect(again.map(({ envelope }) => envelope.prev)).toEqual([told[0], told[0]])
    expect(journal.waiting('county')).toBe(0)
  })

  it('that flew when the line broke are sent again one at a time, so that it is seen on which of them the broker hangs up', async () => {
    const { paper, tell } = setUp()
    paper.up()
    await paper.confirmAll()
    const told = tell(...Array.from({ length: 8 }, () => live()))
    const rows = () => seqs(paper.open().filter(({ message }) => message.kind === 'live'))
    expect(rows()).toEqual(told)
    await paper.down()
    paper.up()
    expect(rows()).toEqual([])
    for (const one of paper.open()) await one.answer(true)
    for (const seq of told) {
      expect(rows()).toEqual([seq])
      await paper.open()[0]!.answer(true)
    }
    tell(live(), live())
    expect(rows()).toHaveLength(2)
  })

  it('are not held up while the broker is away: an uplink that is down costs nothing but its cursor', () => {
    const { paper, tell, uplink } = setUp()
    tell(log(), live())
    expect(paper.sent).toEqual([])
    expect(uplink.status()).toMatchObject({ link: { up: false }, pending: 2, sent: 0 })
  })

  it('become back-fill when they are late at the return of the broker, and the live lane goes on with what is new', async () => {
    const { paper, tell, clock } = setUp()
    paper.up()
    await paper.confirmAll()
    const [first] = tell(live(START))
    await paper.confirmAll()
    await paper.down()
    const late = tell(...[1, 2, 3].map((minute) => live(START + minute * 60_000)))
    clock.wall = START + 4 * 60_000 + 1
    const fresh = tell(live(clock.wall - 1000))
    paper.up()
    await paper.confirmAll()
    const of = (lane: string) => paper.sent.filter(({ envelope }) => envelope.lane === lane)
    expect(seqs(of('backfill'))).toEqual(late)
    expect(of('backfill').map(({ envelope }) => envelope.prev)).toEqual([null, ...late.slice(0, 2)])
    expect(seqs(of('live'))).toEqual([first, ...fresh])
    expect(of('live').at(-1)!.envelope.prev).toBe(first)
  })

  it('show as a gap where the journal had no room for them', async () => {
    const journal = openMemoryJournal(['county'], 20_000)
    const { paper, tell, uplink } = setUp({ journal })
    paper.up()
    await paper.confirmAll()
    const [first] = tell(live())
    await paper.confirmAll()
    await paper.down()
    const told = tell(...Array.from({ length: 100 }, () => live()))
    paper.up()
    await paper.confirmAll()
    const rows = paper.sent.filter(({ message }) => message.kind === 'live')
    const kept = seqs(rows).slice(1)
    expect(seqs(rows)[0]).toBe(first)
    expect(kept).toEqual(told.slice(-kept.length))
    expect(rows[1]!.envelope.prev).toBe(told.at(-kept.length - 1))
    expect(chainFaults(paper.sent.map(({ envelope }) => ({ envelope })))).toHaveLength(1)
    expect(journal.stats().dropped).toBe(100 - kept.length)
    expect(uplink.status().pending).toBe(0)
  })

  it('that were late and had to go for new ones show as a gap in the back-fill: its last message stays to tell', async () => {
    const journal = openMemoryJournal(['county'], 20_000)
    const { paper, tell, clock } = setUp({ journal })
    paper.up()
    await paper.confirmAll()
    await paper.down()
    const late = tell(...Array.from({ length: 10 }, () => live(clock.wall)))
    clock.wall += 120_000
    paper.up()
    await paper.down()
    tell(...Array.from({ length: 60 }, () => live(clock.wall)))
    paper.up()
    await paper.confirmAll()
    const told = paper.sent.filter(({ envelope }) => envelope.lane === 'backfill').at(-1)!
    expect(told.envelope.seq).toBe(late.at(-1))
    expect(told.envelope.prev).toBe(late.at(-2))
  })
})

describe('what a broker does not take', () => {
  it('is set aside when it is too long for it, counted, told of, and seen as a gap', async () => {
    const { paper, tell, uplink } = setUp()
    paper.up({ maximumPacketSize: 2000 })
    await paper.confirmAll()
    const told = tell(live(), live(START, 500), live())
    await paper.confirmAll()
    const rows = paper.sent.filter(({ message }) => message.kind === 'live')
    expect(seqs(rows)).toEqual([told[0], told[2]])
    expect(rows[1]!.envelope.prev).toBe(told[1])
    expect(uplink.status()).toMatchObject({
      setAside: 1,
      pending: 0,
      link: { up: true, detail: expect.stringMatching(/set aside: it has \d+ bytes and the broker takes 2000/) },
    })
  })

  it('waits and is tried again when it is refused; other lanes go on', async () => {
    const { paper, tell, busClock, uplink } = setUp()
    paper.up()
    await paper.confirmAll()
    const told = tell(log(), log(), live())
    for (const one of paper.open()) await one.answer(one.message.kind === 'log' ? 'broker refused hp/...: Not authorized' : true)
    expect(paper.open()).toEqual([])
    tell(live())
    await paper.confirmAll()
    expect(uplink.status()).toMatchObject({ pending: 2, setAside: 0, link: { up: true, detail: expect.stringContaining('Not authorized') } })
    const before = paper.sent.length
    busClock.pass(30_000)
    await paper.confirmAll()
    expect(seqs(paper.sent.slice(before))).toEqual(told.slice(0, 2))
    expect(uplink.status().pending).toBe(0)
    expect(chainFaults(paper.sent.map(({ envelope }) => ({ envelope })))).toEqual([])
  })

  it.each([
    [5000, true],
    [1, false],
  ])('is poison when the broker hangs up on it again and again (%d rows: %s)', async (rows, poison) => {
    const { paper, tell, uplink } = setUp()
    paper.up()
    await paper.confirmAll()
    const [bad, good] = tell(live(START, rows), live())
    for (let loss = 0; loss < 3; loss++) {
      for (const one of paper.open()) if (one.envelope.seq !== bad && one.envelope.seq !== good) await one.answer(true)
      await paper.down()
      paper.up()
    }
    expect(uplink.status().setAside).toBe(poison ? 1 : 0)
    const before = paper.sent.length
    await paper.confirmAll()
    expect(uplink.status().pending).toBe(0)
    const rest = paper.sent.slice(before - 16 < 0 ? 0 : before - 16)
    expect(rest.at(-1)!.envelope.seq).toBe(good)
    expect(rest.at(-1)!.envelope.prev).toBe(bad)
  })
})

it('a long message is no poison when the line is bad but something comes through between the losses', async () => {
  const { paper, tell, uplink } = setUp()
  paper.up()
  await paper.confirmAll()
  tell(...Array.from({ length: 8 }, () => live(START, 5000)))
  for (let loss = 0; loss < 6; loss++) {
    for (const one of paper.open()) if (one.message.kind !== 'live') await one.answer(true)
    await paper
      .open()
      .find(({ message }) => message.kind === 'live')!
      .answer(true)
    await paper.down()
    paper.up()
  }
  await paper.confirmAll()
  expect(uplink.status()).toMatchObject({ setAside: 0, pending: 0 })
})

describe('a clean end', () => {
  it('sends what waits, says offline last, and closes', async () => {
    const { paper, tell, uplink } = setUp()
    paper.up()
    await paper.confirmAll()
    tell(log(), ...Array.from({ length: 40 }, () => live()))
    const closing = uplink.close()
    await paper.confirmAll()
    await paper.confirmAll()
    await closing
    expect(paper.closed).toBe(true)
    expect(paper.sent.at(-1)).toMatchObject({ message: { kind: 'status', state: 'offline' }, retained: true })
    expect(paper.sent.filter(({ message }) => message.kind === 'live')).toHaveLength(40)
    const before = paper.sent.length
    tell(log())
    expect(paper.sent.length).toBe(before)
  })

  it('does not wait for ever on a broker that confirms nothing', async () => {
    const { paper, tell, uplink, busClock } = setUp()
    paper.up()
    tell(log())
    const closing = uplink.close()
    for (let s = 0; s < 10; s++) {
      busClock.pass(1000)
      await new Promise((then) => setImmediate(then))
    }
    await closing
    expect(paper.closed).toBe(true)
  })

  it('is quick where the broker is away, or goes away', async () => {
    const one = setUp()
    one.tell(log())
    await one.uplink.close()
    expect(one.paper.closed).toBe(true)
    const two = setUp()
    two.paper.up()
    two.tell(log())
    const closing = two.uplink.close()
    await two.paper.down()
    await closing
    expect(two.paper.sent.some(({ message }) => message.kind === 'status' && message.state === 'offline')).toBe(false)
  })
})

describe('commands', () => {
  const good = (id: string, change: object = {}) => encodeCommand({ id, op: 'report', args: {}, ...change })

  it('that are whole and new reach the station', () => {
    const { paper, commands } = setUp()
    paper.up()
    paper.command(good('c1', { expires: instant(START + 1) }))
    paper.command(good('c2'))
    expect(commands.map(({ id }) => id)).toEqual(['c1', 'c2'])
  })

  it('that are retained, too long, malformed, expired or repeated are dropped and counted', () => {
    const { paper, commands, uplink } = setUp()
    paper.up()
    paper.command(good('c1'))
    paper.command(good('c2'), true)
    paper.command(new Uint8Array(20_000))
    paper.command('{"v":1')
    paper.command(Uint8Array.of(0xff, 0xfe))
    paper.command(good('c3', { expires: instant(START) }))
    paper.command(good('c1'))
    expect(commands.map(({ id }) => id)).toEqual(['c1'])
    expect(uplink.status().commands).toEqual({ taken: 1, refused: { retained: 1, 'too long': 1, malformed: 2, expired: 1, repeated: 1 } })
  })

  it('that come too fast are dropped, and a minute later they are taken again', () => {
    const { paper, commands, uplink, clock } = setUp()
    paper.up()
    for (let i = 0; i < 40; i++) paper.command(good(`a${i}`))
    expect(commands).toHaveLength(30)
    expect(uplink.status().commands.refused).toEqual({ 'too many': 10 })
    clock.wall += 60_000
    paper.command(good('b'))
    expect(commands).toHaveLength(31)
  })
})
