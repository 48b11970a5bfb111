// The benchmark: how fast, how late, how large. `npm run -s bench -- --json [--only PREFIX]`

import { parts } from './parts.ts'
import { runParts } from './runner.ts'

/** Two minutes a part, so that one figure can be looked at while the code that moves it is open. */
const limitS = 120

await runParts({ name: 'bench', main: import.meta.filename, parts, limitS, quickLimitS: limitS })
