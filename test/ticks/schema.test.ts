import assert from 'node:assert/strict'
import { Type } from 'apache-arrow/enum'
import type { TimestampMicrosecond } from 'apache-arrow/type'
import { KNOWN_DATA_TYPES } from '../../functions/market/names.ts'
import { columnName, isHeader, schemaOfHeader, standardSchema } from '../../functions/ticks/schema.ts'
import { type ColumnType, documentedColumns } from '../support/csv-oracle.ts'

const ARROW: Readonly<Record<ColumnType, readonly Type[]>> = {
  'TIMESTAMP WITH TIME ZONE': [Type.Timestamp],
  DOUBLE: [Type.Float],
  BOOLEAN: [Type.Bool],
  VARCHAR: [Type.Utf8, Type.Dictionary],
}

describe('the schemas', () => {
  it('are of the vendor’s nine data types', () =>
    assert.deepEqual([...KNOWN_DATA_TYPES].sort(), [
      'book_snapshot_25',
      'book_snapshot_5',
      'book_ticker',
      'derivative_ticker',
      'incremental_book_L2',
      'liquidations',
      'options_chain',
      'quotes',
      'trades',
    ]))

  for (const dataType of [...KNOWN_DATA_TYPES, 'one_not_known_yet'])
    it(`are what the vendor documents: ${dataType}`, () => {
      const documented = [...documentedColumns(dataType)]
      for (const schema of [
        standardSchema(dataType),
        schemaOfHeader(dataType, documented.map(([name]) => name).join()),
      ]) {
        assert.deepEqual(
          schema.fields.map(field => field.name),
          documented.map(([name]) => columnName(name)),
        )
        for (const [c, field] of schema.fields.entries()) {
          assert.ok(ARROW[documented[c]![1]].includes(field.typeId), `${field.name}: ${field.type}`)
          assert.ok(field.nullable)
          if (field.typeId === Type.Timestamp) assert.equal((field.type as TimestampMicrosecond).timezone, 'UTC')
        }
      }
    })

  it('follow the header’s own order, and take what is new as text', () => {
    const schema = schemaOfHeader('trades', 'exchange,price,block,local_timestamp,symbol')
    assert.deepEqual(
      schema.fields.map(({ name, typeId }) => [name, typeId]),
      [
        ['exchange', Type.Dictionary],
        ['price', Type.Float],
        ['block', Type.Utf8],
        ['local_timestamp', Type.Timestamp],
        ['symbol', Type.Dictionary],
      ],
    )
  })

  it('do not take a column for one of another data type, nor for a property of every object', () => {
    for (const name of ['expiration', 'is_snapshot', 'constructor', '__proto__', 'toString'])
      assert.equal(schemaOfHeader('trades', `exchange,${name}`).fields[1]!.typeId, Type.Utf8, name)
    for (const dataType of ['constructor', '__proto__'])
      assert.equal(standardSchema(dataType).fields.length, 4, dataType)
  })

  it('know a level of a book by its number in the header, counting from 1', () => {
    assert.equal(columnName('asks[0].price'), 'ask_price_1')
    assert.equal(columnName('bids[24].amount'), 'bid_amount_25')
    const schema = schemaOfHeader('book_snapshot_25', 'exchange,bids[24].amount,asks[25].price')
    assert.deepEqual(
      schema.fields.slice(1).map(({ name, typeId }) => [name, typeId]),
      [
        ['bid_amount_25', Type.Float],
        ['ask_price_26', Type.Utf8],
      ],
    )
  })

  it('have names that every SQL engine takes', () => {
    assert.equal(columnName('block no.'), 'block_no_')
    assert.equal(columnName(' größe '), 'gr_e')
    for (const dataType of KNOWN_DATA_TYPES)
      for (const { name } of standardSchema(dataType).fields) assert.match(name, /^[a-z][a-z0-9_]*$/)
  })

  it('refuse a header that names two columns alike, or one not at all', () => {
    for (const [header, column, message] of [
      ['exchange,price,price', 'price', /found column price twice/],
      ['exchange,a b,a-b', 'a_b', /found column a_b twice/],
      ['exchange,,price', '', /found a column without a name/],
      ['exchange,price,', '', /found a column without a name/],
    ] as const)
      assert.throws(() => schemaOfHeader('trades', header), { name: 'MalformedDataError', line: 1, column, message })
  })

  it('tell a header from a row', () => {
    assert.ok(isHeader('exchange,symbol,timestamp'))
    assert.ok(isHeader('"exchange","symbol"'))
    assert.ok(isHeader('exchange'))
    assert.ok(!isHeader('exchange-x,BTC,1'))
    assert.ok(!isHeader('binance,BTCUSDT,1723161256322000'))
    assert.ok(!isHeader(''))
  })

  it('read names in quotes', () => {
    const { fields } = schemaOfHeader('trades', '"exchange","price","new, ""one"""')
    assert.deepEqual(
      fields.map(({ name }) => name),
      ['exchange', 'price', 'new_one_'],
    )
    assert.equal(fields[1]!.typeId, Type.Float)
  })
})
