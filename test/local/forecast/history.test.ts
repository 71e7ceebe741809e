import assert from 'node:assert/strict'
import { encodeDocument } from '../../../functions/ledger/document.ts'
import { openLedger } from '../../../functions/ledger/ledger.ts'
import { manifest } from '../../../functions/ledger/manifest.ts'
import { receipt } from '../../../functions/ledger/receipt.ts'
import { readHistory } from '../../../functions/local/forecast/history.ts'
import { ABSENT } from '../../../functions/storage/bucket.ts'
import { manifestName, receiptName } from '../../../functions/storage/names.ts'
import { MemoryBucket } from '../../support/memory-bucket.ts'
import { manifestOf, storedItem } from '../report/fixtures.ts'

const PLAN = 'abcd1234'

describe('readHistory', () => {
  let bucket: MemoryBucket
  beforeEach(() => {
    bucket = new MemoryBucket()
  })
  const write = (name: string, data: Uint8Array) => bucket.write(name, data, ABSENT, { contentType: 'x' })
  async function writeDay(venue: string, date: string) {
    const name = manifestName('ticks', { venue, date })
    const item = { ...storedItem('trades', 'X', 3, 30), sourceBytes: 300 }
    await write(name, encodeDocument(manifest, name, manifestOf({ venue, date }, 'complete', [item])))
  }
  async function writeReceipt(venue: string, date: string, index: number, seconds: number, downloadedBytes: number) {
    const name = receiptName('ticks', { venue, date }, PLAN, index)
    const work = { deliveries: 1, seconds, downloadedBytes, textBytes: 0, rows: 0, figures: {} }
    const document = {
      ...{ schemaVersion: 1 as const, venue, date, plan: PLAN, index },
      handedOn: 0,
      results: [],
      work,
    }
    await write(name, encodeDocument(receipt, name, document))
  }
  const read = (venues: readonly string[], near: string) =>
    readHistory(bucket, openLedger(bucket, 'ticks'), 'ticks', venues, near)

  it('has the sizes of what is stored, and the time and bytes of the batches that downloaded', async () => {
    await writeDay('binance', '2024-08-01')
    await writeReceipt('binance', '2024-08-01', 0, 2, 500)
    await writeReceipt('binance', '2024-08-01', 1, 3, 250)
    // It found everything stored, so that its time says nothing.
    await writeReceipt('binance', '2024-08-01', 2, 100, 0)
    const { sizes, seconds, downloadedBytes } = await read(['binance'], '2024-08-01')
    assert.deepEqual([seconds, downloadedBytes], [5, 750])
    const day = { venue: 'binance', date: '2024-08-01' }
    assert.deepEqual(sizes, [{ ...day, dataType: 'trades', symbol: 'X', bytes: 30, rows: 3, sourceBytes: 300 }])
  })

  it('reads the 14 nearest days of a venue, and 3 of another one', async () => {
    const dates = Array.from({ length: 20 }, (_, at) => `2024-08-${String(at + 1).padStart(2, '0')}`)
    for (const date of dates) for (const venue of ['binance', 'deribit']) await writeDay(venue, date)
    const { sizes } = await read(['binance'], '2024-08-20')
    const of = (venue: string) => sizes.filter(size => size.venue === venue).map(({ date }) => date)
    assert.deepEqual(of('binance').sort(), dates.slice(6))
    assert.deepEqual(of('deribit').sort(), dates.slice(17))
  })

  it('leaves out documents that cannot be read', async () => {
    await writeDay('binance', '2024-08-01')
    await write(receiptName('ticks', { venue: 'binance', date: '2024-08-01' }, PLAN, 0), Buffer.from('{"half":'))
    await write(manifestName('ticks', { venue: 'binance', date: '2024-08-02' }), Buffer.from('{}'))
    const { sizes, seconds } = await read(['binance'], '2024-08-01')
    assert.deepEqual([sizes.length, seconds], [1, 0])
  })
})
