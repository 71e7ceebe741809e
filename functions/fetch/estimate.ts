import type { Item } from '../market/items.ts'
import { INSTRUMENTS, isKnownDataType, type KnownDataType } from '../market/names.ts'
import { isGrouped } from '../market/symbols.ts'

const MB = 1_000_000

/**
 * Compressed bytes of a busy instrument's day, rounded up from Tardis's downloads of binance-futures and deribit. They
 * only decide where batches are cut, so that a batch of books is shorter than one of liquidations.
 */
const TYPICAL_BYTES: Readonly<Record<KnownDataType, number>> = {
  incremental_book_L2: 64 * MB,
  book_snapshot_25: 40 * MB,
  book_snapshot_5: 15 * MB,
  quotes: 20 * MB,
  book_ticker: 15 * MB,
  trades: 6 * MB,
  derivative_ticker: 2 * MB,
  liquidations: 0.1 * MB,
  options_chain: 20 * MB,
}
/** Made here of what the vendor says of some hundred instruments. */
const INSTRUMENTS_BYTES = 0.1 * MB
const UNKNOWN_TYPE_BYTES = 20 * MB

const GROUPED_FACTOR = 20

/** About how many compressed bytes a dataset has: for cutting batches and for progress, never for checking. */
export function estimateSourceBytes({ dataType, symbol }: Item): number {
  if (dataType === INSTRUMENTS) return INSTRUMENTS_BYTES
  const bytes = isKnownDataType(dataType) ? TYPICAL_BYTES[dataType] : UNKNOWN_TYPE_BYTES
  return isGrouped(symbol) ? bytes * GROUPED_FACTOR : bytes
}
