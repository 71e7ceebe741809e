import assert from 'node:assert/strict'
import { readManifests } from '../../functions/iceberg/draft.ts'
import { draftPlace, refreshDays } from '../../functions/iceberg/refresh-days.ts'
import { schemaFields } from '../../functions/iceberg/table-schema.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { DATE, lakeOf, manifestOf, record, tableFiles } from './lake.ts'

const dayOf = (venue: string) => ({ venue, date: DATE })
const [BINANCE, BITMEX, DERIBIT] = [dayOf('binance'), dayOf('bitmex'), dayOf('deribit')]

describe('two refreshes that store the same venue-day for the same commit', () => {
  let bucket: MemoryBucket

  beforeEach(async () => {
    bucket = new MemoryBucket()
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'], change: { otherColumns: ['fee'] } }]))
    await record(bucket, manifestOf(BITMEX, [{ symbols: ['B'], change: { otherColumns: ['note'] } }]))
    await record(bucket, manifestOf(DERIBIT, [{ symbols: ['C'] }]))
  })

  /** Stores the manifest files of two venue-days with the column `fee`, and dies at the commit. */
  async function killedRival() {
    bucket.hook = ({ name, operation, when }) => {
      if (name.endsWith('.metadata.json') && operation === 'write' && when === 'before') throw new Error('killed')
    }
    await assert.rejects(refreshDays([BINANCE, DERIBIT], lakeOf(bucket)), /killed/)
    bucket.hook = undefined
  }

  /** The schemas that the manifest files of the table were written with, which engines read there. */
  async function manifestSchemas() {
    const services = lakeOf(bucket)
    const { table } = (await services.catalog.load('trades'))!
    const manifests = await readManifests(table.snapshots.at(-1), draftPlace('trades', services))
    const found = manifests.map(({ uri }) => {
      const text = Buffer.from(bucket.contents().get(services.place.objectOf(uri))!).toString('latin1')
      return /\{"type":"struct","schema-id":\d+,"fields":\[.*?\]\}/.exec(text)![0]
    })
    return { found, table: table.schemas.map(schema => JSON.stringify(schemaFields(schema))) }
  }

  it('do not share a manifest file where one of them has a column more', async () => {
    await killedRival()
    await refreshDays([DERIBIT], lakeOf(bucket))
    const { found, table } = await manifestSchemas()
    assert.deepEqual(found, table)
    assert.match(found[0]!, /"schema-id":0/)
    assert.equal((await tableFiles(lakeOf(bucket)))!.size, 1)
  })

  it('do not share a manifest file where both have a column more, and not the same', async () => {
    await killedRival()
    await refreshDays([BITMEX, DERIBIT], lakeOf(bucket))
    const { found, table } = await manifestSchemas()
    assert.deepEqual(found, [table.at(-1), table.at(-1)])
    assert.match(found[1]!, /"note"/)
    assert.doesNotMatch(found.join(), /"fee"/)
    assert.equal((await tableFiles(lakeOf(bucket)))!.size, 2)
  })

  it('share it where their columns are the same', async () => {
    await killedRival()
    const isManifest = (name: string) => name.endsWith('-m0.avro')
    const before = [...bucket.contents().keys()].filter(isManifest)
    await refreshDays([BINANCE, DERIBIT], lakeOf(bucket))
    assert.equal(before.length, 2)
    assert.deepEqual([...bucket.contents().keys()].filter(isManifest), before)
  })
})
