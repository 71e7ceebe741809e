import assert from 'node:assert/strict'
import { refreshTables } from '../../../functions/iceberg/refresh.ts'
import { lakeOf, manifestOf, record, tableFiles } from '../../iceberg/lake.ts'
import { MemoryBucket } from '../../support/memory-bucket.ts'

/** Refreshes at once over the same venue-days, then again while the manifests change. Throws what does not hold. */
export async function rivalRefreshes(rivals: number) {
  const bucket = new MemoryBucket()
  let operations = 0
  bucket.hook = ({ when }) => {
    if (when === 'after') operations += 1
  }
  const days = Array.from({ length: 20 }, (_, at) => ({
    venue: 'binance',
    date: `2024-01-${String(at + 1).padStart(2, '0')}`,
  }))
  for (const day of days) await record(bucket, manifestOf(day, [{ symbols: ['A', 'B'], rows: 1 }]))
  const change = async () => {
    for (const day of days) await record(bucket, manifestOf(day, [{ symbols: ['A', 'B', 'C'], rows: 2 }]))
  }
  const refreshes = () => Array.from({ length: rivals }, () => refreshTables(lakeOf(bucket)))
  // The first ones all make the table, the others change it.
  await Promise.all(refreshes())
  await Promise.all([...refreshes(), change()])
  await refreshTables(lakeOf(bucket))
  const services = lakeOf(bucket)
  const files = (await tableFiles(services))!
  assert.equal(files.size, 60)
  assert.ok([...files.values()].every(rows => rows === 2))
  const { table, version } = (await services.catalog.load('trades'))!
  assert.deepEqual(
    [table.snapshots.at(-1)!.summary.rows, [...bucket.contents().keys()].some(name => name.includes('_queue'))],
    [120, false],
  )
  return { version, operations }
}
