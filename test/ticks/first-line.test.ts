import assert from 'node:assert/strict'
import { DamagedSourceError, MalformedDataError } from '../../functions/ticks/errors.ts'
import { columnsOfHeader, readFirstLine } from '../../functions/ticks/header.ts'

const TRADES = 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount'

function read(line: string | Uint8Array) {
  const bytes = Buffer.from(line as string)
  const { columns, isHeader } = readFirstLine('trades', bytes, bytes.length)
  return { names: columns.map(({ name }) => name).join(), isHeader }
}

/** How the line is refused. */
function refusalOf(line: string | Uint8Array, dataType = 'trades'): MalformedDataError | DamagedSourceError {
  try {
    readFirstLine(dataType, Buffer.from(line as string), line.length)
  } catch (error) {
    assert.ok(error instanceof MalformedDataError || error instanceof DamagedSourceError)
    return error
  }
  throw new Error(`${line}: expected to be refused`)
}

describe('the first line of a file', () => {
  it('is a header, also before CRLF, or a row', () => {
    assert.deepEqual(read(TRADES), { names: TRADES, isHeader: true })
    assert.deepEqual(read(`${TRADES}\r`), { names: TRADES, isHeader: true })
    assert.deepEqual(read('x,y,1,2,id,buy,1,2'), { names: TRADES, isHeader: false })
    assert.deepEqual(read('x,y,"1","22",id,buy,1,2\r'), { names: TRADES, isHeader: false })
  })

  it('is no row where a time is no whole number, or where cells are missing or too many', () => {
    for (const line of [
      'x,y,,2,id,buy,1,2',
      'x,y,1a,2,id,buy,1,2',
      'x,y,1,b2,id,buy,1,2',
      'x,y,1,2,id',
      `x,y,1,2,,,1,2,3`,
    ]) {
      const error = refusalOf(line)
      assert.equal(
        error.message,
        `line 1: found "${line}", expected a header with exchange, symbol, timestamp, local_timestamp, or a row of 8 columns`,
      )
      assert.ok(error instanceof MalformedDataError)
      assert.equal(error.line, 1)
    }
  })

  it('is gzip where the file was compressed twice', () => {
    const error = refusalOf(Buffer.from([0x1f, 0x8b, 8]))
    assert.ok(error instanceof DamagedSourceError)
    assert.equal(
      error.message,
      'line 1: found gzip within the gzip, expected CSV: the file was compressed once more on its way',
    )
    for (const bytes of [
      [0x1f, 0x20],
      [0x20, 0x8b],
    ])
      assert.ok(refusalOf(Buffer.from(bytes)) instanceof MalformedDataError)
  })

  it('names its line and column where lines end in CR alone', () => {
    const error = refusalOf(`${TRADES}\rx,y`)
    assert.match(
      error.message,
      /^line 1, column 1: found "exchange,.*, expected a line end of LF or CRLF, not CR alone$/,
    )
  })
})

describe('a header that is refused', () => {
  const refusal = (dataType: string, header: string) => {
    assert.throws(
      () => columnsOfHeader(dataType, header),
      (error: MalformedDataError) => {
        assert.equal(error.line, 1)
        message = error.message
        return true
      },
    )
    return message
  }
  let message = ''

  it('says what was expected', () => {
    assert.ok(refusal('trades', `${TRADES},,b`).endsWith(', expected a name for each column'))
    assert.ok(refusal('trades', `${TRADES},id`).endsWith(', expected each name once'))
  })

  it('lists ten missing columns, and counts those beyond', () => {
    const columns = [1, 2, 3, 4, 5].flatMap(level =>
      ['asks', 'bids'].flatMap(side => ['price', 'amount'].map(what => `${side}[${level - 1}].${what}`)),
    )
    const headerWithout = (count: number) =>
      ['exchange,symbol,timestamp,local_timestamp', ...columns.slice(count)].join()
    assert.match(refusal('book_snapshot_5', headerWithout(1)), /^line 1: found no asks\[0\]\.price in the header "/)
    const ten = refusal('book_snapshot_5', headerWithout(10))
    assert.equal(ten.split(' in the header')[0]!.split(', ').length, 10)
    assert.ok(!ten.includes('more'))
    const eleven = refusal('book_snapshot_5', headerWithout(11)).split(' in the header')[0]!
    assert.equal(eleven.split(', ').length, 10)
    assert.ok(eleven.endsWith(' and 1 more'))
  })

  it('is quoted up to its 200th character', () => {
    const header = ['exchange', 'a'.repeat(300)].join()
    assert.ok(refusal('trades', header).includes(`in the header "${header.slice(0, 200)}", expected`))
  })

  it('may have tabs and blanks around its names, and two quotes in them as one', () => {
    const names = columnsOfHeader('trades', `\t ${TRADES.replaceAll(',', ' \t,\t ')} ,"a""b"`).map(({ name }) => name)
    assert.deepEqual(names, [...TRADES.split(','), 'a_x0022_b'])
    const odd = columnsOfHeader('trades', `${TRADES},x"b","b"x`).map(({ name }) => name)
    assert.deepEqual(odd.slice(8), ['x_x0022_b_x0022_', 'vendor__x0022_b_x0022_x'])
  })
})
