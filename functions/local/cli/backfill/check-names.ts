import { REQUESTABLE_DATA_TYPES } from '../../../market/names.ts'
import { shown } from '../../../runtime/shown.ts'
import type { ExchangeDetails } from '../../../tardis/exchange.ts'
import { WELL_KNOWN } from '../download/venue-ids.ts'
import { UsageError } from '../flags.ts'
import { didYouMean } from '../nearest.ts'

export interface Names {
  readonly venues: readonly string[]
  readonly dataTypes: readonly string[]
}

export interface CheckOptions {
  /** All venues of the vendor. Rejects where it cannot be reached. */
  readonly listed: () => Promise<readonly string[]>
  /** The vendor's details of a venue, undefined if it has no such venue. Rejects where the vendor cannot be reached. */
  readonly details: (venue: string) => Promise<ExchangeDetails | undefined>
}

/**
 * Compares the names of a request with what the vendor has. Returns a warning where the vendor cannot be reached: a
 * backfill can still be published then.
 * @throws UsageError with a line for each name that the vendor does not have
 */
export async function checkNames({ venues, dataTypes }: Names, options: CheckOptions): Promise<string[]> {
  const { details } = options
  const listed = await options.listed().catch(() => [])
  const ids = listed.length > 0 ? listed : WELL_KNOWN
  const isNew = (dataType: string) => !REQUESTABLE_DATA_TYPES.includes(dataType)
  const newTypes = dataTypes.filter(isNew)
  const unlisted = venues.filter(venue => !ids.includes(venue))
  try {
    const strangers = listed.length > 0 ? unlisted : await withoutDetails(unlisted, details)
    const asked = newTypes.length > 0 ? venues.filter(venue => !strangers.includes(venue)) : []
    const offered = offeredTypes(await Promise.all(asked.map(details)))
    const faults = [
      ...strangers.map(venue => `--venues: Tardis has no ${shown(venue)}${didYouMean(venue, ids, 3)}`),
      ...newTypes
        .filter(dataType => !offered.has(dataType))
        .map(dataType => {
          return `--data-types: none of the venues has ${shown(dataType)}${didYouMean(dataType, REQUESTABLE_DATA_TYPES, 3)}`
        }),
    ]
    if (faults.length > 0) throw new UsageError(faults)
    return []
  } catch (error) {
    if (error instanceof UsageError) throw error
    return [`cannot reach Tardis to check these names: ${[...unlisted, ...newTypes].join(', ')}`]
  }
}

async function withoutDetails(venues: readonly string[], details: CheckOptions['details']): Promise<string[]> {
  const found = await Promise.all(venues.map(details))
  return venues.filter((_, at) => found[at] === undefined)
}

function offeredTypes(details: readonly (ExchangeDetails | undefined)[]): Set<string> {
  const offered = new Set<string>()
  for (const one of details) {
    for (const symbol of one?.datasets.symbols ?? []) for (const dataType of symbol.dataTypes) offered.add(dataType)
  }
  return offered
}
