/**
 * The kernel's second part: checks of a row group's columns, and its columns → Parquet's pages. It may work in another
 * thread than the first, in the same memory, on a row group that the first no longer writes to.
 */
export {
  addLatencies,
  beginLatencies,
  LATENCIES,
  LATENCY_BUCKETS,
  largestLatency,
  sentOutOfOrder,
  smallestLatency,
} from './latency'
export {
  countOutside,
  firstTime,
  GAPS,
  gapStart,
  largestGap,
  largestTime,
  lastTime,
  MAX_GAPS,
  outOfOrder,
  scanOrder,
  smallestTime,
  timeCount,
} from './order'
export { writeDeltaBinaryPacked } from './parquet/delta-binary-packed'
export { writeDeltaByteArray } from './parquet/delta-byte-array'
export { buildDictionary, MAX_DISTINCT, TABLE_BYTES } from './parquet/dictionary'
export { countValues, gather32, gather64, gatherOffsets, writeLevels } from './parquet/nulls'
export { writeBooleans, writeTexts } from './parquet/plain'
export { bitWidth, writeHybrid } from './parquet/rle-bit-packed-hybrid'
export { sortDictionary } from './parquet/sorted-dictionary'
export {
  doubleRange,
  firstText,
  integerRange,
  largestCode,
  largestDouble,
  largestInteger,
  lastText,
  smallestDouble,
  smallestInteger,
  textRange,
} from './parquet/statistics'
export {
  countStarts,
  crossed,
  largestValue,
  locked,
  nonPositive,
  notional,
  oneSided,
  scanBook,
  scanValues,
  smallestValue,
  sumTrades,
  volume,
} from './prices'
export { countRepeats, firstId, idsIncrease, lastId, missingIds, repeatedIds, scanIds } from './repeats'

/** The first address that the kernel does not use itself: this part's own memory is behind the first's. */
export function heapBase(): usize {
  return __heap_base
}
