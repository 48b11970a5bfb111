/** The soil as three tanks, one above the other, and what runs out of them: the model behind the soil water index. */

export interface Tank {
  /** Holes in the side: above `height` mm, `perHour` of what stands above runs off. */
  holes: { height: number; perHour: number }[]
  /** Of what stands in it, so much seeps down into the next. */
  seepsPerHour: number
}

/** Parameters by name. Okada et al. 2001 (Tenki 48), as the Japan Meteorological Agency uses them for the whole country. */
export const soils = {
  'okada-2001': [
    {
      holes: [
        { height: 15, perHour: 0.1 },
        { height: 60, perHour: 0.15 },
      ],
      seepsPerHour: 0.12,
    },
    { holes: [{ height: 15, perHour: 0.05 }], seepsPerHour: 0.05 },
    { holes: [{ height: 15, perHour: 0.01 }], seepsPerHour: 0.01 },
  ],
} as const satisfies Record<string, readonly Tank[]>

export const soilNames = ['okada-2001'] as const satisfies (keyof typeof soils)[]

/** One explicit step of `hours`, in place: all flows by what stood in the tanks before it, the rain (mm) comes in at its end. */
export function drain(tanks: readonly Tank[], storage: Float64Array, hours: number, rain: number): void {
  let down = rain
  for (let k = 0; k < tanks.length; k++) {
    const { holes, seepsPerHour } = tanks[k] as Tank
    const stood = storage[k] as number
    const seeps = stood * seepsPerHour * hours
    let left = stood - seeps
    for (let hole = 0; hole < holes.length; hole++) {
      const { height, perHour } = holes[hole] as Tank['holes'][number]
      if (stood > height) left -= (stood - height) * perHour * hours
    }
    storage[k] = Math.max(0, left) + down
    down = seeps
  }
}

/** The time in which the slowest tank loses half of what stands in it: the length of the soil's memory. */
export function halfLifeHours(tanks: readonly Tank[]): number {
  return Math.log(2) / Math.min(...tanks.map(({ holes, seepsPerHour }) => seepsPerHour + holes.reduce((sum, { perHour }) => sum + perHour, 0)))
}
