import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { CONVERTER_VERSION, convert } from '../../functions/ticks/convert.ts'
import { readFooterMetadata } from '../../functions/ticks/parquet/footer.ts'
import { chunksOf, toParquet } from '../support/dataset.ts'

const HEADER = 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount'
const row = (i: number) =>
  `binance,BTCUSDT,${1_700_000_000_000_000 + i * 7},${1_700_000_000_000_500 + i * 7},${i},buy,${i / 4},0.5`
const dataset = (rows: number) => `${HEADER}\n${Array.from({ length: rows }, (_, i) => `${row(i)}\n`).join('')}`
const metadataOf = (parquet: Buffer) => parquetMetadata(Uint8Array.from(parquet).buffer)

describe('a conversion', () => {
  it('gives the same bytes for the same source, in chunks of any size and when repeated', async () => {
    const gzip = gzipSync(dataset(150_000))
    const whole = await toParquet(gzip)
    for (const chunkBytes of [777, 65_536]) {
      const { parquet, result } = await toParquet(gzip, { chunkBytes })
      assert.ok(parquet.equals(whole.parquet), `in chunks of ${chunkBytes}`)
      assert.deepEqual(result, whole.result)
    }
  })

  it('returns rows, bytes, times and gaps', async () => {
    const lines = [HEADER, row(0), row(1), row(1_000_000), row(3), row(4)]
    const gzip = gzipSync(lines.join('\n'))
    const { result, parquet } = await toParquet(gzip, { metadata: summary => ({ rows: `${summary.rows}` }) })
    assert.equal(result.rows, 5)
    assert.equal(result.sourceBytes, gzip.length)
    assert.match(result.sourceSha256, /^[0-9a-f]{64}$/)
    assert.equal(result.textBytes, lines.join('\n').length)
    assert.equal(result.firstTimestampMicros, 1_700_000_000_000_500n)
    assert.equal(result.lastTimestampMicros, 1_700_000_007_000_500n)
    const { rowsOutOfOrder, largestGapMicros, largestGapStartMicros, version } = result.quality
    assert.deepEqual(
      { rowsOutOfOrder, largestGapMicros, largestGapStartMicros, version },
      {
        rowsOutOfOrder: 1,
        largestGapMicros: 6_999_993n,
        largestGapStartMicros: 1_700_000_000_000_507n,
        version: 2,
      },
    )
    assert.equal(result.parquetBytes, parquet.length)
    assert.deepEqual(readFooterMetadata(parquet), {
      metadata: { rows: '5' },
      rows: 5,
      converterVersion: CONVERTER_VERSION,
      columns: ['exchange', 'symbol', 'timestamp', 'local_timestamp', 'id', 'side', 'price', 'amount'],
      exchanges: ['binance'],
    })
    assert.deepEqual([result.exchanges, result.otherColumns], [['binance'], undefined])
  })

  it('stores rows of another day as they are, and counts them where the day is given', async () => {
    const rows = [row(0), 'binance,BTCUSDT,1700000000000,1700000000000,7,buy,1,2', row(1)]
    const text = [HEADER, ...rows].join('\n')
    const withDay = await toParquet(text, { day: '2023-11-14' })
    assert.equal(withDay.result.quality.rowsOutsideDay, 1)
    assert.equal(withDay.result.firstTimestampMicros, 1_700_000_000_000n)
    assert.ok(withDay.parquet.equals((await toParquet(text)).parquet))
  })

  it('gives a file with the schema for no rows', async () => {
    for (const [text, dataType, columns] of [
      ['', 'trades', 8],
      [HEADER, 'trades', 8],
      ['', 'book_snapshot_25', 104],
      ['', 'unheard_of', 4],
    ] as const) {
      const { result, parquet } = await toParquet(text, { dataType })
      assert.equal(result.rows, 0)
      assert.equal(metadataOf(parquet).schema.length, columns + 1)
      assert.equal(metadataOf(parquet).row_groups.length, 0)
    }
  })

  it('fails on a source of 0 bytes, of another length than stated, cut off, no gzip, or gzip twice', async () => {
    const gzip = gzipSync(dataset(1000))
    await assert.rejects(toParquet(gzip, { expectedBytes: gzip.length + 1 }), {
      name: 'DamagedSourceError',
      message: `the source ended after ${gzip.length} bytes, expected ${gzip.length + 1}`,
    })
    await assert.rejects(toParquet(new Uint8Array(0)), {
      name: 'DamagedSourceError',
      message: 'gzip, byte 0: found 0 bytes, expected a gzip member',
    })
    await assert.rejects(toParquet(gzip.subarray(0, -9)), { name: 'DamagedSourceError' })
    await assert.rejects(toParquet(gzip.subarray(0, -3)), { name: 'DamagedSourceError' })
    await assert.rejects(toParquet(Buffer.from('<html>Sorry</html>')), { name: 'DamagedSourceError' })
    await assert.rejects(toParquet(gzipSync(gzip)), {
      name: 'DamagedSourceError',
      message: /^line 1: found gzip within the gzip, expected CSV/,
    })
  })

  it('calls a damaged source damaged, also where the damage looks like malformed text', async () => {
    const gzip = gzipSync(dataset(20_000))
    for (let at = 5000; at < gzip.length - 8; at += 9973) {
      const flipped = Buffer.from(gzip)
      flipped[at]! ^= 0x10
      await assert.rejects(toParquet(flipped, { chunkBytes: 4096 }), { name: 'DamagedSourceError' }, `byte ${at}`)
    }
  })

  it('calls a cut source with a malformed row damaged, and a whole one malformed', async () => {
    const rows = [HEADER, row(0), 'oops', ...Array.from({ length: 30_000 }, (_, i) => row(i))].join('\n')
    const gzip = gzipSync(rows)
    const malformed = { name: 'MalformedDataError', line: 3, message: /^line 3, column exchange: found "oops"/ }
    await assert.rejects(toParquet(gzip, { chunkBytes: 4096 }), malformed)
    await assert.rejects(toParquet(gzip.subarray(0, -100), { chunkBytes: 4096 }), { name: 'DamagedSourceError' })
    await assert.rejects(toParquet(gzip, { expectedBytes: gzip.length + 1 }), { name: 'DamagedSourceError' })
  })

  it('rejects with the error of the source, the sink or the signal, and can be repeated', async () => {
    const gzip = gzipSync(dataset(200_000))
    const options = { dataType: 'trades', metadata: () => ({}) }
    const sink = { write: async () => {} }
    const reason = new Error('no more')
    const broken = async function* () {
      yield gzip.subarray(0, 1000)
      throw reason
    }
    await assert.rejects(convert(broken(), sink, options), reason)
    for (const threads of [1, 2] as const)
      await assert.rejects(
        convert(chunksOf(gzip), { write: () => Promise.reject(reason) }, { ...options, threads }),
        reason,
      )
    await assert.rejects(convert(chunksOf(gzip), sink, { ...options, signal: AbortSignal.abort(reason) }), reason)
    assert.equal((await convert(chunksOf(gzip), sink, options)).rows, 200_000)
  })

  for (const threads of [1, 2] as const)
    it(`does not read on while the sink is stuck, with ${threads} thread${threads === 1 ? '' : 's'}`, async () => {
      // Long ids end a row group early, and noise makes Parquet about as large as the source.
      const noise = Array.from({ length: 50_000 }, (_, i) => {
        const id = createHash('sha256').update(`${i}`).digest('hex')
        return `x,y,${i},${i},${id},buy,1,2\n`
      }).join('')
      const gzip = gzipSync(`${HEADER}\n${noise.repeat(12)}`, { level: 1 })
      let read = 0
      const source = async function* () {
        for (let at = 0; at < gzip.length; at += 65_536) {
          read = at
          yield gzip.subarray(at, at + 65_536)
        }
      }
      const stuck = Promise.withResolvers<void>()
      const reached = Promise.withResolvers<void>()
      const write = () => {
        reached.resolve()
        return stuck.promise
      }
      const conversion = convert(source(), { write }, { dataType: 'trades', metadata: () => ({}), threads })
      await reached.promise
      // Whatever is read without the sink is read while the event loop turns.
      for (let before = -1; before !== read; ) {
        before = read
        for (let turn = 0; turn < 500; turn++) await new Promise(resolve => setImmediate(resolve))
      }
      assert.ok(read < gzip.length / 2, `${read} of ${gzip.length} bytes read`)
      stuck.resolve()
      assert.equal((await conversion).rows, 600_000)
    })

  it('gives the same bytes and finds the same with one thread and with two', async () => {
    const lines = Array.from({ length: 400_000 }, (_, i) => row(i))
    // Rows out of order, repeated and of another day, over the borders of row groups too.
    for (const [at, text] of [
      [1, row(7)],
      [122_880, row(122_879)],
      [245_760, row(5)],
      [399_999, row(2 ** 34)],
    ] as const)
      lines[at] = text
    const gzip = gzipSync([HEADER, ...lines].join('\n'), { level: 1 })
    const of = (threads: 1 | 2) => toParquet(gzip, { threads, day: '2023-11-14' })
    const [one, two] = [await of(1), await of(2)]
    assert.ok(one.parquet.equals(two.parquet))
    assert.deepEqual(one.result, two.result)
    const { rowsOutOfOrder, repeatedRows, repeatedIds, rowsOutsideDay } = two.result.quality
    assert.deepEqual(
      { rowsOutOfOrder, repeatedRows, repeatedIds, rowsOutsideDay },
      { ...{ rowsOutOfOrder: 2, repeatedRows: 1, repeatedIds: 1, rowsOutsideDay: 1 } },
    )
    assert.deepEqual(two.result.exchanges, ['binance'])
    await assert.rejects(toParquet(gzip, { threads: 2, day: '2023-02-30' }), RangeError)
  })

  it('gives the same bytes where a long source starts a thread that its one row group does not need', async () => {
    const noise = (i: number) => createHash('sha512').update(`${i}`).digest('base64')
    const rows = Array.from({ length: 15_000 }, (_, i) => `x,y,${i},${i},${noise(i)}${noise(-i)},buy,1,2\n`)
    const gzip = gzipSync(`${HEADER}\n${rows.join('')}`, { level: 0 })
    assert.ok(gzip.length > 2 << 20)
    const of = (threads: 1 | 2) => toParquet(gzip, { threads, expectedBytes: gzip.length })
    const [one, two] = [await of(1), await of(2)]
    assert.ok(one.parquet.equals(two.parquet))
    assert.equal(metadataOf(two.parquet).row_groups.length, 1)
  })

  it('uses one thread where two row groups do not fit, and refuses columns where one does not', async () => {
    const wide = (columns: number) => {
      const header = [...HEADER.split(',').slice(0, 4), ...Array.from({ length: columns }, (_, i) => `new_${i}`)]
      const rest = `${'text '.repeat(600)}${',z'.repeat(columns - 1)}`
      const rows = Array.from({ length: 800 }, (_, i) => `x,y,${i},${i},${rest}\n`)
      return gzipSync(`${header.join()}\n${rows.join('')}`, { level: 1 })
    }
    const gzip = wide(300)
    const of = (threads: 1 | 2) => toParquet(gzip, { threads, dataType: 'new', expectedBytes: gzip.length })
    const [one, two] = [await of(1), await of(2)]
    assert.ok(metadataOf(one.parquet).row_groups.length > 1)
    assert.ok(one.parquet.equals(two.parquet))
    await assert.rejects(toParquet(wide(600), { dataType: 'new' }), {
      name: 'MalformedDataError',
      message: 'line 1: found 604 columns, expected as many as 512 MiB have room for',
    })
  })

  it('keeps booleans in their rows after a page of nulls', async () => {
    const rows = Array.from({ length: 90_000 }, (_, i) => `x,y,${i},${i},${i < 45_000 ? '' : i % 3 === 0},bid,1,2`)
    const text = ['exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount', ...rows].join('\n')
    const { parquet } = await toParquet(text, { dataType: 'incremental_book_L2' })
    const found = await parquetReadObjects({
      file: Uint8Array.from(parquet).buffer,
      compressors,
      columns: ['is_snapshot'],
    })
    for (const [i, row] of found.entries())
      assert.equal(row.is_snapshot ?? null, i < 45_000 ? null : i % 3 === 0, `row ${i}`)
    assert.equal(found.length, rows.length)
  })

  it('declares row groups as sorted only where they are', async () => {
    const sorted = metadataOf((await toParquet(dataset(1000))).parquet)
    assert.deepEqual(sorted.row_groups[0]!.sorting_columns, [{ column_idx: 3, descending: false, nulls_first: true }])
    const turned = metadataOf((await toParquet([HEADER, row(2), row(1)].join('\n'))).parquet)
    assert.equal(turned.row_groups[0]!.sorting_columns, undefined)
  })
})
