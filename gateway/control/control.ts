/** The door into a running station for the command line: HTTP on a UNIX socket that only its owner may open. Never through a broker. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { decodeCommand, encodeCommand, MAX_COMMAND_CHARS } from '../../protocol/encodings/json.ts'

/** The longest path of a socket (unix(7): sun_path has 108 bytes, with a zero at the end), less what the name has while the door is made. */
const LONGEST_PATH = 107 - '.XXXXXX/s'.length

/** A picture of a station with hundreds of channels is some 100 kB; what is longer is not ours. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** A station that judges answers at once; one that does not in this time hangs. */
const ANSWER_TIMEOUT_MS = 5_000

/** A person asks now and then; the page, later, a few times a second. */
const MAX_CONNECTIONS = 16

/**
 * Who came in and does not say what it wants, or does not take its answer, is shown out after as long as an answer takes, for there are few
 * chairs: Node's own bounds are a minute and five, and who wants to acknowledge would stand before the door.
 */
const ASKING = { headersTimeout: ANSWER_TIMEOUT_MS, requestTimeout: ANSWER_TIMEOUT_MS, connectionsCheckingInterval: 1_000 }

export interface Control {
  path: string
  close(): Promise<void>
}

type Environment = Record<string, string | undefined>

/** Where root's programs keep their sockets, and the folder that a unit file of ours asks systemd for. */
const SYSTEM_FOLDER = '/run/hazardpoint'

/**
 * Where the socket of a station lies: where it lies already, else in the first folder of those that the system gives a program or a user for
 * such things. So a person who logs in finds the station that systemd has started.
 */
export function controlPath(site: { area: string; id: string; station: string }, environment: Environment = process.env): string {
  const key = createHash('sha256').update(`${site.area}/${site.id}/${site.station}`).digest('hex').slice(0, 8)
  const paths = controlFolders(environment).map((folder) => join(folder, `${site.id}-${key}.sock`))
  return paths.find((path) => existsSync(path)) ?? (paths[0] as string)
}

/** The sockets of all stations of this user, dead ones too. */
export function controlPaths(environment: Environment = process.env): string[] {
  const folders = new Set(controlFolders(environment).filter((folder) => existsSync(folder)))
  return [...folders].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /-[0-9a-f]{8}\.sock$/.test(name))
      .map((name) => join(folder, name)),
  )
}

/** systemd names the folder of a program in RUNTIME_DIRECTORY and that of a user in XDG_RUNTIME_DIR. */
function controlFolders({ RUNTIME_DIRECTORY, XDG_RUNTIME_DIR }: Environment): string[] {
  const user = process.getuid?.()
  const ours = user === 0 || statSync(SYSTEM_FOLDER, { throwIfNoEntry: false })?.uid === user
  return [
    ...(RUNTIME_DIRECTORY ? [RUNTIME_DIRECTORY] : []),
    ...(XDG_RUNTIME_DIR ? [join(XDG_RUNTIME_DIR, 'hazardpoint')] : []),
    ...(ours ? [SYSTEM_FOLDER] : []),
    join(tmpdir(), `hazardpoint-${user}`),
  ]
}

/** What the door opens to. */
export interface Behind {
  status(): unknown
  /** Why this alarm stands as it does. */
  why(alarm: string): unknown
  /** What became of an act of the person `by`. */
  act(op: string, args: Record<string, unknown>, by: string): Promise<ActAnswer>
}

export interface ActAnswer {
  ok: boolean
  /** Why not; empty where it was done. */
  reason: string
}

/** A name and a reason are for the log and for those who come after: a line each. */
const LONGEST_NAME = 60
const LONGEST_REASON = 200

/** No name in a site file is as long; what is longer is not looked up. */
const LONGEST_ALARM = 100

/** The alarm that `/why?alarm=...` names; null where it asks for something else, or badly. */
function alarmIn(url: string | undefined): string | null {
  const [, written] = /^\/why\?alarm=([^&]+)$/.exec(url ?? '') ?? []
  if (written === undefined || written.length > 3 * LONGEST_ALARM) return null
  const alarm = new URLSearchParams(`alarm=${written}`).get('alarm') ?? ''
  return isLine(alarm, LONGEST_ALARM) ? alarm : null
}

/** Answers `GET /status`, `GET /why?alarm=NAME` and `POST /act`. A socket that a dead process left is replaced; one that lives is a fault. */
export async function serveControl({ path, status, why, act }: Behind & { path: string }): Promise<Control | { trouble: string }> {
  if (Buffer.byteLength(path) > LONGEST_PATH) return { trouble: `the control socket's path ${path} is longer than ${LONGEST_PATH} bytes: choose a shorter one` }
  const trouble = await inTheWay(path)
  if (trouble) return { trouble }
  const server = createServer(ASKING, (asked, answer) => {
    const say = (code: number, what: unknown): void => {
      answer.writeHead(code, { 'content-type': 'application/json' })
      answer.end(JSON.stringify(what))
    }
    // Who goes away while it asks has nobody left to tell.
    answer.on('error', () => {})
    if (asked.method === 'GET' && asked.url === '/status') return say(200, status())
    const isWhy = asked.method === 'GET' && asked.url?.startsWith('/why')
    const alarm = isWhy ? alarmIn(asked.url) : null
    if (alarm !== null) return say(200, why(alarm))
    if (isWhy) return say(400, { trouble: 'ask for /why?alarm=NAME, one alarm by its name' })
    if (asked.method !== 'POST' || asked.url !== '/act') return say(404, { trouble: 'only GET /status, GET /why?alarm=NAME and POST /act are answered here' })
    takeAct(asked, act).then(
      (told) => say(typeof told === 'string' ? 400 : 200, typeof told === 'string' ? { trouble: told } : told),
      (error: Error) => say(500, { trouble: error.message }),
    )
  })
  server.maxConnections = MAX_CONNECTIONS
  server.timeout = ANSWER_TIMEOUT_MS
  try {
    await listenAlone(server, path)
  } catch (error) {
    return { trouble: `the control socket ${path} cannot be made: ${(error as Error).message}` }
  }
  return {
    path,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(path, { force: true })
    },
  }
}

/** The act that a request holds, done; or what is wrong with it. */
async function takeAct(asked: IncomingMessage, act: Behind['act']): Promise<ActAnswer | string> {
  asked.setEncoding('utf8')
  let body = ''
  for await (const piece of asked) {
    body += piece
    if (body.length > MAX_COMMAND_CHARS) return `an act is longer than ${MAX_COMMAND_CHARS} characters`
  }
  const command = decodeCommand(body)
  if (typeof command === 'string') return command
  const { by, ...args } = command.args
  if (!isLine(by, LONGEST_NAME)) return `"args.by" is no name of up to ${LONGEST_NAME} characters: who acts is kept with the act`
  if (!isLine(args.reason, LONGEST_REASON)) return `"args.reason" is no reason of up to ${LONGEST_REASON} characters: why is kept with the act`
  return act(command.op, args, by)
}

const isLine = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= most && !/\p{Cc}/u.test(value)

async function inTheWay(path: string): Promise<string | null> {
  const living = await ask(path, '/')
  if (living.how === 'answer') return `a station already runs with the control socket ${path}: stop it first`
  if (living.how === 'trouble') return `the control socket ${path} is in the way: ${living.trouble}`
  return statSync(path, { throwIfNoEntry: false })?.isSocket() === false ? `${path} is no socket: it is left as it is; name another control socket` : null
}

/** Made in a folder that nobody else can enter, closed to others, then put in its place: at no moment can another user open it. */
async function listenAlone(server: Server, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const hidden = await mkdtemp(`${path}.`)
  try {
    const made = join(hidden, 's')
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(made, resolve)
    })
    await chmod(made, 0o600)
    await rename(made, path)
  } catch (error) {
    server.close()
    throw error
  } finally {
    await rm(hidden, { recursive: true, force: true })
  }
}

/** The picture of the station that listens there, or a sentence that says why there is none. */
export async function askStatus(path: string): Promise<{ status: unknown } | { trouble: string }> {
  const told = await askStation(path, '/status')
  return 'trouble' in told ? told : { status: told.answer }
}

/** Why that alarm stands, as the station that listens there tells it, or a sentence that says why nobody does. */
export async function askWhy(path: string, alarm: string): Promise<{ answer: unknown } | { trouble: string }> {
  const told = await askStation(path, `/why?${new URLSearchParams({ alarm })}`)
  if ('trouble' in told) return told
  const { trouble } = (told.answer ?? {}) as { trouble?: unknown }
  return typeof trouble === 'string' ? { trouble } : told
}

/** Has the station that listens there do an act; what became of it, or a sentence that says why nothing did. */
export async function askAct(path: string, op: string, args: Record<string, unknown>): Promise<ActAnswer | { trouble: string }> {
  const told = await askStation(path, '/act', encodeCommand({ id: op, op, args }))
  if ('trouble' in told) return told
  const { ok, reason } = told.answer as Partial<ActAnswer>
  return typeof ok === 'boolean' && typeof reason === 'string' ? { ok, reason } : { trouble: `what listens on ${path} is no station of this version` }
}

async function askStation(path: string, what: string, body?: string): Promise<{ answer: unknown } | { trouble: string }> {
  const answer = await ask(path, what, body)
  if (answer.how === 'nobody') return { trouble: `no station runs with the control socket ${path}` }
  if (answer.how === 'trouble') return { trouble: `the control socket ${path} cannot be asked: ${answer.trouble}` }
  if (answer.code === 400) return { trouble: `the station does not understand: ${answer.text}` }
  if (answer.code !== 200) return { trouble: `what listens on ${path} is no station: it answers ${answer.code}` }
  try {
    return { answer: JSON.parse(answer.text) }
  } catch (error) {
    return { trouble: `what listens on ${path} is no station: ${(error as Error).message}` }
  }
}

type Answer = { how: 'answer'; code: number; text: string } | { how: 'nobody' } | { how: 'trouble'; trouble: string }

function ask(socketPath: string, path: string, body?: string): Promise<Answer> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path, method: body === undefined ? 'GET' : 'POST', timeout: ANSWER_TIMEOUT_MS, agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (piece: string) => {
        text += piece
        if (text.length > MAX_ANSWER_BYTES) asked.destroy(new Error(`its answer is longer than ${MAX_ANSWER_BYTES} bytes`))
      })
      answer.on('error', (error) => resolve({ how: 'trouble', trouble: error.message }))
      answer.on('end', () => resolve({ how: 'answer', code: answer.statusCode ?? 0, text }))
    })
    asked.on('timeout', () => asked.destroy(new Error(`it does not answer within ${ANSWER_TIMEOUT_MS / 1000} s`)))
    asked.on('error', (error: NodeJS.ErrnoException) => {
      // Nothing there; or a socket whose process is dead.
      resolve(error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? { how: 'nobody' } : { how: 'trouble', trouble: error.message })
    })
    asked.end(body)
  })
}
