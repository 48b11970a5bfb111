/** The program hazardpoint-sim: the demo, a virtual point on real sockets and lines, and the replay of recordings. */
import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import { monotonicMs, realClock } from '../devicejs/drivers/clock.ts'
import { durationArgument } from '../gateway/commands/arguments.ts'
import { readSite } from '../gateway/commands/check.ts'
import { guardOutput, tellerStopSignal } from '../gateway/commands/stop.ts'
import { formatFaults } from '../protocol/files/fault.ts'
import { version } from '../protocol/version.ts'
import { readScenario, type Scenario, stormScenario } from './scenario.ts'

/** 150 minutes of storm in 50 seconds. */
const DEMO_SPEED = 180
/** Beyond this a poll of 15 s takes less time than a request on a socket. */
const MOST_SPEED = 10_000
/** Where Modbus servers without root usually listen. */
const HIGHEST_PORT = 65_535
const io = { out: process.stdout, err: process.stderr }

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!(value >= least && value <= most) || text.trim() === '') throw new InvalidArgumentError(`Give a number from ${least} to ${most}.`)
    return value
  }
}

const seedNumber = (text: string): number => {
  if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffffffff) throw new InvalidArgumentError('Give a whole number from 0 to 4294967295.')
  return Number(text)
}

const portNumber = (text: string): number => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > HIGHEST_PORT) throw new InvalidArgumentError(`Give a port from 1 to ${HIGHEST_PORT}, or 0 for any free one.`)
  return Number(text)
}

const durationMs = durationArgument((sentence) => new InvalidArgumentError(sentence))

function speedOrMax(text: string): number | 'max' {
  return text === 'max' ? text : number(0.001, MOST_SPEED * 1000)(text)
}

/** Ends with a sentence on stderr. */
function refuse(trouble: string): void {
  process.stderr.write(`${trouble}\n`)
  process.exitCode = 1
}

guardOutput()

const program = new Command('hazardpoint-sim')
  .description('A simulated hazard point: shows one, serves one on real lines, replays recordings through a station.')
  .version(version)
  .showHelpAfterError('(--help tells all)')

program
  .command('demo')
  .description('a storm over a simulated point: the real station polls, judges, sounds the siren and publishes')
  .option('--speed <n>', 'seconds of the story a second', number(1, MOST_SPEED), DEMO_SPEED)
  .option('--for <duration>', 'end after this time, such as 30s', durationMs)
  .option('--seed <n>', 'another storm of the same story', seedNumber)
  .option('--json', 'one line a message on stdout, and nothing else', false)
  .action(async ({ speed, for: forMs = null, seed = null, json }) => {
    const { runDemo } = await import('./demo/demo.ts')
    process.exitCode = await runDemo({ speed, forMs, json, seed }, { ...io, stop: tellerStopSignal() })
  })

program
  .command('serve')
  .description("puts a site's devices on Modbus TCP ports and serial lines, fed by a scenario or by a recording")
  .argument('<site>', 'the site file')
  .addOption(new Option('--scenario <file>', 'the story that the field follows (default: the storm of the demo)').conflicts('recording'))
  .option('--recording <csv...>', 'serve recorded rows in lock-step: time goes on when every row was read')
  .option('--map <file>', 'what the columns of the recording mean')
  .option('--port <n>', 'port of the first TCP bus, further ones follow (default: as in the site file)', portNumber)
  .option('--line <path>', 'name of the first serial line: one that is there, or one for socat to make (default: as in the site file, or a temporary one)')
  .option('--host <address>', 'address to listen on; other machines reach only 0.0.0.0', '127.0.0.1')
  .addOption(new Option('--seed <n>', 'another field of the same story').argParser(seedNumber).conflicts('recording'))
  .addOption(new Option('--speed <n>', 'seconds of the scenario a second').argParser(number(0.001, MOST_SPEED)).default(1).conflicts('recording'))
  .action(async (file: string, { scenario: scenarioFile, recording, map, port = null, line = null, host, seed, speed }) => {
    const read = readSite(file)
    if ('fault' in read) return refuse(read.fault)
    if (read.warnings) process.stderr.write(`${read.warnings}\n`)
    if (map && !recording) return refuse(`nothing is served by the map ${map}: name the recording too, with --recording CSV`)
    const source = recording ? recorded(recording, map) : scenarioSource(scenarioFile, seed, speed)
    if ('trouble' in source) return refuse(source.trouble)
    const { serve } = await import('./serve/command.ts')
    process.exitCode = await serve({ site: read.site, source, port, line, host }, { ...io, stop: tellerStopSignal() })
  })

program
  .command('replay')
  .description('runs the same station over recordings in virtual time, and tells what it would have raised, when and why')
  .argument('<site>', 'the site file')
  .argument('<recordings...>', 'CSV files (with --map), or recordings of a station')
  .option('--map <file>', 'what the columns of CSV files mean')
  .option('--json', 'one line for each change of a detection, alarm or action', false)
  .option('--speed <n>', 'recorded seconds a second, or max', speedOrMax, 'max')
  .action(async (file: string, recordings: string[], { map = null, json, speed }) => {
    const read = readSite(file)
    if ('fault' in read) return refuse(read.fault)
    if (read.warnings) process.stderr.write(`${read.warnings}\n`)
    const { replay } = await import('./replay.ts')
    process.exitCode = await replay({ site: read.site, recordings, map, json, speed }, { ...io, clock: realClock(), monotonicMs, stop: tellerStopSignal() })
  })

function recorded(recordings: string[], map: string | undefined): { recordings: string[]; map: string } | { trouble: string } {
  return map ? { recordings, map } : { trouble: 'nobody says what the columns of the recording mean: name a map with --map MAP.yaml' }
}

function scenarioSource(
  file: string | undefined,
  seed: number | undefined,
  speed: number,
): { scenario: Scenario; seed: number; speed: number } | { trouble: string } {
  if (file === undefined) {
    const scenario = stormScenario()
    return { scenario, seed: seed ?? scenario.seed, speed }
  }
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return { trouble: `this scenario cannot be read: ${(error as Error).message}` }
  }
  const read = readScenario(text, file)
  return 'faults' in read ? { trouble: formatFaults(read.faults) } : { scenario: read.scenario, seed: seed ?? read.scenario.seed, speed }
}

await program.parseAsync()
