import assert from 'node:assert/strict'
import { instrumentKey, parseInstrumentName } from '../../functions/market/instrument-name.ts'
import { NAMES } from './instrument-names.ts'

interface Expected {
  readonly venue: string
  readonly symbol: string
  readonly fields: readonly (string | null)[]
}

const TABLE: Expected[] = Object.entries(NAMES).flatMap(([venue, lines]) =>
  lines
    .trim()
    .split('\n')
    .map(line => {
      const [symbol = '', ...words] = line.split(' ')
      const fields = words.length === 0 ? new Array(6).fill(null) : words.map(word => (word === '-' ? null : word))
      return { venue, symbol, fields }
    }),
)

const fieldsOf = (venue: string, symbol: string) => {
  const { type, base, quote, expiry, strike, side } = parseInstrumentName(venue, symbol)
  return [type, base, quote, expiry, strike === null ? null : String(strike), side]
}

describe('names of instruments', () => {
  it('are at least 150, of at least 12 venues, with at least 30 that say nothing', () => {
    assert.ok(TABLE.length >= 150, `${TABLE.length}`)
    assert.ok(Object.keys(NAMES).length >= 12)
    assert.ok(TABLE.filter(({ fields }) => fields[0] === null).length >= 30)
    for (const { venue, symbol, fields } of TABLE) assert.equal(fields.length, 6, `${venue} ${symbol}`)
  })

  for (const venue of Object.keys(NAMES)) {
    it(`of ${venue} are read as far as they are sure`, () => {
      for (const { symbol, fields } of TABLE.filter(one => one.venue === venue))
        assert.deepEqual(fieldsOf(venue, symbol), fields, symbol)
    })
  }

  it('of unknown venues, of members that every object has, and of any length say nothing', () => {
    for (const venue of ['no-such-venue', 'constructor', 'toString'])
      assert.deepEqual(fieldsOf(venue, 'BTC-USDT'), [null, null, null, null, null, null])
    assert.deepEqual(fieldsOf('bybit', 'A'.repeat(100_000)), [null, null, null, null, null, null])
  })

  it('have their day in any month', () => {
    const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
    const days = months.map(month => parseInstrumentName('deribit', `BTC-9${month}24`).expiry)
    assert.deepEqual(
      days,
      months.map((_, at) => `2024-${String(at + 1).padStart(2, '0')}-09`),
    )
  })

  it('have no key where any part that it has is null', () => {
    const option = parseInstrumentName('deribit', 'BTC-27SEP24-50000-C')
    for (const part of ['type', 'base', 'quote', 'expiry', 'strike', 'side'])
      assert.equal(instrumentKey('deribit', { ...option, [part]: null }), null, part)
  })

  it('give one key per instrument, and none where a part is not known', () => {
    const key = (venue: string, symbol: string) => instrumentKey(venue, parseInstrumentName(venue, symbol))
    assert.equal(key('deribit', 'BTC-27SEP24-50000-C'), 'DERIBIT:OPTION:BTC-USD-240927-50000-CALL')
    assert.equal(key('deribit', 'XRP_USDC-30JUN23-0d5-P'), 'DERIBIT:OPTION:XRP-USDC-230630-0.5-PUT')
    assert.equal(key('binance-futures', 'BTCUSDT'), 'BINANCE-FUTURES:PERPETUAL:BTC-USDT')
    assert.equal(key('binance-delivery', 'BTCUSD_240927'), 'BINANCE-DELIVERY:FUTURE:BTC-USD-240927')
    assert.equal(key('kraken', 'XBT/USD'), 'KRAKEN:SPOT:XBT-USD')
    for (const [venue, symbol] of [
      ['bitmex', 'XBTU24'],
      ['bybit', 'BTCUSDU24'],
      ['deribit', 'OPTIONS'],
    ] as const)
      assert.equal(key(venue, symbol), null)
    const keys = TABLE.map(({ venue, symbol }) => key(venue, symbol)).filter(found => found !== null)
    const names = new Set(TABLE.map(({ venue, symbol }) => `${venue} ${symbol.toUpperCase().replace('/', '-')}`))
    assert.ok(keys.length > 100)
    assert.ok(new Set(keys).size >= keys.length - (TABLE.length - names.size), 'two instruments share a key')
  })
})
