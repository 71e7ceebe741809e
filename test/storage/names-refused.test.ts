import assert from 'node:assert/strict'
import { DAY_EXPECTED } from '../../functions/market/days.ts'
import {
  DATA_TYPE_EXPECTED,
  PLAN_ID_EXPECTED,
  REQUEST_ID_EXPECTED,
  VENUE_EXPECTED,
} from '../../functions/market/names.ts'
import { PREFIX_EXPECTED } from '../../functions/market/prefix.ts'
import {
  dataFolder,
  dataObjectName,
  ledgerPrefix,
  receiptName,
  rejectedName,
  requestName,
  vendorInstrumentsName,
} from '../../functions/storage/names.ts'
import { copiesPrefix, copyName } from '../../functions/storage/table-names.ts'

const ITEM = { dataType: 'trades', venue: 'deribit', date: '2024-08-08', symbol: 'A' }
const x = (length: number) => 'x'.repeat(length)

describe('storage/names: what is refused', () => {
  const cases: [string, () => string, string][] = [
    ['prefix', () => ledgerPrefix('/a'), `prefix is "/a", expected ${PREFIX_EXPECTED}`],
    ['venue', () => dataObjectName('ticks', { ...ITEM, venue: 'A' }), `venue is "A", expected ${VENUE_EXPECTED}`],
    [
      'instruments’ venue',
      () => vendorInstrumentsName('ticks', { ...ITEM, venue: 'A' }),
      `venue is "A", expected ${VENUE_EXPECTED}`,
    ],
    [
      'data type',
      () => dataFolder('ticks', { ...ITEM, dataType: '7' }),
      `data type is "7", expected ${DATA_TYPE_EXPECTED}`,
    ],
    ['date', () => dataObjectName('ticks', { ...ITEM, date: '8' }), `date is "8", expected ${DAY_EXPECTED}`],
    ['empty symbol', () => dataObjectName('ticks', { ...ITEM, symbol: '' }), 'symbol is empty'],
    [
      'half a character',
      () => dataObjectName('ticks', { ...ITEM, symbol: '\ud800' }),
      'symbol "\\ud800" is not valid Unicode',
    ],
    [
      'long symbol',
      () => dataObjectName('ticks', { ...ITEM, symbol: x(248) }),
      `symbol "${x(100)}…" makes a name of 256 bytes, over 255`,
    ],
    ['plan', () => receiptName('ticks', ITEM, 'p', 0), `plan id is "p", expected ${PLAN_ID_EXPECTED}`],
    ['index', () => receiptName('ticks', ITEM, 'cafe', -1), 'batch index is -1, not a count from 0'],
    ['request', () => requestName('ticks', 'r'), `request id is "r", expected ${REQUEST_ID_EXPECTED}`],
    ['source', () => rejectedName('ticks', 'a/b', '1'), 'source is "a/b", expected the name of a topic or function'],
    ['empty source', () => rejectedName('ticks', '', '1'), 'source is "", expected the name of a topic or function'],
    [
      'long source',
      () => rejectedName('ticks', x(101), '1'),
      `source is "${x(100)}…", expected the name of a topic or function`,
    ],
    [
      'source in a line',
      () => rejectedName('ticks', 'a\nb', '1'),
      'source is "a\\nb", expected the name of a topic or function',
    ],
    [
      'copy',
      () => copyName('ticks', 'trades', 7, 'ticks/A'),
      'ticks/A: expected the name of a data object, with /venue=',
    ],
  ]
  for (const [what, name, message] of cases)
    it(`is named, with what was found and expected: ${what}`, () => assert.throws(name, new RangeError(message)))

  it('is nothing that is just long enough', () => {
    assert.ok(dataObjectName('ticks', { ...ITEM, symbol: x(247) }).endsWith(`/${x(247)}.parquet`))
    assert.equal(rejectedName('ticks', x(100), 'a-b'), `_ledger/rejected/${x(100)}-a%2Db.json`)
    assert.equal(rejectedName('ticks', 'f', x(128)), `_ledger/rejected/f-${x(128)}.json`)
    for (const id of [x(129), '\ud800'])
      assert.match(rejectedName('ticks', 'f', id), /^_ledger\/rejected\/f-~[0-9a-f]{64}\.json$/)
    assert.equal(receiptName('ticks', ITEM, 'cafe', 0), '_ledger/venue=deribit/date=2024-08-08/receipts/cafe/0.json')
  })

  it('is no name of a copy', () => {
    assert.equal(copiesPrefix('a/ticks', 'trades'), 'a/_iceberg/trades/data/')
    const object = dataObjectName('a/ticks', ITEM)
    const copy = '_iceberg/trades/data/7/venue=deribit/date=2024-08-08/A.parquet'
    assert.equal(copyName('a/ticks', 'trades', 7, object), `a/${copy}`)
    assert.equal(copyName('ticks', 'trades', 7, '/venue=deribit/date=2024-08-08/A.parquet'), copy)
  })
})
