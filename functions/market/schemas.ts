import { z } from 'zod'
import { DAY_EXPECTED, isDay } from './days.ts'
import * as names from './names.ts'
import { PERIOD_EXPECTED } from './periods.ts'
import { isVenuePattern, VENUE_PATTERN_EXPECTED } from './venues.ts'

/** The vocabulary as zod schemas, for messages and documents. */

const matching = (pattern: RegExp, expected: string) => z.string(expected).regex(pattern, expected)

export const venue = matching(names.VENUE, names.VENUE_EXPECTED)
/** A venue, or a pattern of some. */
export const venuePattern = z
  .string(VENUE_PATTERN_EXPECTED)
  .refine(text => names.VENUE.test(text) || isVenuePattern(text), VENUE_PATTERN_EXPECTED)
export const dataType = matching(names.DATA_TYPE, names.DATA_TYPE_EXPECTED)
export const planId = matching(names.PLAN_ID, names.PLAN_ID_EXPECTED)
export const requestId = matching(names.REQUEST_ID, names.REQUEST_ID_EXPECTED)
const MAX_PERIOD_CHARACTERS = 40
/** Days as a person writes them. Which they are depends on the day; one that means none is refused there. */
export const period = z.string(PERIOD_EXPECTED).max(MAX_PERIOD_CHARACTERS, PERIOD_EXPECTED)
export const day = z.string(DAY_EXPECTED).refine(isDay, DAY_EXPECTED)

/** A symbol as a request may name it. */
export const requestedSymbol = matching(names.SYMBOL, names.SYMBOL_EXPECTED).max(
  names.MAX_SYMBOL_CHARACTERS,
  names.SYMBOL_EXPECTED,
)
export const instrumentType = matching(names.INSTRUMENT_TYPE, names.INSTRUMENT_TYPE_EXPECTED)
/** A name or pattern of what is left out. */
export const excluded = matching(names.SYMBOL, names.PATTERN_EXPECTED)
  .max(names.MAX_SYMBOL_CHARACTERS, names.PATTERN_EXPECTED)
  .refine(text => !text.includes(','), names.PATTERN_EXPECTED)
/** A symbol as the vendor names it: any text. */
export const symbol = z.string().min(1)

/** See `Scope`. */
export const scope = z.record(dataType, z.union([z.literal('all'), z.array(symbol)]))
