import { DAY_MS, dayStartMs } from '../market/days.ts'
import { datasetSymbol, groupedMarket } from '../market/symbols.ts'
import type { ExchangeDetails, ExchangeSymbol, IncidentReport } from './exchange.ts'

/** One dataset that exists for a day. `symbol` is the vendor's id, `type` its market: spot, perpetual, future, option … */
export interface DatasetItem {
  readonly dataType: string
  readonly symbol: string
  readonly type: string
}

export interface DatasetRequest {
  readonly dataTypes: readonly string[]
  /** Only these, grouped ones too if they are named; without it, everything of the data types, and nothing twice. */
  readonly symbols?: readonly string[] | undefined
}

export interface DatasetsOfDay {
  /** In the order of the data types asked for, then the vendor's order of symbols; each file once. */
  readonly items: readonly DatasetItem[]
  /** Symbols asked for, as they were asked for, that the vendor does not list at all. */
  readonly unknownSymbols: readonly string[]
  /** Symbols asked for that are listed, but have none of the data types on that day. */
  readonly idleSymbols: readonly string[]
  /** True while the vendor has not exported the whole day yet: the items are what is to be expected. */
  readonly pending: boolean
}

/**
 * Which datasets exist for a UTC day, by the vendor's own word: a symbol's availability, half open
 * [availableSince, availableTo), meets the day, and it has the data type. Symbols are matched as dataset names are
 * written (case, `/` and `:` do not matter). Pure.
 */
export function datasetsForDay(details: ExchangeDetails, date: string, request: DatasetRequest): DatasetsOfDay {
  const day = dayMs(date)
  const { symbols, exportedUntil } = details.datasets
  const asked = request.symbols && new Set(request.symbols.map(datasetSymbol))
  const known = new Set(symbols.map(symbol => datasetSymbol(symbol.id)))
  const listed = symbols.filter(symbol => overlaps(day, symbol.availableSince, symbol.availableTo))
  const items = [...new Set(request.dataTypes)].flatMap(dataType => {
    const offered = distinct(listed.filter(symbol => symbol.dataTypes.includes(dataType)))
    const chosen = asked
      ? offered.filter(symbol => asked.has(datasetSymbol(symbol.id)))
      : nothingTwice(offered, dataType)
    return chosen.map(({ id, type }) => ({ dataType, symbol: id, type }))
  })
  const found = new Set(items.map(item => datasetSymbol(item.symbol)))
  const named = [...new Set(request.symbols)]
  return {
    items,
    unknownSymbols: named.filter(symbol => !known.has(datasetSymbol(symbol))),
    idleSymbols: named.filter(symbol => known.has(datasetSymbol(symbol)) && !found.has(datasetSymbol(symbol))),
    pending: Date.parse(exportedUntil) < day.endMs,
  }
}

/** The venue's incident reports whose time [from, to) touches the UTC day; one without an end is still going on. Pure. */
export function incidentsOfDay(details: ExchangeDetails, date: string): readonly IncidentReport[] {
  const day = dayMs(date)
  return details.incidentReports.filter(({ from, to }) => overlaps(day, from, to))
}

/**
 * A grouped symbol holds the rows of all symbols of its market, so one of the two ways is left out. Options chains are
 * taken grouped: by symbol they are thousands of files a day, and some venues have no others. Anything else is taken by
 * symbol, and grouped only for a market of which no symbol has the data type.
 */
function nothingTwice(offered: readonly ExchangeSymbol[], dataType: string): readonly ExchangeSymbol[] {
  const market = (symbol: ExchangeSymbol) => groupedMarket(symbol.id)
  const grouped = new Set(offered.map(market).filter(type => type !== undefined))
  const single = new Set(offered.filter(symbol => market(symbol) === undefined).map(symbol => symbol.type))
  return offered.filter(symbol => {
    const group = market(symbol)
    if (dataType === 'options_chain') return group !== undefined || !grouped.has(symbol.type)
    return group === undefined || !single.has(group)
  })
}

/** A symbol that was listed twice, as a relisted one may be, still has one file a day. */
function distinct(symbols: readonly ExchangeSymbol[]): readonly ExchangeSymbol[] {
  return [...new Map(symbols.map(symbol => [datasetSymbol(symbol.id), symbol])).values()]
}

interface Day {
  readonly startMs: number
  readonly endMs: number
}

function dayMs(date: string): Day {
  const startMs = dayStartMs(date)
  return { startMs, endMs: startMs + DAY_MS }
}

/** Whether the day meets [from, to). A moment without length touches the day that it is in. */
function overlaps({ startMs, endMs }: Day, from: string, to: string | undefined): boolean {
  const fromMs = Date.parse(from)
  const toMs = to === undefined ? Number.POSITIVE_INFINITY : Date.parse(to)
  return fromMs < endMs && (toMs > startMs || (toMs === fromMs && fromMs === startMs))
}
