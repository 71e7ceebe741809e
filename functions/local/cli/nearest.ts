import { compareText } from '../../market/items.ts'
import { editDistance } from '../../runtime/edit-distance.ts'

/** The names most like `name`, best first, at most `most`; none where no name is near enough for a typing error. */
export function nearest(name: string, names: Iterable<string>, most = 1): string[] {
  const wanted = name.toLowerCase()
  return [...names]
    .map(candidate => ({ candidate, distance: distanceTo(wanted, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(wanted.length / 3)))
    .sort((a, b) => a.distance - b.distance || compareText(a.candidate, b.candidate))
    .slice(0, most)
    .map(({ candidate }) => candidate)
}

/** ` (did you mean a or b?)`, or nothing. */
export function didYouMean(name: string, names: Iterable<string>, most = 1): string {
  const near = nearest(name, names, most)
  return near.length > 0 ? ` (did you mean ${near.join(' or ')}?)` : ''
}

/** The edits between both names. A name that begins with what was typed counts as one edit. */
function distanceTo(wanted: string, candidate: string): number {
  if (wanted.length >= 3 && candidate.startsWith(wanted)) return 1
  return editDistance(wanted, candidate)
}
