import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGcsServer } from '../../functions/emulators/gcs/server.ts'
import { handleTablesRequest } from '../../functions/iceberg/handler.ts'
import { readConfig } from '../../functions/runtime/config/config.ts'
import { systemClock } from '../../functions/runtime/deadline.ts'
import { createGcsBucket } from '../../functions/storage/gcs.ts'
import { createInstance } from '../../functions/wiring.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { SILENT } from '../support/silent-log.ts'
import { DATE, lakeOf, manifestOf, record, tableFiles } from './lake.ts'

const REFRESH = Buffer.from('{"tables":"refresh"}')

describe('a request to refresh the tables', () => {
  const days = Array.from({ length: 150 }, (_, day) => new Date(Date.UTC(2023, 0, 1 + day)).toISOString().slice(0, 10))
  const config = readConfig({ GCS_BUCKET: 'lake', DEADLINE_SECONDS: '60' })

  const servicesOf = (bucket: MemoryBucket, now = () => 0) => ({
    ...{ bucket, config, log: SILENT, clock: { ...systemClock, now }, random: () => 0 },
    publisher: { publish: async () => assert.fail('a refresh publishes nothing'), publishMany: async () => 0 },
  })

  it('takes every venue-day that waits', async () => {
    const bucket = new MemoryBucket()
    await record(bucket, manifestOf({ venue: 'binance', date: DATE }, [{ symbols: ['A', 'B'] }]))
    const outcome = await handleTablesRequest({ id: '1', data: REFRESH }, servicesOf(bucket))
    assert.deepEqual(outcome, { outcome: 'refreshed', commits: 1, entries: 2, days: 1, isDone: true })
    assert.equal((await lakeOf(bucket).catalog.load('trades'))!.table.location, 'memory://bucket/_iceberg/trades')
  })

  it('leaves to the next request what the deadline leaves', async () => {
    const bucket = new MemoryBucket()
    for (const date of days) await record(bucket, manifestOf({ venue: 'binance', date }, [{ symbols: ['A'] }]))
    let nowMs = 0
    bucket.hook = ({ name, when, operation }) => {
      if (operation === 'write' && when === 'after' && name.endsWith('v1.metadata.json')) nowMs = 60_000
    }
    const services = servicesOf(bucket, () => nowMs)
    const first = await handleTablesRequest({ id: '1', data: REFRESH }, services)
    assert.deepEqual(first, { outcome: 'unfinished', commits: 1, entries: 100, days: 100, isDone: false })
    const second = await handleTablesRequest({ id: '2', data: REFRESH }, services)
    assert.deepEqual(second, { outcome: 'refreshed', commits: 1, entries: 50, days: 50, isDone: true })
  })

  it('is rejected where it asks for something else, and comes again where a newer release sent it', async () => {
    const services = servicesOf(new MemoryBucket())
    const other = await handleTablesRequest({ id: '1', data: Buffer.from('{"tables":"drop"}') }, services)
    assert.deepEqual(other, { outcome: 'rejected', reason: 'tables: found "drop", expected \'refresh\'' })
    const newer = { id: '1', data: Buffer.from('{"tables":"refresh","version":99}') }
    await assert.rejects(handleTablesRequest(newer, services), /version 99.*deploy the release/)
  })
})

describe('the aggregate function', () => {
  let folder: string
  let server: Awaited<ReturnType<typeof startGcsServer>>
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tables-'))
    server = await startGcsServer({ folder, bucket: 'lake' })
  })
  after(async () => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('refreshes the tables when it is asked to, and folds manifests otherwise', async () => {
    const bucket = createGcsBucket({ bucket: 'lake', apiEndpoint: server.endpoint })
    await record(bucket, manifestOf({ venue: 'binance', date: DATE }, [{ symbols: ['A'] }]))
    const env = { GCS_BUCKET: 'lake', GCS_API_ENDPOINT: server.endpoint, LOG_LEVEL: 'error' }
    const instance = await createInstance('aggregate', env)
    const { signal } = new AbortController()
    const handle = (data: string) =>
      instance.handle({ delivery: { id: '1', data: Buffer.from(data) }, log: SILENT, signal })
    assert.equal((await handle('{"tables":"refresh"}')).outcome, 'refreshed')
    assert.equal((await tableFiles(lakeOf(bucket)))!.size, 1)
    const completion = { venue: 'deribit', date: DATE, plan: 'abcd', index: 0 }
    assert.equal((await handle(JSON.stringify(completion))).outcome, 'no-plan')
    assert.equal((await handle('{"tables":1}')).outcome, 'rejected')
    await instance.close()
    await bucket.close()
  })
})
