import assert from 'node:assert/strict'
import { MAX_HELD_BYTES } from '../../functions/fetch/held.ts'
import { transfer } from '../../functions/fetch/transfer.ts'
import { createDeadline } from '../../functions/runtime/deadline.ts'
import type { WriteOptions } from '../../functions/storage/bucket.ts'
import { VendorError } from '../../functions/tardis/error.ts'
import { readFooterMetadata } from '../../functions/ticks/parquet/footer.ts'
import { SMALLEST_BUFFERS } from '../support/services.ts'
import { KEY, NAME, OBJECT, turns } from './item-runs.ts'
import { World } from './world.ts'

const BUFFERS = {
  ...SMALLEST_BUFFERS,
  uploadChunkBytes: 3,
  socketBufferBytes: 5,
  memoryEfficient: false,
  threads: 2 as const,
}
const TARGET = { name: NAME, object: OBJECT, expected: '0', renew: false, earlierTransfers: 0 }

/** One transfer, and what the vendor, the bucket and the converter are asked for. */
async function transferOnce(world = new World(), target: Partial<typeof TARGET> = {}) {
  world.buffers = BUFFERS
  using deadline = createDeadline(500_000, world.clock)
  const asked: Record<string, unknown>[] = []
  const open = world.vendor.openDataset.bind(world.vendor)
  world.vendor.openDataset = (name, options) => {
    const { deadline: given, ...rest } = options
    asked.push({ ...rest, isOurs: given === deadline })
    return open(name, options)
  }
  const create = world.bucket.createWriter.bind(world.bucket)
  world.bucket.createWriter = (name, expected, options: WriteOptions) => {
    asked.push({ name, expected, ...options, signal: options.signal === deadline.signal })
    return create(name, expected, options)
  }
  const { convert } = world
  world.convert = (source, sink, options) => {
    const { metadata: _, signal, ...rest } = options
    asked.push({ ...rest, signal: signal === deadline.signal })
    return convert(source, sink, options)
  }
  const taken: boolean[] = []
  const take: typeof turns.take = async isPaid => {
    taken.push(isPaid)
    return await turns.take(isPaid)
  }
  const outcome = await transfer({ ...TARGET, ...target }, world.services, deadline, { ...turns, take })
  return { outcome, asked, taken }
}

/** A body that the vendor ends for good. */
async function* refusing() {
  yield Buffer.from('a')
  throw new VendorError('answered 403', { retryable: false, status: 403 })
}

describe('transfer', () => {
  it('asks vendor, bucket and converter for all that it needs, with the buffers of the moment', async () => {
    const world = new World()
    world.vendor.answer(KEY, 'a\nb')
    const { outcome, asked } = await transferOnce(world)
    assert.equal(outcome.kind, 'committed')
    const contentType = 'application/vnd.apache.parquet'
    assert.deepEqual(asked, [
      { earlierCalls: 0, bufferBytes: 5, freesChunks: true, isOurs: true },
      { name: OBJECT, expected: '0', contentType, signal: true, chunkBytes: 3, freesChunks: true },
      { dataType: 'trades', day: NAME.date, memoryEfficient: false, threads: 2, expectedBytes: 3, signal: true },
    ])
    world.assertNothingOpen()
  })

  it('tells the vendor how many transfers came before', async () => {
    const { asked } = await transferOnce(new World(), { earlierTransfers: 2 })
    assert.equal(asked[0]?.earlierCalls, 2)
  })

  it('waits for its turn with a small response that is paid for, or a large one that is not', async () => {
    const world = new World()
    world.vendor.answer(KEY, 'x'.repeat(MAX_HELD_BYTES))
    assert.deepEqual((await transferOnce(world)).taken, [true])
    const large = new World()
    large.vendor.answer(KEY, 'x'.repeat(MAX_HELD_BYTES + 1))
    assert.deepEqual((await transferOnce(large)).taken, [false])
  })

  it('marks files of sample data, and no others', async () => {
    const metadataOf = (world: World) => {
      const footer = readFooterMetadata(world.bucket.bytes(OBJECT))
      assert.ok('metadata' in footer)
      return footer.metadata
    }
    const [real, sample] = [new World(), new World()]
    await transferOnce(real)
    const open = sample.vendor.openDataset.bind(sample.vendor)
    sample.vendor.openDataset = async (...args) => {
      const opened = await open(...args)
      return opened.kind === 'open' ? { ...opened, isGenerated: true } : opened
    }
    await transferOnce(sample)
    assert.deepEqual(Object.keys(metadataOf(real)), ['tick-handler'])
    assert.deepEqual({ ...metadataOf(real), 'tick-handler.generated': 'true' }, metadataOf(sample))
  })

  it('is uncertain where another writer was first, and where the response to the commit is lost', async () => {
    const late = new World()
    late.vendor.answer(KEY, 'a\nb', 'a')
    await transferOnce(late)
    const { outcome } = await transferOnce(late)
    assert.ok(outcome.kind === 'uncertain')
    assert.deepEqual([outcome.facts.rows, 'error' in outcome], [1, false])
    const lost = new World()
    const reset = new Error('reset')
    lost.bucket.afterWrite = () => {
      throw reset
    }
    const { outcome: unheard } = await transferOnce(lost)
    assert.ok(unheard.kind === 'uncertain')
    assert.deepEqual([unheard.facts.rows, unheard.error], [1, reset])
  })

  it('hands on what the vendor says of a dataset that it does not give', async () => {
    for (const [answer, expected] of [
      ['MISSING', { kind: 'missing', detail: 'no binance/trades/2024/08/08/BTCUSDT.csv.gz' }],
      ['FORBIDDEN', { kind: 'forbidden', status: 403, reason: 'no access' }],
    ] as const) {
      const world = new World()
      world.vendor.answer(KEY, answer)
      const { outcome, taken } = await transferOnce(world)
      assert.deepEqual([outcome, taken], [expected, []])
      world.assertNothingOpen()
    }
  })

  it('is damaged where the transfer breaks, and rejects where the vendor did not begin it or the file is malformed', async () => {
    const of = (answer: 'BREAKS' | 'SHORT' | 'DOWN' | 'MALFORMED') => {
      const world = new World()
      world.vendor.answer(KEY, answer)
      return transferOnce(world)
    }
    for (const answer of ['BREAKS', 'SHORT'] as const) assert.equal((await of(answer)).outcome.kind, 'damaged')
    const refused = new World()
    const open = refused.vendor.openDataset.bind(refused.vendor)
    refused.vendor.openDataset = async (...args) => {
      const opened = await open(...args)
      if (opened.kind === 'open') opened.cancel()
      return opened.kind === 'open' ? { ...opened, body: refusing() } : opened
    }
    await assert.rejects(transferOnce(refused), /answered 403/)
    await assert.rejects(of('DOWN'), /answered 503/)
    await assert.rejects(of('MALFORMED'), /line 2: a bad number/)
  })
})
