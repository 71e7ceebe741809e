import { z } from 'zod'
import { type CalendarDay, dayOf, isDay } from '../../../market/days.ts'
import { globMatcher } from '../../../market/glob.ts'
import { compareText } from '../../../market/items.ts'
import { datasetSymbol } from '../../../market/symbols.ts'
import type { ExchangeDetails, ExchangeSymbol } from '../../../tardis/exchange.ts'

const day = z.string().refine(isDay)

const listedSymbol = z.object({
  symbol: z.string(),
  /** The vendor's word for the market: spot, perpetual, future, option … */
  type: z.string(),
  /** The first UTC day with data. */
  since: day,
  /** The last UTC day with data; absent while it is still recorded. */
  until: day.optional(),
  dataTypes: z.array(z.string()),
})

/** What the vendor has of a venue, in days: what the cache keeps and what the commands print. */
export const listing = z.object({ venue: z.string(), exportedUntil: z.string(), symbols: z.array(listedSymbol) })
export const venueSummary = z.object({
  venue: z.string(),
  symbols: z.int(),
  types: z.array(z.string()),
  since: day,
  until: day.optional(),
  dataTypes: z.array(z.string()),
})

export type ListedSymbol = z.output<typeof listedSymbol>
export type Listing = z.output<typeof listing>
export type VenueSummary = z.output<typeof venueSummary>

/** The vendor's details in days. Pure. */
export function listingOf({ venue, datasets }: ExchangeDetails): Listing {
  return { venue, exportedUntil: datasets.exportedUntil, symbols: datasets.symbols.map(inDays) }
}

function inDays({ id, type, availableSince, availableTo, dataTypes }: ExchangeSymbol): ListedSymbol {
  const sinceMs = Date.parse(availableSince)
  // `availableTo` is the first moment without data, so the day before a midnight is the last one.
  const until = availableTo === undefined ? {} : { until: dayOf(Math.max(sinceMs, Date.parse(availableTo) - 1)) }
  return { symbol: id, type, since: dayOf(sinceMs), ...until, dataTypes }
}

/** A venue, of at least one symbol, in one line: no `until` while any of its symbols is still recorded. Pure. */
export function summaryOf({ venue, symbols }: Listing): VenueSummary {
  const untils = symbols.map(({ until }) => until)
  return {
    venue,
    symbols: symbols.length,
    types: unique(symbols.map(({ type }) => type)),
    since: unique(symbols.map(({ since }) => since))[0]!,
    ...(untils.every(until => until !== undefined) && { until: unique(untils).at(-1)! }),
    dataTypes: unique(symbols.flatMap(({ dataTypes }) => dataTypes)),
  }
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort(compareText)
}

/** What to choose; a field that is absent chooses everything. */
export interface Choice {
  readonly types?: readonly string[] | undefined
  readonly dataTypes?: readonly string[] | undefined
  /** Patterns of names: `*` stands for any characters or none, `?` for one. */
  readonly match?: readonly string[] | undefined
  readonly exclude?: readonly string[] | undefined
  readonly on?: CalendarDay | undefined
}

/** Whether a symbol is chosen. Names compare as datasets are named: case, `/` and `:` do not matter. Pure. */
export function symbolFilter(choice: Choice): (symbol: ListedSymbol) => boolean {
  const isNamed = nameFilter(choice, datasetSymbol)
  return symbol => isNamed(symbol.symbol) && hasAny(choice.types, [symbol.type]) && isOfferedAt(symbol, choice)
}

/** Whether a venue is chosen: one of its types and one of its data types, on a day between its first and last one. Pure. */
export function venueFilter(choice: Choice): (venue: VenueSummary) => boolean {
  const isNamed = nameFilter(choice, name => name)
  return venue => isNamed(venue.venue) && hasAny(choice.types, venue.types) && isOfferedAt(venue, choice)
}

function nameFilter({ match, exclude = [] }: Choice, written: (name: string) => string): (name: string) => boolean {
  const included = globMatcher((match ?? ['*']).map(written))
  const excluded = globMatcher(exclude.map(written))
  return name => included(written(name)) && !excluded(written(name))
}

function hasAny(wanted: readonly string[] | undefined, has: readonly string[]): boolean {
  return wanted === undefined || wanted.some(one => has.includes(one))
}

function isOfferedAt(
  { since, until, dataTypes }: Pick<ListedSymbol, 'since' | 'until' | 'dataTypes'>,
  { on, dataTypes: wanted }: Choice,
): boolean {
  const isListed = on === undefined || (since <= on && (until === undefined || until >= on))
  return isListed && hasAny(wanted, dataTypes)
}
