import { bytes, count, counted, duration } from '../terminal/human.ts'
import { cells, wrapLines } from '../terminal/style.ts'
import { renderTable } from '../terminal/table.ts'
import type { Forecast, SizeSum } from './forecast.ts'
import type { Prices } from './prices.ts'
import type { Basis } from './sizes.ts'

/** What time and money depend on, besides the forecast. */
export interface Rates {
  /** Where the work is done: `on this machine`. */
  readonly where: string
  /** Items that are converted, requests that are open, and batches that are in work, at the same time. */
  readonly converted: number
  readonly connections: number
  readonly batches: number
  /** Bytes that one batch downloads per second, as the ledger has seen; undefined where it is empty. */
  readonly bytesPerSecond: number | undefined
  /** The vendor's quota of a day, where one is set. */
  readonly dailyBytes: number | undefined
  readonly prices: Prices
}

/** Without history: what the deployed functions were measured at for one file, and the wait for each response. */
const USUAL_BYTES_PER_SECOND = 12_000_000
const SECONDS_PER_FILE = 0.5
const GB = 1e9

/** The figures that follow from a forecast and the rates. */
export interface Costs {
  readonly seconds: number
  /** Days of the vendor's quota. */
  readonly quotaDays?: number
  readonly storagePerMonth: number
  readonly egressOnce: number
  readonly writes: number
  readonly currency: string
  readonly pricesAsOf: string
}

export function costsOf(forecast: Forecast, rates: Rates): Costs {
  const { total } = forecast
  const { prices, dailyBytes } = rates
  const seconds = secondsOf(forecast, rates)
  return {
    seconds,
    ...(dailyBytes && { quotaDays: total.sourceBytes / dailyBytes }),
    storagePerMonth: (total.bytes / GB) * prices.storagePerGbMonth,
    egressOnce: (total.bytes / GB) * prices.egressPerGb,
    writes: (total.files / 1000) * prices.writesPerThousand,
    currency: prices.currency,
    pricesAsOf: prices.asOf,
  }
}

/** Small files are requested ahead of their conversion, so that waiting divides by the requests that are open at once. */
function secondsOf({ total, venueDays }: Forecast, rates: Rates): number {
  const { bytesPerSecond, batches, converted, connections } = rates
  const most = (atOnce: number, things: number) => Math.max(1, Math.min(atOnce, things))
  // A venue-day has at least one batch.
  if (bytesPerSecond !== undefined) return total.sourceBytes / bytesPerSecond / most(batches, venueDays.open)
  const converting = total.sourceBytes / USUAL_BYTES_PER_SECOND / most(converted, total.files)
  return converting + (total.files * SECONDS_PER_FILE) / most(connections, total.files)
}

/** A forecast for people, in lines of at most `width` cells: a table by data type, then what it takes. */
export function renderForecast(forecast: Forecast, rates: Rates, width = Number.POSITIVE_INFINITY): string {
  const { venueDays, total, unreadable } = forecast
  const lines = [
    `${counted(venueDays.all, 'venue-day')}: ${count(venueDays.open)} to download, ${count(venueDays.complete)} complete already${venueDays.pending > 0 ? `, ${count(venueDays.pending)} not exported by Tardis yet` : ''}`,
  ]
  if (total.files > 0) lines.push('', ...sizeTable(forecast, width), '', ...costLines(forecast, rates))
  if (forecast.freeVenueDays > 0)
    lines.push(`free without a key: ${count(forecast.freeVenueDays)} of these venue-days (the first of a month)`)
  for (const [reason, days] of Object.entries(unreadable.reasons))
    lines.push(`cannot be read: ${counted(days, 'venue-day')}: ${reason}`)
  if (unreadable.files > 0) lines.push(`not in the figures: ${counted(unreadable.files, 'file')} of those`)
  return `${wrapLines(lines, width).join('\n')}\n`
}

/** The columns that a narrow terminal has no room for, in the order in which they go. */
const LESS = ['estimated from', 'likely within']

function sizeTable({ byType, total }: Forecast, width: number): string[] {
  const sums = [
    ...byType.map(one => [one.dataType, one] as const),
    ...(byType.length > 1 ? [['total', total] as const] : []),
  ]
  for (let less = 0; less < LESS.length; less += 1) {
    const lines = tableOf(sums, LESS.slice(0, less))
    if (lines.every(line => cells(line) <= width)) return [...lines, ...outOfTable(total, less)]
  }
  return [...tableOf(sums, LESS), ...outOfTable(total, LESS.length)]
}

function tableOf(sums: readonly (readonly [string, SizeSum])[], without: readonly string[]): string[] {
  const rows = sums.map(([name, sum]) => ({
    'data type': name,
    files: count(sum.files),
    download: bytes(sum.sourceBytes),
    'likely within': withinText(sum),
    Parquet: bytes(sum.bytes),
    rows: count(sum.rows),
    'estimated from': basisText(sum),
  }))
  const names = Object.keys(rows[0]!).filter(name => !without.includes(name)) as (keyof (typeof rows)[0])[]
  return renderTable([names, ...rows.map(row => names.map(name => row[name]))], 1)
}

/** Of the sum, what no column has. */
function outOfTable(total: SizeSum, less: number): string[] {
  const lines = [`estimated from: ${basisText(total)}`, `download likely within: ${withinText(total)}`]
  return less === 0 ? [] : ['', ...lines.slice(0, less)]
}

function withinText({ lowSourceBytes, highSourceBytes }: SizeSum): string {
  return `${bytes(lowSourceBytes)} … ${bytes(highSourceBytes)}`
}

const BASIS_TEXT: Readonly<Record<Basis, string>> = {
  symbol: 'the same symbol',
  venue: 'other symbols',
  'data type': 'other venues',
  table: 'typical sizes',
}

/** What most of the files were estimated from. */
function basisText({ bases, files }: SizeSum): string {
  const [most, n] = Object.entries(bases).reduce((a, b) => (b[1] > a[1] ? b : a))
  const share = n === files ? '' : ` (${Math.round((100 * n) / files)}%)`
  return `${BASIS_TEXT[most as Basis]}${share}`
}

function costLines(forecast: Forecast, rates: Rates): string[] {
  const { requests, total } = forecast
  const { seconds, quotaDays, storagePerMonth, egressOnce, writes, currency, pricesAsOf } = costsOf(forecast, rates)
  const money = (amount: number) => `${amount.toFixed(2)} ${currency}`
  const speed = rates.bytesPerSecond === undefined ? 'at a usual speed' : 'at the speed of the files that are stored'
  const quota =
    quotaDays === undefined ? '' : `, ${quotaDays.toFixed(1)} days of the quota of ${bytes(rates.dailyBytes!)} a day`
  return [
    `time: about ${duration(seconds * 1000)} ${rates.where}, ${speed}`,
    `requests to Tardis: ${count(requests)}${quota}`,
    `in Google Cloud (prices of ${pricesAsOf}): ${money(storagePerMonth)} a month for ${bytes(total.bytes)}, ${money(writes)} for writing, ${money(egressOnce)} to read all of it from outside once`,
  ]
}
