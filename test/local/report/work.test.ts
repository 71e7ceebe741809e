import assert from 'node:assert/strict'
import { readWork } from '../../../functions/local/report/work.ts'
import { ABSENT } from '../../../functions/storage/bucket.ts'
import { MemoryBucket } from '../../support/memory-bucket.ts'

const WORK = { deliveries: 1, seconds: 2, downloadedBytes: 3, textBytes: 4, rows: 5, figures: { peakRssBytes: 6 } }
const RESULTS = [{ symbol: 'X', dataType: 'trades', status: 'failed', error: 'found ,"work":{"deliveries":9}' }]

describe('readWork', () => {
  const read = async (text: string) => {
    const bucket = new MemoryBucket()
    await bucket.write('receipt.json', Buffer.from(text), ABSENT, { contentType: 'x' })
    return await readWork(bucket, 'receipt.json')
  }

  it('has the work, wherever it stands in the receipt', async () => {
    for (const document of [
      { schemaVersion: 1, results: RESULTS, work: WORK },
      { schemaVersion: 1, results: RESULTS, work: WORK, later: 1 },
      { schemaVersion: 1, work: WORK, results: RESULTS },
      { schemaVersion: 1, work: WORK, results: [], later: { is: 1, work: { rows: 8 } } },
      { schemaVersion: 1, work: WORK, results: [], later: { is: 1, work: { rows: 8 } }, last: 1 },
    ])
      assert.deepEqual(await read(`${JSON.stringify(document)}\n`), WORK)
  })

  it('reads nothing of the results', async () => {
    assert.deepEqual(await read(`{"results":[not JSON],"work":${JSON.stringify(WORK)}}`), WORK)
  })

  it('says what is wrong with one that does not fit', async () => {
    await assert.rejects(read('{"results":[],"work":{"rows":1}}'), /receipt\.json: work\.deliveries is undefined/)
    await assert.rejects(read('{"results":[],"work":{"deliv'), /receipt\.json: expected one JSON document, found/)
    assert.equal(await readWork(new MemoryBucket(), 'receipt.json'), undefined)
  })
})
