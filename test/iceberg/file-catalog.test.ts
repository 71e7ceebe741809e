import assert from 'node:assert/strict'
import { tableColumns } from '../../functions/iceberg/columns.ts'
import { createFileCatalog } from '../../functions/iceberg/file-catalog.ts'
import { placeAt } from '../../functions/iceberg/place.ts'
import type { Snapshot, Table } from '../../functions/iceberg/table-metadata.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { PREFIX } from './lake.ts'

const SUMMARY = { operation: 'append', addedFiles: 1, addedRows: 1, deletedFiles: 0, deletedRows: 0 } as const
const FOLDER = '_iceberg/trades/metadata'

function tableWith(...snapshotIds: number[]): Table {
  const snapshots = snapshotIds.map((snapshotId): Snapshot => {
    const made = { snapshotId, sequenceNumber: snapshotId, timestampMs: snapshotId, schemaId: 0 }
    return { ...made, manifestListUri: 'gs://lake/list', summary: { ...SUMMARY, files: 1, rows: 1, bytes: 1 } }
  })
  return {
    ...{
      uuid: 'u',
      location: 'gs://lake/_iceberg/trades',
      schemas: [{ schemaId: 0, columns: tableColumns('trades') }],
    },
    ...{ lastUpdatedMs: 1, lastSequenceNumber: snapshots.length, snapshots, earlier: [] },
  }
}

describe('a catalog of files', () => {
  let bucket: MemoryBucket
  beforeEach(() => {
    bucket = new MemoryBucket()
  })

  const catalog = (maxEarlier = 100) => createFileCatalog(bucket, PREFIX, placeAt('gs://lake'), { maxEarlier })
  const text = (name: string) => Buffer.from(bucket.contents().get(`${FOLDER}/${name}`)!).toString()

  it('has no table at first, and the committed one then', async () => {
    assert.deepEqual(await catalog().list(), [])
    assert.equal(await catalog().load('trades'), undefined)
    assert.equal(await catalog().commit('trades', undefined, tableWith(1)), 'committed')
    assert.deepEqual(await catalog().list(), ['trades'])
    assert.deepEqual(await catalog().load('trades'), { version: 1, table: tableWith(1) })
    assert.equal(text('version-hint.text'), '1')
  })

  it('lets one of two commits on the same state win', async () => {
    await catalog().commit('trades', undefined, tableWith(1))
    const base = await catalog().load('trades')
    assert.equal(await catalog().commit('trades', base, tableWith(1, 2)), 'committed')
    assert.equal(await catalog().commit('trades', base, tableWith(1, 3)), 'conflict')
    assert.equal((await catalog().load('trades'))!.table.snapshots.at(-1)!.snapshotId, 2)
    assert.equal(await catalog().commit('trades', undefined, tableWith(4)), 'conflict')
  })

  it('finds a commit whose writer died before it wrote the hint', async () => {
    await catalog().commit('trades', undefined, tableWith(1))
    const base = await catalog().load('trades')
    bucket.hook = ({ name, operation, when }) => {
      if (name.endsWith('.text') && operation === 'write' && when === 'before') throw new Error('killed')
    }
    await assert.rejects(catalog().commit('trades', base, tableWith(1, 2)), /killed/)
    bucket.hook = undefined
    assert.equal(text('version-hint.text'), '1')
    const found = await catalog().load('trades')
    assert.equal(found!.version, 2)
    await catalog().commit('trades', found, tableWith(1, 2, 3))
    assert.equal(text('version-hint.text'), '3')
  })

  it('finds the first commit without a hint, and one with a hint that is no number', async () => {
    await catalog().commit('trades', undefined, tableWith(1))
    await catalog().commit('trades', await catalog().load('trades'), tableWith(1, 2))
    bucket.delete(`${FOLDER}/version-hint.text`)
    assert.equal((await catalog().load('trades'))!.version, 2)
    bucket.plant(`${FOLDER}/version-hint.text`, Buffer.from('newest'), '7')
    assert.equal((await catalog().load('trades'))!.version, 2)
  })

  it('does not count the commit of a writer that was asleep until its version had been removed', async () => {
    const few = catalog(2)
    await few.commit('trades', undefined, tableWith(1))
    const asleep = await few.load('trades')
    for (let id = 2; id <= 6; id += 1) await few.commit('trades', await few.load('trades'), tableWith(id))
    assert.equal(bucket.contents().has(`${FOLDER}/v2.metadata.json`), false)
    assert.equal(await few.commit('trades', asleep, tableWith(1, 9)), 'conflict')
    assert.equal((await few.load('trades'))!.table.snapshots.at(-1)!.snapshotId, 6)
    assert.equal(text('version-hint.text'), '6')
  })

  it('says what to do where the hint names a version that is not there', async () => {
    await catalog().commit('trades', undefined, tableWith(1))
    bucket.delete(`${FOLDER}/v1.metadata.json`)
    await assert.rejects(
      catalog().load('trades'),
      /version-hint\.text names a version that is not there; table rebuild/,
    )
  })
})
