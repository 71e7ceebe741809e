import assert from 'node:assert/strict'
import type { z } from 'zod'
import { isDay } from '../../functions/market/days.ts'
import {
  DATA_TYPE,
  DEFAULT_DATA_TYPES,
  INSTRUMENT_TYPE,
  INSTRUMENTS_SYMBOL,
  isKnownDataType,
  KNOWN_DATA_TYPES,
  MAX_SYMBOL_CHARACTERS,
  PLAN_ID,
  REQUEST_ID,
  REQUESTABLE_DATA_TYPES,
  SYMBOL,
  VENUE,
} from '../../functions/market/names.ts'
import { PREFIX_EXPECTED } from '../../functions/market/prefix.ts'
import * as schemas from '../../functions/market/schemas.ts'

const HASH = '0123456789abcdef'

/** Each pattern with texts that it takes and texts that it does not, at each of its bounds. */
const PATTERNS: Readonly<Record<string, { pattern: RegExp; takes: string[]; refuses: string[] }>> = {
  venue: {
    pattern: VENUE,
    takes: ['a', '0', 'a1', 'okex-swap', 'a'.repeat(64)],
    refuses: ['', '-', 'a-', '-a', 'a_b', 'A', 'a'.repeat(65), '!a', 'a!', 'a!a'],
  },
  dataType: {
    pattern: DATA_TYPE,
    takes: ['a', 'a1', 'incremental_book_L2', `a${'b'.repeat(63)}`],
    refuses: ['', '1', 'A', '_a', 'a_', 'a-b', `a${'b'.repeat(64)}`, '!a', 'a!', 'a!a'],
  },
  symbol: {
    pattern: SYMBOL,
    takes: ['B', 'BTC', 'BTC-USDT', 'BTC USDT', 'A B C', 'ä', 'x\u0301', '1', '-', '$', 'ab cd'],
    refuses: ['', ' ', ' a', 'a ', 'a  b', 'a\tb', 'a\n', '\na', 'a b\u0000', '\u0000a b', 'a\u0000 b'],
  },
  instrumentType: {
    pattern: INSTRUMENT_TYPE,
    takes: ['a', 'spot', 'a1', 'a_-b', 'a'.repeat(32)],
    refuses: ['', '1', 'A', 'a-', 'a_', 'aB', '-a', 'a'.repeat(33), '!a', 'a!', 'a!a', '1spot', 'spot:'],
  },
  planId: {
    pattern: PLAN_ID,
    takes: [HASH.slice(0, 4), HASH.repeat(4)],
    refuses: ['', HASH.slice(0, 3), `${HASH.repeat(4)}0`, 'ABCD', `${HASH}g`, `g${HASH}`, `${HASH}\n`],
  },
  requestId: {
    pattern: REQUEST_ID,
    takes: [HASH],
    refuses: ['', HASH.slice(1), `${HASH}0`, HASH.toUpperCase(), `${HASH.slice(1)}g`, `${HASH}\n`],
  },
}

describe('market: patterns', () => {
  for (const [name, { pattern, takes, refuses }] of Object.entries(PATTERNS))
    it(`takes a whole ${name} and nothing around it`, () => {
      for (const text of takes) assert.match(text, pattern)
      for (const text of refuses) assert.doesNotMatch(text, pattern)
    })

  it('takes a day and nothing around it', () => {
    for (const text of ['x2024-08-08', '2024-08-08x', 'x2100-12-31', '2100-12-31x', '12024-08-08', '2024-08-081'])
      assert.ok(!isDay(text), text)
  })

  it('knows the data types of the vendor, and no other', () => {
    for (const type of KNOWN_DATA_TYPES) assert.ok(isKnownDataType(type), type)
    for (const type of ['', 'candles', 'trades ']) assert.ok(!isKnownDataType(type), type)
    assert.deepEqual(DEFAULT_DATA_TYPES, [
      'trades',
      'book_snapshot_5',
      'derivative_ticker',
      'liquidations',
      'options_chain',
    ])
  })

  it('knows the instruments of a day as one more data type, with one symbol', () => {
    assert.deepEqual(REQUESTABLE_DATA_TYPES, [...KNOWN_DATA_TYPES, 'instruments'])
    assert.equal(INSTRUMENTS_SYMBOL, 'INSTRUMENTS')
  })

  it('takes venues and patterns of them, periods and exclusions, and says what they look like', () => {
    const says = (schema: z.ZodType, text: string) => schema.safeParse(text).error?.issues[0]?.message
    for (const text of ['binance', 'bin*', '?inance']) assert.equal(says(schemas.venuePattern, text), undefined, text)
    for (const text of ['B*', 'a_b', '', '*/..'])
      assert.match(says(schemas.venuePattern, text)!, /exchange id .* such as binance\*$/)
    assert.equal(says(schemas.period, 'x'.repeat(40)), undefined)
    assert.match(
      says(schemas.period, 'x'.repeat(41))!,
      /^a day, month or year .* last-N-days \(N from 1 to 3650\), .* FROM\.\.TO$/,
    )
    for (const text of ['A', '*-P', 'A'.repeat(MAX_SYMBOL_CHARACTERS)])
      assert.equal(says(schemas.excluded, text), undefined, text)
    for (const text of ['', 'A,B', 'A'.repeat(MAX_SYMBOL_CHARACTERS + 1)])
      assert.equal(
        says(schemas.excluded, text),
        'a name or pattern of symbols, of 1 to 128 printable characters without commas',
      )
    assert.match(says(schemas.instrumentType, 'A')!, /^a type of instruments \(spot/)
  })

  it('says what a request id and a prefix look like', () => {
    assert.equal(schemas.requestId.safeParse('x').error!.issues[0]!.message, 'the id of a request (16 of 0-9 and a-f)')
    assert.match(PREFIX_EXPECTED, /^folders like ticks or team\/ticks .* _iceberg$/)
  })

  it('takes symbols of the vendor that have a character, and requested ones up to their longest', () => {
    assert.ok(schemas.symbol.safeParse('\u0000').success)
    assert.ok(!schemas.symbol.safeParse('').success)
    assert.ok(schemas.requestedSymbol.safeParse('A'.repeat(MAX_SYMBOL_CHARACTERS)).success)
    assert.ok(!schemas.requestedSymbol.safeParse('A'.repeat(MAX_SYMBOL_CHARACTERS + 1)).success)
  })

  it('takes scopes of all symbols or of named ones, and no others', () => {
    assert.ok(schemas.scope.safeParse({ trades: 'all', quotes: ['A'] }).success)
    for (const scope of [{ trades: 'some' }, { trades: [''] }, { '../x': 'all' }, { trades: '' }])
      assert.ok(!schemas.scope.safeParse(scope).success, JSON.stringify(scope))
  })
})
