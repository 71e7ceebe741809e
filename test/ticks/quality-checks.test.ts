import assert from 'node:assert/strict'
import fc from 'fast-check'
import { columnsOfDataType, toQuality } from '../support/quality.ts'

const DAY = '2024-08-08'
const START = 1_723_075_200_000_000
const SECOND = 1_000_000

type Row = Readonly<Record<string, string | number | undefined>>

/** A clean dataset: a row a second, each 5 ms on its way. */
function rowsOf(dataType: string, count: number): Row[] {
  return Array.from({ length: count }, (_, n) => ({
    ...Object.fromEntries(columnsOfDataType(dataType).map(name => [name, cellOf(name, n)])),
    exchange: 'binance',
    symbol: 'BTCUSDT',
    timestamp: START + n * SECOND,
    local_timestamp: START + n * SECOND + 5_000,
  }))
}

function cellOf(name: string, n: number): string | number {
  if (name === 'id') return 1000 + n
  if (name === 'side') return 'buy'
  if (name === 'type') return 'call'
  if (name === 'is_snapshot') return n < 3 ? 'true' : 'false'
  if (name.startsWith('asks[') || name.startsWith('ask_')) return 101 + (n % 7)
  if (name.startsWith('bids[') || name.startsWith('bid_')) return 90 + (n % 7)
  if (name.endsWith('timestamp') || name === 'expiration') return START
  return 50 + (n % 10)
}

const TYPES = [
  'trades',
  'incremental_book_L2',
  'book_snapshot_5',
  'book_snapshot_25',
  'quotes',
  'book_ticker',
  'derivative_ticker',
  'liquidations',
  'options_chain',
]

const quality = async (dataType: string, rows: readonly Row[]) => toQuality(dataType, rows, DAY)
/** Clean trades with these changes to the rows of these numbers. */
async function trades(changes: Readonly<Record<number, Row>>, count = 20) {
  return quality(
    'trades',
    rowsOf('trades', count).map((row, n) => ({ ...row, ...changes[n] })),
  )
}

describe('quality checks', () => {
  for (const dataType of TYPES)
    it(`find nothing in clean ${dataType}`, async () => {
      const found = await quality(dataType, rowsOf(dataType, 20))
      const { rowsOutOfOrder, rowsOutsideDay, exchangeRowsOutOfOrder, repeatedRows, repeatedIds } = found
      const { nonPositivePrices, nonPositiveAmounts, crossed, locked, oneSided, nulls, latency } = found
      const counts = { rowsOutOfOrder, rowsOutsideDay, exchangeRowsOutOfOrder, repeatedRows, repeatedIds }
      const values = { nonPositivePrices, nonPositiveAmounts, crossed, locked, oneSided }
      for (const [name, count] of Object.entries({ ...counts, ...values })) assert.equal(count, 0, name)
      assert.deepEqual(nulls, [])
      const all = 5000n
      assert.deepEqual(latency, {
        ...{ minMicros: all, maxMicros: all, negative: 0 },
        ...{ medianMicros: all, p99Micros: all },
      })
    })

  it('count rows whose timestamp is before that of the row above', async () => {
    const found = await trades({ 5: { timestamp: START }, 9: { timestamp: START + 3 * SECOND } })
    assert.equal(found.exchangeRowsOutOfOrder, 2)
    assert.equal(found.rowsOutOfOrder, 0)
  })

  it('keep the five longest gaps, the longest first, and the earlier of two that are as long', async () => {
    const steps = [1, 9, 2, 8, 8, 3, 7, 7, 1]
    let at = START
    const rows = rowsOf('trades', steps.length + 1).map((row, n) => {
      at += (n === 0 ? 0 : steps[n - 1]!) * SECOND
      return { ...row, local_timestamp: at }
    })
    const { gaps } = await quality('trades', rows)
    assert.deepEqual(
      gaps?.map(({ startMicros, micros }) => [Number(startMicros - BigInt(START)) / SECOND, Number(micros) / SECOND]),
      [
        [1, 9],
        [12, 8],
        [20, 8],
        [31, 7],
        [38, 7],
      ],
    )
  })

  it('count rows that repeat the row above in every column', async () => {
    const rows = rowsOf('trades', 6)
    const { repeatedRows, repeatedIds } = await quality('trades', [
      ...[rows[0]!, rows[1]!, rows[1]!, rows[1]!, rows[2]!],
      ...[{ ...rows[2]!, amount: 77 }, { ...rows[3]!, side: undefined }, { ...rows[3]!, side: undefined }, rows[3]!],
    ])
    assert.equal(repeatedRows, 3)
    assert.equal(repeatedIds, 5)
  })

  it('count a row that repeats the one above wherever it stands, but no row that is alike in some columns only', async () => {
    for (const dataType of ['liquidations', 'quotes'])
      for (let count = 1; count <= 6; count++)
        for (let at = 0; at < count; at++) {
          const rows = rowsOf(dataType, count)
          assert.equal(
            (await quality(dataType, rows.toSpliced(at, 0, rows[at]!))).repeatedRows,
            1,
            `row ${at} of ${count}`,
          )
          const other = { ...rows[at]!, symbol: 'ETHUSDT' }
          assert.equal((await quality(dataType, rows.toSpliced(at, 0, other))).repeatedRows, 0)
        }
  })

  it('compare rows without a time by what they have', async () => {
    const rows = rowsOf('trades', 20)
    const last = rows.at(-1)!
    const unsent = { ...last, id: 7, timestamp: undefined }
    const unreceived = { ...last, id: 8, local_timestamp: undefined }
    const { repeatedRows, latency } = await quality('trades', [...rows, unsent, unsent, unreceived, unreceived, unsent])
    assert.equal(repeatedRows, 2)
    assert.deepEqual([latency?.minMicros, latency?.maxMicros], [5000n, 5000n])
  })

  it('count the numbers that ids leave out', async () => {
    assert.deepEqual((await trades({})).ids, { first: 1000n, last: 1019n, missing: 0n })
    assert.deepEqual((await trades({ 0: { id: 990 }, 19: { id: 1030 } })).ids, {
      first: 990n,
      last: 1030n,
      missing: 21n,
    })
    assert.equal((await trades({ 4: { id: 'a7' } })).ids, undefined)
    assert.equal((await trades({ 4: { id: 2 } })).ids, undefined)
    assert.equal((await trades({ 4: { id: '1234567890123456789' } })).ids, undefined)
    assert.deepEqual((await trades({ 4: { id: undefined } })).ids, { first: 1000n, last: 1019n, missing: 1n })
    assert.equal((await quality('liquidations', rowsOf('liquidations', 20))).ids, undefined)
  })

  it('measure how long rows were on their way', async () => {
    const delays = [-3000, -1, 0, 1, 40, 5_000, 70_000, 1_000_000, 60_000_000, 2 ** 46]
    const rows = rowsOf('trades', delays.length).map((row, n) => ({
      ...row,
      timestamp: START,
      local_timestamp: START + delays[n]!,
    }))
    const { latency } = await quality('trades', rows)
    assert.deepEqual([latency?.minMicros, latency?.maxMicros, latency?.negative], [-3000n, 70_368_744_177_664n, 2])
    assert.equal(latency?.medianMicros, 40n)
  })

  it('count prices and amounts that are not above zero, and sum up trades', async () => {
    const found = await trades({ 1: { price: 0 }, 2: { price: -5 }, 3: { amount: 0 }, 4: { amount: undefined } }, 5)
    assert.deepEqual([found.nonPositivePrices, found.nonPositiveAmounts], [2, 1])
    assert.deepEqual(found.price, { min: -5, max: 54 })
    // 50 × 50 + 0 × 51 − 5 × 52 + 53 × 0
    assert.deepEqual([found.volume, found.notional], [153, 2240])
    assert.deepEqual(found.nulls, [{ column: 'amount', rows: 1 }])
  })

  it('take an amount of zero in a book for what it is: a level that goes', async () => {
    const rows = rowsOf('incremental_book_L2', 5).map(row => ({ ...row, amount: 0 }))
    assert.equal((await quality('incremental_book_L2', rows)).nonPositiveAmounts, 0)
  })

  for (const [dataType, bid, ask] of [
    ['quotes', 'bid_price', 'ask_price'],
    ['book_ticker', 'bid_price', 'ask_price'],
    ['book_snapshot_5', 'bids[0].price', 'asks[0].price'],
    ['book_snapshot_25', 'bids[0].price', 'asks[0].price'],
  ] as const)
    it(`count crossed, locked and one-sided books of ${dataType}`, async () => {
      const rows = rowsOf(dataType, 9).map((row, n) => {
        if (n === 1 || n === 2) return { ...row, [bid]: 300, [ask]: 200 }
        if (n === 3) return { ...row, [bid]: 200, [ask]: 200 }
        if (n === 4 || n === 5 || n === 6) return { ...row, [n === 4 ? bid : ask]: undefined }
        return n === 7 ? { ...row, [bid]: undefined, [ask]: undefined } : row
      })
      const { crossed, locked, oneSided } = await quality(dataType, rows)
      assert.deepEqual({ crossed, locked, oneSided }, { crossed: 2, locked: 1, oneSided: 3 })
    })

  it('count how often a snapshot of the book begins', async () => {
    const flags = 'tttffftftt'.repeat(9)
    const rows = rowsOf('incremental_book_L2', flags.length).map((row, n) => ({
      ...row,
      is_snapshot: flags[n] === 't' ? 'true' : 'false',
    }))
    // The last two of a ten and the first three of the next are one snapshot.
    assert.equal((await quality('incremental_book_L2', rows)).snapshots, 3 + 8 * 2)
  })

  it('do not depend on where row groups end', async () => {
    const rows = rowsOf('trades', 2048 + 5)
    // The last row of the first row group, and the first of the second, are the same; so are two within.
    rows[1024] = rows[1023]!
    rows[501] = rows[500]!
    rows[1025] = { ...rows[1025]!, id: 1023 + 1000, timestamp: 1 }
    const { repeatedRows, repeatedIds, exchangeRowsOutOfOrder, ids } = await quality('trades', rows)
    assert.deepEqual(
      { repeatedRows, repeatedIds, exchangeRowsOutOfOrder },
      { repeatedRows: 2, repeatedIds: 3, exchangeRowsOutOfOrder: 1 },
    )
    assert.deepEqual(ids, { first: 1000n, last: 3052n, missing: 3n })
  })

  it('estimate quantiles of the latency to 1.6 %', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -2_000_000, max: 2 ** 40 }), { minLength: 1, maxLength: 60 }),
        async delays => {
          const rows = rowsOf('trades', delays.length).map((row, n) => ({
            ...row,
            timestamp: 2 ** 50,
            local_timestamp: 2 ** 50 + delays[n]!,
          }))
          const { latency } = await quality('trades', rows)
          const sorted = delays.toSorted((a, b) => a - b)
          const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]!
          assert.equal(latency!.minMicros, BigInt(sorted[0]!))
          assert.equal(latency!.maxMicros, BigInt(sorted.at(-1)!))
          for (const [found, exact] of [
            [Number(latency!.medianMicros), at(0.5)],
            [Number(latency!.p99Micros), at(0.99)],
          ] as const)
            assert.ok(Math.abs(found - exact) <= Math.abs(exact) * 0.016 + 0.5, `${found} ${exact}`)
        },
      ),
      { numRuns: 50 },
    )
  })
})
