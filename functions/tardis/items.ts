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
    const chosen = asked
      ? distinct(listed.filter(({ id, dataTypes }) => asked.has(datasetSymbol(id)) && dataTypes.includes(dataType)))
      : nothingTwice(listed, dataType)
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
 * A grouped symbol holds the rows of all instruments of its market, so either it is taken or they are. The instruments are
 * taken where they cover the market, which means that each one listed that day has the data type; otherwise rows of those
 * without it would be in no file. Options chains are always taken grouped: by instrument they are thousands of files a day.
 */
function nothingTwice(listed: readonly ExchangeSymbol[], dataType: string): readonly ExchangeSymbol[] {
  const offered = distinct(listed.filter(symbol => symbol.dataTypes.includes(dataType)))
  const marketsByInstrument = dataType === 'options_chain' ? new Set<string>() : coveredMarkets(listed, offered)
  const marketsByGroup = new Set(offered.map(({ id }) => groupedMarket(id)).filter(market => market !== undefined))
  for (const market of marketsByInstrument) marketsByGroup.delete(market)
  return offered.filter(({ id, type }) => {
    const market = groupedMarket(id)
    return market === undefined ? !marketsByGroup.has(type) : marketsByGroup.has(market)
  })
}

/** The markets of which every listed instrument is among the offered ones, and at least one is. */
function coveredMarkets(listed: readonly ExchangeSymbol[], offered: readonly ExchangeSymbol[]): Set<string> {
  const names = new Set(offered.map(({ id }) => datasetSymbol(id)))
  const instruments = listed.filter(({ id }) => groupedMarket(id) === undefined)
  const covered = new Set(instruments.map(({ type }) => type))
  for (const { id, type } of instruments) if (!names.has(datasetSymbol(id))) covered.delete(type)
  return covered
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
