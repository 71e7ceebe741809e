import { createDeadline, type Deadline } from '../../../runtime/deadline.ts'
import { shown } from '../../../runtime/shown.ts'
import type { ExchangeDetails } from '../../../tardis/exchange.ts'
import type { Vendor } from '../../../tardis/vendor.ts'
import type { FailedVenue } from '../../report/json.ts'
import { UsageError } from '../flags.ts'
import { didYouMean } from '../nearest.ts'
import type { Wanted } from './requests.ts'
import { emptySelection, symbolsOfNone, type UnknownSymbol, unknownTypes } from './selection-check.ts'
import { venueIds } from './venue-ids.ts'

/** What the vendor says of a request before anything is downloaded. */
export interface VendorCheck {
  /** Of the venues that can be downloaded, in the order of the request. */
  readonly details: readonly ExchangeDetails[]
  /** The other venues, each with the reason. */
  readonly failedVenues: readonly FailedVenue[]
  /** Requested symbols and patterns that none of the venues has, each with the nearest names. */
  readonly unknownSymbols: readonly UnknownSymbol[]
}

const PATIENCE_MS = 60_000
const MAX_NEAREST = 3

/**
 * Asks the vendor for the details of each venue. Nothing is written before this has resolved. A venue that fails does not
 * stop the others.
 * @throws UsageError where nothing is left to do because of names that the vendor does not have, with a line for each; the
 * signal's reason
 */
export async function checkWithVendor(vendor: Vendor, wanted: Wanted, signal: AbortSignal): Promise<VendorCheck> {
  using deadline = createDeadline(PATIENCE_MS, undefined, signal)
  const checked = await Promise.all(wanted.venues.map(venue => checkVenue(vendor, venue, deadline)))
  signal.throwIfAborted()
  const details = checked.flatMap(one => ('details' in one ? [one.details] : []))
  const { unknown, listed } = await unknownVenues(checked.filter(isUnknown), vendor, signal)
  const unreachable = [...checked.flatMap(one => ('error' in one ? [one] : [])), ...listed]
  const areAllKnown = unreachable.length === 0
  const unknownSymbols = areAllKnown ? symbolsOfNone(wanted, details) : []
  const faults = areAllKnown ? unknownTypes(wanted, details) : []
  if (areAllKnown && (details.length === 0 || faults.length > 0))
    faults.unshift(...unknown.map(({ error }) => `--venues: ${error}`))
  if (details.length > 0 && wanted.symbols?.length === unknownSymbols.length)
    faults.push(...unknownSymbols.map(symbol => `--symbols: ${unknownSymbolText(symbol, wanted.venues)}`))
  if (areAllKnown && faults.length === 0) faults.push(...emptySelection(wanted, details))
  if (faults.length > 0) throw new UsageError(faults)
  return { details, failedVenues: [...unknown, ...unreachable], unknownSymbols }
}

/** `binance has no "ETHUSDTT" (did you mean ETHUSDT?)` */
export function unknownSymbolText({ symbol, nearest }: UnknownSymbol, venues: readonly string[]): string {
  const subject = venues.length === 1 ? venues[0]! : `none of ${venues.join(', ')}`
  const hint = nearest.length > 0 ? ` (did you mean ${nearest.join(' or ')}?)` : ''
  return `${subject} has ${venues.length === 1 ? 'no ' : ''}${shown(symbol)}${hint}`
}

type CheckedVenue = { readonly details: ExchangeDetails } | FailedVenue | UnknownVenue

interface UnknownVenue {
  readonly venue: string
  /** What the vendor said. */
  readonly detail: string
}

async function checkVenue(vendor: Vendor, venue: string, deadline: Deadline): Promise<CheckedVenue> {
  try {
    const outcome = await vendor.exchange(venue, { deadline })
    return outcome.kind === 'known' ? { details: outcome.details } : { venue, detail: outcome.detail }
  } catch (error) {
    return { venue, error: error instanceof Error ? error.message : String(error) }
  }
}

function isUnknown(checked: CheckedVenue): checked is UnknownVenue {
  return 'detail' in checked
}

/** Divides venues without details into those that the vendor does not list, and those that it does: their name is right. */
async function unknownVenues(venues: readonly UnknownVenue[], vendor: Vendor, signal: AbortSignal) {
  const ids = venues.length === 0 ? [] : await venueIds(vendor, venues[0]!.detail, signal)
  const { listed = [], unknown = [] } = Object.groupBy(venues, ({ venue }) =>
    ids.includes(venue) ? 'listed' : 'unknown',
  )
  return {
    listed: listed.map(({ venue, detail }) => ({
      venue,
      error: `Tardis has no details of ${shown(venue)}: ${detail}`,
    })),
    unknown: unknown.map(({ venue }) => ({
      venue,
      error: `Tardis has no ${shown(venue)}${didYouMean(venue, ids, MAX_NEAREST)}`,
    })),
  }
}
