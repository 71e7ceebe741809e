import assert from 'node:assert/strict'
import avro from 'avsc'
import { decodeContainer } from '../../functions/iceberg/avro.ts'
import { tableColumns } from '../../functions/iceberg/columns.ts'
import { encodeManifestFile } from '../../functions/iceberg/manifest-file.ts'
import { encodeManifestList, listedManifest } from '../../functions/iceberg/manifest-list.ts'
import { placeAt } from '../../functions/iceberg/place.ts'

const FILE = { object: 'ticks/A.parquet', rows: 7, bytes: 2000, exchange: 'binance', day: 1, symbol: 'A' }
const FILES = [{ ...FILE, firstMicros: 1n, lastMicros: 2n }]
const MAP = avro.Type.forSchema({ type: 'map', values: 'bytes' })

/** The properties of a container file, but for its schema. */
function propertiesOf(data: Buffer): Record<string, string> {
  const { value } = MAP.decode(data, 4) as { value: Record<string, Buffer> }
  const texts = Object.entries(value).map(([key, bytes]) => [key, String(bytes)] as const)
  return Object.fromEntries(texts.filter(([key]) => key !== 'avro.schema'))
}

describe('files of a table, as engines read them', () => {
  const columns = tableColumns('trades')
  const file = encodeManifestFile({ schemaId: 3, columns }, FILES, object => `gs://lake/${object}`)

  it('say what a manifest file is: of data, in Parquet, of one schema and partition', () => {
    const { schema, 'partition-spec': spec, ...properties } = propertiesOf(file.data)
    const ids = { 'schema-id': '3', 'partition-spec-id': '0', 'format-version': '2' }
    assert.deepEqual(properties, { ...ids, content: 'data', 'avro.codec': 'deflate' })
    assert.equal(JSON.parse(schema!).fields.length, columns.length)
    assert.equal(JSON.parse(spec!).length, 2)
    const [entry] = decodeContainer(file.data) as [{ data_file: { file_format: string; content: number } }]
    assert.deepEqual([entry.data_file.file_format, entry.data_file.content], ['PARQUET', 0])
  })

  it('have hashes of their own length in their names', () => {
    assert.match(file.entriesHash, /^[0-9a-f]{8,40}$/)
    assert.match(file.schemaHash, /^[0-9a-f]{6,40}$/)
  })

  it('say of which snapshot a list is, and which came before it', () => {
    const listed = listedManifest(FILES, { uri: 'gs://lake/m.avro', bytes: 9, snapshotId: 5, sequenceNumber: 2 })
    const properties = { 'sequence-number': '3', 'format-version': '2', 'avro.codec': 'deflate', 'snapshot-id': '6' }
    const first = encodeManifestList([listed], { snapshotId: 6, sequenceNumber: 3 })
    assert.deepEqual(propertiesOf(first), { ...properties, 'parent-snapshot-id': 'null' })
    const second = encodeManifestList([listed], { snapshotId: 6, parentSnapshotId: 5, sequenceNumber: 3 })
    assert.deepEqual(propertiesOf(second), { ...properties, 'parent-snapshot-id': '5' })
    const [entry] = decodeContainer(first) as [{ partitions: { contains_null: boolean }[] }]
    assert.deepEqual(
      entry.partitions.map(({ contains_null: hasNull }) => hasNull),
      [false, false],
    )
  })

  it('have addresses with one slash between the place and the object, and lead back to it', () => {
    for (const root of ['gs://lake', 'gs://lake/', 'gs://lake//']) {
      const place = placeAt(root)
      assert.equal(place.uriOf('a/b'), 'gs://lake/a/b', root)
      assert.equal(place.objectOf('gs://lake/a/b'), 'a/b')
    }
  })
})
