/** How people are told, and what they may do about it: the forms of these sections of a site file. */
import { about, duration, id, list, oneOf, optional, pattern, refine, shape, table, text, whole } from '../../protocol/files/schema.ts'
import { colours } from '../../protocol/level.ts'
import { orders } from '../core/plan.ts'

/** A voice speaks four characters a second: what is longer is not heard to its end, and an SMS of 70 characters becomes three. */
const LONGEST_WORDS = 200
/** A modem sends a message in some seconds; the last of the list should have it within minutes. */
const MOST_NUMBERS = 50
/** More calls than this have not been wanted by anybody, and cost each time. */
const MOST_CALLS = 10
/** The standard's quarter of an hour: longer, and the siren is silent when the next people come. */
const LONGEST_SILENCE_MS = 900_000
/** A siren that is tested longer is taken for an alarm. */
const LONGEST_TEST_MS = 60_000
export const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const

const words = about(text({ most: LONGEST_WORDS }), 'What is said or shown.')
const texts = refine(shape({ zh: optional(words), en: optional(words) }), ({ zh, en }) =>
  zh === undefined && en === undefined ? 'a text without words\ngive zh, en, or both' : null,
)

const call = shape({
  numbers: about(list(pattern(/^\+?\d{3,15}$/, 'a telephone number', '"+8613800000000"'), { least: 1, most: MOST_NUMBERS }), 'Who is told, in this order.'),
  from: about(optional(oneOf(colours.slice(1)), 'blue'), 'By the defaults, told from this colour on.'),
  again: about(optional(duration({ least: 60_000, most: 86_400_000 }), '5min'), 'Told again after this long, until somebody acknowledges it.'),
  times: about(optional(whole({ least: 1, most: MOST_CALLS }), 3), 'How often in all.'),
  next: optional(about(id(), 'The list that is told when nobody of this one acknowledged.')),
})

const key = (what: string) => about(id(), `The channel of a key at the place (0 open, 1 closed) that ${what}.`)

const tests = shape({
  day: about(optional(oneOf(days), 'wednesday'), 'The day of the weekly loop test, which makes no sound.'),
  hour: about(optional(whole({ least: 0, most: 23 }), 10), 'Its hour, local time.'),
  length: about(optional(duration({ least: 1000, most: LONGEST_TEST_MS }), '10s'), 'How long an output is on that a person tests.'),
})

const role = shape({
  keys: about(
    list(pattern(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, 'an Ed25519 public key, 32 bytes in base64', '"wJYmyS21gGtdmHJ6efO82DMTi0GVndN64RT2sSRss1Y="'), {
      least: 1,
      most: 20,
    }),
    'The public keys whose signature is the role’s. The private ones are never here.',
  ),
  may: about(list(oneOf(orders), { least: 1, most: orders.length }), 'What it may ask for.'),
})

/** The sections of a site file that are about people. */
export const peopleSections = {
  texts: about(optional(table(texts), {}), 'What voices say, signs show and modems send, by name.'),
  calls: about(optional(table(call), {}), 'Who is told by SMS, by the name of the list.'),
  silence: about(
    optional(
      shape({
        key: optional(key('silences sirens and voices')),
        longest: about(optional(duration({ least: 60_000, most: LONGEST_SILENCE_MS }), '15min'), 'How long they are silent.'),
      }),
      {},
    ),
    'Silence for those who are there already. Whatever rises ends it.',
  ),
  acknowledge: optional(about(shape({ key: key('ends the calls') }), 'Who has understood ends the calls, and nothing else.')),
  tests: about(optional(tests, {}), 'Tests that make no sound, and those that people order.'),
  roles: about(optional(table(role), {}), 'Who may ask for what from afar, with a signature.'),
}
