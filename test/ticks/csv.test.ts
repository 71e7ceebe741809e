import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { toRows } from '../support/dataset.ts'

const HEADER = 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount'
const ROWS = [
  'binance,BTCUSDT,1723161256322000,1723161255088176,5266583935,buy,61800.3,0.006',
  'binance,BTCUSDT,1723161256344000,1723161255088230,,sell,61800.25,1e-7',
  'binance,ETHUSDT,1723161256431000,1723161255163182,"a ""b"", c",unknown,,0',
]
const EXPECTED = [
  {
    id: '5266583935',
    side: 'buy',
    price: 61800.3,
    amount: 0.006,
    symbol: 'BTCUSDT',
    local_timestamp: 1723161255088176,
  },
  { id: null, side: 'sell', price: 61800.25, amount: 1e-7, symbol: 'BTCUSDT', local_timestamp: 1723161255088230 },
  { id: 'a "b", c', side: 'unknown', price: null, amount: 0, symbol: 'ETHUSDT', local_timestamp: 1723161255163182 },
]

function assertRows(rows: Record<string, unknown>[]): void {
  assert.equal(rows.length, EXPECTED.length)
  for (const [i, expected] of EXPECTED.entries())
    for (const [name, value] of Object.entries(expected)) {
      // Arrow's reader gives timestamps in milliseconds, with the microseconds as a fraction.
      const found = name === 'local_timestamp' ? Math.round((rows[i]![name] as number) * 1000) : rows[i]![name]
      assert.equal(found, value, `row ${i}, ${name}`)
    }
}

describe('CSV rows', () => {
  const text = [HEADER, ...ROWS].join('\n')

  for (const chunkBytes of [1, 2, 3, 7, 64])
    it(`are the same when the bytes come in pieces of ${chunkBytes}`, async () =>
      assertRows(await toRows(`${text}\n`, 'trades', chunkBytes)))

  it('may lack the last newline', async () => assertRows(await toRows(text)))
  it('may end in CRLF', async () => assertRows(await toRows(`${text.replaceAll('\n', '\r\n')}\r\n`)))
  it('may follow a byte order mark', async () => assertRows(await toRows(`\uFEFF${text}`)))
  it('may come without a header', async () => assertRows(await toRows(ROWS.join('\n'))))
  it('may be in quotes throughout', async () => {
    const quoted = ROWS.slice(0, 1).map(row =>
      row
        .split(',')
        .map(cell => `"${cell}"`)
        .join(','),
    )
    assertRows([
      ...(await toRows([HEADER, ...quoted].join('\n'))),
      ...(await toRows([HEADER, ...ROWS.slice(1)].join('\n'))),
    ])
  })

  it('follow the header, not the position', async () => {
    const turned = [HEADER, ...ROWS.slice(0, 2)].map(line => line.split(',').reverse().join(','))
    // A header is known by its first column, so exchange stays in front.
    const lines = turned.map(line => `${line.split(',').at(-1)},${line.split(',').slice(0, -1).join(',')}`)
    const rows = await toRows(lines.join('\n'))
    assert.deepEqual(
      rows.map(row => [row.id, row.price, row.side]),
      EXPECTED.slice(0, 2).map(row => [row.id, row.price, row.side]),
    )
  })

  it('keep a column that is new as text', async () => {
    const rows = await toRows(`${HEADER},block no.\n${ROWS[0]},0x17\n`)
    assert.equal(rows[0]!.block_no_, '0x17')
  })

  it('of a data type that is new keep text, and the common columns their types', async () => {
    const [row] = await toRows('exchange,symbol,timestamp,local_timestamp,price\nx,y,1,2,03.50\n', 'something_new')
    assert.deepEqual([row!.exchange, row!.symbol, row!.price], ['x', 'y', '03.50'])
    assert.equal(row!.local_timestamp, 0.002)
  })

  it('of an empty file are none', async () => {
    assert.deepEqual(await toRows(''), [])
    assert.deepEqual(await toRows(new Uint8Array(0)), [])
    assert.deepEqual(await toRows(`${HEADER}\n`), [])
    assert.deepEqual(await toRows(HEADER), [])
  })

  it('may be as long as a mebibyte, and no longer', async () => {
    const long = 'z'.repeat((1 << 20) - 200)
    const rows = await toRows([HEADER, `x,y,1,2,${long},buy,1,2`, ...ROWS].join('\n'), 'trades', 1000)
    assert.equal(rows[0]!.id, long)
    assertRows(rows.slice(1))
    const longer = 'z'.repeat(2 << 20)
    await assert.rejects(
      toRows([HEADER, `x,y,1,2,${longer},buy,1,2`].join('\n')),
      /line 2, column exchange: found "x,y.*expected a row of at most 1048576 bytes/,
    )
  })

  it('of many symbols keep each its own', async () => {
    const lines = Array.from({ length: 200_000 }, (_, i) => `x,S${(i * 7919) % 70_001},${i},${i},id${i},buy,1,2`)
    const rows = await toRows([HEADER, ...lines].join('\n'))
    assert.equal(rows.length, lines.length)
    for (let i = 0; i < lines.length; i += 997) assert.equal(rows[i]!.symbol, `S${(i * 7919) % 70_001}`)
    assert.equal(rows.at(-1)!.id, 'id199999')
  })

  it('may have a line end between quotes', async () => {
    const rows = await toRows(`${HEADER}\nx,y,1,2,"a\nb",buy,1,2\nx,y,1,2,c,buy,1,2\n`, 'trades', 3)
    assert.deepEqual(
      rows.map(row => row.id),
      ['a\nb', 'c'],
    )
  })
})

describe('a malformed row', () => {
  const good = 'x,y,1,2,id,buy,1,2'
  const cases: [string, string, number, string, RegExp][] = [
    ['a bad number', 'x,y,1,2,id,buy,1.x,2', 3, 'price', /found "1\.x,2", expected a decimal number/],
    ['a bad time', 'x,y,12:00,2,id,buy,1,2', 3, 'timestamp', /found "12:00,2.*expected a whole number of microseconds/],
    ['a time with a point', 'x,y,1,2.5,id,buy,1,2', 3, 'local_timestamp', /found "2\.5/],
    ['a time too large', 'x,y,1,12345678901234567890,id,buy,1,2', 3, 'local_timestamp', /found "1234567/],
    ['a cell too few', 'x,y,1,2,id,buy,1', 3, 'price', /expected a comma and the next column/],
    ['a cell too many', 'x,y,1,2,id,buy,1,2,3', 3, 'amount', /found ",3", expected the end of the row/],
    ['an empty line', '', 3, 'exchange', /expected a comma/],
    ['text after a quote', 'x,y,1,2,"id"z,buy,1,2', 3, 'id', /closing quote/],
    ['a quote left open', 'x,y,1,2,"id,buy,1,2', 3, 'exchange', /expected a closing quote before the end of the file/],
    ['a lone carriage return', 'x,y,1,2,i\rd,buy,1,2', 3, 'id', /expected a comma/],
  ]
  for (const [what, row, line, column, message] of cases)
    it(`stops with its line, column and text: ${what}`, async () => {
      const last = what === 'a quote left open' ? '' : good
      for (const chunkBytes of [1, 1000])
        await assert.rejects(
          toRows([HEADER, good, row, last].join('\n'), 'trades', chunkBytes),
          (error: Error & Record<string, unknown>) => {
            assert.equal(error.name, 'MalformedDataError')
            assert.match(error.message, message)
            assert.deepEqual([error.line, error.column], [line, column], error.message)
            return true
          },
        )
    })

  it('counts lines between quotes', async () => {
    const text = `${HEADER}\nx,y,1,2,"a\n\nb",buy,1,2\n${good}\nx,y,1,2,id,buy,oh,2\n`
    await assert.rejects(toRows(text, 'trades', 5), { line: 6, column: 'price' })
  })

  it('far down has its number too', async () => {
    const rows = Array.from({ length: 300_000 }, () => good)
    rows[250_000] = 'x,y,1,2,id,buy,oh,2'
    await assert.rejects(toRows([HEADER, ...rows].join('\n')), { line: 250_002, column: 'price' })
  })

  it('in place of the header names what was expected', async () => {
    await assert.rejects(
      toRows('<html><body>hello</body></html>\n'),
      /line 1: found "<html>.*expected a header that begins with exchange, or a row of 8 columns/,
    )
    await assert.rejects(toRows(`${HEADER},price\n${good}\n`), /line 1: found column price twice/)
    await assert.rejects(toRows('exchange,,price\nx,y,1\n'), /line 1: found a column without a name/)
  })

  it('is found in gzip of several members as well', async () => {
    const parts = [`${HEADER}\n`, `${good}\n`, 'x,y,1,2,id,buy,oh,2\n'].map(text => gzipSync(text))
    await assert.rejects(toRows(Buffer.concat(parts)), { line: 3, column: 'price' })
  })
})
