import assert from 'node:assert/strict'
import { copyReplaced } from '../../functions/iceberg/copies.ts'
import { createFileCatalog } from '../../functions/iceberg/file-catalog.ts'
import { COPIES_KEPT_MS } from '../../functions/iceberg/old-copies.ts'
import { placeAt } from '../../functions/iceberg/place.ts'
import { rebuildTables } from '../../functions/iceberg/rebuild.ts'
import { refreshTables } from '../../functions/iceberg/refresh.ts'
import type { TableServices } from '../../functions/iceberg/refresh-days.ts'
import { verifyTables } from '../../functions/iceberg/verify.ts'
import { systemClock } from '../../functions/runtime/deadline.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { force, putData, readSnapshots, store } from './forced-lake.ts'
import { DATE, lakeOf, manifestOf, PREFIX, record } from './lake.ts'

const DAY = { venue: 'binance', date: DATE }
const OTHER = { venue: 'binance', date: '2024-01-02' }
const [FIRST, SECOND, THIRD] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc']
const A = `ticks/data_type=trades/venue=binance/date=${DATE}/A.parquet`
const [B, C] = [A.replace('/A.', '/B.'), A.replace('/A.', '/OTHER.')]
const copyAt = (sequenceNumber: number) => `_iceberg/trades/data/${sequenceNumber}/venue=binance/date=${DATE}/A.parquet`

/** A bucket with a table of two venue-days, and a clock that a test sets. */
async function lake() {
  const bucket = new MemoryBucket()
  const time = { nowMs: 1_700_000_000_000 }
  const services: TableServices = lakeOf(bucket, { clock: { ...systemClock, now: () => time.nowMs } })
  await store(bucket, DAY, [{ symbols: ['A', 'B'] }], FIRST)
  await store(bucket, OTHER, [{ symbols: ['A'] }], FIRST)
  await refreshTables(services)
  return { bucket, services, time }
}

const names = (bucket: MemoryBucket, part: string) => [...bucket.contents().keys()].filter(name => name.includes(part))
const faultsOf = async (services: TableServices) => (await verifyTables(services, () => {})).faults
const current = async (services: TableServices) => (await readSnapshots(services)).at(-1)!

describe('copies of objects that are replaced', () => {
  it('are what the table names while a part of a venue-day is done again, and readers see the old rows', async () => {
    const { bucket, services } = await lake()
    await force(bucket, DAY, SECOND, [{ symbols: ['A'] }])
    assert.equal(await copyReplaced(DAY, SECOND, services), 1)
    const named = await readSnapshots(services)
    assert.equal(named.length, 1, 'a snapshot is kept that names the object itself')
    assert.deepEqual([...named[0]!.keys()].sort(), [copyAt(2), A.replace(DATE, OTHER.date), B].sort())
    await putData(bucket, DAY, [{ symbols: ['A'], rows: 20 }])
    assert.deepEqual(new Set((await current(services)).values()), new Set(['10']))
    const { summary } = (await services.catalog.load('trades'))!.table.snapshots[0]!
    assert.deepEqual([summary.files, summary.rows, summary.copies], [3, 30, 1])
    assert.deepEqual(await faultsOf(services), [])
  })

  it('stay named until the venue-day is complete for the plan that replaces the objects', async () => {
    const { bucket, services } = await lake()
    await force(bucket, DAY, SECOND, [{ symbols: ['A'] }])
    await copyReplaced(DAY, SECOND, services)
    // The manifest of the plan before, once more: a refresh must not take it for the new one.
    await record(bucket, { ...manifestOf(DAY, [{ symbols: ['A', 'B'] }]), plan: FIRST })
    await refreshTables(services)
    assert.ok((await current(services)).has(copyAt(2)))
    await putData(bucket, DAY, [{ symbols: ['A'], rows: 20 }])
    assert.deepEqual(new Set((await current(services)).values()), new Set(['10']))
    const changed = manifestOf(DAY, [{ symbols: ['A'], rows: 20 }, { symbols: ['B'] }])
    await record(bucket, { ...changed, plan: SECOND })
    await refreshTables(services)
    const [before, after] = await readSnapshots(services)
    assert.deepEqual([before!.get(copyAt(2)), after!.get(A), after!.get(B)], ['10', '20', '10'])
    assert.deepEqual(await faultsOf(services), [])
  })

  it('are removed by a refresh an hour after the table names the objects again, with the snapshots that name them', async () => {
    const { bucket, services, time } = await lake()
    const lists = names(bucket, '/snap-')
    await force(bucket, DAY, SECOND, [{ symbols: ['A'] }])
    await copyReplaced(DAY, SECOND, services)
    await store(bucket, DAY, [{ symbols: ['A'], rows: 20 }, { symbols: ['B'] }], SECOND)
    await refreshTables(services)
    time.nowMs += COPIES_KEPT_MS - 10
    await refreshTables(services)
    assert.equal((await readSnapshots(services)).length, 2)
    assert.deepEqual(names(bucket, '/snap-').slice(0, 1), lists, 'readers of a dropped snapshot have their time too')
    time.nowMs += 20
    await refreshTables(services)
    assert.deepEqual(names(bucket, '/data/'), [])
    assert.deepEqual((await readSnapshots(services)).length, 1)
    assert.equal(names(bucket, '/snap-').length, 1)
    const { faults, leftOver } = await verifyTables(services, () => {})
    assert.deepEqual([faults, leftOver], [[], 0])
  })

  it('stay as long as the current snapshot names them', async () => {
    const { bucket, services, time } = await lake()
    await force(bucket, DAY, SECOND, [{ symbols: ['A'] }])
    await copyReplaced(DAY, SECOND, services)
    time.nowMs += 10 * COPIES_KEPT_MS
    await refreshTables(services)
    assert.ok((await current(services)).has(copyAt(2)))
    assert.deepEqual([names(bucket, '/snap-').length, await faultsOf(services)], [1, []])
  })

  it('are made once: again for the same plan, and for a further one that replaces more', async () => {
    const { bucket, services } = await lake()
    await force(bucket, DAY, SECOND, [{ symbols: ['A'] }])
    await copyReplaced(DAY, SECOND, services)
    assert.equal(await copyReplaced(DAY, SECOND, services), 0)
    await putData(bucket, DAY, [{ symbols: ['A'], rows: 20 }])
    await force(bucket, DAY, THIRD, [{ symbols: ['A', 'B'] }])
    assert.equal(await copyReplaced(DAY, THIRD, services), 1)
    await putData(bucket, DAY, [{ symbols: ['A', 'B'], rows: 30 }])
    assert.deepEqual(new Set((await current(services)).values()), new Set(['10']))
    assert.equal((await services.catalog.load('trades'))!.table.snapshots[0]!.summary.copies, 2)
  })

  it('of an object that was changed or removed by hand are not made: it stays named as it is', async () => {
    const { bucket, services } = await lake()
    bucket.delete(A)
    await putData(bucket, DAY, [{ symbols: ['B'], rows: 11 }])
    await force(bucket, DAY, SECOND, [{ symbols: ['A', 'B'] }])
    assert.equal(await copyReplaced(DAY, SECOND, services), 0)
    assert.deepEqual([...(await current(services)).keys()].slice(0, 2), [A, B])
    assert.deepEqual(names(bucket, '/data/'), [])
  })

  it('are not made for a table of another place', async () => {
    const { bucket, services } = await lake()
    const place = placeAt('gs://elsewhere')
    await force(bucket, DAY, SECOND, [{ symbols: ['A'] }])
    const elsewhere = { ...services, place, catalog: createFileCatalog(bucket, PREFIX, place) }
    assert.equal(await copyReplaced(DAY, SECOND, elsewhere), 0)
    assert.equal((await services.catalog.load('trades'))!.version, 1)
  })

  it('that a killed process made are removed, and a rebuild needs none', async () => {
    const { bucket, services, time } = await lake()
    await force(bucket, DAY, SECOND, [{ symbols: ['A'] }])
    bucket.hook = ({ operation, name, when }) => {
      if (operation === 'write' && when === 'before' && name.endsWith('v2.metadata.json')) throw new Error('killed')
    }
    await assert.rejects(copyReplaced(DAY, SECOND, services), /killed/)
    bucket.hook = undefined
    assert.deepEqual(names(bucket, '/data/'), [copyAt(2)])
    await store(bucket, OTHER, [{ symbols: ['A'], rows: 12 }], FIRST)
    time.nowMs += 2 * COPIES_KEPT_MS
    await refreshTables(services)
    assert.deepEqual(names(bucket, '/data/'), [])
    assert.equal(await copyReplaced(DAY, SECOND, services), 1)
    await rebuildTables(services, () => {})
    assert.deepEqual([...(await current(services)).keys()], [C.replace('OTHER', 'A').replace(DATE, OTHER.date)])
    assert.deepEqual([names(bucket, '/data/'), await faultsOf(services)], [[], []])
  })
})

describe('a refresh that has read the manifest before objects are replaced', () => {
  /** Runs the copies in the middle of a refresh: right before its commit of the table. */
  async function between(services: TableServices, bucket: MemoryBucket, document: string) {
    let copied = -1
    bucket.hook = async ({ operation, name, when }) => {
      if (copied >= 0 || operation !== 'write' || when !== 'before' || !name.endsWith(document)) return
      copied = 0
      await force(bucket, DAY, SECOND, [{ symbols: ['OTHER'] }])
      copied = await copyReplaced(DAY, SECOND, services)
      await putData(bucket, DAY, [{ symbols: ['OTHER'], rows: 20 }])
    }
    await refreshTables(services)
    bucket.hook = undefined
    return copied
  }

  it('does not name them, where the table has none of them yet', async () => {
    const { bucket, services } = await lake()
    await store(bucket, DAY, [{ symbols: ['A', 'B', 'OTHER'] }], FIRST)
    assert.equal(await between(services, bucket, 'v2.metadata.json'), 0)
    assert.ok(!(await current(services)).has(C))
    assert.deepEqual(await faultsOf(services), [])
  })

  it('does not name them, where there is no table yet', async () => {
    const bucket = new MemoryBucket()
    const services = lakeOf(bucket)
    await store(bucket, DAY, [{ symbols: ['A', 'B', 'OTHER'] }], FIRST)
    assert.equal(await between(services, bucket, 'v1.metadata.json'), 0)
    assert.deepEqual([...(await current(services)).keys()], [])
    await store(bucket, DAY, [{ symbols: ['A', 'B'] }, { symbols: ['OTHER'], rows: 20 }], SECOND)
    await refreshTables(services)
    assert.deepEqual([...(await current(services)).values()], ['10', '10', '20'])
  })

  it('notes that there are tables before it reads a manifest', async () => {
    const bucket = new MemoryBucket()
    await store(bucket, DAY, [{ symbols: ['A'] }], FIRST)
    const order: string[] = []
    bucket.hook = ({ operation, name, when }) => {
      if (when === 'before' && ((operation === 'read' && name.endsWith('manifest.json')) || operation === 'write'))
        order.push(name.slice(name.lastIndexOf('/') + 1))
    }
    await refreshTables(lakeOf(bucket))
    assert.deepEqual(order.slice(0, 2), ['_build.json', 'manifest.json'])
  })
})
