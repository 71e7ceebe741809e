import { crc32 } from 'node:zlib'
import type { ColumnChunk } from 'hyparquet'
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js'

/** A page as it stands in a file; the numbers are those of parquet.thrift. */
export interface WalkedPage {
  readonly offset: number
  /** Header included. */
  readonly bytes: number
  readonly plainBytes: number
  readonly isDictionary: boolean
  readonly values: number
  readonly encoding: number
  /** As the header states it, and as it is. */
  readonly statedCrc: number
  readonly crc: number
}

/** Goes through a column chunk's bytes, page after page, by nothing but their headers. */
export function walkPages(parquet: Uint8Array, chunk: ColumnChunk): WalkedPage[] {
  const { dictionary_page_offset, data_page_offset, total_compressed_size } = chunk.meta_data!
  const pages: WalkedPage[] = []
  let offset = Number(dictionary_page_offset ?? data_page_offset)
  const end = offset + Number(total_compressed_size)
  while (offset < end) {
    const page = pageAt(parquet, offset)
    pages.push(page)
    offset += page.bytes
  }
  if (offset !== end) throw new Error(`the last page ends at byte ${offset}, the column chunk at ${end}`)
  return pages
}

/** https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift, struct PageHeader */
function pageAt(parquet: Uint8Array, offset: number): WalkedPage {
  const { header, headerBytes } = readThrift(parquet, offset)
  const { field_1: type, field_2: plainBytes, field_3: storedBytes, field_4: crc } = header
  const isDictionary = type === 2
  if (!isDictionary && type !== 0) throw new Error(`byte ${offset}: found a page of type ${type}, expected 0 or 2`)
  const { field_1: values, field_2: encoding } = isDictionary ? header.field_7 : header.field_5
  const stored = parquet.subarray(offset + headerBytes, offset + headerBytes + storedBytes)
  return {
    offset,
    bytes: headerBytes + storedBytes,
    plainBytes: headerBytes + plainBytes,
    isDictionary,
    values,
    encoding,
    statedCrc: crc >>> 0,
    crc: crc32(stored),
  }
}

/** A Thrift struct in the compact protocol, by field numbers, and its length. */
export function readThrift(bytes: Uint8Array, offset: number) {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset }
  const header = deserializeTCompactProtocol(reader)
  return { header, headerBytes: reader.offset - offset }
}
