import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough, Readable, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { type RecordBatch, Table } from 'apache-arrow'
import * as api from '../../functions/ticks/index.ts'
import { conversionMemory } from '../../functions/ticks/memory.ts'
import { chunksOf, toParquet } from '../support/dataset.ts'
import { sampleOf } from '../support/sample-text.ts'

const { convert, readRecordBatches } = api
const gzip = gzipSync(sampleOf('trades', 20_000))
const dataType = 'trades'
const silent = () => new Readable({ read() {} })
const stuck = () => new Writable({ write() {}, highWaterMark: 1 })

describe('the entry point for programs', () => {
  let expected: Buffer
  before(async () => {
    expected = (await toParquet(gzip, { dataType })).parquet
  })

  it('states the memory that the converter states', () => {
    const mebibytes = (threads: 1 | 2) =>
      conversionMemory({ memoryEfficient: true, threads }).reduce((sum, { bytes }) => sum + bytes, 0) / 1024 ** 2
    assert.deepEqual([mebibytes(1), mebibytes(2)], [39, 85])
  })

  describe('convert', () => {
    it('reads a Node stream and ends a Node stream', async () => {
      const destination = new PassThrough()
      const [result, parquet] = await Promise.all([
        convert(Readable.from(chunksOf(gzip, 1000)), destination, { dataType }),
        buffer(destination),
      ])
      assert.ok(parquet.equals(expected))
      assert.deepEqual([result.rows, result.parquetBytes], [20_000, expected.length])
    })

    it('reads a Web stream and closes a Web stream', async () => {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
      const source = new Blob([gzip]).stream()
      const [, parquet] = await Promise.all([convert(source, writable, { dataType }), buffer(readable)])
      assert.ok(parquet.equals(expected))
    })

    it('gives a stream chunks that it may hold for as long as it likes', async () => {
      const long = gzipSync(sampleOf('trades', 130_000), { level: 1 })
      const [held, heldByWeb]: Uint8Array[][] = [[], []]
      const node = new Writable({
        write: (chunk, _encoding, done) => {
          held!.push(chunk)
          done()
        },
      })
      const web = new WritableStream<Uint8Array>({ write: chunk => void heldByWeb!.push(chunk) })
      const { parquet } = await toParquet(long, { dataType })
      await convert(chunksOf(long, 100_000), node, { dataType, threads: 1 })
      await convert(chunksOf(long, 100_000), web, { dataType, threads: 1 })
      assert.ok(held!.length > 1)
      assert.ok(Buffer.concat(held!).equals(parquet) && Buffer.concat(heldByWeb!).equals(parquet))
    })

    it('writes to a sink and leaves it open', async () => {
      const chunks: Buffer[] = []
      const sink = { write: async (chunk: Uint8Array) => void chunks.push(Buffer.from(chunk)) }
      await convert(chunksOf(gzip, 1000), sink, { dataType })
      assert.ok(Buffer.concat(chunks).equals(expected))
    })

    it('destroys both streams and names the line where the content is malformed', async () => {
      const source = Readable.from([gzipSync(`${sampleOf('trades', 2)}binance,X,1,1,id,buy,much,1\n`)])
      const destination = new PassThrough()
      await assert.rejects(
        convert(source, destination, { dataType }),
        (error: Error) => error instanceof api.MalformedDataError && error.line === 4 && error.column === 'price',
      )
      assert.ok(source.destroyed && destination.destroyed)
    })

    it('rejects with the error of the source and of the destination, and stops the other one', async () => {
      const [failed, disk] = [new Error('reset'), new Error('disk full')]
      const broken = new Readable({ read() {} }).destroy(failed)
      const destination = new PassThrough()
      await assert.rejects(convert(broken, destination, { dataType }), failed)
      assert.ok(destination.destroyed)

      const source = Readable.from(chunksOf(gzip, 1000))
      const full = new Writable({ write: (_chunk, _encoding, done) => done(disk) })
      await assert.rejects(convert(source, full, { dataType }), disk)
      assert.ok(source.destroyed)
    })

    it('rejects with the reason of an abort, even while the source sends nothing', async () => {
      const [source, destination, abort] = [silent(), new PassThrough(), new AbortController()]
      const conversion = convert(source, destination, { dataType, signal: abort.signal })
      const reason = new Error('enough')
      abort.abort(reason)
      await assert.rejects(conversion, reason)
      assert.ok(source.destroyed && destination.destroyed)
    })

    it('cancels a Web stream that sends nothing', async () => {
      const cancelled = Promise.withResolvers<void>()
      const source = new ReadableStream<Uint8Array>({ cancel: () => cancelled.resolve() })
      await assert.rejects(
        convert(source, new PassThrough(), { dataType, signal: AbortSignal.abort(new Error('enough')) }),
        /^Error: enough$/,
      )
      await cancelled.promise
    })

    it('rejects with the reason of an abort while the destination takes nothing', async () => {
      const [source, destination, abort] = [Readable.from(chunksOf(gzip, 1000)), stuck(), new AbortController()]
      const conversion = convert(source, destination, { dataType, signal: abort.signal })
      const rejected = assert.rejects(conversion, { name: 'AbortError' })
      await once(source, 'data')
      abort.abort()
      await rejected
      assert.ok(source.destroyed && destination.destroyed)
    })
  })

  describe('readRecordBatches', () => {
    it('reads a Web stream into batches that can be collected', async () => {
      const batches: RecordBatch[] = []
      for await (const batch of readRecordBatches(new Blob([gzip]).stream(), { dataType })) batches.push(batch)
      assert.equal(new Table(batches).numRows, 20_000)
    })

    it('gives batches of the schema that the data type has', async () => {
      const { value } = await readRecordBatches(Readable.from([gzip]), { dataType }).next()
      assert.equal(value!.schema.toString(), api.schemaFor(dataType).toString())
    })

    it('stops the source when its reader stops', async () => {
      const source = Readable.from(chunksOf(gzip, 1000))
      for await (const _batch of readRecordBatches(source, { dataType })) break
      assert.ok(source.destroyed)
    })

    it('rejects with the reason of an abort, even while the source sends nothing', async () => {
      const [source, abort] = [silent(), new AbortController()]
      const next = readRecordBatches(source, { dataType, signal: abort.signal }).next()
      abort.abort()
      await assert.rejects(next, { name: 'AbortError' })
      assert.ok(source.destroyed)
    })
  })
})
