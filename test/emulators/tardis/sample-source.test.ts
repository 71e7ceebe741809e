import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { sampleSource } from '../../../functions/emulators/tardis/sample-source.ts'
import { readExchange } from '../../../functions/tardis/exchange.ts'
import { datasetsForDay } from '../../../functions/tardis/items.ts'
import { writeSampleDataset } from '../../support/write-sample-dataset.ts'

const dates = ['2024-08-08', '2024-08-10']
const TRADES = { venue: 'binance-futures', dataType: 'trades', date: '2024-08-09', symbol: 'BTCUSDT' }
const KNOWN = 'trades,liquidations,derivative_ticker,options_chain,quotes,book_ticker,incremental_book_L2'
const DATA_TYPES = [...KNOWN.split(','), 'book_snapshot_5', 'book_snapshot_25']

describe('emulators/tardis/sample-source', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sample-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('has a file for every dataset that it lists, and no other file', async () => {
    const source = sampleSource({ dates, rowsPerFile: 2000 })
    const seen = new Set<string>()
    for (const venue of await source.venues()) {
      const json = Buffer.from((await source.exchange(venue))!)
      assert.match(json.toString(), /Generated sample data/)
      const details = await readExchange(venue, [json] as unknown as AsyncIterable<Uint8Array>)
      for (const { dataType, symbol } of datasetsForDay(details, '2024-08-09', { dataTypes: DATA_TYPES }).items) {
        const file = await source.dataset({ venue, dataType, date: '2024-08-09', symbol })
        const content = await buffer(file!.stream())
        assert.equal(content.length, file!.bytes)
        assert.equal(createHash('md5').update(content).digest('hex'), file!.md5Hex)
        assert.deepEqual([...content.subarray(4, 8)], [0, 0, 0, 0], 'no time in the gzip header')
        seen.add(dataType)
      }
      for (const other of [{ symbol: 'NOBODY' }, { dataType: 'candles' }, { date: '2024-08-11' }, { date: 'x' }])
        assert.equal(await source.dataset({ ...TRADES, venue, ...other }), undefined)
    }
    assert.deepEqual(seen, new Set(DATA_TYPES))
    assert.equal(await source.exchange('nobody'), undefined)
    assert.equal(await source.dataset({ ...TRADES, symbol: 'GONEUSDT' }), undefined)
  })

  it('has files with only a header, and files without any text', async () => {
    const source = sampleSource({ dates })
    const content = async (dataType: string) => {
      const file = await source.dataset({ ...TRADES, dataType, symbol: 'IDLEUSDT' })
      return gunzipSync(await buffer(file!.stream())).toString()
    }
    assert.equal(await content('trades'), 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n')
    assert.equal(await content('liquidations'), '')
  })

  it('generates a file once for requests at the same time, and keeps it between runs', async () => {
    const options = { dates, rowsPerFile: 2000, cacheDir: folder }
    const source = sampleSource(options)
    const files = await Promise.all([1, 2, 3].map(() => source.dataset(TRADES)))
    assert.ok(files.every(file => file === files[0]))
    const names = await readdir(folder)
    assert.equal(names.length, 1)
    const path = join(folder, names[0]!)
    await utimes(path, 1, 1)
    const again = await sampleSource(options).dataset(TRADES)
    assert.equal((await stat(path)).mtimeMs, 1000, 'not written again')
    const inMemory = await sampleSource({ ...options, cacheDir: undefined as never }).dataset(TRADES)
    for (const file of [again, inMemory])
      assert.deepEqual(await buffer(file!.stream()), await buffer(files[0]!.stream()))
    assert.deepEqual(again!.lastModified, new Date('2024-08-10T06:00:00Z'))
  })

  it('refuses dates that are not days of the calendar', () => {
    for (const wrong of [[], ['tomorrow']]) assert.throws(() => sampleSource({ dates: wrong }), /expected at least one/)
  })

  it('writes a file of any length, always with the same bytes', async () => {
    const dataset = { dataType: 'book_ticker', symbol: 'BTCUSDT', date: '2024-08-08', rows: 40_000 }
    const [one, two] = [join(folder, '1.csv.gz'), join(folder, '2.csv.gz')]
    const written = await writeSampleDataset(dataset, one)
    assert.deepEqual(await writeSampleDataset(dataset, two), written)
    const [first, second] = await Promise.all([one, two].map(path => buffer(createReadStream(path))))
    assert.deepEqual(first, second)
    const text = gunzipSync(first!)
    assert.deepEqual(written, { textBytes: text.length, gzipBytes: first!.length })
    assert.equal(text.toString().split('\n').length, 40_000 + 2)
  })
})
