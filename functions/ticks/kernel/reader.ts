/**
 * The kernel's first part: compressed bytes → the columns of a row group. The host lays out and bounds the WebAssembly
 * memory that it works in with the second part, `encoder.ts`.
 *
 * AssemblyScript (https://www.assemblyscript.org), built by `npm run build:kernel`.
 */
export {
  BOOLEAN as KIND_BOOLEAN,
  CATEGORY as KIND_CATEGORY,
  DATA as FIELD_DATA,
  DATA_CAPACITY as FIELD_DATA_CAPACITY,
  DESCRIPTOR_BYTES,
  DOUBLE as KIND_DOUBLE,
  HASHES as FIELD_HASHES,
  KIND as FIELD_KIND,
  MAX_ENTRIES as FIELD_MAX_ENTRIES,
  OFFSETS as FIELD_OFFSETS,
  rowCount,
  SLOTS as FIELD_SLOTS,
  setColumns,
  TEXT as KIND_TEXT,
  TIME as KIND_TIME,
  VALIDITY as FIELD_VALIDITY,
  VALUES as FIELD_VALUES,
} from './columns'
export { crc32Reset, crc32Update, crc32Value } from './crc32'
export { inflate, inflateInputPos, inflateOutputPos, inflateReset } from './inflate'
export {
  BAD_BLOCK_TYPE as INFLATE_BAD_BLOCK_TYPE,
  BAD_DISTANCE as INFLATE_BAD_DISTANCE,
  BAD_DISTANCE_CODE as INFLATE_BAD_DISTANCE_CODE,
  BAD_LITERAL as INFLATE_BAD_LITERAL,
  BAD_LITERAL_CODE as INFLATE_BAD_LITERAL_CODE,
  BAD_PRECODE as INFLATE_BAD_PRECODE,
  BAD_REPEAT as INFLATE_BAD_REPEAT,
  BAD_STORED_LENGTH as INFLATE_BAD_STORED_LENGTH,
  NEED_INPUT as INFLATE_NEED_INPUT,
  OUTPUT_FULL as INFLATE_OUTPUT_FULL,
  STREAM_END as INFLATE_STREAM_END,
  TOO_FAR_BACK as INFLATE_TOO_FAR_BACK,
  TOO_MANY_CODES as INFLATE_TOO_MANY_CODES,
} from './inflate/stream'
export {
  BAD_BOOLEAN as STATUS_BAD_BOOLEAN,
  BAD_LINE_END as STATUS_BAD_LINE_END,
  BAD_NUMBER as STATUS_BAD_NUMBER,
  BAD_QUOTES as STATUS_BAD_QUOTES,
  BAD_TIME as STATUS_BAD_TIME,
  BAD_UTF8 as STATUS_BAD_UTF8,
  badCell,
  badColumn,
  CUT as STATUS_CUT,
  DONE as STATUS_DONE,
  FULL as STATUS_FULL,
  quotedNewlines,
  setScratch,
  status,
  TOO_FEW_CELLS as STATUS_TOO_FEW_CELLS,
  TOO_MANY_CELLS as STATUS_TOO_MANY_CELLS,
} from './row-state'
export { parseRows } from './rows'
export { invalidUtf8 } from './utf8'

/** The first address that this part does not use itself. */
export function readerEnd(): usize {
  return __heap_base
}
