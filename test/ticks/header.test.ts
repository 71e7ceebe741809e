import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { KNOWN_DATA_TYPES } from '../../functions/market/names.ts'
import { columnsOfHeader, isHeader } from '../../functions/ticks/header.ts'
import { KIND } from '../../functions/ticks/kernel-constants.ts'
import { documentedColumns } from '../support/csv-oracle.ts'
import { toRows } from '../support/dataset.ts'

const TRADES = 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount'

const namesOf = (dataType: string, header: string) => columnsOfHeader(dataType, header).map(({ name }) => name)

describe('a header', () => {
  it('gives the columns in its own order, and what is new as text', () => {
    const columns = columnsOfHeader('trades', 'price,block,local_timestamp,symbol,amount,side,id,timestamp,exchange')
    assert.deepEqual(
      columns.map(({ name, kind }) => [name, kind]),
      [
        ['price', KIND.DOUBLE],
        ['block', KIND.TEXT],
        ['local_timestamp', KIND.TIME],
        ['symbol', KIND.CATEGORY],
        ['amount', KIND.DOUBLE],
        ['side', KIND.CATEGORY],
        ['id', KIND.TEXT],
        ['timestamp', KIND.TIME],
        ['exchange', KIND.CATEGORY],
      ],
    )
  })

  it('takes a column for text that another data type has, or that is a property of every object', () => {
    for (const name of ['expiration', 'is_snapshot', 'constructor', '__proto__', 'toString'])
      assert.equal(columnsOfHeader('trades', `${TRADES},${name}`)[8]!.kind, KIND.TEXT, name)
  })

  it('keeps every column whose name clashes, for readers that ignore case too', () => {
    const added = [
      'date',
      'Date',
      'VENUE',
      'data_type',
      'Price',
      '24h_volume',
      'rpi-qty',
      'rpi.qty',
      'rpi qty',
      'Symbol',
    ]
    const names = namesOf('trades', [TRADES, ...added].join())
    assert.equal(names.length, 8 + added.length)
    assert.equal(new Set(names.map(name => name.toLowerCase())).size, names.length)
  })

  it('gives a column one name, whatever other columns there are', () => {
    const added = ['date', 'Price', 'rpi-qty', 'rpi.qty', '24h_volume', 'vendor_date']
    const together = namesOf('trades', [TRADES, ...added].join()).slice(8)
    for (const [i, name] of added.entries()) assert.equal(namesOf('trades', `${TRADES},${name}`)[8], together[i])
  })

  it('may name its columns in quotes, or with blanks around them', () => {
    const quoted = TRADES.split(',').map(name => `"${name}"`)
    const names = namesOf('trades', `${quoted.join()},"new, ""one"""`)
    assert.deepEqual(names, [...TRADES.split(','), 'new_x002c__x0020__x0022_one_x0022_'])
    assert.deepEqual(namesOf('trades', TRADES.replaceAll(',', ' , ')), TRADES.split(','))
  })

  it('is refused where it names a column twice, or one not at all', () => {
    for (const [header, column, message] of [
      [
        `${TRADES},price`,
        'price',
        /^line 1: found column "price" twice in the header "exch.*", expected each name once$/,
      ],
      [`${TRADES},"a b",a b`, 'a_x0020_b', /found column "a b" twice/],
      [`${TRADES},,b`, '', /found a column without a name/],
      [`${TRADES},`, '', /found a column without a name/],
    ] as const)
      assert.throws(() => columnsOfHeader('trades', header), { name: 'MalformedDataError', line: 1, column, message })
  })

  for (const dataType of [...KNOWN_DATA_TYPES, 'something_new'])
    it(`is refused without any one of the columns of ${dataType}, and says which`, () => {
      const documented = [...documentedColumns(dataType).keys()]
      for (const missing of documented)
        assert.throws(
          () => columnsOfHeader(dataType, documented.filter(name => name !== missing).join()),
          (error: Error) => {
            assert.equal(error.name, 'MalformedDataError')
            assert.ok(error.message.startsWith(`line 1: found no ${missing} in the header`), error.message)
            assert.ok(error.message.endsWith(`expected the columns of ${dataType}`), error.message)
            return true
          },
        )
    })

  it('lists ten missing columns at most', () => {
    const message = /found no asks\[0\]\.price, .* and 90 more in the header/
    assert.throws(() => columnsOfHeader('book_snapshot_25', 'exchange,symbol,timestamp,local_timestamp'), { message })
  })

  it('is distinguished from a row by the columns that every data type has, in any position', () => {
    assert.ok(isHeader(TRADES))
    assert.ok(isHeader('price,"symbol"'))
    assert.ok(isHeader('local_timestamp'))
    assert.ok(!isHeader('exchange-x,BTC,1'))
    assert.ok(!isHeader('binance,BTCUSDT,1723161256322000'))
    assert.ok(!isHeader(''))
  })

  it('with bytes that are not UTF-8 is refused with the column and the bytes', async () => {
    const gzip = gzipSync(Buffer.from(`${TRADES},caf\xe9,last\n`, 'latin1'))
    for (const chunkBytes of [1, 1000])
      await assert.rejects(toRows(gzip, 'trades', chunkBytes), {
        name: 'MalformedDataError',
        message: /^line 1, column 9: found the bytes e9 after ".*,amount,caf", expected UTF-8$/,
        line: 1,
        column: '9',
      })
  })
})
