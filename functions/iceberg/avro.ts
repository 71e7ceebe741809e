import { createHash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import avro from 'avsc'

/** A schema of Avro as JSON, with Iceberg's attributes `field-id` and `element-id`. */
export type AvroSchema = { readonly [key: string]: unknown }

/** Records in Avro's binary form, one after the other. */
export interface Block {
  readonly count: number
  readonly plain: Buffer
}

const MAGIC = Buffer.from('Obj\u0001', 'latin1')
const SYNC_BYTES = 16
const META = avro.Type.forSchema({ type: 'map', values: 'bytes' })
const LONG = avro.Type.forSchema('long')

/** Making a type takes longer than encoding a hundred records. There are two schemas of ours. */
const types = new Map<string, avro.Type>()

function typeOf(schemaText: string): avro.Type {
  const known = types.get(schemaText)
  if (known) return known
  const made = avro.Type.forSchema(JSON.parse(schemaText))
  if (types.size < 16) types.set(schemaText, made)
  return made
}

/** The records as one block. Equal records give equal bytes. */
export function encodeBlock(schema: AvroSchema, records: readonly unknown[]): Block {
  const type = typeOf(JSON.stringify(schema))
  return { count: records.length, plain: Buffer.concat(records.map(record => type.toBuffer(record))) }
}

/**
 * A container file (https://avro.apache.org/docs/1.11.1/specification/#object-container-files) of one block. Equal
 * arguments give equal bytes: the sync marker is a hash of the content. avsc's own encoder draws it at random.
 */
export function encodeContainer(
  schema: AvroSchema,
  { count, plain }: Block,
  properties: Readonly<Record<string, string>>,
): Buffer {
  const block = deflateRawSync(plain)
  const meta = { ...properties, 'avro.schema': JSON.stringify(schema), 'avro.codec': 'deflate' }
  const header = META.toBuffer(Object.fromEntries(Object.entries(meta).map(([key, text]) => [key, Buffer.from(text)])))
  const sync = createHash('sha256').update(header).update(plain).digest().subarray(0, SYNC_BYTES)
  const blocks = count === 0 ? [] : [LONG.toBuffer(count), LONG.toBuffer(block.length), block, sync]
  return Buffer.concat([MAGIC, header, sync, ...blocks])
}

/** The records of a container file. @throws Error where it is none, or is damaged */
export function decodeContainer(data: Buffer): unknown[] {
  if (!data.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error('found no Avro container file')
  const meta = META.decode(data, MAGIC.length) as { value?: Record<string, Buffer>; offset: number }
  if (!meta.value) throw new Error(`the Avro file ends at byte ${data.length}, inside its header`)
  const type = typeOf(String(meta.value['avro.schema']))
  const isDeflated = String(meta.value['avro.codec']) === 'deflate'
  const records: unknown[] = []
  for (let at = meta.offset + SYNC_BYTES; at < data.length; ) {
    const count = LONG.decode(data, at) as { value: number; offset: number }
    const length = LONG.decode(data, count.offset) as { value: number; offset: number }
    const end = length.offset + length.value
    if (end + SYNC_BYTES > data.length) throw new Error(`the Avro file ends at byte ${data.length}, inside a block`)
    const block = data.subarray(length.offset, end)
    const plain = isDeflated ? inflateRawSync(block) : block
    for (let left = count.value, offset = 0; left > 0; left -= 1) {
      const record = type.decode(plain, offset)
      records.push(record.value)
      offset = record.offset
    }
    at = end + SYNC_BYTES
  }
  return records
}
