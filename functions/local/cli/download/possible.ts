import { datasetSymbol } from '../../../market/symbols.ts'
import type { ScheduleRequest } from '../../../pubsub/messages.ts'
import type { FailedVenue } from '../../report/json.ts'
import { nothingToChoose, requestsFor, type Wanted } from './requests.ts'
import type { VendorCheck } from './vendor-check.ts'

export interface PossibleRequests {
  /** What can be downloaded. */
  readonly requests: readonly ScheduleRequest[]
  /** The venues of which nothing can, each with the reason … */
  readonly failedVenues: readonly FailedVenue[]
  /** … and what was requested of them. */
  readonly failed: readonly ScheduleRequest[]
}

/**
 * Divides what is wanted into what can be downloaded, of the venues and symbols that the vendor has, and the rest. Pure.
 * @throws UsageError where `maxInstruments` is given and no venue has a symbol to choose
 */
export function possibleRequests(
  wanted: Wanted,
  { details, failedVenues, unknownSymbols }: VendorCheck,
  defaultTypes: readonly string[],
): PossibleRequests {
  const unknown = new Set(unknownSymbols.map(({ symbol }) => symbol))
  const symbols = wanted.symbols?.filter(symbol => !unknown.has(datasetSymbol(symbol)))
  const venues = details.map(({ venue }) => venue)
  const possible = { ...wanted, venues, ...(symbols && { symbols }) }
  const requests = venues.length > 0 ? requestsFor(possible, details, defaultTypes) : []
  const error = nothingToChoose(wanted.dataTypes ?? defaultTypes)
  const withRequest = new Set(requests.flatMap(request => request.venues ?? []))
  const without = venues.filter(venue => !withRequest.has(venue)).map(venue => ({ venue, error }))
  const allFailed = [...failedVenues, ...without]
  const { maxInstruments: _, ...everything } = wanted
  const failed = allFailed.map(({ venue }) => requestsFor({ ...everything, venues: [venue] }, [], defaultTypes))
  return { requests, failedVenues: allFailed, failed: failed.flat() }
}
