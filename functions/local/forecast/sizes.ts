import type { Item, ItemName } from '../../market/items.ts'
import { type DataType, INSTRUMENTS, isKnownDataType, type KnownDataType } from '../../market/names.ts'
import { datasetSymbol } from '../../market/symbols.ts'

/** What one file takes: at the vendor (gzip), as Parquet, and in rows. */
export interface Size {
  readonly sourceBytes: number
  readonly bytes: number
  readonly rows: number
}

/** The size of a file that is stored. */
export interface KnownSize extends ItemName, Size {}

/** What an estimate comes from: files of the same symbol, of the same venue and data type, of the data type, or a table. */
export const BASES = ['symbol', 'venue', 'data type', 'table'] as const
export type Basis = (typeof BASES)[number]

export interface SizeEstimate extends Size {
  readonly basis: Basis
  /** The likely bounds, as factors of the estimate: 0.5 and 2 mean between half and twice of it. */
  readonly low: number
  readonly high: number
}

/** A file to estimate. */
export interface ItemToDo extends Item {
  /** Where they are known before: of instruments. */
  readonly rows?: number
}

export type EstimateSize = (item: ItemToDo & { readonly venue: string }) => SizeEstimate

/** One file alone says little about others, and files of other symbols or venues still less. */
const SPREAD: Readonly<Record<Basis, number>> = { symbol: 2, venue: 5, 'data type': 10, table: 10 }

/**
 * Estimates files by the median of those that are stored: of the same venue, data type and symbol, or else of the same
 * venue and data type, or of the data type, or by a built-in table. Pure. Memory: the known sizes.
 */
export function createEstimator(known: readonly KnownSize[], typical: (item: Item) => number): EstimateSize {
  const groups = new Map<string, KnownSize[]>()
  for (const size of known) {
    for (const key of keysOf(size)) {
      const group = groups.get(key)
      if (group) group.push(size)
      else groups.set(key, [size])
    }
  }
  const estimates = new Map<string, SizeEstimate>()
  return item => {
    const keys = keysOf(item)
    const at = keys.findIndex(key => groups.has(key))
    // Its rows say more than the instruments of another venue.
    if (item.dataType === INSTRUMENTS && item.rows !== undefined && at !== 0) return instrumentsEstimate(item.rows)
    if (at === -1) return tableEstimate(item, typical(item))
    const key = keys[at]!
    const estimate = estimates.get(key) ?? groupEstimate(groups.get(key)!, BASES[at]!)
    estimates.set(key, estimate)
    return estimate
  }
}

/** In the order of BASES. */
function keysOf({ venue, dataType, symbol }: Item & { readonly venue: string }): string[] {
  return [`${venue}/${dataType}/${datasetSymbol(symbol)}`, `${venue}/${dataType}`, dataType]
}

function groupEstimate(sizes: readonly KnownSize[], basis: Basis): SizeEstimate {
  const sources = sizes.map(({ sourceBytes }) => sourceBytes)
  const sourceBytes = median(sources)
  const few = sizes.length < 3
  const share = (bound: number) => (sourceBytes > 0 ? bound / sourceBytes : 1)
  return {
    sourceBytes,
    bytes: median(sizes.map(({ bytes }) => bytes)),
    rows: median(sizes.map(({ rows }) => rows)),
    basis,
    low: Math.min(few ? 1 / SPREAD[basis] : 1, share(Math.min(...sources))),
    high: Math.max(few ? SPREAD[basis] : 1, share(sources.reduce((a, b) => Math.max(a, b), 0))),
  }
}

interface Ratios {
  /** Compressed bytes of a row at the vendor. */
  readonly rowBytes: number
  /** Parquet bytes for each of them. */
  readonly parquet: number
}

/** As measured on recordings of Binance and on generated data (`files --json` and manifests show them for one's own). */
const RATIOS: Readonly<Record<KnownDataType, Ratios>> = {
  trades: { rowBytes: 10, parquet: 0.5 },
  incremental_book_L2: { rowBytes: 6, parquet: 0.65 },
  book_snapshot_5: { rowBytes: 23, parquet: 1.05 },
  book_snapshot_25: { rowBytes: 100, parquet: 1.05 },
  quotes: { rowBytes: 9.5, parquet: 0.65 },
  book_ticker: { rowBytes: 9.5, parquet: 0.65 },
  derivative_ticker: { rowBytes: 20, parquet: 0.8 },
  liquidations: { rowBytes: 20, parquet: 0.8 },
  options_chain: { rowBytes: 60, parquet: 0.85 },
}
const UNKNOWN_TYPE: Ratios = { rowBytes: 20, parquet: 1 }

function ratiosOf(dataType: DataType): Ratios {
  return isKnownDataType(dataType) ? RATIOS[dataType] : UNKNOWN_TYPE
}

function tableEstimate({ dataType }: Item, sourceBytes: number): SizeEstimate {
  const { rowBytes, parquet } = ratiosOf(dataType)
  const spread = SPREAD.table
  const rows = Math.round(sourceBytes / rowBytes)
  return {
    sourceBytes,
    bytes: Math.round(sourceBytes * parquet),
    rows,
    basis: 'table',
    low: 1 / spread,
    high: spread,
  }
}

/** As measured on names of 12 venues, with and without the vendor's list of instruments; the text is not compressed. */
const INSTRUMENT_TEXT_BYTES = 250
const INSTRUMENTS_FILE_BYTES = 5_500
const INSTRUMENT_BYTES = 4

function instrumentsEstimate(rows: number): SizeEstimate {
  return {
    sourceBytes: rows * INSTRUMENT_TEXT_BYTES,
    bytes: INSTRUMENTS_FILE_BYTES + rows * INSTRUMENT_BYTES,
    rows,
    basis: 'table',
    low: 0.5,
    high: 2,
  }
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : Math.round((sorted[middle - 1]! + sorted[middle]!) / 2)
}
