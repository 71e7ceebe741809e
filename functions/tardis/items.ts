import { DAY_MS, dayStartMs } from '../market/days.ts'
import { INSTRUMENTS, INSTRUMENTS_SYMBOL } from '../market/names.ts'
import { isSelector, selectorMatcher, wholeTypeOf } from '../market/selector.ts'
import { datasetSymbol, groupedMarket, isGrouped } from '../market/symbols.ts'
import type { ExchangeDetails, ExchangeSymbol, IncidentReport } from './exchange.ts'

/** One dataset of a day. `symbol` is the vendor's id, `type` its market: spot, perpetual, future, option … */
export interface DatasetItem {
  readonly dataType: string
  readonly symbol: string
  readonly type: string
}

export interface DatasetRequest {
  readonly dataTypes: readonly string[]
  /** Only these symbols, grouped ones included, and selectors. Without it: all rows of the data types, each in one file. */
  readonly symbols?: readonly string[] | undefined
}

export interface DatasetsOfDay {
  /** In the order of the requested data types, then the vendor's order of symbols. Each file once. */
  readonly items: readonly DatasetItem[]
  /** True while the vendor has not exported the whole day: the items are then those to expect. */
  readonly pending: boolean
}

/**
 * The datasets that exist for a UTC day according to the vendor: of symbols whose availability [availableSince, availableTo)
 * overlaps the day, and that have the data type. Symbols are matched as dataset names are written (case, `/` and `:` do
 * not matter). A selector has the symbols that fit it and are listed that day. Pure.
 */
export function datasetsForDay(details: ExchangeDetails, date: string, request: DatasetRequest): DatasetsOfDay {
  return datasetsOn(details, date)(request)
}

/** The same for several requests of one day. */
export function datasetsOn(details: ExchangeDetails, date: string): (request: DatasetRequest) => DatasetsOfDay {
  const day = dayMs(date)
  const pending = Date.parse(details.datasets.exportedUntil) < day.endMs
  const listed = listedOn(details, day)
  return ({ dataTypes, symbols }) => {
    const choose = symbols ? chooserOf(symbols, listed) : (dataType: string) => nothingTwice(listed, dataType)
    const items = [...new Set(dataTypes)].flatMap(dataType =>
      dataType === INSTRUMENTS
        ? instrumentsItem(listed)
        : choose(dataType).map(({ id, type }) => ({ dataType, symbol: id, type })),
    )
    return { items, pending }
  }
}

/** The one item of a venue-day's instruments, where some are listed. */
function instrumentsItem(listed: readonly ExchangeSymbol[]): DatasetItem[] {
  const isListed = listed.some(({ id }) => !isGrouped(id))
  return isListed ? [{ dataType: INSTRUMENTS, symbol: INSTRUMENTS_SYMBOL, type: 'unknown' }] : []
}

/** The instruments that the vendor lists on a UTC day, each once, in its order. Grouped symbols are none. Pure. */
export function instrumentsOn(details: ExchangeDetails, date: string): readonly ExchangeSymbol[] {
  return distinct(listedOn(details, dayMs(date)).filter(({ id }) => !isGrouped(id)))
}

/** The listed symbols that names and selectors choose. A whole type is what all symbols of the market would be. */
function chooserOf(entries: readonly string[], listed: readonly ExchangeSymbol[]) {
  const texts = entries.map(entry => (isSelector(entry) ? entry : datasetSymbol(entry)))
  const wholeTypes = new Set(texts.map(wholeTypeOf).filter(type => type !== undefined))
  const fits = selectorMatcher(texts.filter(text => wholeTypeOf(text) === undefined))
  const named = new Set(listed.filter(({ id, type }) => fits({ symbol: id, type })))
  return (dataType: string) => {
    const whole = new Set(wholeTypes.size > 0 ? nothingTwice(listed, dataType).filter(isOf(wholeTypes)) : [])
    return distinct(listed.filter(one => whole.has(one) || (named.has(one) && one.dataTypes.includes(dataType))))
  }
}

function isOf(types: ReadonlySet<string>): (symbol: ExchangeSymbol) => boolean {
  return ({ id, type }) => types.has(groupedMarket(id) ?? type)
}

/** A grouped file that is taken in place of its market's instruments, because some of them have no file of the data type. */
export interface GroupedInstead {
  readonly dataType: string
  readonly group: string
  /** Instruments whose rows are in the grouped file only, or not at all. */
  readonly withoutFile: readonly string[]
}

/** Where a day's datasets are grouped although some instruments have files of their own. Pure. */
export function groupedInstead(details: ExchangeDetails, date: string, dataTypes: readonly string[]): GroupedInstead[] {
  const listed = listedOn(details, dayMs(date))
  return dataTypes.flatMap(dataType => {
    const has = (symbol: ExchangeSymbol) => symbol.dataTypes.includes(dataType)
    const groups = nothingTwice(listed, dataType).filter(({ id }) => isGrouped(id))
    return groups.flatMap(({ id }) => {
      const instruments = listed.filter(({ id: other, type }) => type === groupedMarket(id) && !isGrouped(other))
      if (dataType === 'options_chain' || !instruments.some(has)) return []
      return [{ dataType, group: id, withoutFile: instruments.filter(one => !has(one)).map(one => one.id) }]
    })
  })
}

function listedOn({ datasets }: ExchangeDetails, day: Day): readonly ExchangeSymbol[] {
  return datasets.symbols.filter(symbol => overlaps(day, symbol.availableSince, symbol.availableTo))
}

/** The venue's incident reports whose time [from, to) overlaps the UTC day. One without `to` has not ended. Pure. */
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

/** A symbol that is listed twice, as a relisted one can be, has one file per day. */
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

/** Whether the day overlaps [from, to). A time without length overlaps the day that it is in. */
function overlaps({ startMs, endMs }: Day, from: string, to: string | undefined): boolean {
  const fromMs = Date.parse(from)
  const toMs = to === undefined ? Number.POSITIVE_INFINITY : Date.parse(to)
  return fromMs < endMs && (toMs > startMs || (toMs === fromMs && fromMs === startMs))
}
