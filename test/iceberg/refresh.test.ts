import assert from 'node:assert/strict'
import { refreshTables } from '../../functions/iceberg/refresh.ts'
import { readTablesStatus } from '../../functions/iceberg/status.ts'
import { dataObjectName } from '../../functions/storage/names.ts'
import { type BucketOperation, MemoryBucket } from '../support/memory-bucket.ts'
import { DATE, lakeOf, manifestOf, PREFIX, record, tableFiles } from './lake.ts'

const BINANCE = { venue: 'binance', date: DATE }
const DERIBIT = { venue: 'deribit', date: DATE }
const objectOf = (symbol: string, day = BINANCE, dataType = 'trades') =>
  dataObjectName(PREFIX, { ...day, dataType, symbol })

describe('refreshing the tables', () => {
  let bucket: MemoryBucket

  beforeEach(() => {
    bucket = new MemoryBucket()
  })

  const names = (part: string) => [...bucket.contents().keys()].filter(name => name.includes(part))
  const text = (name: string) => Buffer.from(bucket.contents().get(name)!).toString()

  it('makes one table per data type, and takes the venue-days off the queue', async () => {
    await record(
      bucket,
      manifestOf(BINANCE, [{ symbols: ['A', 'B'] }, { dataType: 'quotes', symbols: ['A'], rows: 5 }]),
    )
    await record(bucket, manifestOf(DERIBIT, [{ symbols: ['C'] }]))
    const done = await refreshTables(lakeOf(bucket))
    assert.deepEqual(done, { commits: 2, entries: 4, days: 2, isDone: true })
    assert.deepEqual(
      await tableFiles(lakeOf(bucket)),
      new Map([
        [objectOf('A'), 10],
        [objectOf('B'), 10],
        [objectOf('C', DERIBIT), 10],
      ]),
    )
    assert.deepEqual(await tableFiles(lakeOf(bucket), 'quotes'), new Map([[objectOf('A', BINANCE, 'quotes'), 5]]))
    assert.deepEqual(names('_queue'), [])
    assert.equal(text('_iceberg/trades/metadata/version-hint.text'), '1')
  })

  it('takes over venue-days that were complete before there were tables, once', async () => {
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'] }]))
    for (const name of names('_queue')) bucket.delete(name)
    assert.equal((await refreshTables(lakeOf(bucket))).commits, 1)
    assert.deepEqual(await refreshTables(lakeOf(bucket)), { commits: 0, entries: 0, days: 0, isDone: true })
  })

  it('changes nothing where a venue-day is queued again without a change', async () => {
    const manifest = manifestOf(BINANCE, [{ symbols: ['A'] }])
    await record(bucket, manifest)
    await refreshTables(lakeOf(bucket))
    const before = names('_iceberg/trades')
    await record(bucket, manifest)
    assert.equal((await refreshTables(lakeOf(bucket))).commits, 0)
    assert.deepEqual(names('_iceberg/trades'), before)
    assert.deepEqual(names('_queue'), [])
  })

  it('replaces a venue-day that changed, keeps the others, and the earlier snapshot stays readable', async () => {
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'] }]))
    await record(bucket, manifestOf(DERIBIT, [{ symbols: ['C'] }]))
    await refreshTables(lakeOf(bucket))
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A', 'B'], rows: 11 }]))
    await refreshTables(lakeOf(bucket))
    const services = lakeOf(bucket)
    const after = new Map([
      [objectOf('A'), 11],
      [objectOf('B'), 11],
      [objectOf('C', DERIBIT), 10],
    ])
    assert.deepEqual(await tableFiles(services), after)
    assert.deepEqual((await tableFiles(services, 'trades', -2))?.get(objectOf('A')), 10)
    const { table, version } = (await services.catalog.load('trades'))!
    assert.equal(version, 2)
    const { summary } = table.snapshots.at(-1)!
    assert.deepEqual(summary, {
      ...{ operation: 'overwrite', addedFiles: 2, addedRows: 22, deletedFiles: 1, deletedRows: 10 },
      ...{ files: 3, rows: 32, bytes: 128 },
    })
  })

  it('takes a venue-day out of a table whose data type it no longer has', async () => {
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'] }, { dataType: 'quotes', symbols: ['A'] }]))
    await refreshTables(lakeOf(bucket))
    await record(bucket, manifestOf(BINANCE, [{ dataType: 'quotes', symbols: ['A'] }]))
    await refreshTables(lakeOf(bucket))
    const services = lakeOf(bucket)
    assert.deepEqual(await tableFiles(services), new Map())
    assert.equal((await services.catalog.load('trades'))!.table.snapshots.at(-1)!.summary.operation, 'delete')
  })

  it('leaves a venue-day as it was while it is not complete', async () => {
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'] }]))
    await refreshTables(lakeOf(bucket))
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A', 'B'] }]))
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['B'] }], 'incomplete'))
    assert.equal((await refreshTables(lakeOf(bucket))).commits, 0)
    assert.deepEqual(await tableFiles(lakeOf(bucket)), new Map([[objectOf('A'), 10]]))
  })

  it('gives a table the columns that files have beyond the documented ones', async () => {
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'] }]))
    await refreshTables(lakeOf(bucket))
    const change = { otherColumns: ['fee'] }
    await record(bucket, manifestOf(DERIBIT, [{ symbols: ['C'], change }]))
    await refreshTables(lakeOf(bucket))
    const { table } = (await lakeOf(bucket).catalog.load('trades'))!
    assert.deepEqual(
      table.schemas.map(({ schemaId, columns }) => [schemaId, columns.at(-1)!.name]),
      [
        [0, 'amount'],
        [1, 'fee'],
      ],
    )
    assert.deepEqual(
      table.snapshots.map(({ schemaId }) => schemaId),
      [0, 1],
    )
  })

  it('gives each change of the columns an id of its own, also within one commit', async () => {
    const change = { otherColumns: ['fee'] }
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'] }]))
    await record(bucket, manifestOf(DERIBIT, [{ symbols: ['C'], change }]))
    await refreshTables(lakeOf(bucket))
    const { table } = (await lakeOf(bucket).catalog.load('trades'))!
    const ids = table.schemas.map(({ schemaId, columns }) => [schemaId, columns.at(-1)!.name])
    assert.deepEqual(ids, [
      [0, 'amount'],
      [1, 'fee'],
    ])
    assert.deepEqual(
      table.snapshots.map(({ schemaId }) => schemaId),
      [1],
    )
  })

  it('leaves out files of another exchange or day, notes them with the reason, and takes them once they are right', async () => {
    const change = { exchanges: ['ftx'] }
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'] }, { symbols: ['B'], change }]))
    await refreshTables(lakeOf(bucket))
    assert.deepEqual([...(await tableFiles(lakeOf(bucket)))!.keys()], [objectOf('A')])
    const { leftOut } = await readTablesStatus(lakeOf(bucket))
    const reason = 'its rows have the exchange "ftx", expected binance alone'
    assert.deepEqual(leftOut, [{ ...BINANCE, objects: [{ object: objectOf('B'), reason }] }])
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A', 'B'], rows: 11 }]))
    await refreshTables(lakeOf(bucket))
    assert.equal((await tableFiles(lakeOf(bucket)))!.size, 2)
    assert.deepEqual((await readTablesStatus(lakeOf(bucket))).leftOut, [])
  })

  it('keeps a venue-day in the queue that is queued again while a refresh has it', async () => {
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'] }]))
    await refreshTables(lakeOf(bucket))
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['B'] }]))
    let isPlanted = false
    bucket.hook = async ({ operation, name, when }: BucketOperation) => {
      if (isPlanted || operation !== 'read' || when !== 'after' || !name.endsWith('manifest.json')) return
      isPlanted = true
      await record(bucket, manifestOf(BINANCE, [{ symbols: ['C'] }]))
    }
    await refreshTables(lakeOf(bucket))
    assert.ok(isPlanted)
    assert.equal(names('_queue').length, 1)
    assert.deepEqual([...(await tableFiles(lakeOf(bucket)))!.keys()], [objectOf('B')])
    await refreshTables(lakeOf(bucket))
    assert.deepEqual([...(await tableFiles(lakeOf(bucket)))!.keys()], [objectOf('C')])
    assert.deepEqual(names('_queue'), [])
  })

  it('goes on with the first build where it stopped', async () => {
    const days = ['2024-01-01', '2024-01-02', '2024-01-03'].map(date => ({ venue: 'binance', date }))
    for (const day of days) await record(bucket, manifestOf(day, [{ symbols: ['A'] }]))
    let commits = 0
    const options = { daysPerCommit: 1, isOver: () => commits++ === 2 }
    assert.deepEqual(await refreshTables(lakeOf(bucket), options), { commits: 2, entries: 2, days: 2, isDone: false })
    const reads: string[] = []
    bucket.hook = ({ operation, name, when }) => {
      if (operation === 'read' && when === 'after' && name.endsWith('manifest.json')) reads.push(name)
    }
    assert.equal((await refreshTables(lakeOf(bucket))).isDone, true)
    assert.deepEqual(reads, ['_ledger/venue=binance/date=2024-01-03/manifest.json'])
    assert.equal((await tableFiles(lakeOf(bucket)))!.size, 3)
  })

  it('keeps 100 snapshots, and removes the files that only older ones have', async () => {
    for (let rows = 1; rows <= 103; rows += 1) {
      await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'], rows }]))
      await refreshTables(lakeOf(bucket))
    }
    const services = lakeOf(bucket)
    const { table, version } = (await services.catalog.load('trades'))!
    assert.deepEqual([version, table.snapshots.length], [103, 100])
    for (let at = 0; at < 100; at += 1) {
      assert.deepEqual([...(await tableFiles(services, 'trades', at))!.values()], [at + 4])
    }
    assert.equal(names('-m0.avro').length, 100)
    assert.equal(names('/snap-').length, 100)
    // The current document and a hundred before it.
    assert.equal(names('.metadata.json').length, 101)
    assert.equal(text('_iceberg/trades/metadata/version-hint.text'), '103')
  })

  it('names where it looked for a table that was moved, and what to do', async () => {
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'] }]))
    await refreshTables(lakeOf(bucket))
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['B'] }]))
    const { placeAt } = await import('../../functions/iceberg/place.ts')
    const moved = lakeOf(bucket, { place: placeAt('/elsewhere') })
    await assert.rejects(
      refreshTables(moved),
      /names gs:\/\/lake\/.* expected an address below \/elsewhere\/: .*table rebuild/,
    )
  })
})
