import { editDistance } from '../edit-distance.ts'
import { escapeControls } from '../shown.ts'

const MAX_SLIPS = 20

/**
 * The names in `found` that are probably typing errors for one of `ours`: the same letters with other underscores, or one or
 * two edits away. At most 20, each with the name that was probably meant.
 */
export function misspelt(found: Iterable<string>, ours: readonly string[]): { found: string; meant: string }[] {
  const known = new Set(ours)
  const slips: { found: string; meant: string }[] = []
  for (const name of found) {
    if (known.has(name) || name.length > 60 || slips.length === MAX_SLIPS) continue
    const meant = ours.find(candidate => isSlip(letters(name), letters(candidate)))
    if (meant) slips.push({ found: escapeControls(name), meant })
  }
  return slips
}

function letters(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '')
}

function isSlip(name: string, ours: string): boolean {
  const most = ours.length >= 9 ? 2 : 1
  return name.length >= 5 && Math.abs(name.length - ours.length) <= most && editDistance(name, ours) <= most
}
