import { KNOWN_DATA_TYPES } from '../../../market/names.ts'
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
  /** The vendor's details of the venues; asked for only where a data type is not a known one. Rejects where it cannot be reached. */
  readonly details: (venues: readonly string[]) => Promise<readonly ExchangeDetails[]>
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
  const strangers = venues.filter(venue => !ids.includes(venue))
  const isNew = (dataType: string) => !(KNOWN_DATA_TYPES as readonly string[]).includes(dataType)
  const newTypes = dataTypes.filter(isNew)
  const offered = newTypes.length > 0 ? await details(venues).then(offeredTypes, () => undefined) : new Set<string>()
  const unknownTypes = newTypes.filter(dataType => !offered?.has(dataType))
  const faults = [
    ...strangers.map(venue => `--venues: Tardis has no ${shown(venue)}${didYouMean(venue, ids, 3)}`),
    ...unknownTypes.map(dataType => {
      return `--data-types: none of the venues has ${shown(dataType)}${didYouMean(dataType, KNOWN_DATA_TYPES, 3)}`
    }),
  ]
  if (faults.length === 0) return []
  if (listed.length > 0) throw new UsageError(faults)
  return [`cannot reach Tardis to check these names: ${[...strangers, ...unknownTypes].join(', ')}`]
}

function offeredTypes(details: readonly ExchangeDetails[]): Set<string> {
  const offered = new Set<string>(KNOWN_DATA_TYPES)
  for (const { datasets } of details) {
    for (const symbol of datasets.symbols) for (const dataType of symbol.dataTypes) offered.add(dataType)
  }
  return offered
}
