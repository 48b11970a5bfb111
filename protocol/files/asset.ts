// Says where the files lie that the programs read at run time: profiles, scenarios, templates, contract.

/** In the source the files lie in their rooms, two folders above this one; in the shipped bundle the same rooms are copied beside the bundle. */
const root = import.meta.url.endsWith('/protocol/files/asset.ts') ? new URL('../../', import.meta.url) : new URL('./', import.meta.url)

/** The address of a shipped file or folder, named as in the source: `asset('devicejs/profiles/generic/relay.yaml')`. A folder ends with `/`. */
export function asset(...path: string[]): URL {
  return new URL(path.join('/'), root)
}
