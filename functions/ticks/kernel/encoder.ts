/**
 * The kernel's second part: the columns of a row group → Parquet's pages. It may work in another thread than the first,
 * in the same memory, on a row group that the first no longer writes to.
 */
export { writeDeltaBinaryPacked } from './parquet/delta-binary-packed'
export { writeDeltaByteArray } from './parquet/delta-byte-array'
export { buildDictionary, MAX_DISTINCT, TABLE_BYTES } from './parquet/dictionary'
export { countValues, gather32, gather64, gatherOffsets, writeLevels } from './parquet/nulls'
export { writeBooleans, writeTexts } from './parquet/plain'
export { bitWidth, writeHybrid } from './parquet/rle-bit-packed-hybrid'
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

/** The first address that the kernel does not use itself: this part's own memory is behind the first's. */
export function heapBase(): usize {
  return __heap_base
}
