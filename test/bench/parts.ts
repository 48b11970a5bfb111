// The parts of the bench, in the order in which they run.

import { part as core } from './core.ts'
import { part as coreMemory } from './core-memory.ts'
import { part as coreRivals } from './core-rivals.ts'
import { part as coreW } from './core-w.ts'
import { part as e2e } from './e2e.ts'
import type { Part } from './part.ts'
import { part as rss } from './rss.ts'
import { part as rtu } from './rtu.ts'
import { part as start } from './start.ts'
import { part as tcp } from './tcp.ts'

export const parts: Part[] = [core, coreW, coreMemory, coreRivals, rtu, tcp, e2e, rss, start]
