import assert from 'node:assert/strict'
import { compareItems, itemKey } from '../../functions/market/items.ts'
import { DATA_TYPE, DEFAULT_DATA_TYPES, KNOWN_DATA_TYPES, VENUE } from '../../functions/market/names.ts'
import { isPrefix } from '../../functions/market/prefix.ts'
import * as schemas from '../../functions/market/schemas.ts'
import { datasetSymbol, groupedMarket, isGrouped } from '../../functions/market/symbols.ts'

describe('market: names', () => {
  it('knows every default data type, and all of them fit the pattern', () => {
    const known: readonly string[] = KNOWN_DATA_TYPES
    assert.deepEqual(
      DEFAULT_DATA_TYPES.filter(type => !known.includes(type)),
      [],
    )
    for (const type of known) assert.match(type, DATA_TYPE)
  })

  it('lets no name out of its place', () => {
    for (const name of ['', '.', '..', 'a/b', 'a b', 'a\n', 'ä', '-a', 'a-', 'A', 'a%2Fb', 'a'.repeat(65)]) {
      assert.doesNotMatch(name, VENUE)
      assert.doesNotMatch(name, DATA_TYPE)
    }
    assert.match('binance-futures', VENUE)
    assert.match('a'.repeat(64), VENUE)
  })

  it('takes prefixes that lead nowhere else, and none that holds the ledger or hidden files', () => {
    for (const prefix of ['ticks', 'a/b/ticks', 'v1.2_x=y', '.tick', 'a'.repeat(200)])
      assert.ok(isPrefix(prefix), prefix)
    const bad = [
      '',
      '/',
      '/a',
      'a/',
      'a//b',
      '.',
      'a/..',
      'a b',
      'ä',
      '_ledger',
      'a/_ledger',
      'a/_Ledger',
      '_iceberg/a',
    ]
    for (const prefix of [...bad, '.tick-handler', 'x/.TICK-handler', '.well-known', 'a\n', 'a'.repeat(201)])
      assert.ok(!isPrefix(prefix), prefix)
  })

  it('writes symbols as datasets are named, and knows the grouped ones however they are written', () => {
    assert.equal(datasetSymbol('btc/usdt:x'), 'BTC-USDT-X')
    assert.deepEqual(['SPOT', 'FUTURES', 'PERPETUALS', 'options'].map(groupedMarket), [
      'spot',
      'future',
      'perpetual',
      'option',
    ])
    assert.equal(isGrouped('BTC-PERPETUAL'), false)
  })

  it('orders items by data type and then symbol, by code units', () => {
    const items = [
      { dataType: 'trades', symbol: 'a' },
      { dataType: 'trades', symbol: 'B' },
      { dataType: 'quotes', symbol: 'z' },
    ]
    assert.deepEqual(items.sort(compareItems).map(itemKey), ['quotes/z', 'trades/B', 'trades/a'])
  })

  it('says in each schema what was expected', () => {
    for (const [schema, expected] of [
      [schemas.venue, /Tardis exchange id/],
      [schemas.dataType, /Tardis data type/],
      [schemas.day, /a date as YYYY-MM-DD/],
      [schemas.planId, /a plan id/],
      [schemas.requestedSymbol, /a symbol of 1 to 128/],
    ] as const) {
      for (const value of ['', '../x y', 3, undefined]) {
        if (value === '../x y' && schema === schemas.requestedSymbol) continue
        assert.match(schema.safeParse(value).error!.issues[0]!.message, expected)
      }
    }
  })
})
