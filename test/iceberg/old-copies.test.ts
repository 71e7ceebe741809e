import assert from 'node:assert/strict'
import { copyReplaced } from '../../functions/iceberg/copies.ts'
import { COPIES_KEPT_MS, removeOldCopies, withoutOldCopies } from '../../functions/iceberg/old-copies.ts'
import { refreshTables } from '../../functions/iceberg/refresh.ts'
import type { TableServices } from '../../functions/iceberg/refresh-days.ts'
import { readTablesStatus } from '../../functions/iceberg/status.ts'
import type { Snapshot, Table } from '../../functions/iceberg/table-metadata.ts'
import { verifyTables } from '../../functions/iceberg/verify.ts'
import { systemClock } from '../../functions/runtime/deadline.ts'
import type { LogFields } from '../../functions/runtime/log/log.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { SILENT } from '../support/silent-log.ts'
import { force, putData, store } from './forced-lake.ts'
import { DATE, lakeOf, manifestOf, record } from './lake.ts'

const DAY = { venue: 'binance', date: DATE }
const [FIRST, SECOND] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb']
const START_MS = 1_700_000_000_000

describe('copies that the table named', () => {
  let bucket: MemoryBucket
  let services: TableServices
  let nowMs: number
  let logged: { message: string; fields: LogFields | undefined }[]

  beforeEach(async () => {
    bucket = new MemoryBucket()
    nowMs = START_MS
    logged = []
    const log = { ...SILENT, info: (message: string, fields?: LogFields) => void logged.push({ message, fields }) }
    services = lakeOf(bucket, { clock: { ...systemClock, now: () => nowMs } })
    await store(bucket, DAY, [{ symbols: ['A', 'B'] }], FIRST)
    await refreshTables(services)
    await force(bucket, DAY, SECOND, [{ symbols: ['A'] }])
    await copyReplaced(DAY, SECOND, services)
    services = { ...services, log }
  })
  const copies = () => [...bucket.contents().keys()].filter(name => name.includes('/data/'))

  /** The table names the objects themselves again, a second after the copies. */
  async function replaced() {
    nowMs += 1000
    await putData(bucket, DAY, [{ symbols: ['A'], rows: 20 }])
    await record(bucket, { ...manifestOf(DAY, [{ symbols: ['A'], rows: 20 }, { symbols: ['B'] }]), plan: SECOND })
    await refreshTables(services)
    logged.length = 0
  }

  it('are dropped an hour after the table names the objects again, not before, and that is logged', async () => {
    await replaced()
    const entryOf = (dropped: number) => ({
      message: 'removing files that no snapshot names',
      fields: { event: 'table_copies_removed', dataType: 'trades', dropped },
    })
    nowMs += COPIES_KEPT_MS - 1
    await removeOldCopies(services)
    // Metadata of the snapshots that were dropped when the copies were named.
    assert.deepEqual([copies().length, logged], [1, [entryOf(0)]])
    nowMs += 1
    await removeOldCopies(services)
    assert.deepEqual(logged, [entryOf(0), entryOf(1)])
    assert.deepEqual(copies(), [])
    assert.equal((await services.catalog.load('trades'))!.table.snapshots.length, 1)
  })

  it('are in the status: how many, their bytes, and until when they are kept, which is when a refresh removes them', async () => {
    const kept = async () => (await readTablesStatus(services)).tables[0]!.copies
    assert.deepEqual(await kept(), { files: 1, bytes: 40 })
    await replaced()
    const { keptUntil, ...rest } = (await kept())!
    assert.deepEqual(rest, { files: 1, bytes: 40 })
    nowMs = Date.parse(keptUntil!) - 1
    await refreshTables(services)
    await removeOldCopies(services)
    assert.equal(copies().length, 1)
    nowMs += 1
    await removeOldCopies(services)
    assert.deepEqual([copies(), await kept()], [[], undefined])
    bucket.plant('_iceberg/trades/data/1/left.parquet', Buffer.from('x'), '1')
    const { table } = (await services.catalog.load('trades'))!
    const leftUntil = new Date(table.snapshots[0]!.timestampMs + COPIES_KEPT_MS).toISOString()
    assert.deepEqual(await kept(), { files: 1, bytes: 1, keptUntil: leftUntil })
  })

  it('are left for the next time where another writer is first', async () => {
    await replaced()
    nowMs += COPIES_KEPT_MS
    const commit = async () => 'conflict' as const
    await removeOldCopies({ ...services, catalog: { ...services.catalog, commit } })
    assert.deepEqual([copies().length, logged], [1, []])
  })

  it('need no commit where nothing is left over, and one before what a killed writer left is removed', async () => {
    await replaced()
    nowMs += COPIES_KEPT_MS
    await removeOldCopies(services)
    const version = async () => (await services.catalog.load('trades'))!.version
    const before = await version()
    await removeOldCopies(services)
    assert.equal(await version(), before)
    bucket.plant('_iceberg/trades/data/1/left.parquet', Buffer.from('x'), '1')
    await removeOldCopies(services)
    assert.equal(await version(), before + 1)
    assert.deepEqual(copies(), [])
  })

  it('are found missing or cut, once each', async () => {
    const faults = async () =>
      (await verifyTables(services, () => {})).faults.map(one => String(Object.values(one).at(-1)))
    assert.deepEqual(await faults(), [])
    const [name] = copies() as [string]
    bucket.plant(name, Buffer.from('short'), '9')
    const text = `gs://lake/${name} has`
    assert.deepEqual((await faults())[0], `${text} 5 bytes, expected 40`)
    bucket.delete(name)
    const found = (await faults()).filter(fault => fault.startsWith(text))
    assert.deepEqual(found, [`${text} no bytes, expected 40`])
  })
})

describe('withoutOldCopies', () => {
  const snapshot = (timestampMs: number, copies?: number) =>
    ({ snapshotId: timestampMs, timestampMs, summary: copies === undefined ? {} : { copies } }) as Snapshot
  const times = (snapshots: readonly Snapshot[], beforeMs: number) =>
    withoutOldCopies({ snapshots } as unknown as Table, beforeMs).snapshots.map(({ timestampMs }) => timestampMs)

  it('drops the snapshots up to the last with copies that was followed by another before the time', () => {
    const all = [snapshot(1), snapshot(2, 1), snapshot(3), snapshot(4, 2), snapshot(5)]
    assert.deepEqual(times(all, 5), [5])
    assert.deepEqual(times(all, 4), [3, 4, 5])
    assert.deepEqual(times(all, 3), [3, 4, 5])
    assert.deepEqual(times(all, 2), [1, 2, 3, 4, 5])
  })

  it('keeps the current snapshot, and a table without copies as it is', () => {
    assert.deepEqual(times([snapshot(1), snapshot(2, 1)], 9), [1, 2])
    const table = { snapshots: [snapshot(1), snapshot(2, 0)] } as unknown as Table
    assert.equal(withoutOldCopies(table, 9), table)
  })
})
