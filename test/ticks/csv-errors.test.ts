import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { badUtf8, expected, hasLoneReturn, tooLongRow } from '../../functions/ticks/csv-errors.ts'
import { toParquet, toRows } from '../support/dataset.ts'

const HEADER = 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount'

describe('a malformed row', () => {
  const good = 'x,y,1,2,id,buy,1,2'
  const cases: [string, string, number, string, RegExp][] = [
    ['a bad number', 'x,y,1,2,id,buy,1.x,2', 3, 'price', /found "1\.x,2", expected a decimal number/],
    ['a bad time', 'x,y,12:00,2,id,buy,1,2', 3, 'timestamp', /found "12:00,2.*expected a whole number of microseconds/],
    ['a time with a point', 'x,y,1,2.5,id,buy,1,2', 3, 'local_timestamp', /found "2\.5/],
    ['a time too large', 'x,y,1,12345678901234567890,id,buy,1,2', 3, 'local_timestamp', /found "1234567/],
    ['a cell too few', 'x,y,1,2,id,buy,1', 3, 'price', /expected a comma and the next column/],
    ['a cell too many', 'x,y,1,2,id,buy,1,2,3', 3, 'amount', /found ",3", expected the end of the row/],
    ['text after a quote', 'x,y,1,2,"id"z,buy,1,2', 3, 'id', /closing quote/],
    ['a quote left open', 'x,y,1,2,"id,buy,1,2', 3, 'exchange', /expected a closing quote before the end of the file/],
    [
      'a lone carriage return',
      'x,y,1,2,i\rd,buy,1,2',
      3,
      'id',
      /found "i\\rd,.*expected a line end of LF or CRLF, not CR/,
    ],
    ['a carriage return at the end', `${good}\rx`, 3, 'amount', /found "\\rx", expected a line end of LF or CRLF/],
    ['blanks and no cell', '  ', 3, 'exchange', /found " {2}", expected a comma/],
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

  it('may have a flag that is neither true nor false', async () => {
    const header = 'exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount'
    await assert.rejects(toRows(`${header}\nx,y,1,2,yes,bid,1,2\n`, 'incremental_book_L2'), {
      message: 'line 2, column is_snapshot: found "yes,bid,1,2", expected true or false',
    })
  })

  it('counts lines between quotes', async () => {
    const text = `${HEADER}\nx,y,1,2,"a\n\nb",buy,1,2\n${good}\nx,y,1,2,id,buy,oh,2\n`
    await assert.rejects(toRows(text, 'trades', 5), { line: 6, column: 'price' })
  })

  it('has its line number far down too', async () => {
    const rows = Array.from({ length: 300_000 }, () => good)
    rows[250_000] = 'x,y,1,2,id,buy,oh,2'
    await assert.rejects(toParquet([HEADER, ...rows].join('\n')), { line: 250_002, column: 'price' })
  })

  it('is a row after a blank line: the message names the blank line', async () => {
    for (const blank of ['', '\r', '\n', '\r\n\n'])
      for (const chunkBytes of [1, 1000])
        await assert.rejects(toRows([HEADER, good, blank, good].join('\n'), 'trades', chunkBytes), {
          name: 'MalformedDataError',
          message: 'line 3: found a blank line between rows, expected a row: only the end of a file may be blank lines',
          line: 3,
          column: undefined,
        })
    await assert.rejects(toRows(`\n${HEADER}\n`), /^MalformedDataError: line 1: found a blank line/)
    await assert.rejects(toRows(`${HEADER}\n\n${good}\n`), /^MalformedDataError: line 2: found a blank line/)
  })

  it('is one that is too long, also where quoted line ends make it so', async () => {
    for (const inside of ['\r\n', 'z\n'])
      await assert.rejects(toRows(`${HEADER}\nx,y,1,2,"${inside.repeat(800_000)}",buy,1,2\n`), {
        message: /^line 2, column exchange: found "x,y.*, expected a row of at most 1048576 bytes$/,
      })
  })

  it('is every row where lines end in CR alone, with a header and without', async () => {
    const lines = Array.from({ length: 50_000 }, () => good)
    for (const text of [`${HEADER}\r${good}\r`, `${good}\r${good}`, [HEADER, ...lines].join('\r'), lines.join('\r')])
      for (const chunkBytes of [100, 100_000])
        await assert.rejects(toRows(text, 'trades', chunkBytes), {
          name: 'MalformedDataError',
          message: /^line 1, column (1|exchange): found ".*, expected a line end of LF or CRLF, not CR alone$/,
        })
  })

  it('is quoted without a control character, and bytes outside UTF-8 in hex', async () => {
    const cell = Buffer.from('\x00\x1b[2J\u202e\xe9', 'latin1')
    const text = Buffer.concat([Buffer.from(`${HEADER}\nx,y,1,2,id,buy,`), cell, Buffer.from(',2\n')])
    await assert.rejects(toRows(gzipSync(text)), /found "\\x00\\x1b\[2J.\\xe9,2", expected a decimal number/)
    await assert.rejects(
      toRows(`${HEADER}\nx,y,1,2,id,buy,\u202e\u0085,2\n`),
      /found "\\u\{202e\}\\u\{85\},2", expected/,
    )
  })

  it('in place of the header names what was expected', async () => {
    await assert.rejects(
      toRows('<html><body>hello</body></html>\n'),
      /line 1: found "<html>.*expected a header with exchange, symbol, timestamp, local_timestamp, or a row of 8 columns/,
    )
    await assert.rejects(toRows(`${HEADER},price\n${good}\n`), /line 1: found column "price" twice/)
    await assert.rejects(toRows('exchange,symbol\nx,y\n'), /line 1: found no timestamp, local_timestamp, id, side/)
  })

  it('is found in gzip of several members as well', async () => {
    const parts = [`${HEADER}\n`, `${good}\n`, 'x,y,1,2,id,buy,oh,2\n'].map(text => gzipSync(text))
    await assert.rejects(toRows(Buffer.concat(parts)), { line: 3, column: 'price' })
  })
})

describe('the messages of malformed text', () => {
  const where = { line: 7, column: 'id' }
  const bytes = (text: string) => Buffer.from(text)

  it('quote up to the end of the line, without its CR', () => {
    const found = (text: string) => expected(where, bytes(text), 'x').message
    for (const text of ['ab\ncd', 'ab\r\ncd', 'ab', 'ab\r'])
      assert.equal(found(text), 'line 7, column id: found "ab", expected x', JSON.stringify(text))
    assert.equal(found('\n'), 'line 7, column id: found "", expected x')
    assert.equal(found('a\rb\n'), 'line 7, column id: found "a\\rb", expected x')
  })

  it('give the whole characters before a byte that is not UTF-8, 40 bytes at most', () => {
    const found = (before: string, bad: readonly number[], after = '') => {
      const error = badUtf8(where, Buffer.concat([bytes(before), Buffer.from(bad), bytes(after)]), bytes(before).length)
      assert.deepEqual([error.line, error.column], [7, 'id'])
      return error.message
    }
    const at = 'line 7, column id: found the bytes'
    assert.equal(found('', [0xff], 'a'), `${at} ff at the beginning of the text, expected UTF-8`)
    assert.equal(found('a', [0xe2, 0x82], 'b'), `${at} e2 82 after "a", expected UTF-8`)
    assert.equal(found('a'.repeat(41), [0xff]), `${at} ff after "${'a'.repeat(40)}", expected UTF-8`)
    assert.equal(found(`${'é'.repeat(30)}a`, [0xff]), `${at} ff after "${'é'.repeat(19)}a", expected UTF-8`)
    assert.equal(found('a', [0xf0, 0x80, 0x80, 0x80, 0x80]), `${at} f0 80 80 80 after "a", expected UTF-8`)
  })

  it('name a carriage return alone, but neither one of CRLF nor the last byte', () => {
    for (const text of ['a\rb', '\ra', 'a\r\rb', 'a\r\nb\rc'])
      assert.ok(hasLoneReturn(bytes(text)), JSON.stringify(text))
    for (const text of ['', 'a', 'a\r', '\r', 'a\r\nb', 'a\r\nb\r'])
      assert.ok(!hasLoneReturn(bytes(text)), JSON.stringify(text))
    assert.match(tooLongRow(where, bytes('a\rb'), 9).message, /expected a line end of LF or CRLF, not CR alone$/)
    assert.match(tooLongRow(where, bytes('ab'), 9).message, /found "ab", expected a row of at most 9 bytes$/)
  })
})
