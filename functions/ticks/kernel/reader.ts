/**
 * The kernel's first part: compressed bytes → the columns of a row group. The host lays out and bounds the WebAssembly
 * memory that it works in with the second part, `encoder.ts`.
 *
 * AssemblyScript (https://www.assemblyscript.org), built by `npm run build:kernel`.
 */
export { DESCRIPTOR_BYTES, rowCount, setColumns } from './columns'
export { crc32Reset, crc32Update, crc32Value } from './crc32'
export { inflate, inflateInputPos, inflateOutputPos, inflateReset } from './inflate'
export {
  firstTime,
  gapStart,
  largestGap,
  largestTime,
  lastTime,
  outOfOrder,
  scanOrder,
  smallestTime,
  timeCount,
} from './order'
export { quotedNewlines, setScratch, status } from './row-state'
export { badCell, badColumn, parseRows } from './rows'

/** The first address that this part does not use itself. */
export function readerEnd(): usize {
  return __heap_base
}
