import assert from 'node:assert/strict'
import { SAMPLE_SYMBOLS } from '../../../../functions/emulators/tardis/sample/catalogue.ts'
import { type DatasetRequest, sampleText } from '../../../../functions/emulators/tardis/sample/dataset.ts'

const DATE = '2024-08-08'
const START_MICROS = Date.parse(DATE) * 1000

const LEVELS = (count: number) =>
  Array.from(
    { length: count },
    (_, i) => `asks[${i}].price,asks[${i}].amount,bids[${i}].price,bids[${i}].amount`,
  ).join()
/** https://docs.tardis.dev/downloadable-csv-files/data-types */
const COLUMNS: Record<string, string> = {
  trades: 'id,side,price,amount',
  liquidations: 'id,side,price,amount',
  incremental_book_L2: 'is_snapshot,side,price,amount',
  quotes: 'ask_amount,ask_price,bid_price,bid_amount',
  book_ticker: 'ask_amount,ask_price,bid_price,bid_amount',
  derivative_ticker:
    'funding_timestamp,funding_rate,predicted_funding_rate,open_interest,last_price,index_price,mark_price',
  book_snapshot_5: LEVELS(5),
  book_snapshot_25: LEVELS(25),
  options_chain:
    'type,strike_price,expiration,open_interest,last_price,bid_price,bid_amount,bid_iv,ask_price,ask_amount,ask_iv,' +
    'mark_price,mark_iv,underlying_index,underlying_price,delta,gamma,vega,theta,rho',
}

const all = SAMPLE_SYMBOLS.flatMap(({ instrument, dataTypes, empty }) =>
  dataTypes.filter(type => !empty?.[type]).map(dataType => ({ instrument, dataType })),
)
const text = (request: Partial<DatasetRequest> = {}) => {
  const { instrument } = SAMPLE_SYMBOLS[0]!
  const whole = { instrument, dataType: 'trades', date: DATE, seed: 1, length: { steps: 200 }, ...request }
  return Buffer.concat([...sampleText(whole)]).toString()
}
const rowsOf = (csv: string) =>
  csv
    .trimEnd()
    .split('\n')
    .slice(1)
    .map(line => line.split(','))

describe('emulators/tardis/sample/dataset', () => {
  it('makes all nine data types', () => {
    assert.deepEqual(new Set(all.map(({ dataType }) => dataType)), new Set(Object.keys(COLUMNS)))
  })

  for (const { instrument, dataType } of all)
    it(`is sound CSV, in order, within the day: ${instrument.venue} ${instrument.symbol} ${dataType}`, () => {
      const csv = text({ instrument, dataType, length: { steps: 400 } })
      const columns = `exchange,symbol,timestamp,local_timestamp,${COLUMNS[dataType]}`
      assert.equal(csv.slice(0, csv.indexOf('\n')), columns)
      assert.ok(csv.endsWith('\n'))
      const rows = rowsOf(csv)
      assert.ok(rows.length > 0)
      let before = START_MICROS
      for (const row of rows) {
        assert.equal(row.length, columns.split(',').length)
        assert.equal(row[0], instrument.venue)
        if (instrument.type !== 'option') assert.equal(row[1], instrument.symbol)
        const [time, local] = [Number(row[2]), Number(row[3])]
        assert.ok(local >= before && local < START_MICROS + 86_400_000_000, `${before} ${local}`)
        assert.ok(time <= local && time > local - 61_000_000)
        before = local
      }
      if (dataType !== 'liquidations') assert.ok(before > START_MICROS + 80_000_000_000, 'goes on to the evening')
    })

  it('is the same bytes each time, and others for another seed, day or symbol', () => {
    const { instrument } = SAMPLE_SYMBOLS[0]!
    for (const dataType of ['trades', 'book_snapshot_5', 'incremental_book_L2']) {
      const first = text({ dataType })
      assert.equal(text({ dataType }), first)
      const others = [{ seed: 2 }, { date: '2024-08-09' }, { instrument: { ...instrument, symbol: 'X' } }]
      for (const other of others) {
        const cells = (csv: string) => rowsOf(csv).map(row => row.slice(4).join())
        assert.notDeepEqual(cells(text({ dataType, ...other })), cells(first))
      }
    }
  })

  it('writes exactly as many rows as asked for, over the whole day', () => {
    for (const { instrument, dataType } of all)
      for (const rows of [0, 1, 777]) {
        const found = rowsOf(text({ instrument, dataType, length: { rows } })).filter(row => row.length > 1)
        assert.equal(found.length, rows, `${instrument.symbol} ${dataType}`)
        if (rows === 777) assert.ok(Number(found.at(-1)![3]) > START_MICROS + 40_000_000_000)
      }
  })

  it('begins the book with a snapshot, never crosses it, and agrees with the snapshots of 5 and 25 levels', () => {
    for (const { instrument } of SAMPLE_SYMBOLS.filter(({ dataTypes }) => dataTypes.includes('incremental_book_L2'))) {
      const rows = rowsOf(text({ instrument, dataType: 'incremental_book_L2' }))
      const snapshots = [5, 25].map(levels => {
        const csv = text({ instrument, dataType: `book_snapshot_${levels}` })
        return { levels, rows: new Map(rowsOf(csv).map(row => [row[3], row.slice(4)])) }
      })
      const book = { bid: new Map<number, string>(), ask: new Map<number, string>() }
      let [checked, wasUpdate] = [0, false]
      for (const [i, [, , , local, isSnapshot, side, price, amount]] of rows.entries()) {
        assert.equal(isSnapshot === 'true' && wasUpdate, false, 'one snapshot, at the beginning')
        wasUpdate = isSnapshot === 'false'
        const levels = book[side as 'bid' | 'ask']
        if (amount === '0') levels.delete(Number(price))
        else levels.set(Number(price), amount!)
        if (rows[i + 1]?.[3] === local) continue
        const bids = [...book.bid].sort((a, b) => b[0] - a[0])
        const asks = [...book.ask].sort((a, b) => a[0] - b[0])
        assert.ok(bids[0]![0] < asks[0]![0], `crossed at ${local}`)
        for (const snapshot of snapshots) {
          const found = snapshot.rows.get(local)
          if (!found) continue
          checked++
          const expected = Array.from({ length: snapshot.levels }, (_, level) =>
            [...(asks[level] ?? ['', '']), ...(bids[level] ?? ['', ''])].map(String),
          )
          assert.deepEqual(found, expected.flat())
        }
      }
      assert.equal(rows[0]?.[4], 'true')
      assert.ok(checked > 300, `${checked} snapshots checked`)
    }
  })

  it('quotes bids below asks, and trades at prices that were quoted about then', () => {
    const quotes = rowsOf(text({ dataType: 'quotes' }))
    const prices = quotes.flatMap(row => [Number(row[5]), Number(row[6])])
    for (const row of quotes) assert.ok(Number(row[6]) < Number(row[5]))
    const trades = rowsOf(text({ dataType: 'trades' }))
    for (const row of trades) {
      assert.ok(Number(row[6]) >= Math.min(...prices) && Number(row[6]) <= Math.max(...prices))
      assert.ok(Number(row[7]) > 0)
    }
    assert.equal(new Set(trades.map(row => row[4])).size, trades.length)
    assert.deepEqual([...new Set(trades.map(row => row[5]))].sort(), ['buy', 'sell'])
  })

  it('leaves cells empty where a venue has no value', () => {
    const ticker = rowsOf(text({ dataType: 'derivative_ticker', length: { steps: 2000 } }))
    assert.ok(ticker.every(row => row[6] === ''))
    assert.ok(ticker.some(row => row[7] === '') && ticker.some(row => row[7] !== ''))
    assert.ok(ticker.every(row => Number.isFinite(Number(row[5])) && row[5] !== ''))
    const { instrument } = SAMPLE_SYMBOLS.find(({ dataTypes }) => dataTypes.includes('options_chain'))!
    const chain = rowsOf(text({ instrument, dataType: 'options_chain', length: { steps: 800 } }))
    const symbols = new Set(chain.map(row => row[1]))
    assert.ok(symbols.size > 300, `${symbols.size} symbols`)
    for (const column of [7, 8, 9, 12, 19]) {
      const share = chain.filter(row => row[column] === '').length / chain.length
      assert.ok(share > 0.02 && share < 0.7, `column ${column}: ${share}`)
    }
  })

  it('has a few liquidations', () => {
    const rows = rowsOf(text({ dataType: 'liquidations', length: { steps: 2000 } }))
    assert.ok(rows.length >= 10 && rows.length <= 200, `${rows.length}`)
  })

  it('says which data type it does not have', () => {
    assert.throws(() => text({ dataType: 'candles' }), /no sample data of type "candles" for BTCUSDT/)
  })
})
