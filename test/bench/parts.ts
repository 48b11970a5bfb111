// The parts of the bench, in the order in which they run.

import { part as core } from './core.ts'
import type { Part } from './part.ts'
import { part as tcp } from './tcp.ts'

export const parts: Part[] = [core, tcp]
