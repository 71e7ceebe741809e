import assert from 'node:assert/strict'
import { tableColumns } from '../../functions/iceberg/columns.ts'
import { readManifests } from '../../functions/iceberg/draft.ts'
import { draftPlace, refreshDays } from '../../functions/iceberg/refresh-days.ts'
import { readTablesStatus } from '../../functions/iceberg/status.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { DATE, lakeOf, manifestOf, PREFIX, record } from './lake.ts'

const NEXT = '2024-01-02'
const FOLDER = '_iceberg/trades/'

describe('the status of the tables', () => {
  it('is empty where there are none', async () => {
    const status = await readTablesStatus(lakeOf(new MemoryBucket()))
    assert.deepEqual(status, { tables: [], damaged: [], isBuilt: false, queued: 0, leftOut: [] })
  })

  it('has no table that has no snapshot', async () => {
    const bucket = new MemoryBucket()
    const { catalog } = lakeOf(bucket)
    const schemas = [{ schemaId: 0, columns: tableColumns('trades') }]
    const table = { uuid: 'u', location: 'gs://lake/_iceberg/trades', schemas, snapshots: [], earlier: [] }
    await catalog.commit('trades', undefined, { ...table, lastUpdatedMs: 1, lastSequenceNumber: 0 })
    assert.deepEqual((await readTablesStatus(lakeOf(bucket))).tables, [])
  })

  it('says what each table has, in all and of each venue, in order', async () => {
    const bucket = new MemoryBucket()
    const days = [
      { venue: 'okex', date: DATE },
      { venue: 'binance', date: NEXT },
      { venue: 'binance', date: DATE },
    ]
    for (const [at, day] of days.entries()) {
      await record(bucket, manifestOf(day, [{ symbols: ['A', 'B'].slice(0, at + 1), rows: 10 * (at + 1) }]))
      await refreshDays([day], lakeOf(bucket))
    }
    const { tables, isBuilt, queued } = await readTablesStatus(lakeOf(bucket))
    assert.deepEqual([isBuilt, queued, tables.length], [false, 3, 1])
    const { table } = (await lakeOf(bucket).catalog.load('trades'))!
    const snapshot = table.snapshots.at(-1)!
    const list = snapshot.manifestListUri.replace('gs://lake/', '')
    const sizeOf = (name: string) => bucket.contents().get(name)!.length
    const [firstDate, lastDate] = [DATE, NEXT]
    assert.deepEqual(tables[0], {
      ...{ dataType: 'trades', location: 'gs://lake/_iceberg/trades', version: 3, snapshots: 3 },
      ...{ snapshotId: snapshot.snapshotId, refreshedAt: '2023-11-14T22:13:20.002Z' },
      ...{ files: 5, rows: 110, bytes: 440 },
      metadataBytes: sizeOf(`${FOLDER}metadata/v3.metadata.json`) + sizeOf(list),
      venues: [
        { venue: 'binance', days: 2, firstDate, lastDate, files: 4, rows: 100 },
        { venue: 'okex', days: 1, firstDate, lastDate: DATE, files: 1, rows: 10 },
      ],
    })
    const listed = await readManifests(snapshot, draftPlace('trades', lakeOf(bucket)))
    assert.deepEqual(
      listed.map(({ exchange, day }) => [exchange, day]),
      [
        ['binance', 19_723],
        ['binance', 19_724],
        ['okex', 19_723],
      ],
    )
  })

  it('counts the metadata that is there', async () => {
    const bucket = new MemoryBucket()
    await record(bucket, manifestOf({ venue: 'okex', date: DATE }, [{ symbols: ['A'] }]))
    await refreshDays([{ venue: 'okex', date: DATE }], lakeOf(bucket))
    const { table } = (await lakeOf(bucket).catalog.load('trades'))!
    const list = table.snapshots[0]!.manifestListUri.replace('gs://lake/', '')
    const whole = bucket.contents().get(list)!
    bucket.hook = ({ operation, name, when }) => {
      if (operation === 'stat' && when === 'before' && name === list) bucket.delete(list)
    }
    const [status] = (await readTablesStatus({ ...lakeOf(bucket), prefix: PREFIX })).tables
    assert.ok(whole.length > 0)
    assert.equal(status!.metadataBytes, bucket.contents().get(`${FOLDER}metadata/v1.metadata.json`)!.length)
  })
})
