/** `hazardpoint run` and `status` as processes of their own: one station of a name, whatever becomes of those who read what it says. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-run-'))
afterAll(() => rmSync(folder, { recursive: true }))
const program = join(import.meta.dirname, '../../../gateway/main.ts')
const running: ChildProcessWithoutNullStreams[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

/** A station whose only bus is dead: it has something to say, and judges every second. */
function siteFile(id: string): string {
  const file = join(folder, `${id}.yaml`)
  writeFileSync(
    file,
    `site: { area: a, id: ${id}, station: a }
buses: { b: { tcp: "127.0.0.1:1" } }
devices: { rain: { profile: xunchip/xm9505, bus: b, unit: 1, every: 1s } }
channels: { rain: { read: rain.tips } }
`,
  )
  return file
}

/** Sockets and notes lie in the folder of this test. `before` is a line of shell that holds for the program. */
function hazardpoint(args: string[], before = ':') {
  const env = { ...process.env, RUNTIME_DIRECTORY: folder, STATE_DIRECTORY: folder }
  const child = spawn('bash', ['-c', `${before}; exec "$0" "$@"`, process.execPath, program, ...args], { env })
  running.push(child)
  const said = { out: '', err: '' }
  child.stdout.on('data', (piece) => {
    said.out += piece
  })
  child.stderr.on('data', (piece) => {
    said.err += piece
  })
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...said }))
  return { child, said, ended }
}

const status = (...args: string[]) => hazardpoint(['status', ...args]).ended

/** A station that can be asked. */
async function runs(file: string) {
  const station = hazardpoint(['run', file])
  while (station.child.exitCode === null && (await status(file)).code !== 0);
  expect(station.said.err).not.toContain('control socket')
  return station
}

describe('an act at the station', () => {
  it.each([
    ['a name', ['--reason', 'looked at'], '--by <name>'],
    ['a reason', ['--by', 'Li'], '--reason <text>'],
  ])('is none without %s', async (_, given, lacks) => {
    const { code, out, err } = await hazardpoint(['ack', 'slope', '--control', join(folder, 'nobody.sock'), ...given]).ended
    expect([code, out, err]).toEqual([1, '', expect.stringContaining(`required option '${lacks}' not specified`)])
  })
})

describe('a second station of the same name', () => {
  it('is refused, by its own control socket too: it would drive the same siren', async () => {
    const file = siteFile('twice')
    const first = await runs(file)
    for (const args of [[], ['--control', join(folder, 'mine.sock')]]) {
      const second = await hazardpoint(['run', file, ...args]).ended
      expect(second.code).toBe(1)
      expect(second.out).toBe('')
      expect(second.err).toMatch(/the station a\/twice\/a already runs .*: stop it first/)
    }
    first.child.kill('SIGINT')
    expect((await first.ended).code).toBe(0)
  })

  it('of another name on the same control socket runs without one', async () => {
    const held = join(folder, 'held.sock')
    const first = hazardpoint(['run', siteFile('one'), '--control', held])
    await expect.poll(async () => (await status('--control', held)).code, { timeout: 5000 }).toBe(0)
    const second = await hazardpoint(['run', siteFile('two'), '--control', held, '--for', '100ms']).ended
    expect(second.err).toContain('The station runs without a control socket')
    expect(second.code).toBe(0)
    first.child.kill('SIGINT')
    expect((await first.ended).code).toBe(0)
  })
})

describe('a running station', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends cleanly by %s, and leaves no socket', async (signal) => {
    const file = siteFile(signal.toLowerCase())
    const station = await runs(file)
    station.child.kill(signal)
    expect(await station.ended).toMatchObject({ code: 0 })
    expect((await status(file)).err).toMatch(/^no station runs with the control socket/)
  })

  it('watches on when its reader has gone', async () => {
    const file = siteFile('unread')
    const { child, said, ended } = hazardpoint(['run', file], 'exec 1> >(true); sleep 0.1')
    await expect
      .poll(() => said.err, { timeout: 5000 })
      .toMatch(/= add a platform under publish\nnobody can read any more what this station says; it watches on\n$/)
    expect((await status(file)).code).toBe(0)
    child.kill('SIGINT')
    expect((await ended).code).toBe(0)
  })

  it('watches on when the disk of its log is full, and shows it in its exit code', async () => {
    const file = siteFile('full')
    const { child, said, ended } = hazardpoint(['run', file], 'exec > /dev/full')
    await expect.poll(() => said.err, { timeout: 5000 }).toMatch(/\nwhat this program says cannot be written any more: ENOSPC.*\n.*it watches on\n$/)
    expect((await status(file)).code).toBe(0)
    child.kill('SIGINT')
    expect((await ended).code).toBe(1)
  })

  it('tells once where its recording breaks off, and watches on', async () => {
    const record = join(folder, 'short.ndjson')
    const file = siteFile('broken')
    const { child, said, ended } = hazardpoint(['run', file, '--record', record], 'ulimit -f 1')
    await expect
      .poll(() => said.err, { timeout: 10_000 })
      .toMatch(/the recording .*short\.ndjson ends here, what follows is not written: .*The station runs on/)
    expect((await status(file)).code).toBe(0)
    child.kill('SIGINT')
    const { code, err } = await ended
    expect(code).toBe(0)
    expect(err.split('ends here')).toHaveLength(2)
    expect(readFileSync(record).length).toBe(1024)
  })
})

describe('status', () => {
  it('needs no name where one station runs', async () => {
    expect(await status()).toMatchObject({ code: 1, err: expect.stringMatching(/^no station of this user runs here: name its site file/) })
    const only = await runs(siteFile('only'))
    const { out } = await status()
    expect(out).toContain('a/only/a')
    expect(out).toMatch(/^line +state +asked +answered/m)
    expect(out).toMatch(/^b +DOWN /m)
    expect(out).toMatch(/^ {2}rain +(answers|SILENT|LOST) /m)
    const [bus] = JSON.parse((await status('--json')).out).buses
    expect(bus).toMatchObject({ name: 'b', state: 'down', openings: 0, devices: [{ name: 'rain', answered: 0 }] })
    const other = await runs(siteFile('other'))
    expect(await status()).toMatchObject({ code: 1, err: expect.stringMatching(/^several stations run here: .*only-\w+\.sock, .*other-\w+\.sock/) })
    for (const { child } of [only, other]) child.kill()
  })

  it('bears a reader that has gone, and tells of a full disk', async () => {
    const file = siteFile('read')
    const station = await runs(file)
    const gone = hazardpoint(['status', file], 'exec 1> >(true); sleep 0.1')
    expect(await gone.ended).toMatchObject({ code: 0, err: '' })
    const full = await hazardpoint(['status', file], 'exec > /dev/full').ended
    expect(full).toMatchObject({ code: 1, err: expect.stringMatching(/^what this program says cannot be written any more: ENOSPC/) })
    station.child.kill()
  })

  it.each(['{}', 'null', '[]', '"x"', '{"now":1,"channels":{}}', 'x'])('says that what answers %s is no station', async (answer) => {
    const path = join(folder, 'foreign.sock')
    const server = createServer((_, reply) => reply.end(answer)).listen(path)
    await once(server, 'listening')
    const { code, out, err } = await status('--control', path)
    server.close()
    expect([code, out, err.split('\n').length]).toEqual([1, '', 2])
    expect(err).toContain('is no station')
  })
})

describe('an act on a running station', () => {
  it('is done, refused or told to have no station, by the exit code too', async () => {
    const file = siteFile('acted')
    const station = await runs(file)
    const act = (...args: string[]) => hazardpoint([...args, '--by', 'Li', '--reason', 'repair', '--site', file]).ended
    expect(await act('out-of-service', 'sensors', '--for', '1h')).toMatchObject({ code: 0, out: 'done\n' })
    expect(await act('shelve', 'sensors', '--for', '9h')).toMatchObject({ code: 1, err: 'refused: sensors: at most for 8 h\n' })
    expect((await status('--json', file)).out).toContain('"state":"OOSRV"')
    expect((await hazardpoint(['ack', '--site', file]).ended).err).toMatch(/required option '--by <name>' not specified/)
    station.child.kill('SIGINT')
    await station.ended
    expect(await act('ack')).toMatchObject({ code: 1, err: expect.stringContaining('no station runs') })
  })
})

describe('a station that was killed', () => {
  it('knows at its next start what people did, and its recording says so', async () => {
    const file = siteFile('killed')
    const first = await runs(file)
    expect((await hazardpoint(['out-of-service', 'outputs', '--by', 'Li', '--reason', 'repair', '--site', file]).ended).code).toBe(0)
    const acts = join(folder, 'a-killed-a.acts.ndjson')
    while (!readFileSync(acts, 'utf8').includes('"op":"out-of-service"'));
    first.child.kill('SIGKILL')
    await first.ended
    const recording = join(folder, 'killed.ndjson')
    const second = hazardpoint(['run', file, '--record', recording])
    while ((await status(file)).code !== 0);
    second.child.kill('SIGINT')
    expect((await second.ended).code).toBe(0)
    const [header = ''] = readFileSync(recording, 'utf8').split('\n')
    expect(JSON.parse(header).remembered.parts['alarm outputs'].life).toMatchObject({ by: 'Li', reason: 'repair', flags: { outOfService: true } })
  })
})
