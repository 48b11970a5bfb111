/** Curves of rain that has set slopes sliding: by name, with where each holds. */

/** I = factor·D^exponent, in mm/h and h, for durations from `from` to `to` hours. */
export interface Limb {
  factor: number
  exponent: number
  from: number
  to: number
}

/** A curve E = a·D^g of depth is I = a·D^(g-1) here. */
export const curves = {
  /** Caine 1980, the world: shallow slides and debris flows. */
  'caine-1980': [{ factor: 14.82, exponent: -0.39, from: 0.167, to: 240 }],
  /** Guzzetti and others 2008, the world: the least that ever did. */
  'guzzetti-2008': [{ factor: 2.2, exponent: -0.44, from: 0.1, to: 1000 }],
  /** The same, in two limbs that part at 48 h. */
  'guzzetti-2008-limbs': [
    { factor: 2.28, exponent: -0.2, from: 0.1, to: 48 },
    { factor: 0.48, exponent: -0.11, from: 48, to: 1000 },
  ],
  /** Jibson 1989, the world. */
  'jibson-1989': [{ factor: 30.53, exponent: -0.57, from: 0.5, to: 12 }],
  /** Jibson 1989, Hong Kong. */
  'jibson-1989-hong-kong': [{ factor: 41.83, exponent: -0.58, from: 1, to: 12 }],
  /** Chien-Yuan and others 2005, Taiwan: debris flows. */
  'chien-yuan-2005-taiwan': [{ factor: 115.47, exponent: -0.8, from: 1, to: 400 }],
  /** Dahal and Hasegawa 2008, the Nepal Himalaya. */
  'dahal-2008-nepal': [{ factor: 73.9, exponent: -0.79, from: 5, to: 720 }],
  /** Godt, Baum and Chleborad 2006, Seattle: 3.257 in/h, as the USGS station uses it, for up to 60 h. */
  'godt-2006-seattle': [{ factor: 82.73, exponent: -1.13, from: 0, to: 60 }],
  /** Peruccacci and others 2017, Italy: depth 7.7·D^0.39, which 5 % of slides stay below. */
  'peruccacci-2017-italy': [{ factor: 7.7, exponent: 0.39 - 1, from: 1, to: 1000 }],
} as const satisfies Record<string, readonly Limb[]>

export const curveNames = Object.keys(curves) as (keyof typeof curves)[]
