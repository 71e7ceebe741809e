import assert from 'node:assert/strict'
import type { Catalog } from '../../functions/iceberg/catalog.ts'
import { handleTablesRequest } from '../../functions/iceberg/handler.ts'
import { refreshTables } from '../../functions/iceberg/refresh.ts'
import { MAX_ATTEMPTS, refreshDays } from '../../functions/iceberg/refresh-days.ts'
import { readTablesStatus } from '../../functions/iceberg/status.ts'
import { readConfig } from '../../functions/runtime/config/config.ts'
import { systemClock } from '../../functions/runtime/deadline.ts'
import type { Log, LogFields } from '../../functions/runtime/log/log.ts'
import { manifestName } from '../../functions/storage/names.ts'
import { TestClock } from '../fetch/test-clock.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { DATE, lakeOf, manifestOf, PREFIX, record, tableFiles } from './lake.ts'

const BINANCE = { venue: 'binance', date: DATE }
const DERIBIT = { venue: 'deribit', date: DATE }

describe('refreshing the tables, faults', () => {
  let bucket: MemoryBucket
  let logged: { level: string; message: string; fields: LogFields | undefined }[]
  let log: Log

  beforeEach(() => {
    bucket = new MemoryBucket()
    logged = []
    const at = (level: string) => (message: string, fields?: LogFields) => void logged.push({ level, message, fields })
    log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
  })

  const recordBoth = async () => {
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'] }, { dataType: 'quotes', symbols: ['A'] }]))
    await record(bucket, manifestOf(DERIBIT, [{ symbols: ['B'] }]))
  }
  /** A catalog whose commits of trades come second, so often. */
  function secondTo(rivals: number, { catalog } = lakeOf(bucket)): Catalog {
    let left = rivals
    return {
      ...catalog,
      commit: async (dataType, ...rest) =>
        dataType === 'trades' && left-- > 0 ? 'conflict' : catalog.commit(dataType, ...rest),
    }
  }

  it('does again only the tables where another writer was first, after a growing wait', async () => {
    await recordBoth()
    const clock = new TestClock()
    const done = await refreshDays([BINANCE, DERIBIT], {
      ...lakeOf(bucket, { catalog: secondTo(8), log, clock }),
      random: () => 0.5,
    })
    assert.deepEqual(done, { commits: 2, entries: 3 + 8 * 2 })
    assert.equal((await tableFiles(lakeOf(bucket)))!.size, 2)
    const lines = logged.filter(({ message }) => message.startsWith('another writer was first, starting again'))
    assert.deepEqual(
      lines.map(({ level, fields }) => [level, fields]),
      Array.from({ length: 8 }, (_, at) => ['debug', { tables: ['trades'], attempt: at + 1 }]),
    )
    assert.deepEqual(clock.waitsMs, [50, 100, 200, 400, 800, 1_000, 1_000, 1_000])
  })

  it('fails, and names the tables, where others are first again and again', async () => {
    await recordBoth()
    const services = lakeOf(bucket, { catalog: secondTo(Number.POSITIVE_INFINITY), log, clock: new TestClock() })
    const text = 'the tables trades: other writers were first 100 times in a row'
    await assert.rejects(refreshDays([BINANCE], services), new Error(text))
    assert.equal(logged.filter(({ level }) => level === 'debug').length, MAX_ATTEMPTS)
  })

  it('keeps a venue-day whose manifest cannot be read as it was, and says so', async () => {
    await recordBoth()
    await refreshTables(lakeOf(bucket))
    bucket.plant(manifestName(PREFIX, BINANCE), Buffer.from('{'), '9')
    assert.deepEqual(await refreshDays([BINANCE, DERIBIT], lakeOf(bucket, { log })), { commits: 0, entries: 1 })
    assert.equal((await tableFiles(lakeOf(bucket)))!.size, 2)
    const [line, ...more] = logged
    assert.deepEqual([line?.level, more], ['warn', []])
    assert.match(line!.message, /cannot be read, its venue-day stays in the tables as it was$/)
    const { error, ...day } = line!.fields!
    assert.deepEqual(day, BINANCE)
    assert.ok(error instanceof Error)
  })

  it('fails where the bucket fails, so that it comes again', async () => {
    await recordBoth()
    bucket.hook = ({ name, operation }) => {
      if (operation === 'read' && name === manifestName(PREFIX, BINANCE)) throw new Error('bucket down')
    }
    await assert.rejects(refreshDays([BINANCE], lakeOf(bucket, { log })), /^Error: bucket down$/)
    assert.deepEqual(logged, [])
  })

  it('counts a commit whose dropped files cannot be removed, and says so', async () => {
    const services = lakeOf(bucket, { log, maxSnapshots: 1 })
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'] }]))
    await refreshTables(services)
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'], rows: 20 }]))
    const error = new Error('no removal')
    bucket.hook = ({ operation, name }) => {
      if (operation === 'remove' && name.includes('/metadata/')) throw error
    }
    assert.equal((await refreshDays([BINANCE], services)).commits, 1)
    const lines = logged.filter(({ level }) => level === 'warn')
    const message = 'files of expired snapshots are left, nothing names them'
    assert.deepEqual(lines, [{ level: 'warn', message, fields: { dataType: 'trades', error } }])
  })

  it('tells its progress in the first build and after it, and where it is over before the end', async () => {
    await recordBoth()
    const told: object[] = []
    const onProgress = (progress: object) => void told.push(progress)
    await refreshTables(lakeOf(bucket), { daysPerCommit: 1, onProgress })
    const first = { commits: 2, entries: 2, days: 1, isDone: true, total: 2 }
    assert.deepEqual(told, [first, { ...first, commits: 3, entries: 3, days: 2 }])
    told.length = 0
    for (const day of [BINANCE, DERIBIT]) await record(bucket, manifestOf(day, [{ symbols: ['A'], rows: 30 }]))
    assert.equal((await readTablesStatus(lakeOf(bucket))).queued, 2)
    let isOver = false
    const done = await refreshTables(lakeOf(bucket), {
      ...{ daysPerCommit: 1, isOver: () => isOver },
      onProgress(progress) {
        onProgress(progress)
        isOver = true
      },
    })
    const half = { commits: 2, entries: 1, days: 1 }
    assert.deepEqual(done, { ...half, isDone: false })
    assert.deepEqual(told, [{ ...half, isDone: true, total: 2 }])
    assert.equal((await readTablesStatus(lakeOf(bucket))).queued, 1)
  })

  it('writes with the signal and the type of each object', async () => {
    const written = new Map<string, unknown>()
    const { write } = bucket
    const { signal } = new AbortController()
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'] }, { symbols: ['B'], change: { bytes: undefined } }]))
    bucket.write = (name, data, expected, options) => {
      written.set(name.replace(/\d+-[0-9a-f].*(\.avro)$|snap-.*(\.avro)$/, '*$1$2'), options)
      return write.call(bucket, name, data, expected, options)
    }
    await refreshTables(lakeOf(bucket, { signal }))
    const json = { contentType: 'application/json', signal }
    assert.deepEqual(Object.fromEntries(written), {
      '_iceberg/_build.json': json,
      [`_iceberg/_left-out/venue=binance/date=${DATE}.json`]: json,
      '_iceberg/trades/metadata/*.avro': { contentType: 'application/octet-stream', signal },
      '_iceberg/trades/metadata/v1.metadata.json': json,
      '_iceberg/trades/metadata/version-hint.text': { contentType: 'text/plain', signal },
    })
  })

  it('logs whether everything is done, when a message asks for it', async () => {
    await recordBoth()
    const config = readConfig({ GCS_BUCKET: 'lake', DEADLINE_SECONDS: '60' })
    let nowMs = 0
    const publisher = { publish: async () => '', publishMany: async () => 0 }
    const clock = { ...systemClock, now: () => nowMs }
    const services = { bucket, config, log, clock, random: () => 0, publisher }
    const request = { id: '1', data: Buffer.from('{"tables":"refresh"}') }
    const counts = { commits: 0, entries: 0, days: 0 }
    bucket.hook = ({ operation }) => {
      if (operation === 'listFolders') nowMs = 60_000
    }
    await handleTablesRequest(request, services)
    const unfinished = logged.find(({ message }) => message.startsWith('tables are'))
    assert.deepEqual(unfinished, {
      level: 'info',
      message: 'tables are not up to date yet, the next request goes on',
      fields: { event: 'tables', ...counts, isDone: false },
    })
    bucket.hook = undefined
    logged.length = 0
    await handleTablesRequest(request, services)
    const [line] = logged.filter(({ fields }) => fields?.event === 'tables')
    assert.deepEqual([line?.message, line?.fields?.isDone], ['tables are up to date', true])
  })
})
