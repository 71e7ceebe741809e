import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseInstrumentName } from '../../functions/market/instrument-name.ts'
import { callMain } from '../local/cli/cli.ts'
import { openDuckDb, type Query } from '../support/readers/duckdb.ts'
import { installedReader } from '../support/readers/installed.ts'

const TEXT = readFileSync(join(import.meta.dirname, '../../functions/ticks/COOKBOOK.md'), 'utf8')
const SECTIONS = new Map(TEXT.split(/^## /m).map(part => [part.slice(0, part.indexOf('\n')), part]))
const program = (heading: string, language: string) =>
  new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(SECTIONS.get(heading) ?? '')?.[1] ?? ''

type Row = Record<string, unknown>
const BITCOIN = "venue = 'binance-futures' AND symbol = 'BTCUSDT'"
const NOON = "TIMESTAMPTZ '2024-08-01 12:00:00+00'"
const near = (a: unknown, b: number) => Math.abs(Number(a) - b) <= 1e-9 * Math.abs(b)

describe('COOKBOOK.md', () => {
  let cwd: string
  let duckDb: { query: Query } & Disposable
  before(async function () {
    duckDb = await openDuckDb(this)
    cwd = await mkdtemp(join(tmpdir(), 'cookbook-'))
    assert.equal((await callMain(['demo', '--quiet'], { cwd })).code, 0)
    const views = await callMain(['files', 'demo', '--as', 'duckdb'], { cwd })
    await duckDb.query("SET TimeZone = 'UTC'")
    await duckDb.query(views.stdout.replaceAll("'demo/", `'${cwd}/demo/`))
  })
  after(async () => {
    duckDb?.[Symbol.dispose]()
    if (cwd) await rm(cwd, { recursive: true, force: true })
  })

  const sql = (heading: string) => duckDb.query(program(heading, 'sql'))
  const bitcoin = (rows: Row[]) =>
    rows.filter(({ venue, symbol }) => venue === 'binance-futures' && symbol === 'BTCUSDT')
  /** The rows of a file in the vendor's order, with their time in microseconds. */
  const raw = (table: string, where = BITCOIN) =>
    duckDb.query(
      `SELECT *, epoch_us(local_timestamp) AS us FROM ${table} WHERE ${where} ORDER BY venue, symbol, file_row_number`,
    )
  function polars(test: Mocha.Context, heading: string) {
    const { default: pl } = installedReader<typeof import('nodejs-polars')>(test, 'nodejs-polars')
    const read = (dataType: string, venue: string, symbol: string) =>
      pl.readParquet(`${cwd}/demo/ticks/data_type=${dataType}/venue=${venue}/date=2024-08-01/${symbol}.parquet`)
    return new Function('pl', 'read', program(heading, 'js'))(pl, read)
  }

  it('has no program that this test does not run', () => {
    const found = [...SECTIONS.keys()].filter(name => program(name, 'sql') || program(name, 'js'))
    assert.equal(found.length, 10)
    assert.equal(TEXT.match(/^```(?=\w)/gm)?.length, 13)
  })

  it('VWAP by minute', async function () {
    const rows = bitcoin(await sql('VWAP by minute'))
    const sums = new Map<bigint, [number, number]>()
    for (const { us, price, amount } of (await raw('trades')) as { us: bigint; price: number; amount: number }[]) {
      const [value, volume] = sums.get(us / 60_000_000n) ?? [0, 0]
      sums.set(us / 60_000_000n, [value + price * amount, volume + amount])
    }
    const expected = [...sums.values()].map(([value, volume]) => value / volume)
    assert.equal(rows.length, expected.length)
    assert.ok(rows.every(({ vwap }, at) => near(vwap, expected[at]!)))
    const inPolars: number[] = polars(this, 'VWAP by minute').getColumn('vwap').toArray()
    assert.ok(inPolars.length === expected.length && inPolars.every((vwap, at) => near(vwap, expected[at]!)))
  })

  it('Spread over time', async function () {
    const rows = bitcoin(await sql('Spread over time'))
    assert.equal(rows.length, 24)
    const quotes = (await raw('quotes')) as { ask_price: number; bid_price: number }[]
    const spreads = quotes.map(({ ask_price: ask, bid_price: bid }) => ((ask - bid) / ((ask + bid) / 2)) * 10_000)
    const mean = spreads.reduce((a, b) => a + b, 0) / spreads.length
    const [inPolars] = polars(this, 'Spread over time').getColumn('spread_bps').toArray()
    assert.ok(near(inPolars, mean), `${inPolars} ${mean}`)
    const all = rows.map(({ spread_bps }) => Number(spread_bps))
    assert.ok(Math.min(...all) <= mean && mean <= Math.max(...all) && Math.min(...all) > 0)
  })

  it('Book at a given time', async () => {
    const replayed = async () => {
      const book = new Map<string, number>()
      let wasSnapshot = false
      for (const row of await raw('incremental_book_L2', `${BITCOIN} AND local_timestamp <= ${NOON}`)) {
        if (row.is_snapshot && !wasSnapshot) book.clear()
        wasSnapshot = row.is_snapshot as boolean
        const level = `${row.side} ${row.price}`
        if (row.amount === 0) book.delete(level)
        else book.set(level, row.amount as number)
      }
      return [...book].map(([level, amount]) => `${level} ${amount}`).sort()
    }
    const texts = (rows: Row[]) => rows.map(({ side, price, amount }) => `${side} ${price} ${amount}`).sort()
    const rows = texts(await sql('Book at a given time'))
    assert.ok(rows.length > 100)
    assert.deepEqual(rows, await replayed())
    // A second snapshot in the morning, with two levels: all before it is gone.
    const [{ at }] = (await duckDb.query(
      `SELECT max(file_row_number) AS at FROM incremental_book_L2 WHERE ${BITCOIN} AND local_timestamp <= TIMESTAMPTZ '2024-08-01 06:00:00+00'`,
    )) as [{ at: bigint }]
    await duckDb.query(
      `CREATE TABLE other AS SELECT * REPLACE (file_row_number IN (${at}, ${at - 1n}) OR is_snapshot AS is_snapshot) FROM incremental_book_L2`,
    )
    const again = program('Book at a given time', 'sql').replace('FROM incremental_book_L2', 'FROM other')
    const shorter = texts(await duckDb.query(again))
    const since = texts(
      await duckDb.query(
        `SELECT side, price, arg_max(amount, file_row_number) AS amount FROM incremental_book_L2 WHERE ${BITCOIN} AND local_timestamp <= ${NOON} AND file_row_number >= ${at - 1n} GROUP BY ALL`,
      ),
    ).filter(text => !text.endsWith(' 0'))
    assert.ok(shorter.length < rows.length)
    assert.deepEqual(shorter, since)
  })

  it('Trades with the quote before each', async function () {
    const rows = bitcoin(await sql('Trades with the quote before each'))
    const [trades, quotes] = [await raw('trades'), await raw('quotes')]
    assert.equal(rows.length, trades.length)
    const bids = trades.map(
      ({ us }) => quotes.findLast(quote => (quote.us as bigint) <= (us as bigint))?.bid_price ?? null,
    )
    assert.ok(bids.filter(bid => bid !== null).length > 100)
    assert.deepEqual(
      rows.map(({ bid_price }) => bid_price),
      bids,
    )
    assert.deepEqual(polars(this, 'Trades with the quote before each').getColumn('bid_price').toArray(), bids)
  })

  it('Funding paid', async () => {
    const rows = bitcoin(await sql('Funding paid'))
    const times = rows.map(row => String(row.funding_timestamp))
    assert.deepEqual(times, ['2024-08-01 08:00:00+00', '2024-08-01 16:00:00+00'])
    const ticker = await raw('derivative_ticker')
    const lastBefore = (time: string) =>
      ticker.findLast(
        ({ us, funding_rate }) => funding_rate !== null && (us as bigint) < BigInt(Date.parse(time)) * 1000n,
      )
    assert.deepEqual(
      rows.map(row => row.funding_rate),
      times.map(time => lastBefore(time)?.funding_rate),
    )
    assert.deepEqual(
      rows.map(row => row.mark_price),
      times.map(time => lastBefore(time)?.mark_price),
    )
  })

  it('Top of book', async () => {
    const rows = bitcoin(await sql('Top of book'))
    const books = await raw('book_snapshot_5')
    const last = new Map(books.map(book => [(book.us as bigint) / 60_000_000n, book]))
    assert.ok(rows.length > 100)
    assert.deepEqual(
      rows.map(row => [row.bid_price, row.ask_amount]),
      [...last.values()].map(book => [book.bid_price_1, book.ask_amount_1]),
    )
  })

  it('Option surface at an hour', async () => {
    const rows = await sql('Option surface at an hour')
    const last = new Map<unknown, Row>()
    for (const row of await raw('options_chain', `local_timestamp <= ${NOON} AND expiration > ${NOON}`))
      last.set(row.symbol, row)
    assert.ok(rows.length > 50)
    const figures = (list: Iterable<Row>) => [...list].map(row => `${row.symbol} ${row.mark_iv} ${row.delta}`).sort()
    assert.deepEqual(figures(rows), figures(last.values()))
  })

  it('Instruments', async () => {
    const rows = await sql('Instruments')
    const named = rows.map(({ venue, type, base }) => `${venue} ${type} ${base}`)
    assert.deepEqual(named.sort(), [
      'binance spot ETH',
      'binance spot SOL',
      'binance-futures perpetual BTC',
      'binance-futures perpetual ETH',
      'deribit perpetual BTC',
    ])
    const bitcoins = (await raw('trades')).length
    assert.equal(
      Number(rows.find(({ venue, base }) => venue === 'binance-futures' && base === 'BTC')?.trades),
      bitcoins,
    )
  })

  it('Grouped symbols', async () => {
    const trades = await raw('trades', "venue = 'deribit' AND filename LIKE '%/OPTIONS.parquet'")
    const counts = new Map<string, number>()
    for (const { symbol } of trades) counts.set(String(symbol), (counts.get(String(symbol)) ?? 0) + 1)
    const rows = await sql('Grouped symbols')
    assert.deepEqual(new Map(rows.map(({ symbol, trades }) => [String(symbol), Number(trades)])), counts)
    for (const { venue, symbol, type, expiration, strike_price } of rows) {
      const { side, strike, expiry } = parseInstrumentName(String(venue), String(symbol))
      const day = new Date(expiration as string).toISOString().slice(0, 10)
      assert.deepEqual([type, strike_price, day], [side, strike, expiry], String(symbol))
    }
  })

  it('Columns that came later', async function () {
    const frame = polars(this, 'Columns that came later')
    const trades = await raw('trades')
    assert.equal(frame.height, 2 * trades.length)
    assert.equal(frame.getColumn('id').nullCount(), trades.length)
  })
})
