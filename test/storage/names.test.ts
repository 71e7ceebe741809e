import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  dataObjectName,
  endedRequestsName,
  ledgerPrefix,
  manifestName,
  parseDayFolder,
  parseRequestName,
  parseVenueFolder,
  planName,
  qualityRulesName,
  receiptName,
  receiptsPrefix,
  rejectedDataName,
  rejectedName,
  requestName,
  vendorBlockName,
  vendorInstrumentsName,
  vendorUsageName,
  venuesPrefix,
} from '../../functions/storage/names.ts'

const ITEM = { dataType: 'trades', venue: 'binance-futures', date: '2024-08-08', symbol: 'BTCUSDT' }
const DAY = { venue: 'binance-futures', date: '2024-08-08' }
const RUNS = { numRuns: 500 }

/** A part of a path that every file system and every bucket takes as it is. */
const SAFE_PART = /^(?!\.{1,2}$)[A-Za-z0-9._%=~-]+$/

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('.', '..', '../..', '/', 'a/b', '\n', '%2F', 'ä', '💥', '\ud800'),
)

describe('storage/names', () => {
  it('names objects as documented', () => {
    assert.equal(
      dataObjectName('ticks', ITEM),
      'ticks/data_type=trades/venue=binance-futures/date=2024-08-08/BTCUSDT.parquet',
    )
    assert.equal(
      dataObjectName('ticks', { ...ITEM, dataType: 'instruments', symbol: 'INSTRUMENTS' }),
      'ticks/data_type=instruments/venue=binance-futures/date=2024-08-08/instruments.parquet',
    )
    assert.equal(
      vendorInstrumentsName('ticks', DAY),
      '_ledger/vendor/instruments/venue=binance-futures/date=2024-08-08.json',
    )
    assert.equal(planName('ticks', DAY), '_ledger/venue=binance-futures/date=2024-08-08/plan.json')
    assert.equal(manifestName('ticks', DAY), '_ledger/venue=binance-futures/date=2024-08-08/manifest.json')
    assert.equal(
      receiptName('ticks', DAY, '1a2b3c', 7),
      '_ledger/venue=binance-futures/date=2024-08-08/receipts/1a2b3c/7.json',
    )
    assert.equal(rejectedName('ticks', 'tick-venue-days', '1234'), '_ledger/rejected/tick-venue-days-1234.json')
    assert.equal(rejectedDataName('ticks', 'fetch', '1'), '_ledger/rejected/fetch-1.message')
    assert.equal(qualityRulesName('a/ticks'), 'a/_ledger/quality.json')
    assert.equal(vendorBlockName('a/ticks'), 'a/_ledger/vendor/block.json')
    assert.equal(vendorUsageName('ticks', '2024-08-08'), '_ledger/vendor/usage/date=2024-08-08.json')
    assert.throws(() => vendorUsageName('ticks', '2024-02-30'), RangeError)
    assert.equal(endedRequestsName('ticks'), '_ledger/requests/ended.json')
  })

  it('puts the ledger beside the prefix', () => {
    assert.equal(ledgerPrefix('ticks'), '_ledger/')
    assert.equal(ledgerPrefix('a/ticks'), 'a/_ledger/')
    assert.equal(venuesPrefix('a/b/ticks'), 'a/b/_ledger/venue=')
    assert.equal(venuesPrefix('ticks', 'deribit'), '_ledger/venue=deribit/')
    assert.ok(manifestName('ticks', DAY).startsWith(venuesPrefix('ticks', DAY.venue)))
    assert.ok(receiptName('ticks', DAY, '1a2b', 0).startsWith(receiptsPrefix('ticks', DAY)))
  })

  for (const [symbol, file] of [
    ['BTC-PERPETUAL', 'BTC-PERPETUAL.parquet'],
    ['BTC_USDT.P', 'BTC_USDT.P.parquet'],
    ['BTC/USDT', 'BTC%2FUSDT.parquet'],
    ['tBTCF0:USTF0', 'tBTCF0%3AUSTF0.parquet'],
    ['100%', '100%25.parquet'],
    ["a b!'()*~", 'a%20b%21%27%28%29%2A%7E.parquet'],
    ['ñ', '%C3%B1.parquet'],
    ['..', '...parquet'],
    ['.', '..parquet'],
    ['../../etc', '..%2F..%2Fetc.parquet'],
    ['a\nb', 'a%0Ab.parquet'],
  ]) {
    it(`writes the symbol ${JSON.stringify(symbol)} as ${file}`, () => {
      assert.equal(
        dataObjectName('ticks', { ...ITEM, symbol: symbol! })
          .split('/')
          .at(-1),
        file,
      )
    })
  }

  it('never lets a symbol out of its folder, and no two of them share a name', () => {
    const folder = 'ticks/data_type=trades/venue=binance-futures/date=2024-08-08/'
    const symbol = anyText.filter(text => text !== '' && text.isWellFormed() && text.length < 20)
    fc.assert(
      fc.property(symbol, symbol, (a, b) => {
        const [nameA, nameB] = [a, b].map(text => dataObjectName('ticks', { ...ITEM, symbol: text })) as [
          string,
          string,
        ]
        assert.ok(nameA.startsWith(folder))
        assert.match(nameA.slice(folder.length), SAFE_PART)
        assert.ok(!nameA.slice(folder.length).includes('/'))
        assert.equal(nameA === nameB, a === b)
        assert.equal(decodeURIComponent(nameA.slice(folder.length, -'.parquet'.length)), a)
      }),
      RUNS,
    )
  })

  const bad: readonly (readonly [string, Partial<typeof ITEM>])[] = [
    ['symbol', { symbol: '' }],
    ['symbol', { symbol: '\ud800' }],
    ['symbol', { symbol: 'x'.repeat(248) }],
    ['symbol', { symbol: '💥'.repeat(30) }],
    ...['', '.', '..', 'a/b', 'a\n', 'Binance', 'a b', '-a', 'a-', 'ä', 'x'.repeat(65), 'a%2Fb'].map(
      venue => ['venue', { venue }] as const,
    ),
    ...['', '.', '../x', 'trades/', 'trades\n', 'tra-des', '_x', 'ä'].map(
      dataType => ['data type', { dataType }] as const,
    ),
    ...[
      '',
      '2024-8-8',
      '2024-02-30',
      '2023-02-29',
      '2024-13-01',
      '2024-00-10',
      '2024-08-08\n',
      '20240808',
      '../..',
      '2024-08-08T00',
    ].map(date => ['date', { date }] as const),
  ]
  for (const [part, change] of bad) {
    it(`refuses the ${part} ${JSON.stringify(Object.values(change)[0]!.slice(0, 20))}, naming it`, () => {
      const names = (error: unknown) => error instanceof RangeError && error.message.includes(part)
      assert.throws(() => dataObjectName('ticks', { ...ITEM, ...change }), names)
      if ('symbol' in change || 'dataType' in change) return
      for (const name of [planName, manifestName, receiptsPrefix]) {
        assert.throws(() => name('ticks', { ...DAY, ...change }), names)
      }
    })
  }

  for (const prefix of [
    '',
    '/',
    '/ticks',
    'ticks/',
    'a//b',
    '..',
    'a/../b',
    '.',
    'a b',
    'ä',
    '_ledger',
    'a/_ledger',
    '.tick-handler',
    '.tick-handler/x',
    'a/.Tick-Handler',
    '_ledger/ticks',
    '_LEDGER',
    '_iceberg',
    'a/_iceberg/ticks',
    '.well-known/ticks',
    'x'.repeat(201),
    'a\nb',
  ]) {
    it(`refuses the prefix ${JSON.stringify(prefix)}`, () => {
      assert.throws(() => ledgerPrefix(prefix), RangeError)
      assert.throws(() => dataObjectName(prefix, ITEM), RangeError)
    })
  }

  it('refuses what is no plan id or index', () => {
    for (const plan of ['', '..', 'a/b', 'a b', 'abc', 'g'.repeat(12), 'a'.repeat(65), '%2F', 'ABCD']) {
      assert.throws(() => receiptName('ticks', DAY, plan, 0), RangeError, plan)
    }
    for (const index of [-1, 0.5, Number.NaN, Infinity, 2 ** 53]) {
      assert.throws(() => receiptName('ticks', DAY, '1a2b', index), RangeError, String(index))
    }
  })

  it('refuses what is no request id, and reads the name of a request back', () => {
    for (const id of ['', '..', 'a/b', '0'.repeat(15), '0'.repeat(17), 'g'.repeat(16), 'A'.repeat(16)]) {
      assert.throws(() => requestName('ticks', id), RangeError, id)
      assert.equal(parseRequestName('ticks', `_ledger/requests/${id}.json`), undefined, id)
    }
    const id = '0123456789abcdef'
    assert.equal(requestName('a/ticks', id), `a/_ledger/requests/${id}.json`)
    assert.equal(parseRequestName('a/ticks', `a/_ledger/requests/${id}.json`), id)
    for (const name of [
      `_ledger/requests/${id}.json`,
      `a/_ledger/requests/${id}.txt`,
      `a/_ledger/requests/x/${id}.json`,
    ])
      assert.equal(parseRequestName('a/ticks', name), undefined, name)
  })

  it('has a name for every message that is rejected, and never the same for two', () => {
    const source = fc.constantFrom('fetch', 'tick-venue-days', 'tick', 'tick-1')
    fc.assert(
      fc.property(source, anyText, source, anyText, (sourceA, idA, sourceB, idB) => {
        const nameA = rejectedName('ticks', sourceA, idA)
        assert.match(nameA.slice('_ledger/rejected/'.length), SAFE_PART)
        assert.ok(nameA.startsWith('_ledger/rejected/') && nameA.length < 255)
        assert.equal(nameA === rejectedName('ticks', sourceB, idB), sourceA === sourceB && idA === idB)
      }),
      RUNS,
    )
    assert.ok(rejectedName('ticks', 'fetch', 'x'.repeat(100_000)).length < 255)
    assert.throws(() => rejectedName('ticks', '../x', '1'), RangeError)
  })

  it('reads the folders of venues and venue-days back', () => {
    for (const prefix of ['ticks', 'a/ticks']) {
      assert.equal(parseVenueFolder(prefix, venuesPrefix(prefix, DAY.venue)), DAY.venue)
      const folder = planName(prefix, DAY).replace('plan.json', '')
      assert.equal(parseDayFolder(prefix, DAY.venue, folder), DAY.date)
      assert.equal(parseVenueFolder(prefix, folder), undefined)
    }
  })

  for (const folder of ['', '/', '_ledger/rejected/', '_ledger/venue=V/', '_ledger/venue=v', 'a/_ledger/venue=v/']) {
    it(`takes ${JSON.stringify(folder)} for no folder of a venue`, () =>
      assert.equal(parseVenueFolder('ticks', folder), undefined))
  }

  for (const folder of [
    '',
    '_ledger/venue=v/',
    '_ledger/venue=v/date=2024-02-30/',
    '_ledger/venue=v/date=2024-08-08',
    '_ledger/venue=w/date=2024-08-08/',
    '_ledger/venue=v/date=2024-08-08/receipts/',
    'ticks/data_type=trades/venue=v/date=2024-08-08/',
  ]) {
    it(`takes ${JSON.stringify(folder)} for no folder of a venue-day`, () =>
      assert.equal(parseDayFolder('ticks', 'v', folder), undefined))
  }
})
