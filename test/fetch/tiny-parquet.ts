import { CONVERTER_VERSION } from '../../functions/ticks/convert.ts'

/**
 * The smallest file that has a Parquet footer: no row groups, some bytes in front, and the key-value metadata.
 * https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (FileMetaData), in Thrift's compact
 * protocol.
 */
export function tinyParquet(
  content: Uint8Array,
  rows: number,
  metadata: Readonly<Record<string, string>>,
  createdBy = `market-data-tick-handler version ${CONVERTER_VERSION}.0.0`,
): Buffer {
  const pairs = Object.entries(metadata).map(([key, value]) =>
    Buffer.concat([BINARY, text(key), BINARY, text(value), STOP]),
  )
  const footer = Buffer.concat([
    // version 1, and a schema that is its root alone
    Buffer.from([0x15, 2, 0x19, 0x1c, 0x48, 4, 0x72, 0x6f, 0x6f, 0x74, 0x15, 0, 0]),
    // num_rows, and no row groups
    Buffer.from([0x16, ...varint(rows * 2), 0x19, 0x0c]),
    Buffer.from([0x19, (pairs.length << 4) | 0x0c]),
    ...pairs,
    BINARY,
    text(createdBy),
    STOP,
  ])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(footer.length)
  return Buffer.concat([MAGIC, content, footer, length, MAGIC])
}

const MAGIC = Buffer.from('PAR1')
/** The header of the next field, which is a binary. */
const BINARY = Buffer.from([0x18])
const STOP = Buffer.from([0])

function text(value: string): Buffer {
  const length = Buffer.from(varint(Buffer.byteLength(value)))
  return Buffer.concat([length, Buffer.from(value)])
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(Math.floor(value / 0x80))]
}
