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
  const pairs = Object.entries(metadata).flatMap(([key, value]) => [0x18, ...text(key), 0x18, ...text(value), 0])
  const schema = [0x19, 0x1c, 0x48, ...text('root'), 0x15, 0, 0]
  const keyValues = [0x19, (Object.keys(metadata).length << 4) | 0x0c, ...pairs]
  const footer = Buffer.from([
    0x15,
    2,
    ...schema,
    0x16,
    ...varint(rows * 2),
    0x19,
    0x0c,
    ...keyValues,
    0x18,
    ...text(createdBy),
    0,
  ])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(footer.length)
  return Buffer.concat([Buffer.from('PAR1'), content, footer, length, Buffer.from('PAR1')])
}

function text(value: string): number[] {
  const bytes = Buffer.from(value)
  return [...varint(bytes.length), ...bytes]
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(Math.floor(value / 0x80))]
}
