import assert from 'node:assert/strict'
import { crc32, gzipSync } from 'node:zlib'
import { readRecordBatches } from '../../functions/ticks/record-batch.ts'
import { chunksOf, toRows } from '../support/dataset.ts'
import { farMatches } from './kernel/deflate-samples.ts'

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
  it('may follow a byte order mark, with a header and without', async () => {
    for (const chunkBytes of [1, 1000]) {
      assertRows(await toRows(`\uFEFF${text}`, 'trades', chunkBytes))
      const rows = await toRows(`\uFEFF${ROWS.join('\n')}`, 'trades', chunkBytes)
      assertRows(rows)
      assert.equal(rows[0]!.exchange, 'binance')
    }
  })
  it('may come without a header', async () => assertRows(await toRows(ROWS.join('\n'))))

  for (const end of ['\n', '\n\n', '\r\n', '\n\r\n\n', '\n'.repeat(5000)])
    it(`may be followed by blank lines: ${JSON.stringify(end.slice(0, 10))}`, async () => {
      for (const chunkBytes of [1, 1000]) {
        assertRows(await toRows(`${text}\n${end}`, 'trades', chunkBytes))
        assert.deepEqual(await toRows(`${HEADER}\n${end}`, 'trades', chunkBytes), [])
        assert.deepEqual(await toRows(end, 'trades', chunkBytes), [])
        assert.deepEqual(await toRows(`\uFEFF${end}`, 'trades', chunkBytes), [])
      }
    })

  it('may be followed by blank lines where the row group is full', async () => {
    const rows = Array.from({ length: 122_880 }, (_, i) => `x,y,${i},${i},,buy,1,2`)
    let found = 0
    const source = chunksOf(gzipSync(`${[HEADER, ...rows].join('\n')}\n\n\n`))
    for await (const batch of readRecordBatches(source, { dataType: 'trades' })) found += batch.numRows
    assert.equal(found, 122_880)
  })
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
    const rows = await toRows(turned.join('\n'))
    assert.deepEqual(
      rows.map(row => [row.exchange, row.id, row.price, row.side]),
      EXPECTED.slice(0, 2).map(row => ['binance', row.id, row.price, row.side]),
    )
  })

  it('keep a column that is new as text', async () => {
    const rows = await toRows(`${HEADER},block no.\n${ROWS[0]},0x17\n`)
    assert.equal(rows[0]!.block_x0020_no_x002e_, '0x17')
  })

  it('of an unknown data type are text, but for the four common columns', async () => {
    const [row] = await toRows('exchange,symbol,timestamp,local_timestamp,price\nx,y,1,2,03.50\n', 'something_new')
    assert.deepEqual([row!.exchange, row!.symbol, row!.price], ['x', 'y', '03.50'])
    assert.equal(row!.local_timestamp, 0.002)
  })

  it('are none in an empty file', async () => {
    assert.deepEqual(await toRows(''), [])
    assert.deepEqual(await toRows('\uFEFF'), [])
    assert.deepEqual(await toRows(`${HEADER}\n`), [])
    assert.deepEqual(await toRows(HEADER), [])
  })

  it('may be up to a mebibyte long', async () => {
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

  it('keep their own symbols among thousands', async () => {
    const lines = Array.from({ length: 200_000 }, (_, i) => `x,S${(i * 7919) % 70_001},${i},${i},id${i},buy,1,2`)
    let first = 0
    for await (const batch of readRecordBatches(chunksOf(gzipSync([HEADER, ...lines].join('\n'))), {
      dataType: 'trades',
    })) {
      const [symbols, ids] = [batch.getChild('symbol')!, batch.getChild('id')!]
      for (let row = 0; row < batch.numRows; row += 97) {
        assert.equal(symbols.get(row), `S${((first + row) * 7919) % 70_001}`)
        assert.equal(ids.get(row), `id${first + row}`)
      }
      first += batch.numRows
    }
    assert.equal(first, lines.length)
  })

  it('may hold texts of every length', async () => {
    const ids = Array.from({ length: 200 }, (_, i) => `${i}`.padEnd((i * 37) % 200, 'abcdefghij') || '-')
    const rows = await toRows([HEADER, ...ids.map(id => `x,y,1,2,${id},é${id}é,1,2`)].join('\n'))
    assert.deepEqual(
      rows.map(row => [row.id, row.side]),
      ids.map(id => [id, `é${id}é`]),
    )
  })

  it('may have a line end between quotes', async () => {
    const rows = await toRows(`${HEADER}\nx,y,1,2,"a\nb",buy,1,2\nx,y,1,2,c,buy,1,2\n`, 'trades', 3)
    assert.deepEqual(
      rows.map(row => row.id),
      ['a\nb', 'c'],
    )
  })

  it('are the same where the text is compressed with the longest distances, 32,768 bytes', async () => {
    const rowOf = (n: number) => `binance,BTCUSDT,1723161256322000,1723161255088176,${10_000 + n},buy,1,1\n`
    const period = Array.from({ length: 512 }, (_, n) => rowOf(n)).join('')
    const { text, deflated } = farMatches(Buffer.from(`${HEADER}\n${period}`), 4096)
    const source = asGzip(deflated, text)
    for (const chunkBytes of [source.length, 997]) {
      const rows = await toRows(source, 'trades', chunkBytes)
      assert.equal(rows.length, 512 + (4096 * 258) / 64)
      for (const [n, { id }] of rows.entries()) assert.equal(id, `${10_000 + (n % 512)}`)
    }
  })
})

function asGzip(deflated: Uint8Array, text: Uint8Array): Buffer {
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(text))
  trailer.writeUInt32LE(text.length, 4)
  return Buffer.concat([gzipSync('').subarray(0, 10), deflated, trailer])
}
