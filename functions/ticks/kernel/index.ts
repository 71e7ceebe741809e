/**
 * The kernel: all that is done to each byte of a dataset, in one WebAssembly memory that the host lays out and bounds.
 * AssemblyScript (https://www.assemblyscript.org), built by `npm run build:kernel`.
 */
export { beginGroup, DESCRIPTOR_BYTES, rowCount, setColumns } from './columns'
export { crc32Reset, crc32Update, crc32Value } from './crc32'
export { inflate, inflateInputPos, inflateOutputPos, inflateReset } from './inflate'
export { gapStart, largestGap, outOfOrder, scanOrder } from './order'
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
export { quotedNewlines, setScratch, status } from './row-state'
export { badCell, badColumn, parseRows } from './rows'

/** The first address that the kernel does not use itself. */
export function heapBase(): usize {
  return __heap_base
}
