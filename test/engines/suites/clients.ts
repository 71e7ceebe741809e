import assert from 'node:assert/strict'
import { join } from 'node:path'
import { pythonOf } from '../engines.ts'
import { matrix } from '../matrix.ts'
import { PythonProcess } from '../python-process.ts'
import { type SampleLake, sampleLake } from '../sample-lake.ts'

/** With true if its catalog takes them too. */
const LOADED = {
  trades: true,
  quotes: true,
  incremental_book_L2: true,
  book_snapshot_5: false,
  book_snapshot_25: true,
  derivative_ticker: false,
}
const WRANGLED = ['trades', 'quotes']

describe("other people's backtesters read what we store", () => {
  let lake: SampleLake
  const cells = matrix('client')
  before(async function () {
    pythonOf(this)
    lake = await sampleLake(['2024-08-01'])
    await lake.download('2024-08-01', '2024-08-01')
  })
  after(async () => {
    cells.print()
    await lake?.[Symbol.asyncDispose]()
  })

  /** The vendor's file and ours of the busiest symbol. */
  async function pair(dataType: string): Promise<{ csv: string; parquet: string }> {
    const path = lake
      .filesOf(dataType)
      .find(path => path.endsWith('venue=binance-futures/date=2024-08-01/BTCUSDT.parquet'))!
    return { csv: await lake.fetched(path), parquet: join(lake.folder, path) }
  }

  describe('hftbacktest', () => {
    let client: PythonProcess
    before(async function () {
      client = new PythonProcess(pythonOf(this), 'clients.hftbacktest_')
      cells.version('hftbacktest', (await client.response<{ version: string }>()).version)
    })
    after(() => client?.[Symbol.asyncDispose]())

    it('makes the same events, and the book at their end', async () => {
      const [trades, book] = [await pair('trades'), await pair('incremental_book_L2')]
      const params = { folder: lake.folder, trades, book }
      const found = await client.call<{ events: number; equal: boolean; book: number[]; expected: number[] }>(
        'events',
        params,
      )
      assert.ok(found.events > 1000)
      assert.ok(found.equal)
      assert.deepEqual(found.book, found.expected)
      cells.set(
        'trades and incremental_book_L2, converted and replayed',
        'hftbacktest',
        `right, ${found.events} events`,
      )
    })
  })

  describe('nautilus_trader', () => {
    let client: PythonProcess
    before(async function () {
      client = new PythonProcess(pythonOf(this), 'clients.nautilus')
      cells.version('nautilus_trader', (await client.response<{ version: string }>()).version)
    })
    after(() => client?.[Symbol.asyncDispose]())

    for (const [dataType, stored] of Object.entries(LOADED))
      it(`loads ${dataType}${stored ? ', and stores them in its catalog' : ''}`, async () => {
        const params = { folder: lake.folder, data_type: dataType, ...(await pair(dataType)) }
        const found = await client.call<{ objects: number }>('loaded', params)
        assert.ok(found.objects > 10)
        assert.deepEqual(found, { objects: found.objects, equal: true, ...(stored && { stored: true }) })
        const what = stored ? `${dataType}, loaded and in its catalog` : `${dataType}, loaded`
        cells.set(what, 'nautilus_trader', `right, ${found.objects} objects`)
      })

    for (const dataType of WRANGLED)
      it(`takes a data frame of ${dataType}`, async () => {
        const params = { data_type: dataType, ...(await pair(dataType)) }
        const found = await client.call<{ objects: number; equal: boolean }>('wrangled', params)
        assert.ok(found.objects > 10)
        assert.deepEqual(found, { objects: found.objects, equal: true })
        cells.set(`${dataType}, from a data frame`, 'nautilus_trader', `right, ${found.objects} objects`)
      })
  })
})
