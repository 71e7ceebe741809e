import { KNOWN_DATA_TYPES } from '../../../market/names.ts'
import { datasetSymbol } from '../../../market/symbols.ts'
import { createDeadline, type Deadline } from '../../../runtime/deadline.ts'
import { shown } from '../../../runtime/shown.ts'
import type { ExchangeDetails } from '../../../tardis/exchange.ts'
import type { Vendor } from '../../../tardis/vendor.ts'
import { UsageError } from '../flags.ts'
import { didYouMean } from '../nearest.ts'
import type { Wanted } from './requests.ts'
import { venueIds } from './venue-ids.ts'

const PATIENCE_MS = 60_000

/**
 * The vendor's details of each venue, in the order asked. Nothing is written before this has resolved.
 * @throws UsageError with a line for each venue that the vendor does not know, and each data type that none of them has
 */
export async function checkWithVendor(
  vendor: Vendor,
  wanted: Wanted,
  apiUrl: string,
  signal: AbortSignal,
): Promise<readonly ExchangeDetails[]> {
  using deadline = createDeadline(PATIENCE_MS, undefined, signal)
  const outcomes = await Promise.all(wanted.venues.map(venue => vendor.exchange(venue, { deadline })))
  const details = outcomes.flatMap(outcome => (outcome.kind === 'known' ? [outcome.details] : []))
  const unknown = outcomes.flatMap((outcome, at) =>
    outcome.kind === 'unknown' ? [{ venue: wanted.venues[at]!, detail: outcome.detail }] : [],
  )
  const faults = [...(await unknownVenues(unknown, apiUrl, deadline)), ...unknownTypes(wanted, details)]
  if (faults.length > 0) throw new UsageError(faults)
  return details
}

/** Symbols asked for that a venue does not list at all, probably by a slip: a line for each. They count as missing. */
export function unlistedSymbols({ symbols = [] }: Wanted, details: readonly ExchangeDetails[]): string[] {
  const known = details.map(({ datasets }) => new Set(datasets.symbols.map(({ id }) => datasetSymbol(id))))
  return symbols
    .map(datasetSymbol)
    .filter(symbol => !known.some(ids => ids.has(symbol)))
    .map(symbol => {
      const all = new Set(known.flatMap(ids => [...ids]))
      return `the vendor does not list symbol ${shown(symbol)} for any of the venues${didYouMean(symbol, all, 3)}`
    })
}

interface Unknown {
  readonly venue: string
  /** What the vendor said. */
  readonly detail: string
}

async function unknownVenues(unknown: readonly Unknown[], apiUrl: string, deadline: Deadline): Promise<string[]> {
  if (unknown.length === 0) return []
  const ids = await venueIds(apiUrl, unknown[0]!.detail, deadline.signal)
  return unknown.map(({ venue }) => `--venues: the vendor does not know ${shown(venue)}${didYouMean(venue, ids, 3)}`)
}

function unknownTypes({ dataTypes = [] }: Wanted, details: readonly ExchangeDetails[]): string[] {
  const offered = new Set<string>(KNOWN_DATA_TYPES)
  for (const { datasets } of details) {
    for (const symbol of datasets.symbols) for (const dataType of symbol.dataTypes) offered.add(dataType)
  }
  return dataTypes
    .filter(dataType => !offered.has(dataType))
    .map(dataType => `--data-types: none of the venues has ${shown(dataType)}${didYouMean(dataType, offered, 3)}`)
}
