import assert from 'node:assert/strict'
import { readManifests } from '../../functions/iceberg/draft.ts'
import { draftPlace, refreshDays } from '../../functions/iceberg/refresh-days.ts'
import type { LogFields } from '../../functions/runtime/log/log.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { SILENT } from '../support/silent-log.ts'
import { DATE, lakeOf, manifestOf, record } from './lake.ts'

const BINANCE = { venue: 'binance', date: DATE }
const DERIBIT = { venue: 'deribit', date: DATE }

describe('the next state of a table', () => {
  let bucket: MemoryBucket
  beforeEach(async () => {
    bucket = new MemoryBucket()
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'] }]))
    await record(bucket, manifestOf(DERIBIT, [{ symbols: ['B'] }]))
  })

  const table = async () => (await lakeOf(bucket).catalog.load('trades'))!.table
  const listOf = async (at: number) =>
    readManifests((await table()).snapshots.at(at), draftPlace('trades', lakeOf(bucket)))
  const manifestFiles = () => [...bucket.contents().keys()].filter(name => /metadata\/\d+-.*\.avro$/.test(name))

  it('names its parent, has a later time, and says of each manifest file which snapshot added it', async () => {
    await refreshDays([BINANCE], lakeOf(bucket))
    await refreshDays([DERIBIT], lakeOf(bucket))
    const { snapshots, lastUpdatedMs } = await table()
    const [first, second] = snapshots
    assert.equal(first!.parentSnapshotId, undefined)
    assert.equal(second!.parentSnapshotId, first!.snapshotId)
    assert.deepEqual([first!.timestampMs, second!.timestampMs], [1_700_000_000_000, 1_700_000_000_001])
    assert.deepEqual([second!.sequenceNumber, second!.schemaId, lastUpdatedMs], [2, 0, 1_700_000_000_001])
    const added = (await listOf(-1)).map(({ exchange, snapshotId, sequenceNumber }) => [
      exchange,
      snapshotId,
      sequenceNumber,
    ])
    assert.deepEqual(added, [
      ['binance', first!.snapshotId, 1],
      ['deribit', second!.snapshotId, 2],
    ])
  })

  it('takes the size of a manifest file that is there already from the bucket', async () => {
    bucket.hook = ({ operation, name, when }) => {
      if (operation !== 'write' || when !== 'before' || !/metadata\/1-.*\.avro$/.test(name)) return
      bucket.plant(name, Buffer.alloc(12_345), '7')
    }
    await refreshDays([BINANCE], lakeOf(bucket))
    assert.deepEqual(
      (await listOf(-1)).map(({ bytes }) => bytes),
      [12_345],
    )
    bucket = new MemoryBucket()
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'] }]))
    await refreshDays([BINANCE], lakeOf(bucket))
    const [name] = manifestFiles()
    assert.deepEqual(
      (await listOf(-1)).map(({ bytes }) => bytes),
      [bucket.contents().get(name!)!.length],
    )
  })

  it('is given up where what it stores is removed meanwhile', async () => {
    bucket.hook = ({ operation, name, when }) => {
      if (!/metadata\/1-.*\.avro$/.test(name)) return
      if (operation === 'write' && when === 'before') bucket.plant(name, Buffer.from('x'), '7')
      if (operation === 'stat' && when === 'before') bucket.delete(name)
    }
    await assert.rejects(
      refreshDays([BINANCE], lakeOf(bucket)),
      /^Error: _iceberg\/trades\/metadata\/1-\S+ was removed while it was written: another writer has committed sequence number 1$/,
    )
  })

  it('needs the files of the state before it, and says what to do where one is gone', async () => {
    await refreshDays([BINANCE], lakeOf(bucket))
    const [name] = manifestFiles()
    bucket.delete(name!)
    await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'], rows: 20 }]))
    const text = `${name} is not there, but the table names it; table rebuild makes the table anew`
    await assert.rejects(refreshDays([BINANCE], lakeOf(bucket)), new Error(text))
  })

  it('is logged with the venue-days that changed', async () => {
    const logged: (LogFields | undefined)[] = []
    const log = { ...SILENT, info: (_: string, fields?: LogFields) => void logged.push(fields) }
    await refreshDays([BINANCE, DERIBIT], lakeOf(bucket, { log }))
    const [fields, ...more] = logged
    assert.deepEqual(more, [])
    const { event, dataType, days, sequenceNumber, files, rows } = fields!
    assert.deepEqual(
      { event, dataType, days, sequenceNumber, files, rows },
      { event: 'table', dataType: 'trades', days: 2, sequenceNumber: 1, files: 2, rows: 20 },
    )
  })

  it('keeps what later snapshots name, and removes what only dropped ones do', async () => {
    const services = () => lakeOf(bucket, { maxSnapshots: 2 })
    await refreshDays([BINANCE, DERIBIT], services())
    for (const rows of [20, 30, 40]) {
      await record(bucket, manifestOf(BINANCE, [{ symbols: ['A'], rows }]))
      await refreshDays([BINANCE], services())
    }
    const numbers = manifestFiles().map(name => Number(/metadata\/(\d+)-/.exec(name)![1]))
    assert.deepEqual(numbers, [1, 3, 4], 'of deribit, and the two last ones of binance')
    const lists = [...bucket.contents().keys()].filter(name => name.includes('/snap-'))
    assert.deepEqual(
      lists.map(name => Number(/snap-(\d+)-/.exec(name)![1])),
      [3, 4],
    )
  })
})
