import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Decoded } from '../../protocol/encodings/json.ts'
import { assertContract } from '../setup/contract.ts'

const root = join(import.meta.dirname, '../..')

interface Ran {
  code: number | null
  signal: string | null
  out: string
  err: string
}

/** Runs the program as a person would; `until` sees its output so far, and may send it a signal. */
function run(args: string[], until: (out: string, kill: (signal: NodeJS.Signals) => void) => void = () => {}): Promise<Ran> {
  const child = spawn(process.execPath, ['sim/main.ts', ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    until(out, (signal) => child.kill(signal))
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, out, err })))
}

const levelsOf = (messages: Decoded[], name: string): string[] =>
  messages.flatMap(({ message }) => (message.kind === 'alarm' && message.alarm === name ? [message.level] : []))

describe('the demo', () => {
  it('drives the four colours up within a minute, sounds the siren, and keeps to the contract', { timeout: 90_000 }, async () => {
    const ran = await run(['demo', '--json'])
    expect(ran.err).toBe('')
    expect(ran.code).toBe(0)
    const lines = ran.out.trim().split('\n')
    const messages = lines.map((line) => {
      const { topic, message } = JSON.parse(line) as { topic: string; message: object }
      return assertContract(topic, JSON.stringify(message))
    })
    const slope = levelsOf(messages, 'slope').filter((level, at, all) => level !== all[at - 1])
    expect(slope.slice(0, 5)).toEqual(['none', 'blue', 'yellow', 'orange', 'red'])
    expect(new Set(levelsOf(messages, 'flood'))).toContain('orange')
    expect(new Set(levelsOf(messages, 'gas'))).toContain('yellow')
    expect(new Set(levelsOf(messages, 'sensors'))).toContain('blue')
    const acts = messages.flatMap(({ message }) => (message.kind === 'act' ? [`${message.output} ${message.wanted} ${message.actual}`] : []))
    expect(acts).toEqual(['siren false false', 'siren true true', 'siren false false'])
    // In the time of the story, which a busy machine does not stretch: a minute is 60 x 180 s at the speed of `npm start`.
    const sounded = messages.find(({ message }) => message.kind === 'act' && message.wanted)
    expect((sounded?.envelope.sent ?? Infinity) - (messages[0]?.envelope.sent ?? 0)).toBeLessThan(60_000 * 180)
    expect(messages.filter(({ envelope }) => envelope.mode !== 'test')).toEqual([])
    expect(messages.at(-1)?.message).toMatchObject({ kind: 'status', state: 'offline' })
    // No message is missing: in each lane, each names the one before it.
    const last = new Map<string, number | null>()
    for (const { envelope } of messages) {
      expect(envelope.prev).toBe(last.get(envelope.lane) ?? null)
      last.set(envelope.lane, envelope.seq)
    }
  })

  it('tells the story in plain lines where there is no terminal, and ends cleanly at Ctrl-C', { timeout: 60_000 }, async () => {
    let sent = false
    const ran = await run(['demo', '--speed', '900'], (out, kill) => {
      if (sent || !/alarm slope: \w+ -> YELLOW/.test(out)) return
      sent = true
      kill('SIGINT')
    })
    expect(ran).toMatchObject({ code: 0, signal: null, err: '' })
    expect(ran.out).not.toContain('\u001b')
    expect(ran.out).toContain('the storm [')
    expect(ran.out).toMatch(/hp\/v1\/demo\/dapuling\/a\/log {2}slope raised: none -> BLUE \(heavy-rain blue\)/)
    expect(ran.out).toContain('Ended before the story was over. Until then:')
    expect(ran.out).toContain('Where to go next:')
  })

  it('tells at its end what the story expected, and that the siren was sounded once', { timeout: 60_000 }, async () => {
    const ran = await run(['demo', '--speed', '900'])
    expect(ran).toMatchObject({ code: 0, signal: null, err: '' })
    expect(ran.out.match(/IT SOUNDS/g)).toHaveLength(1)
    expect(ran.out).toContain('The story is over. What it expected, and what came:')
    expect(ran.out).toContain('  the siren was sounded once, on its own coil')
    expect(ran.out).not.toMatch(/not reached|late, at/)
  })

  it('ends after the time that it is given', { timeout: 60_000 }, async () => {
    const ran = await run(['demo', '--for', '2s', '--json'])
    expect(ran.code).toBe(0)
    expect(ran.out.split('\n').filter((line) => line !== '' && !line.startsWith('{"topic":'))).toEqual([])
  })

  it.each([
    [['demo', '--speed', 'fast'], 'Give a number from 1 to 10000'],
    [['demo', '--for', '30'], 'Give a number above 0 and one of ms, s, min, h, d'],
    [['demo', '--sped', '3'], 'Did you mean one of --seed, --speed?'],
    [['serve', 'no-such.yaml'], 'no-such.yaml: this site file cannot be read'],
    [['serve', 'sim/demo/site.yaml', '--scenario', 'no-such.yaml'], 'this scenario cannot be read'],
    [['serve', 'sim/demo/site.yaml', '--recording', 'a.csv'], 'name a map with --map'],
    [['serve', 'sim/demo/site.yaml', '--scenario', 'sim/demo/site.yaml'], 'unknown key `site`'],
  ])('refuses %j in a sentence', async (args, sentence) => {
    const ran = await run(args)
    expect(ran.code).toBe(1)
    expect(ran.err).toContain(sentence)
    expect(ran.err).not.toMatch(/\n {4}at /)
  })
})
