import assert from 'node:assert/strict'
import { encodeDocument } from '../../../functions/ledger/document.ts'
import { openLedger } from '../../../functions/ledger/ledger.ts'
import { manifest } from '../../../functions/ledger/manifest.ts'
import { survey } from '../../../functions/local/report/survey.ts'
import { ABSENT } from '../../../functions/storage/bucket.ts'
import { manifestName } from '../../../functions/storage/names.ts'
import { type BucketOperation, MemoryBucket } from '../../support/memory-bucket.ts'
import { manifestOf, storedItem } from './fixtures.ts'

const JSON_TYPE = { contentType: 'application/json' }

describe('survey', () => {
  let operations: BucketOperation[]
  let bucket: MemoryBucket

  beforeEach(async () => {
    bucket = new MemoryBucket()
    for (const venue of ['binance', 'deribit']) {
      for (const date of ['2024-07-31', '2024-08-01', '2024-08-03']) {
        const name = manifestName('ticks', { venue, date })
        const document = manifestOf({ venue, date }, 'complete', [storedItem('trades', 'A', 1, 1)])
        await bucket.write(name, encodeDocument(manifest, name, document), ABSENT, JSON_TYPE)
        for (let index = 0; index < 20; index++) {
          const name = `_ledger/venue=${venue}/date=${date}/receipts/abcd/${index}.json`
          await bucket.write(name, Buffer.from('{}'), ABSENT, JSON_TYPE)
        }
      }
    }
    await bucket.write('_ledger/rejected/fetch-1.json', Buffer.from('{}'), ABSENT, JSON_TYPE)
    operations = []
    bucket.hook = operation => void (operation.when === 'before' && operations.push(operation))
  })

  const days = async (range: Parameters<typeof survey>[3]) => {
    const reports = await survey(bucket, openLedger(bucket, 'ticks'), 'ticks', range)
    return reports.map(({ venue, date, status }) => `${venue} ${date} ${status}`)
  }
  const listed = () => operations.filter(({ operation }) => operation.startsWith('list'))

  it('finds every venue-day with one listing of the venues and one for each venue', async () => {
    assert.deepEqual(await days({}), [
      'binance 2024-07-31 complete',
      'binance 2024-08-01 complete',
      'binance 2024-08-02 absent',
      'binance 2024-08-03 complete',
      'deribit 2024-07-31 complete',
      'deribit 2024-08-01 complete',
      'deribit 2024-08-02 absent',
      'deribit 2024-08-03 complete',
    ])
    assert.deepEqual(
      listed().map(({ operation, name }) => `${operation} ${name}`),
      ['listFolders _ledger/venue=', 'listFolders _ledger/venue=binance/', 'listFolders _ledger/venue=deribit/'],
    )
  })

  it('reads nothing of a receipt', async () => {
    await days({})
    assert.deepEqual(
      operations.filter(({ name }) => name.includes('receipts')),
      [],
    )
  })

  it('lists only the beginning that all days of the range share', async () => {
    assert.deepEqual(await days({ venues: ['deribit'], startDate: '2024-08-01', endDate: '2024-08-02' }), [
      'deribit 2024-08-01 complete',
      'deribit 2024-08-02 absent',
    ])
    assert.deepEqual(
      listed().map(({ name }) => name),
      ['_ledger/venue=deribit/date=2024-08-0'],
    )
  })

  it('tells of a venue-day that has begun and has no manifest yet', async () => {
    await bucket.write('_ledger/venue=okex/date=2024-08-02/plan.json', Buffer.from('{}'), ABSENT, JSON_TYPE)
    assert.ok((await days({})).includes('okex 2024-08-02 absent'))
  })
})
