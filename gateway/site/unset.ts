/** What a template leaves open: places of a site file that hold the word TO-BE-SET, each of which somebody who is competent must fill in. */
import type { FileFault } from '../../protocol/files/fault.ts'
import type { Path, YamlFile } from '../../protocol/files/yaml.ts'

export const UNSET = 'TO-BE-SET'

/** A fault for each; set points and addresses of one point are never those of another, so there is no default for them. */
export function unsetFaults(yaml: YamlFile): FileFault[] {
  const faults: FileFault[] = []
  const visit = (value: unknown, path: Path): void => {
    if (typeof value === 'string' && value.includes(UNSET)) {
      const isSetPoint = path.includes('detectors')
      faults.push(
        yaml.fault(
          path,
          'this is not set yet',
          isSetPoint
            ? 'set points are set for each point by the competent department: write theirs; the comment says what, and its figure is only an example'
            : 'write what is so at this point; the comment beside it says what',
        ),
      )
    } else if (Array.isArray(value)) for (const [index, one] of value.entries()) visit(one, [...path, index])
    else if (typeof value === 'object' && value !== null) for (const [key, one] of Object.entries(value)) visit(one, [...path, key])
  }
  visit(yaml.value, [])
  return faults
}

/** Faults of other places: what is said of a place that is not set, or of what holds it, says nothing more. */
export const besides = (faults: readonly FileFault[], unset: readonly FileFault[]): FileFault[] =>
  faults.filter(({ at }) => !unset.some((open) => open.at === at || open.at.startsWith(`${at}.`) || open.at.startsWith(`${at}[`)))
