import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGcsServer } from '../../functions/emulators/gcs/server.ts'
import { handleTablesRequest } from '../../functions/iceberg/handler.ts'
import { refreshTables } from '../../functions/iceberg/refresh.ts'
import { batchMessage, copyRequest } from '../../functions/pubsub/messages.ts'
import { readConfig } from '../../functions/runtime/config/config.ts'
import { systemClock } from '../../functions/runtime/deadline.ts'
import { createGcsBucket } from '../../functions/storage/gcs.ts'
import { createInstance } from '../../functions/wiring.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { withoutMetadataServer } from '../support/no-metadata-server.ts'
import { startPubSubServer } from '../support/pubsub-server.ts'
import { SILENT } from '../support/silent-log.ts'
import { force, readSnapshots, store } from './forced-lake.ts'
import { DATE, lakeOf } from './lake.ts'

const DAY = { venue: 'binance', date: DATE }
const BATCH = { ...DAY, plan: 'bbbbbbbbbbbb', index: 0 }
const REQUEST = { id: '1', data: Buffer.from(JSON.stringify(copyRequest(BATCH))) }
const COPY = `_iceberg/trades/data/2/venue=binance/date=${DATE}/A.parquet`

describe('a request for copies', () => {
  const config = readConfig({ GCS_BUCKET: 'lake' })

  async function forcedDay(publish: (topic: string, message: object) => void = () => {}) {
    const bucket = new MemoryBucket()
    const lake = lakeOf(bucket)
    await store(bucket, DAY, [{ symbols: ['A', 'B'] }], 'aaaaaaaaaaaa')
    await refreshTables(lake)
    await force(bucket, DAY, BATCH.plan, [{ symbols: ['A'] }])
    const publisher = {
      publish: async (topic: string, message: object) => {
        publish(topic, message)
        return 'id'
      },
      publishMany: async () => 0,
    }
    const own = { bucket, config, log: SILENT, clock: systemClock, random: () => 0, publisher, root: 'gs://lake' }
    return { bucket, lake, services: own }
  }

  it('is answered with the message of the batch, once the table names the copies', async () => {
    const published: unknown[] = []
    const { bucket, lake, services } = await forcedDay((topic, message) =>
      published.push(
        topic,
        message,
        [...bucket.contents().keys()].includes('_iceberg/trades/metadata/v2.metadata.json'),
      ),
    )
    const outcome = await handleTablesRequest(REQUEST, services)
    assert.deepEqual(outcome, { outcome: 'copied', copies: 1 })
    assert.deepEqual(published, [config.venueDaysTopic, batchMessage(BATCH, true), true])
    const [files] = await readSnapshots(lake)
    assert.equal(files!.get(COPY), '10')
  })

  it('comes again where the topic fails, and publishes nothing where the bucket does', async () => {
    let failures = 1
    const published: unknown[] = []
    const { bucket, lake, services } = await forcedDay((_, message) => {
      if (failures-- > 0) throw new Error('the topic is away')
      published.push(message)
    })
    await assert.rejects(handleTablesRequest(REQUEST, services), /the topic is away/)
    bucket.hook = ({ operation, when }) => {
      if (operation === 'write' && when === 'before') throw new Error('the bucket is away')
    }
    await assert.rejects(handleTablesRequest(REQUEST, services), /the bucket is away/)
    assert.deepEqual(published, [])
    bucket.hook = undefined
    assert.deepEqual(await handleTablesRequest(REQUEST, services), { outcome: 'copied', copies: 0 })
    assert.deepEqual(published, [batchMessage(BATCH, true)])
    assert.equal((await readSnapshots(lake)).length, 1)
  })

  it('is rejected where it cannot be understood, and comes again where a newer release sent it', async () => {
    const { services } = await forcedDay()
    const part = await handleTablesRequest({ id: '1', data: Buffer.from('{"tables":"copy"}') }, services)
    assert.match(String((part as { reason?: string }).reason), /venue is missing/)
    const newer = { id: '1', data: Buffer.from(JSON.stringify({ ...copyRequest(BATCH), version: 99 })) }
    await assert.rejects(handleTablesRequest(newer, services), /version 99.*deploy the release/)
  })
})

describe('the aggregate function, asked for copies', () => {
  withoutMetadataServer()

  it('makes them in the bucket, and publishes the batch', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'copies-'))
    const server = await startGcsServer({ folder, bucket: 'lake' })
    const pubsub = await startPubSubServer()
    const bucket = createGcsBucket({ bucket: 'lake', apiEndpoint: server.endpoint })
    const env = {
      ...{ GCS_BUCKET: 'lake', GCS_API_ENDPOINT: server.endpoint, LOG_LEVEL: 'error' },
      ...{ GOOGLE_CLOUD_PROJECT: 'team-42', PUBSUB_EMULATOR_HOST: pubsub.host },
    }
    const instance = await createInstance('aggregate', env)
    try {
      const lake = lakeOf(bucket)
      await store(bucket, DAY, [{ symbols: ['A', 'B'] }], 'aaaaaaaaaaaa')
      await refreshTables(lake)
      await force(bucket, DAY, BATCH.plan, [{ symbols: ['A'] }])
      const { signal } = new AbortController()
      const outcome = await instance.handle({ delivery: REQUEST, log: SILENT, signal })
      assert.deepEqual(outcome, { outcome: 'copied', copies: 1 })
      assert.equal((await readSnapshots(lake))[0]!.get(COPY), '10')
      const [{ topic, data }] = pubsub.taken as [(typeof pubsub.taken)[0]]
      assert.deepEqual(JSON.parse(data.toString()), batchMessage(BATCH, true))
      assert.equal(topic, 'projects/team-42/topics/tick-venue-days')
    } finally {
      await instance.close()
      await bucket.close()
      await Promise.all([server.close(), pubsub.close()])
      await rm(folder, { recursive: true, force: true })
    }
  })
})
