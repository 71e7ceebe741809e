import { compareVenueDays, type VenueDay } from '../../../market/items.ts'
import type { Scope } from '../../../market/scope.ts'
import { type Selection, selectionOf, selectorsOf } from '../../../market/selector.ts'
import { datasetSymbol } from '../../../market/symbols.ts'
import type { ScheduleRequest } from '../../../pubsub/messages.ts'
import type { Config } from '../../../runtime/config/config.ts'
import { resolveRequest, venueDays } from '../../../schedule/venue-days.ts'
import type { ExchangeDetails } from '../../../tardis/exchange.ts'
import { datasetsForDay } from '../../../tardis/items.ts'
import { UsageError } from '../flags.ts'

/** What a person requests to download. */
export interface Wanted extends Selection {
  readonly venues: readonly string[]
  /** UTC days, both included. */
  readonly startDate: string
  readonly endDate: string
  readonly dataTypes?: readonly string[]
  /** At most so many symbols of each venue. */
  readonly maxInstruments?: number
  readonly force?: boolean
  readonly upgrade?: boolean
}

/** A venue-day asked for, with what is asked of it. */
export interface AskedDay extends VenueDay {
  readonly scope: Scope
}

/**
 * One request, or with `maxInstruments` one for each venue. Pure.
 * A venue without anything to choose from has no request.
 * @throws UsageError where no venue has anything to choose from
 */
export function requestsFor(
  wanted: Wanted,
  details: readonly ExchangeDetails[],
  defaultTypes: readonly string[],
): ScheduleRequest[] {
  const { venues, startDate, endDate, dataTypes = defaultTypes, maxInstruments, force, upgrade } = wanted
  const again = { ...(force && { force }), ...(upgrade && { upgrade }) }
  const request = { startDate, endDate, dataTypes: [...dataTypes], ...again }
  if (maxInstruments === undefined) {
    return [{ ...request, venues: [...venues], ...selectionOf(wanted) }]
  }
  const choice = { dataTypes, symbols: selectorsOf(wanted), startDate, endDate }
  const chosen = details.map(one => ({ venue: one.venue, symbols: firstInstruments(one, maxInstruments, choice) }))
  const some = chosen.filter(({ symbols }) => symbols.length > 0)
  if (some.length === 0)
    throw new UsageError(chosen.map(({ venue }) => `--max-instruments: ${venue}: ${nothingToChoose(dataTypes)}`))
  return some.map(({ venue, symbols }) => ({ ...request, venues: [venue], symbols }))
}

export function nothingToChoose(dataTypes: readonly string[]): string {
  return `lists no symbol with ${dataTypes.join(', ')} in these days`
}

interface Choice {
  readonly dataTypes: readonly string[]
  /** Names and selectors. */
  readonly symbols?: readonly string[] | undefined
  readonly startDate: string
  readonly endDate: string
}

/**
 * The first `most` symbols of a venue, in the vendor's order, that have one of the data types on one of the days; the same
 * for all the days. A grouped symbol counts as one.
 */
function firstInstruments(details: ExchangeDetails, most: number, choice: Choice): string[] {
  const { dataTypes, symbols, startDate, endDate } = choice
  const offered = new Set<string>()
  for (const { date } of venueDays({ venues: [details.venue], startDate, endDate, scope: {}, force: false })) {
    for (const { symbol } of datasetsForDay(details, date, { dataTypes, symbols }).items) {
      offered.add(datasetSymbol(symbol))
    }
  }
  const ordered = details.datasets.symbols.map(({ id }) => datasetSymbol(id)).filter(symbol => offered.has(symbol))
  return [...new Set(ordered)].slice(0, most)
}

/** The venue-days that requests mean on the UTC day `today`, in order of venue and day. Pure. */
export function askedDays(requests: readonly ScheduleRequest[], today: string, config: Config): AskedDay[] {
  const days = requests.flatMap(request => {
    const resolved = resolveRequest(request, today, config)
    if (!resolved.ok) throw new UsageError([resolved.reason])
    return [...venueDays(resolved.wanted)].map(day => ({ ...day, scope: resolved.wanted.scope }))
  })
  return days.sort(compareVenueDays)
}
