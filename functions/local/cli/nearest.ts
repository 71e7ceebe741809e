import { compareText } from '../../market/items.ts'
import { editDistance } from '../../runtime/edit-distance.ts'

/** The names most like `name`, best first, at most `most`; none where nothing is near enough to be a slip of the hand. */
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

/** A name that merely begins with what was typed is one slip away; otherwise edits, swapped neighbours counting once. */
function distanceTo(wanted: string, candidate: string): number {
  if (wanted.length >= 3 && candidate.startsWith(wanted)) return 1
  return editDistance(wanted, candidate)
}
