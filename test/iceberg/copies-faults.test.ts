import assert from 'node:assert/strict'
import { copyReplaced } from '../../functions/iceberg/copies.ts'
import { namesCopies } from '../../functions/iceberg/draft.ts'
import { createFileCatalog } from '../../functions/iceberg/file-catalog.ts'
import { leftOver, removeLeftOver } from '../../functions/iceberg/left-over.ts'
import { placeAt } from '../../functions/iceberg/place.ts'
import { refreshTables } from '../../functions/iceberg/refresh.ts'
import { draftPlace, MAX_ATTEMPTS, type TableServices } from '../../functions/iceberg/refresh-days.ts'
import type { Log, LogFields } from '../../functions/runtime/log/log.ts'
import { TestClock } from '../fetch/test-clock.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { force, readSnapshots, store } from './forced-lake.ts'
import { DATE, lakeOf, PREFIX } from './lake.ts'

const DAY = { venue: 'binance', date: DATE }
const [FIRST, SECOND] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb']
const A = `ticks/data_type=trades/venue=binance/date=${DATE}/A.parquet`

describe('copies of objects that are replaced, faults', () => {
  let bucket: MemoryBucket
  let logged: { level: string; message: string; fields: LogFields | undefined }[]
  let services: TableServices

  beforeEach(async () => {
    bucket = new MemoryBucket()
    logged = []
    const at = (level: string) => (message: string, fields?: LogFields) => void logged.push({ level, message, fields })
    const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
    services = lakeOf(bucket)
    await store(bucket, DAY, [{ symbols: ['A', 'B'] }], FIRST)
    await refreshTables(services)
    services = { ...services, log, clock: new TestClock() }
  })

  it('are not among what is left over, and stay where that is removed', async () => {
    await force(bucket, DAY, SECOND, [{ symbols: ['A'] }])
    assert.equal(await copyReplaced(DAY, SECOND, services), 1)
    const loaded = (await services.catalog.load('trades'))!
    const at = draftPlace('trades', services)
    for await (const { name } of leftOver(loaded, at)) assert.match(name, /metadata\//)
    await removeLeftOver(loaded, at)
    const copies = [...bucket.contents().keys()].filter(name => name.includes('/data/'))
    assert.equal(copies.length, 1)
    assert.deepEqual([...(await readSnapshots(services)).at(-1)!.values()], ['10', '10'])
  })

  it('are told from other files by the end of the manifest file', () => {
    const uris = ['a/2-x-m1.avro', 'a/2-x-m0.avro', '-m1.avro/2-x-m0.avro']
    assert.deepEqual(
      uris.map(uri => namesCopies({ uri })),
      [true, false, false],
    )
  })

  it('are logged with their number, and not where there is none', async () => {
    await force(bucket, DAY, SECOND, [{ symbols: ['A', 'NONE'] }])
    await copyReplaced(DAY, SECOND, services)
    const line = { level: 'info', message: 'the table names copies' }
    assert.deepEqual(logged, [{ ...line, fields: { event: 'table_copies', ...DAY, dataType: 'trades', copies: 1 } }])
    logged.length = 0
    assert.equal(await copyReplaced(DAY, FIRST, services), 0)
    await force(bucket, DAY, 'cccccccccccc', [{ symbols: ['NONE'] }])
    assert.equal(await copyReplaced(DAY, 'cccccccccccc', services), 0)
    assert.deepEqual(logged, [])
  })

  it('are none without a plan, and none of a symbol that cannot be a name', async () => {
    assert.equal(await copyReplaced({ ...DAY, venue: 'okex' }, SECOND, services), 0)
    await force(bucket, DAY, SECOND, [{ symbols: ['x'.repeat(300), 'A'] }])
    assert.equal(await copyReplaced(DAY, SECOND, services), 1)
  })

  it('are copied with their type and the signal', async () => {
    const { signal } = new AbortController()
    const given: unknown[] = []
    const { copy } = bucket
    bucket.copy = (source, name, options) => {
      given.push([source.name, options])
      return copy.call(bucket, source, name, options)
    }
    await force(bucket, DAY, SECOND, [{ symbols: ['A'] }])
    await copyReplaced(DAY, SECOND, { ...services, signal })
    await force(bucket, DAY, 'cccccccccccc', [{ symbols: ['B'] }])
    await copyReplaced(DAY, 'cccccccccccc', services)
    const contentType = 'application/vnd.apache.parquet'
    assert.deepEqual(given, [
      [A, { contentType, signal }],
      [A.replace('/A.', '/B.'), { contentType }],
    ])
  })

  it('are warned of where an object is not what the table names, or is gone', async () => {
    bucket.plant(A, Buffer.from('other'), '9')
    await force(bucket, DAY, SECOND, [{ symbols: ['A'] }])
    assert.equal(await copyReplaced(DAY, SECOND, services), 0)
    bucket.delete(A)
    assert.equal(await copyReplaced(DAY, SECOND, services), 0)
    const line = {
      level: 'warn',
      message: 'an object is not what its table names, so it is not copied before it is replaced',
    }
    const facts = { object: A, outcome: 'gone', expected: 40 }
    assert.deepEqual(logged, [
      { ...line, fields: { ...facts, bytes: 5 } },
      { ...line, fields: { ...facts, bytes: undefined } },
    ])
  })

  it('are warned of where the table is of another place', async () => {
    await force(bucket, DAY, SECOND, [{ symbols: ['A'] }])
    const place = placeAt('gs://elsewhere')
    const elsewhere = { ...services, place, catalog: createFileCatalog(bucket, PREFIX, place) }
    assert.equal(await copyReplaced(DAY, SECOND, elsewhere), 0)
    const [line, ...more] = logged
    assert.deepEqual([line?.level, more], ['warn', []])
    assert.match(line!.message, /^a table is of another place, nothing here is copied for it; table rebuild/)
    const found = 'gs://lake/_iceberg/trades'
    assert.deepEqual(line!.fields, { dataType: 'trades', found, expected: 'gs://elsewhere/_iceberg/trades' })
  })

  it('fail where other writers are first 100 times in a row', async () => {
    await force(bucket, DAY, SECOND, [{ symbols: ['NONE'] }])
    let commits = 0
    const commit = async () => {
      commits += 1
      return 'conflict' as const
    }
    const lost = { ...services, catalog: { ...services.catalog, commit } }
    const text = 'the table trades: other writers were first 100 times in a row'
    await assert.rejects(copyReplaced(DAY, SECOND, lost), new Error(text))
    assert.equal(commits, MAX_ATTEMPTS)
  })
})
