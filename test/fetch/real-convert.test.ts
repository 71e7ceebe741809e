import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { handleVenueDay } from '../../functions/fetch/handler.ts'
import { convert } from '../../functions/ticks/convert.ts'
import { DAY, type World, worldOf } from './world.ts'

const HEADER = 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n'
const ROWS =
  'binance,A,1723075200000000,1723075200000001,1,buy,5.5,1\nbinance,A,1723075201000000,1723075201000002,2,sell,5.6,2\n'

async function run(world: World, source: Uint8Array) {
  world.vendor.openDataset = async () => {
    world.vendor.opened.push('trades/A')
    return {
      kind: 'open',
      contentLength: source.length,
      body: (async function* () {
        yield source
      })(),
      cancel() {},
    }
  }
  await world.fetch(DAY)
  for (const message of world.queue.splice(0)) {
    if (!message.value.batch) continue
    await handleVenueDay({ id: '1', data: Buffer.from(JSON.stringify(message.value)) }, { ...world.services, convert })
  }
  return world.receipts()[0]?.results[0]
}

describe('fetch with the real converter', () => {
  it('stores a dataset, and adopts it by its footer where the ledger is lost', async () => {
    const world = worldOf({ A: ['trades'] })
    const first = await run(world, gzipSync(HEADER + ROWS))
    assert.ok(first?.status === 'stored')
    assert.deepEqual(
      [first.rows, first.firstTimestampMicros, first.lastTimestampMicros, first.quality.largestGapMicros],
      [2, '1723075200000001', '1723075201000002', '1000001'],
    )
    for (const name of world.bucket.contents().keys()) if (name.startsWith('_ledger')) world.bucket.delete(name)
    assert.deepEqual(await run(world, Buffer.from('not asked for')), first)
    assert.equal(world.vendor.opened.length, 1)
  })

  it('counts rows of another day in receipt and footer, and says nothing where there are none', async () => {
    const world = worldOf({ A: ['trades'] })
    const milliseconds = 'binance,A,1723075202000,1723075202000,3,sell,5.6,2\n'
    const first = await run(world, gzipSync(HEADER + ROWS + milliseconds))
    assert.ok(first?.status === 'stored')
    assert.deepEqual([first.rows, first.quality.rowsOutsideDay], [3, 1])
    for (const name of world.bucket.contents().keys()) if (name.startsWith('_ledger')) world.bucket.delete(name)
    assert.deepEqual(await run(world, Buffer.from('not asked for')), first)

    const clean = await run(worldOf({ A: ['trades'] }), gzipSync(HEADER + ROWS))
    assert.ok(clean?.status === 'stored' && !('rowsOutsideDay' in clean.quality))
  })

  it('distinguishes an empty dataset from a damaged and a malformed one', async () => {
    const good = gzipSync(HEADER + ROWS)
    for (const [source, status, retryable] of [
      [gzipSync(''), 'empty', undefined],
      [gzipSync(HEADER), 'empty', undefined],
      [gzipSync(`${HEADER}binance,A,x\n`), 'failed', false],
    ] as const) {
      const world = worldOf({ A: ['trades'] })
      const result = await run(world, source)
      assert.equal(result?.status, status)
      assert.equal('retryable' in result ? result.retryable : undefined, retryable)
    }
    await assert.rejects(run(worldOf({ A: ['trades'] }), good.subarray(0, -4)), /a retry can succeed/)
  })
})
