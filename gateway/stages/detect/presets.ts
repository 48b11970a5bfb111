/** Named sets of set points, each with its source; a set that no rule gives is marked as a proposal. */
import type { SetPoints } from './grade.ts'

export interface Preset {
  unit: string
  direction: 'above' | 'below'
  at: SetPoints
  /** Whence, and what it does not say. */
  source: string
}

/** Wind by force: from 6, 8, 10, 12 (mean) and 7, 9, 11, 13 (gust) on; the lower end of each force in m/s is that of GB/T 28591-2012. */
export const presets = {
  'wind-mean-cn': {
    unit: 'm/s',
    direction: 'above',
    at: { blue: 10.8, yellow: 17.2, orange: 24.5, red: 32.7 },
    source: 'gale signals, CMA order 16 (2007), as observed: mean force 6, 8, 10, 12',
  },
  'wind-gust-cn': {
    unit: 'm/s',
    direction: 'above',
    at: { blue: 13.9, yellow: 20.8, orange: 28.5, red: 37 },
    source: 'gale signals, CMA order 16 (2007), as observed: gust force 7, 9, 11, 13',
  },
  'heat-cn': {
    unit: 'degC',
    direction: 'above',
    at: { orange: 37, red: 40 },
    source: 'high temperature signals, CMA order 16 (2007); its yellow asks for three days of 35, which one reading cannot tell',
  },
  'dust-pm10': {
    unit: 'ug/m3',
    direction: 'above',
    at: { yellow: 250, orange: 350, red: 420 },
    source: 'proposal: breakpoints of PM10 in HJ 633-2012 (index 150, 200, 300), which are for means of 24 h',
  },
  'manhole-fill': {
    unit: '%',
    direction: 'above',
    at: { yellow: 80, orange: 100 },
    source: 'proposal: depth over diameter of the pipe, full from 100 on (surcharge)',
  },
  'manhole-cover': {
    unit: 'm',
    direction: 'below',
    at: { red: 0.2 },
    source: 'proposal: water within 0.2 m of the cover',
  },
} satisfies Record<string, Preset>

export type PresetName = keyof typeof presets
export const presetNames = Object.keys(presets) as PresetName[]
