import assert from 'node:assert/strict'
import { MIN_LISTED_ITEMS } from '../../functions/fetch/listing.ts'
import { JSON_TYPE } from './item-runs.ts'
import { type MessageValue, type World, worldOf } from './world.ts'

const SYMBOLS = Array.from({ length: MIN_LISTED_ITEMS + 4 }, (_, i) => `S${String(i).padStart(2, '0')}`)
const FOLDER = 'ticks/data_type=trades/venue=binance/date=2024-08-08/'
const objectOf = (symbol: string) => `${FOLDER}${symbol}.parquet`

/** A planned batch of all symbols. */
async function planned(): Promise<{ world: World; batch: MessageValue }> {
  const world = worldOf(Object.fromEntries(SYMBOLS.map(symbol => [symbol, ['trades']])), SYMBOLS.length)
  await world.fetch({ venue: 'binance', date: '2024-08-08' })
  return { world, batch: world.queue.shift()!.value }
}

const countOf = (world: World) => ({ opened: world.vendor.opened.length, stored: storedIn(world).length })
const storedIn = (world: World) => [...world.bucket.contents().keys()].filter(name => name.startsWith(FOLDER))

describe('a batch whose objects are listed once', () => {
  it('downloads what is not stored, and adopts what is', async () => {
    const { world, batch } = await planned()
    await world.fetch(batch)
    assert.deepEqual(countOf(world), { opened: SYMBOLS.length, stored: SYMBOLS.length })
    const results = world.receipts()[0]!.results
    for (const name of [...world.bucket.contents().keys()]) {
      const isLost = name.includes('/receipts/') || name === objectOf('S03')
      if (isLost) await world.bucket.remove((await world.bucket.stat(name))!)
    }
    const outcome = await world.fetch(batch, 'fetch-2')
    assert.deepEqual(outcome, {
      ...{ outcome: 'batch', counts: { stored: SYMBOLS.length } },
      ...{ adopted: SYMBOLS.length - 1, handedOn: 0 },
    })
    assert.deepEqual(countOf(world), { opened: SYMBOLS.length + 1, stored: SYMBOLS.length })
    const withoutGeneration = world.receipts()[0]!.results.map(result => ({ ...result, generation: '', seconds: 0 }))
    assert.deepEqual(
      withoutGeneration,
      results.map(result => ({ ...result, generation: '', seconds: 0 })),
    )
  })

  it('adopts what another delivery stores after the list, and replaces what is not ours', async () => {
    const { world, batch } = await planned()
    const { world: other, batch: same } = await planned()
    await other.fetch(same)
    const rivals = new Map([
      [objectOf('S02'), other.bucket.bytes(objectOf('S02'))],
      [objectOf('S05'), Buffer.from('not Parquet at all')],
    ])
    world.bucket.beforeWrite = async name => {
      const data = rivals.get(name)
      rivals.delete(name)
      if (data) assert.equal((await world.bucket.write(name, data, '0', JSON_TYPE)).outcome, 'committed')
    }
    await world.fetch(batch)
    assert.equal(rivals.size, 0)
    for (const result of world.receipts()[0]!.results) {
      assert.ok('object' in result, JSON.stringify(result))
      assert.equal(result.generation, (await world.bucket.stat(result.object))!.generation)
      assert.deepEqual(world.bucket.bytes(result.object), other.bucket.bytes(result.object))
    }
    // The stranger's object was replaced by a second download.
    assert.deepEqual(countOf(world), { opened: SYMBOLS.length + 1, stored: SYMBOLS.length })
    world.assertNothingOpen()
  })

  it('stores every object once where two deliveries run at once', async () => {
    const { world, batch } = await planned()
    await Promise.all([world.fetch(batch, 'fetch-1'), world.fetch(batch, 'fetch-2')])
    assert.equal(storedIn(world).length, SYMBOLS.length)
    const [receipt] = world.receipts()
    assert.equal(receipt!.results.length, SYMBOLS.length)
    for (const result of receipt!.results) {
      assert.ok('object' in result, JSON.stringify(result))
      assert.equal(result.generation, (await world.bucket.stat(result.object))!.generation)
    }
    world.assertNothingOpen()
  })

  it('fails in a way that a retry can mend where the list fails', async () => {
    const { world, batch } = await planned()
    world.bucket.beforeRead = name => {
      if (name === FOLDER) throw new Error('the bucket answered 503')
    }
    await assert.rejects(world.fetch(batch), /items failed, a retry can succeed; .*the bucket answered 503/)
    assert.deepEqual(countOf(world), { opened: 0, stored: 0 })
    world.bucket.beforeRead = () => {}
    await world.fetch(batch, 'fetch-2')
    assert.deepEqual(countOf(world), { opened: SYMBOLS.length, stored: SYMBOLS.length })
  })
})
