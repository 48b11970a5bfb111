// The parts of the fault campaign, in the order in which they run.

import type { Part } from '../bench/part.ts'
import { part as alarm } from './alarm.ts'
import { part as chain } from './chain.ts'
import { part as dead } from './dead.ts'
import { part as frames } from './frames.ts'
import { part as late } from './late.ts'
import { part as rain } from './rain.ts'
import { part as replug } from './replug.ts'
import { part as silent } from './silent.ts'
import { part as thermal } from './thermal.ts'
import { part as windows } from './windows.ts'

export const parts: Part[] = [silent, late, dead, replug, frames, alarm, chain, thermal, rain, windows]
