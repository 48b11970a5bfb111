/** Why a file cannot be read, in words that say what to do. */
export function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'there is none of this name; check the path'
  if (code === 'EISDIR') return 'it is a folder; name the file in it'
  if (code === 'EACCES') return 'this user may not read it; check its owner and mode'
  return error instanceof Error ? error.message : String(error)
}
