/** A site file on its way to be a site: what it says, and all that was found wrong with it so far. */
import { type FileFault, suggest } from '../../protocol/files/fault.ts'
import type { Path, YamlFile } from '../../protocol/files/yaml.ts'
import type { SiteFile } from './file.ts'

type Where = { of?: 'key' | 'value'; letter?: number }

export class Draft {
  readonly written: SiteFile
  readonly yaml: YamlFile
  readonly faults: FileFault[] = []
  /** What works, and is most likely not meant. */
  readonly warnings: FileFault[] = []

  /** Entries that the file has and that were left out as malformed: they have been told already. */
  readonly removed: ReadonlySet<string>

  constructor(written: SiteFile, yaml: YamlFile, removed: ReadonlySet<string> = new Set()) {
    this.written = written
    this.yaml = yaml
    this.removed = removed
  }

  wrong(path: Path, what: string, remedy: string, where: Where = {}): void {
    this.faults.push(this.yaml.fault(path, what, remedy, where))
  }

  /** What stands there in the file, as plain values. */
  says(path: Path): unknown {
    return path.reduce<unknown>((held, key) => (held as Record<string | number, unknown> | undefined)?.[key], this.yaml.value)
  }

  odd(path: Path, what: string, remedy: string, where: Where = { of: 'key' }): void {
    this.warnings.push(this.yaml.fault(path, what, remedy, where))
  }

  missing(path: Path, key: string, remedy: string): void {
    this.wrong([...path, key], `\`${key}\` is missing`, remedy, { of: 'key' })
  }

  unknown(path: Path, what: string, name: string, known: Iterable<string>, where: Where = {}): void {
    if (this.removed.has(name)) return
    this.wrong(path, `no ${what} \`${name}\``, suggest(name, [...known]), where)
  }
}

/** In the order of the file, as people read it. */
export const inOrder = (faults: FileFault[]): FileFault[] =>
  [...faults].sort((a, b) => Number(a.file > b.file) - Number(a.file < b.file) || a.line - b.line || a.column - b.column)
