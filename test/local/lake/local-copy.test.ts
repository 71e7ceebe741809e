import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { copyFiles } from '../../../functions/local/lake/local-copy.ts'
import { ABSENT } from '../../../functions/storage/bucket.ts'
import { MemoryBucket } from '../../support/memory-bucket.ts'

const OBJECT = 'ticks/data_type=trades/venue=binance/date=2024-08-01/BTCUSDT.parquet'
const FILE = { venue: 'binance', date: '2024-08-01', dataType: 'trades', symbol: 'BTCUSDT', object: OBJECT }
/** Two pieces and a bit, each with bytes of its own. */
const DATA = Buffer.alloc((16 << 20) + 5, 'a')
DATA.fill('b', 8 << 20).fill('c', 16 << 20)

describe('a local copy of files of a bucket', () => {
  const bucket = new MemoryBucket()
  const files = [{ ...FILE, rows: 1, bytes: DATA.length }]
  before(async () => {
    await bucket.write(OBJECT, DATA, ABSENT, { contentType: 'application/octet-stream' })
  })

  it('has the bytes of each object under its name, tells how far it is, and is removed', async () => {
    const told: number[][] = []
    let folder: string
    {
      await using copy = await copyFiles(bucket, files, (...done) => told.push(done))
      folder = copy.folder
      assert.ok(DATA.equals(await readFile(join(folder, OBJECT))))
    }
    assert.deepEqual(told, [[1, 1]])
    assert.ok(!existsSync(folder))
  })

  it('names an object that is gone', async () => {
    const gone = { ...files[0]!, object: 'ticks/gone.parquet' }
    await assert.rejects(
      copyFiles(bucket, [gone], () => {}),
      /^Error: ticks\/gone\.parquet is not in \S+, though its manifest records it: run status --check$/,
    )
  })

  it('names an object that is replaced while it is read', async () => {
    const replaced = Object.assign(new MemoryBucket(), {
      stat: bucket.stat.bind(bucket),
      readRange: async () => undefined,
    })
    await assert.rejects(
      copyFiles(replaced, files, () => {}),
      /BTCUSDT\.parquet was replaced in \S+ while it was read: run the query again$/,
    )
  })
})
