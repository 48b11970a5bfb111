/** Warning levels: the four colours of the standard publication, blue the lowest, red the highest. */

export const colours = ['none', 'blue', 'yellow', 'orange', 'red'] as const
export type Colour = (typeof colours)[number]
export type Level = 0 | 1 | 2 | 3 | 4

/** A level, or the honest answer that it cannot be told. */
export type Verdict = Level | 'unknown'

export const colourOf = (level: Level): Colour => colours[level]

/** The word for it. */
export const verdictWord = (verdict: Verdict): Colour | 'unknown' => (verdict === 'unknown' ? verdict : colourOf(verdict))

/** The level of a colour's name, or undefined for a word that is none. */
export function levelOf(name: string): Level | undefined {
  const level = (colours as readonly string[]).indexOf(name)
  return level < 0 ? undefined : (level as Level)
}
