import { z } from 'zod'
import { DAY_EXPECTED, isDay } from './days.ts'
import * as names from './names.ts'

/** The vocabulary as zod schemas, for messages and documents. */

const matching = (pattern: RegExp, expected: string) => z.string(expected).regex(pattern, expected)

export const venue = matching(names.VENUE, names.VENUE_EXPECTED)
export const dataType = matching(names.DATA_TYPE, names.DATA_TYPE_EXPECTED)
export const planId = matching(names.PLAN_ID, names.PLAN_ID_EXPECTED)
export const requestId = matching(names.REQUEST_ID, names.REQUEST_ID_EXPECTED)
export const day = z.string(DAY_EXPECTED).refine(isDay, DAY_EXPECTED)

/** A symbol as a request may name it. */
export const requestedSymbol = matching(names.SYMBOL, names.SYMBOL_EXPECTED).max(
  names.MAX_SYMBOL_CHARACTERS,
  names.SYMBOL_EXPECTED,
)
/** A symbol as the vendor names it: any text. */
export const symbol = z.string().min(1)

/** See `Scope`. */
export const scope = z.record(dataType, z.union([z.literal('all'), z.array(symbol)]))
