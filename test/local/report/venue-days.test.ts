import assert from 'node:assert/strict'
import { encodeDocument } from '../../../functions/ledger/document.ts'
import { openLedger } from '../../../functions/ledger/ledger.ts'
import { manifest } from '../../../functions/ledger/manifest.ts'
import { isDone, readVenueDay } from '../../../functions/local/report/venue-days.ts'
import { type Scope, scopeOf } from '../../../functions/market/scope.ts'
import { ABSENT } from '../../../functions/storage/bucket.ts'
import { manifestName } from '../../../functions/storage/names.ts'
import { MemoryBucket } from '../../support/memory-bucket.ts'
import { manifestOf, storedItem } from './fixtures.ts'

const DAY = { venue: 'binance', date: '2024-08-08' }
const NARROW = 'recorded for fewer data types or symbols than requested'

/** What is read of a complete manifest that records all trades, and quotes of A alone. */
async function read(scope: Scope | undefined) {
  const bucket = new MemoryBucket()
  const document = {
    ...manifestOf(DAY, 'complete', [storedItem('trades', 'A', 1, 1), storedItem('quotes', 'A', 1, 1)]),
    scope: [
      { dataType: 'quotes', all: false, symbols: ['A'] },
      { dataType: 'trades', all: true, symbols: [] },
    ],
  }
  const name = manifestName('ticks', DAY)
  await bucket.write(name, encodeDocument(manifest, name, document), ABSENT, { contentType: 'application/json' })
  return readVenueDay(openLedger(bucket, 'ticks'), { ...DAY, ...(scope && { scope }) }, false)
}

describe('readVenueDay: a manifest that is complete', () => {
  const covered: [string, Scope | undefined][] = [
    ['whatever it records', undefined],
    ['all of a data type', scopeOf(['trades'])],
    ['one symbol of a data type', scopeOf(['trades'], ['B'])],
    ['the symbols that it records', scopeOf(['quotes', 'trades'], ['A'])],
  ]
  for (const [what, scope] of covered) {
    it(`counts where the request is for ${what}`, async () => {
      const report = await read(scope)
      assert.deepEqual([report.status, report.error, isDone([report])], ['complete', undefined, true])
    })
  }

  const wider: [string, Scope][] = [
    ['another data type', scopeOf(['liquidations'])],
    ['another data type too', scopeOf(['trades', 'liquidations'])],
    ['another symbol', scopeOf(['quotes'], ['B'])],
    ['another symbol too', scopeOf(['quotes'], ['A', 'B'])],
    ['all symbols of a data type of which it records one', scopeOf(['quotes'])],
  ]
  for (const [what, scope] of wider) {
    it(`is incomplete where the request is for ${what}`, async () => {
      const report = await read(scope)
      assert.deepEqual([report.status, report.error, isDone([report])], ['incomplete', NARROW, false])
    })
  }
})
