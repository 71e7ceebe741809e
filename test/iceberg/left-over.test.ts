import assert from 'node:assert/strict'
import { highestNumbers } from '../../functions/iceberg/left-over.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'

const FOLDER = '_iceberg/trades/'

async function numbersOf(...names: readonly string[]) {
  const bucket = new MemoryBucket()
  for (const name of names) bucket.plant(FOLDER + name, Buffer.from(''), '1')
  const { version, sequenceNumber } = await highestNumbers(bucket, FOLDER)
  return [version, sequenceNumber]
}

describe('the highest numbers of the objects of a table', () => {
  it('come from documents, lists, manifest files and copies', async () => {
    assert.deepEqual(await numbersOf(), [0, 0])
    assert.deepEqual(await numbersOf('metadata/v12.metadata.json', 'metadata/v3.metadata.json'), [12, 0])
    assert.deepEqual(await numbersOf('metadata/snap-12-345.avro'), [0, 12])
    assert.deepEqual(await numbersOf('metadata/13-ab-cd-m0.avro', 'metadata/2-ab-cd-m1.avro'), [0, 13])
    assert.deepEqual(await numbersOf('data/14/venue=a/date=2024-01-01/A.parquet'), [0, 14])
  })

  it('come from no other names', async () => {
    const others = [
      'metadata/snap-12-345.avrox',
      'metadata/13-ab-m0.avro.old',
      'metadata/13-ab-m2.avro',
      'x/metadata/snap-12-345.avro',
      'x/data/14/A.parquet',
      'data/x/A.parquet',
      'v12.metadata.json',
    ]
    assert.deepEqual(await numbersOf(...others), [0, 0])
  })
})
