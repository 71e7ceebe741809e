import { globMatcher, isGlob } from './glob.ts'
import { VENUE_EXPECTED, type Venue } from './names.ts'

export const VENUE_PATTERN_EXPECTED = `${VENUE_EXPECTED}, or a pattern such as binance*`

/** True of a pattern that can stand for several venues. */
export function isVenuePattern(text: string): boolean {
  return isGlob(text) && /^[a-z0-9*?-]{1,64}$/.test(text)
}

/** True where any of the venues is a pattern. */
export function usesVenuePatterns(venues: readonly string[] = []): boolean {
  return venues.some(isGlob)
}

/** The venues that names and patterns stand for: a name for itself, a pattern for those of `known` that fit it. Pure. */
export function venuesLike(patterns: readonly string[], known: Iterable<Venue>): Venue[] {
  const fits = globMatcher(patterns.filter(isGlob))
  const names = patterns.filter(pattern => !isGlob(pattern))
  return [...new Set([...names, ...[...known].filter(fits).sort()])]
}

/** The patterns that none of `known` fits. Pure. */
export function venuePatternsOfNone(patterns: readonly string[], known: readonly Venue[]): string[] {
  return patterns.filter(pattern => isGlob(pattern) && !known.some(globMatcher([pattern])))
}
