// What a part of the bench or of the campaign is.

export interface Context {
  /** Only as much as fits into a short run. */
  quick: boolean
  /** Progress and reasons, for people; goes to stderr. */
  note(text: string): void
  /** For a part that takes long: where an earlier run of the same commit was broken off. */
  bookmark: Bookmark
}

export interface Bookmark {
  /** What `keep` was last given, or null. */
  last(): unknown
  keep(state: unknown): void
}

export interface Part {
  /** Its name. Its keys begin with the first word of it; `--only` looks at the keys. */
  prefix: string
  /** Every key that it promises, so that a part that could not run still answers `null` for each. */
  keys: string[]
  run(context: Context): Promise<Record<string, number | null>>
}
