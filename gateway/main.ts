/** The program hazardpoint: checks a site file, runs its station, asks a running one. */
import { setFlagsFromString } from 'node:v8'
import { Command, InvalidArgumentError, Option } from 'commander'
import { millis } from '../protocol/time.ts'
import { version } from '../protocol/version.ts'
import { actKinds } from './commands/act.ts'
import { durationArgument, instantArgument, numberArgument, numbersArgument, wordsArgument } from './commands/arguments.ts'
import { checkCommand, readSite, type Told } from './commands/check.ts'
import type { FindOptions } from './commands/find.ts'
import type { PeekOptions } from './commands/peek.ts'
import { guardOutput, stopSignal, tellerStopSignal } from './commands/stop.ts'
import { siteSchemaJson } from './site/check.ts'

const refusal = (sentence: string): Error => new InvalidArgumentError(sentence)
const durationMs = durationArgument(refusal)

guardOutput()

/**
 * A file on a card that hangs keeps a thread of Node's pool, and so does a name that no server looks up; with its four gone no serial line
 * is opened or set any more. Acts, notes, recording and disk of the host are four, each uplink one, and names take half at most.
 */
const THREADS = 16

const program = new Command('hazardpoint')
  .description('An early-warning station: reads field instruments, judges at the edge, sounds the siren itself, publishes to MQTT.')
  .version(version)
  .showHelpAfterError('(--help tells all)')

program
  .command('check')
  .description('tells every fault of a site file at once, or what the file says (exit code 1 where there are faults)')
  .argument('<site>', 'the site file')
  .action((file: string) => tell(checkCommand(file)))

program
  .command('schema')
  .description('the JSON Schema of site files, or of device profiles, for editors')
  .argument('[what]', 'site or profile', 'site')
  .action(async (what: string) => {
    const { profileSchemaJson } = await import('../devicejs/profile-schema.ts')
    if (what !== 'site' && what !== 'profile') return program.error(`error: no schema of "${what}": there are those of site and profile`)
    process.stdout.write(`${JSON.stringify(what === 'site' ? siteSchemaJson() : profileSchemaJson(), null, 2)}\n`)
  })

program
  .command('run')
  .description('runs the station of a site file in the foreground; Ctrl-C ends it with its outputs in their safe state')
  .argument('<site>', 'the site file')
  .option('--record <file>', 'write every input to a new file, for hazardpoint-sim replay')
  .option('--control <socket>', 'the control socket (default: by the ids of the site)')
  .option('--for <duration>', 'end after this time, such as 30s', durationMs)
  .action(async (file: string, { record = null, control = null, for: forMs = null }) => {
    const read = readSite(file)
    if ('fault' in read) {
      process.stderr.write(`${read.fault}\n`)
      process.exitCode = 1
      return
    }
    if (read.warnings) process.stderr.write(`${read.warnings}\n`)
    process.stdout.once('error', () => process.stderr.write('nobody can read any more what this station says; it watches on\n'))
    // It lives for months on a small board: V8 would widen its nursery step by step, for good, by 25 MB and then by 30 more (measured).
    setFlagsFromString('--semi-space-growth-factor=1')
    // The pool is made at its first use, which is still to come.
    process.env.UV_THREADPOOL_SIZE ??= `${THREADS}`
    const { runSite } = await import('./commands/run.ts')
    process.exitCode = await runSite(read.site, { record, control, forMs }, { out: process.stdout, err: process.stderr, stop: stopSignal() })
  })

program
  .command('status')
  .description('what a running station sees and does now')
  .argument('[site]', 'its site file, by whose ids the control socket is found; may be left out where one station runs')
  .option('--control <socket>', 'the control socket itself')
  .option('--json', 'as one line of JSON', false)
  .action(async (file: string | undefined, { control, json }: { control?: string; json: boolean }) => {
    const { statusCommand } = await import('./commands/status.ts')
    process.exitCode = await statusCommand({ path: await socketOf(control, file), json }, process.stdout, process.stderr)
  })

program
  .command('why')
  .description('why an alarm stands as it does, from its level down to the bytes that were read; and of each colour that does not, what it lacks')
  .argument('<alarm>', 'an alarm of the site file, or sensors, outputs, buses')
  .argument('[site]', 'the site file of the station; may be left out where one runs')
  .option('--control <socket>', 'the control socket itself')
  .option('--json', 'as one line of JSON', false)
  .action(async (alarm: string, file: string | undefined, { control, json }: { control?: string; json: boolean }) => {
    const { whyCommand } = await import('./commands/why.ts')
    process.exitCode = await whyCommand({ path: await socketOf(control, file), alarm, json }, process.stdout, process.stderr)
  })

for (const { name, op, about, given, lasts, timed, switches = [] } of actKinds) {
  const command = program
    .command(name)
    .description(about)
    .requiredOption('--by <name>', 'who does it: it is kept with the act, and told')
    .requiredOption('--reason <text>', 'why: it is kept with the act, and told')
  for (const { key, about: what, optional, number } of given) {
    if (number) command.argument(`<${key}>`, what, numberArgument(refusal))
    else command.argument(optional ? `[${key}]` : `<${key}>`, what)
  }
  if (timed) command.option('--at <time>', 'when it was read, such as 2026-07-01T10:30+08:00 (default: now)', instantArgument(refusal))
  if (lasts !== undefined) command.option('--for <duration>', `how long, such as 30min (default: ${lasts})`, durationMs)
  for (const { flag, about: what } of switches) command.option(flag, what)
  command
    .option('--site <file>', 'the site file of the station; may be left out where one runs')
    .option('--control <socket>', 'the control socket itself')
    .action(async (...called: unknown[]) => {
      const { by, reason, for: forMs, at, site, control, ...flags } = called[given.length] as Record<string, unknown>
      const args = {
        ...{ by, reason, forMs, at },
        ...Object.fromEntries(given.map(({ key }, index) => [key, called[index]])),
        ...Object.fromEntries(switches.map(({ flag, key }) => [key, flags[flag.slice(2)]])),
      }
      const { actCommand } = await import('./commands/act.ts')
      const path = await socketOf(control as string | undefined, site as string | undefined)
      process.exitCode = await actCommand({ path, op, args }, process.stdout, process.stderr)
    })
}

program
  .command('find')
  .description('looks for devices on a line, by reading alone, and proposes the site-file lines for them (exit code 1 where nobody answers)')
  .argument('<line>', 'a serial line (/dev/ttyUSB0), host:port (Modbus TCP), or rtu://host:port (RTU through a serial server)')
  .option('--baud <rates>', 'only these, such as 9600,19200 (default: all usual ones, the likeliest first)', numbersArgument(300, 4_000_000, refusal))
  .option('--parity <parities>', 'only these of none, even, odd', wordsArgument(['none', 'even', 'odd'], refusal))
  .addOption(new Option('--units <ids>', 'unit ids to ask, such as 1-32 or 1,5,80').argParser(numbersArgument(1, 255, refusal)).default(range(1, 247), '1-247'))
  .option('--timeout <duration>', 'how long to wait for each answer (default: 250ms, 500ms through a serial server, 1s on TCP)', durationMs)
  .option('--all', 'try the other line settings too, after one has answered', false)
  .option('--json', 'as one line of JSON', false)
  .action(async (line: string, { baud = null, parity = null, timeout = null, units, all, json }) => {
    const { findCommand } = await import('./commands/find.ts')
    const options: FindOptions = { bauds: baud, parities: parity, timeoutMs: timeout, units, all, json }
    process.exitCode = await findCommand(line, options, { out: process.stdout, err: process.stderr, stop: tellerStopSignal() })
  })

program
  .command('peek')
  .description('what the registers round an address could mean: every type, word order and scale, each second anew; a register that clears on read is cleared')
  .argument('<line>', 'as for find')
  .argument('<unit>', 'unit id of the device', oneNumber(0, 255))
  .argument('<register>', 'wire address (2, 0x118, input:31001), or the number of a manual (40003, 30001)')
  .addOption(new Option('--table <table>', 'the registers of function 3 or of function 4 (default: both)').choices(['holding', 'input']))
  .option('--baud <rate>', 'of a serial line', oneNumber(300, 4_000_000), 9600)
  .addOption(new Option('--parity <parity>', 'of a serial line').choices(['none', 'even', 'odd']).default('none'))
  .addOption(new Option('--timeout <duration>', 'how long to wait for each answer').argParser(durationMs).default(millis(1000), '1s'))
  .option('--once', 'read once, as is done where stdout is no terminal and neither --for nor --json is given', false)
  .option('--for <duration>', 'read until this time is over, such as 30s', durationMs)
  .option('--json', 'a line of JSON for each read', false)
  .action(async (line: string, unit: number, register: string, { table = null, baud, parity, timeout, once, for: forMs = null, json }) => {
    const { peekCommand } = await import('./commands/peek.ts')
    const options: PeekOptions = { table, baud, parity, timeoutMs: timeout, once, forMs, json }
    process.exitCode = await peekCommand([line, unit, register], options, { out: process.stdout, err: process.stderr, stop: tellerStopSignal() })
  })

program
  .command('templates')
  .description('lists ready site files for hazard points (rain post, slope, gas yard, tanks, tailings pond, river, manhole), or prints one to be filled in')
  .argument('[name]', 'one of them')
  .action(async (name: string | undefined) => {
    const { giveTemplate, listTemplates } = await import('./commands/templates.ts')
    tell(name === undefined ? listTemplates() : giveTemplate(name))
  })

const profiles = program
  .command('profiles')
  .description('lists the instruments that are known, or explains one; `profiles check` is for files of your own')
  .argument('[name]', 'one of them, or the path of a profile file')
  .option('--json', 'as JSON', false)
  .action(async (name: string | undefined, { json }: { json: boolean }) => {
    const { explainCommand, listCommand } = await import('./commands/profiles.ts')
    const columns = process.stdout.isTTY ? process.stdout.columns : null
    tell(name === undefined ? listCommand({ json, columns }) : explainCommand(name, { json }))
  })

profiles
  .command('check')
  .description('tells every fault of profile files at once, or what they say (exit code 1 where there are faults)')
  .argument('<file...>', 'profile files')
  .action(async (files: string[]) => {
    const { checkProfilesCommand } = await import('./commands/profiles.ts')
    tell(checkProfilesCommand(files, profiles.opts()))
  })

const keys = program.command('keys').description('keys of people who may command a station from afar: makes one, shows its public half, signs a command')

keys
  .command('make')
  .description('writes a new private key, for its owner alone, and tells the public one for the site file; never over another file')
  .argument('<file>', 'a new file')
  .action(async (file: string) => tell((await import('./commands/keys.ts')).makeKey(file)))

keys
  .command('show')
  .description('the public half of a key, as `roles` of a site file has it')
  .argument('<file>', 'the private key')
  .action(async (file: string) => tell((await import('./commands/keys.ts')).showKey(file)))

keys
  .command('sign')
  .description('a command with its signature, as it goes to a station')
  .argument('<file>', 'the private key')
  .argument('<command>', 'a file of JSON: a command with dst, role, counter and expires')
  .action(async (file: string, command: string) => tell((await import('./commands/keys.ts')).signCommand(file, command)))

await program.parseAsync()

/** The control socket that is named, or that of the station whose site file is; null where nothing is. */
async function socketOf(control: string | undefined, file: string | undefined): Promise<string | null> {
  if (control !== undefined || file === undefined) return control ?? null
  const { controlPath } = await import('./control/control.ts')
  const read = readSite(file)
  return 'fault' in read ? program.error(read.fault) : controlPath(read.site)
}

function tell({ out, err, exitCode }: Told): void {
  if (err) process.stderr.write(`${err}\n`)
  if (out) process.stdout.write(`${out}\n`)
  process.exitCode = exitCode
}

function oneNumber(least: number, most: number): (text: string) => number {
  const read = numbersArgument(least, most, () => refusal(`Give one whole number from ${least} to ${most}.`))
  return (text) => {
    const [number = least, ...others] = read(text)
    if (others.length > 0) throw refusal('Give one number.')
    return number
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
