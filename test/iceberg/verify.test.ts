import assert from 'node:assert/strict'
import { createFileCatalog } from '../../functions/iceberg/file-catalog.ts'
import { placeAt } from '../../functions/iceberg/place.ts'
import { rebuildTables } from '../../functions/iceberg/rebuild.ts'
import { refreshTables } from '../../functions/iceberg/refresh.ts'
import { verifyTables } from '../../functions/iceberg/verify.ts'
import { ABSENT } from '../../functions/storage/bucket.ts'
import { dataObjectName } from '../../functions/storage/names.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { DATE, lakeOf, manifestOf, PREFIX, record, tableFiles } from './lake.ts'

const DAY = { venue: 'binance', date: DATE }
const OTHER = { venue: 'deribit', date: DATE }
const A = dataObjectName(PREFIX, { ...DAY, dataType: 'trades', symbol: 'A' })
const none = () => {}

describe('verifying the tables', () => {
  let bucket: MemoryBucket

  beforeEach(async () => {
    bucket = new MemoryBucket()
    for (const day of [DAY, OTHER]) await store(day, ['A', 'B'], 10)
    await refreshTables(lakeOf(bucket))
  })

  /** Stores a venue-day with its objects. */
  async function store(day: typeof DAY, symbols: readonly string[], rows: number): Promise<void> {
    for (const symbol of symbols) {
      const name = dataObjectName(PREFIX, { ...day, dataType: 'trades', symbol })
      const { generation = ABSENT } = (await bucket.stat(name)) ?? {}
      await bucket.write(name, new Uint8Array(rows * 4), generation, { contentType: 'x' })
    }
    await record(bucket, manifestOf(day, [{ symbols, rows }]))
  }

  const verify = () => verifyTables(lakeOf(bucket), none)
  const faults = async () => (await verify()).faults.map(({ fault }) => fault)
  const find = (part: string) => [...bucket.contents().keys()].find(name => name.includes(part))!

  it('finds nothing where they agree with manifests and bucket', async () => {
    assert.deepEqual(await verify(), { faults: [], files: 4, leftOver: 0 })
  })

  it('leaves out what waits for a refresh', async () => {
    await store(DAY, ['A', 'B', 'C'], 11)
    assert.deepEqual(await faults(), [])
  })

  it('finds a data file that is gone, and one of another size', async () => {
    bucket.delete(A)
    assert.deepEqual(await faults(), [`${A} is recorded with 40 bytes, but is not in the bucket`])
    await bucket.write(A, new Uint8Array(7), ABSENT, { contentType: 'x' })
    assert.deepEqual(await faults(), [`${A} has 7 bytes in the bucket, recorded are 40`])
  })

  it('finds a manifest that changed without the table', async () => {
    await store(DAY, ['A', 'C'], 11)
    bucket.delete(find('_queue'))
    const found = await faults()
    assert.equal(found.length, 3)
    assert.match(found[0]!, /A\.parquet: the table has 10 rows in 40 bytes, recorded are 11 in 44$/)
    assert.match(found[1]!, /C\.parquet is recorded, but the table lacks it$/)
    assert.match(found[2]!, /^the table names gs:\/\/lake\/.*B\.parquet, which is not recorded$/)
  })

  it('finds a venue-day that the ledger does not know', async () => {
    bucket.delete(`_ledger/venue=binance/date=${DATE}/manifest.json`)
    assert.deepEqual(await faults(), [`the table has binance ${DATE}, which the ledger does not know`])
  })

  it('finds files of the table that are gone or cut', async () => {
    const manifest = find('-m0.avro')
    bucket.plant(manifest, bucket.contents().get(manifest)!.subarray(0, 9), '7')
    assert.match((await faults())[0]!, /-m0\.avro has 9 bytes, expected \d+$/)
    bucket.delete(manifest)
    assert.match((await faults())[0]!, /-m0\.avro is not there, but a snapshot names it$/)
    bucket.delete(find('/snap-'))
    assert.match((await faults())[0]!, /^gs:\/\/lake\/.*snap-1-\d+\.avro is not there, but a snapshot names it$/)
  })

  it('finds tables that are damaged, and compares the others', async () => {
    const list = find('/snap-')
    const [whole, manifest] = [bucket.contents(), find('-m0.avro')]
    const damages: [name: string, data: Uint8Array, fault: RegExp][] = [
      ['_iceberg/trades/metadata/v1.metadata.json', Buffer.from('{'), /v1\.metadata\.json: expected a JSON document/],
      ['_iceberg/trades/metadata/v1.metadata.json', Buffer.from('{}'), /json: format-version: .*only tick-handler/],
      [list, whole.get(list)!.subarray(0, 300), /snap-1-\d+\.avro is damaged: .* ends at byte 300, inside its header/],
      [list, whole.get(list)!.subarray(0, -3), /snap-1-\d+\.avro is damaged: the Avro file ends at byte \d+, inside a/],
      [manifest, new Uint8Array(whole.get(manifest)!.length), /-m0\.avro is damaged: found no Avro container file/],
    ]
    for (const [name, data, fault] of damages) {
      bucket.plant(name, data, '7')
      const found = await faults()
      assert.equal(found.length, 1, String(fault))
      assert.match(found[0]!, fault)
      assert.match(found[0]!, /; table rebuild makes the table anew$/)
      bucket.plant(name, whole.get(name)!, '8')
    }
    assert.deepEqual(await verify(), { faults: [], files: 4, leftOver: 0 })
  })

  it('finds a data type that has rows and no table', async () => {
    for (const name of bucket.contents().keys()) if (name.startsWith('_iceberg/trades/')) bucket.delete(name)
    const fault = 'there is no table, but 4 recorded files belong into one; table rebuild makes it'
    assert.deepEqual(await verify(), { faults: [{ dataType: 'trades', fault }], files: 0, leftOver: 0 })
  })

  it('counts what writers left that were killed, but not what one stores now', async () => {
    bucket.plant('_iceberg/trades/metadata/1-00000000000000000000000000000000-00000000-m0.avro', new Uint8Array(1), '7')
    bucket.plant('_iceberg/trades/metadata/snap-1-7.avro', new Uint8Array(1), '8')
    bucket.plant('_iceberg/trades/metadata/2-00000000000000000000000000000000-m0.avro', new Uint8Array(1), '9')
    assert.deepEqual(await verify(), { faults: [], files: 4, leftOver: 2 })
  })

  describe('and making them anew', () => {
    const elsewhere = () => {
      const place = placeAt('/moved')
      return lakeOf(bucket, { place, catalog: createFileCatalog(bucket, PREFIX, place) })
    }

    it('gives the addresses of another place, and keeps nothing of the old one', async () => {
      await store(DAY, ['A'], 12)
      const progress: number[] = []
      const end = await rebuildTables(elsewhere(), done => progress.push(done))
      assert.deepEqual([end, progress], [{ commits: 1, entries: 3, days: 2, isDone: true }, [1, 2]])
      const { table, version } = (await elsewhere().catalog.load('trades'))!
      assert.deepEqual([table.location, table.snapshots.length, version], ['/moved/_iceberg/trades', 1, 2])
      assert.equal((await tableFiles(elsewhere()))!.get(A), 12)
      const left = [...bucket.contents().keys()].filter(name => name.includes('.avro'))
      assert.deepEqual(
        left.map(name => /metadata\/(?:snap-)?(\d+)/.exec(name)![1]),
        ['2', '2', '2'],
      )
      assert.equal(find('_queue'), undefined)
      assert.deepEqual(await verifyTables(elsewhere(), none), { faults: [], files: 3, leftOver: 0 })
    })

    it('makes a table that cannot be read', async () => {
      bucket.plant('_iceberg/trades/metadata/v1.metadata.json', Buffer.from('{'), '7')
      assert.match((await faults())[0]!, /expected a JSON document/)
      await rebuildTables(lakeOf(bucket), none)
      assert.deepEqual(await verify(), { faults: [], files: 4, leftOver: 0 })
    })

    it('empties the table of a data type that is not stored any more', async () => {
      for (const venue of ['binance', 'deribit']) bucket.delete(`_ledger/venue=${venue}/date=${DATE}/manifest.json`)
      await rebuildTables(lakeOf(bucket), none)
      assert.deepEqual(await tableFiles(lakeOf(bucket)), new Map())
    })

    it('makes tables where there are none, and refreshes go on from there', async () => {
      for (const name of bucket.contents().keys()) if (name.startsWith('_iceberg/')) bucket.delete(name)
      await rebuildTables(lakeOf(bucket), none)
      assert.equal((await tableFiles(lakeOf(bucket)))!.size, 4)
      assert.deepEqual(await refreshTables(lakeOf(bucket)), { commits: 0, entries: 0, days: 0, isDone: true })
      await store(DAY, ['A'], 13)
      await refreshTables(lakeOf(bucket))
      assert.equal((await tableFiles(lakeOf(bucket)))!.get(A), 13)
    })
  })
})
