import { isGlob } from '../../../market/glob.ts'
import { REQUESTABLE_DATA_TYPES } from '../../../market/names.ts'
import { usesSelectors } from '../../../market/selector.ts'
import { shown } from '../../../runtime/shown.ts'
import type { ExchangeDetails } from '../../../tardis/exchange.ts'
import type { Wanted } from '../download/requests.ts'
import { emptySelection, symbolsOfNone, unknownTypes } from '../download/selection-check.ts'
import { unknownSymbolText } from '../download/vendor-check.ts'
import { WELL_KNOWN } from '../download/venue-ids.ts'
import { UsageError } from '../flags.ts'
import { didYouMean } from '../nearest.ts'

/** A request; of its data types those that a person named. */
export type Names = Wanted & { readonly dataTypes: readonly string[] }

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
export async function checkNames(names: Names, options: CheckOptions): Promise<string[]> {
  const { venues, dataTypes } = names
  const { details } = options
  const listed = await options.listed().catch(() => [])
  const ids = listed.length > 0 ? listed : WELL_KNOWN
  const isNew = (dataType: string) => !REQUESTABLE_DATA_TYPES.includes(dataType)
  const newTypes = dataTypes.filter(isNew)
  const unlisted = venues.filter(venue => !ids.includes(venue))
  try {
    const strangers = listed.length > 0 ? unlisted : await withoutDetails(unlisted, details)
    const asksDetails = newTypes.length > 0 || usesSelectors(names)
    const asked = asksDetails ? venues.filter(venue => !strangers.includes(venue)) : []
    const found = (await Promise.all(asked.map(details))).filter(one => one !== undefined)
    const faults = [
      ...strangers.map(venue => `--venues: Tardis has no ${shown(venue)}${didYouMean(venue, ids, 3)}`),
      ...(found.length > 0 || newTypes.length > 0 ? selectionFaults(names, found) : []),
    ]
    if (faults.length > 0) throw new UsageError(faults)
    return []
  } catch (error) {
    if (error instanceof UsageError) throw error
    const unchecked = usesSelectors(names)
      ? [...(names.symbols ?? []).filter(isGlob), ...(names.instrumentTypes ?? [])]
      : []
    return [`cannot reach Tardis to check these names: ${[...unlisted, ...newTypes, ...unchecked].join(', ')}`]
  }
}

async function withoutDetails(venues: readonly string[], details: CheckOptions['details']): Promise<string[]> {
  const found = await Promise.all(venues.map(details))
  return venues.filter((_, at) => found[at] === undefined)
}

/** What none of the venues has; of names of symbols only the patterns, because most venues have thousands of names. */
function selectionFaults(names: Names, details: readonly ExchangeDetails[]): string[] {
  const patterns = { ...names, symbols: names.symbols?.filter(isGlob) }
  const unknown = symbolsOfNone(patterns, details).map(one => `--symbols: ${unknownSymbolText(one, names.venues)}`)
  const faults = [...unknownTypes(names, details), ...unknown]
  return faults.length > 0 ? faults : emptySelection(names, details)
}
