// The fault campaign: what goes wrong on a slope, many times over, with figures. `npm run -s campaign -- --json [--quick] [--only PREFIX]`

import { runParts } from '../bench/runner.ts'
import { parts } from './parts.ts'

/** A part stays under an hour; all of a quick run stays under five minutes, shared by its parts. */
const limitS = 3600
const quickLimitS = 300 / Math.max(1, parts.length)

await runParts({ name: 'campaign', main: import.meta.filename, parts, limitS, quickLimitS })
