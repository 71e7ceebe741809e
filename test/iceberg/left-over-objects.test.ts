import assert from 'node:assert/strict'
import { createFileCatalog } from '../../functions/iceberg/file-catalog.ts'
import { leftOver, removeLeftOver } from '../../functions/iceberg/left-over.ts'
import { placeAt } from '../../functions/iceberg/place.ts'
import { draftPlace, refreshDays } from '../../functions/iceberg/refresh-days.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { DATE, lakeOf, manifestOf, PREFIX, record, tableFiles } from './lake.ts'

const DAY = { venue: 'binance', date: DATE }
const FOLDER = '_iceberg/trades/'
/** Nothing names them: an old copy, and what writers stored that were killed. */
const OLD = ['data/1/venue=binance/date=2024-01-01/A.parquet', 'metadata/1-aa-bb-m0.avro', 'metadata/snap-2-7.avro']
/** What a writer stores for the next commit. */
const NEXT = ['metadata/4-aa-bb-m0.avro', 'metadata/snap-4-7.avro', 'data/4/A.parquet']

describe('what is left over of a table', () => {
  let bucket: MemoryBucket
  const place = placeAt('gs://lake')
  const services = (maxEarlier = 100) =>
    lakeOf(bucket, { catalog: createFileCatalog(bucket, PREFIX, place, { maxEarlier }), maxSnapshots: 2 })
  const state = async () => (await services().catalog.load('trades'))!
  const at = () => draftPlace('trades', services())

  /** A table of three commits. */
  async function threeCommits(maxEarlier?: number) {
    bucket = new MemoryBucket()
    for (const rows of [10, 20, 30]) {
      await record(bucket, manifestOf(DAY, [{ symbols: ['A'], rows }]))
      await refreshDays([DAY], services(maxEarlier))
    }
  }
  async function found() {
    const names: string[] = []
    for await (const { name } of leftOver(await state(), at())) names.push(name.slice(FOLDER.length))
    return names.sort()
  }

  it('is nothing that the table, its snapshots or its earlier documents name', async () => {
    await threeCommits()
    assert.deepEqual(await found(), [])
  })

  it('is what has an older number and is not named, and nothing of the next commit', async () => {
    await threeCommits()
    const loaded = await state()
    for (const name of [...OLD, ...NEXT]) bucket.plant(FOLDER + name, Buffer.from('x'), '1')
    const names: string[] = []
    for await (const { name } of leftOver(loaded, at())) names.push(name.slice(FOLDER.length))
    assert.deepEqual(names.sort(), OLD)
  })

  it('is an older document that is named no more', async () => {
    await threeCommits(1)
    bucket.plant(`${FOLDER}metadata/v1.metadata.json`, Buffer.from('{}'), '1')
    assert.deepEqual(await found(), ['metadata/v1.metadata.json'])
  })

  it('is removed, copies last, and the table stays as it was', async () => {
    await threeCommits()
    const files = await tableFiles(services())
    const before = new Set(bucket.contents().keys())
    for (const name of OLD) bucket.plant(FOLDER + name, Buffer.from('x'), '1')
    const removed: string[] = []
    bucket.hook = ({ operation, name, when }) => {
      if (operation === 'remove' && when === 'after') removed.push(name.slice(FOLDER.length))
    }
    await removeLeftOver(await state(), at())
    assert.deepEqual(removed.slice(0, 2).sort(), OLD.slice(1))
    assert.deepEqual(removed.slice(2), OLD.slice(0, 1))
    assert.deepEqual(new Set(bucket.contents().keys()), before)
    assert.deepEqual(await tableFiles(services()), files)
  })
})
