import assert from 'node:assert/strict'
import { createListing, MAX_LIST_AGE_MS, MIN_LISTED_ITEMS } from '../../functions/fetch/listing.ts'
import type { ItemName } from '../../functions/market/items.ts'
import { ABSENT } from '../../functions/storage/bucket.ts'
import { dataObjectName } from '../../functions/storage/names.ts'
import { type BucketOperation, MemoryBucket } from '../support/memory-bucket.ts'
import { TestClock } from './test-clock.ts'
import { CONFIG, DAY } from './world.ts'

const nameOf = (symbol: string, dataType = 'trades'): ItemName => ({ ...DAY, dataType, symbol })
const objectOf = (name: ItemName) => dataObjectName(CONFIG.gcsPrefix, name)
const manyNames = (count: number, dataType = 'trades') =>
  Array.from({ length: count }, (_, i) => nameOf(`S${String(i).padStart(4, '0')}`, dataType))

/** A listing of the items, over a bucket that holds the objects of `stored`. */
async function openListing(items: readonly ItemName[], stored: readonly ItemName[] = []) {
  const lists: string[] = []
  const faults: Error[] = []
  const hook = ({ operation, name, when }: BucketOperation) => {
    if (operation === 'write' || when === 'after') return
    assert.equal(operation, 'list', `${operation} ${name}`)
    lists.push(name)
    const fault = faults.shift()
    if (fault) throw fault
  }
  const bucket = new MemoryBucket(hook)
  const store = (name: ItemName) =>
    bucket.write(objectOf(name), Buffer.from('x'), ABSENT, { contentType: 'text/plain' })
  for (const name of stored) await store(name)
  const clock = new TestClock()
  const isAbsent = createListing(items, { bucket, clock, config: CONFIG }, new AbortController().signal)
  return { lists, faults, clock, store, isAbsent: (name: ItemName) => isAbsent(name, objectOf(name)) }
}

describe('createListing', () => {
  it('tells stored objects from absent ones with one list of each data type', async () => {
    const trades = manyNames(MIN_LISTED_ITEMS)
    const quotes = manyNames(MIN_LISTED_ITEMS, 'quotes')
    const ends = [trades[0]!, trades[7]!, trades.at(-1)!, quotes[3]!]
    const { lists, isAbsent } = await openListing([...trades, ...quotes], ends)
    const absent = await Promise.all([...trades, ...quotes].map(isAbsent))
    assert.deepEqual(
      [...trades, ...quotes].filter((_, i) => !absent[i]),
      ends,
    )
    const folder = (type: string) => `ticks/data_type=${type}/venue=binance/date=2024-08-08/`
    assert.deepEqual(lists, [folder('trades'), folder('quotes')])
  })

  it('lists nothing for a few items, nor for those that have no object name', async () => {
    const few = manyNames(MIN_LISTED_ITEMS - 1)
    const { lists, isAbsent } = await openListing([...few, nameOf('x'.repeat(300))])
    assert.deepEqual(new Set(await Promise.all(few.map(isAbsent))), new Set([false]))
    assert.deepEqual(lists, [])
  })

  it('finds objects whose symbols are percent-encoded, which changes their order', async () => {
    const names = ['A/B', 'A-B', 'A B', 'Ä', 'a', '~', ...manyNames(MIN_LISTED_ITEMS).map(({ symbol }) => symbol)].map(
      symbol => nameOf(symbol),
    )
    const stored = names.slice(0, 6)
    const { lists, isAbsent } = await openListing(names, stored)
    const absent = await Promise.all(names.map(isAbsent))
    assert.deepEqual(
      names.filter((_, i) => !absent[i]),
      stored,
    )
    assert.equal(lists.length, 1)
  })

  it('calls nothing absent that lies beyond what was worth listing', async () => {
    const strangers = manyNames(2000)
    const names = strangers.filter((_, i) => i % 125 === 0).map(({ symbol }) => nameOf(`${symbol}x`))
    assert.equal(names.length, MIN_LISTED_ITEMS)
    const { isAbsent } = await openListing(names, strangers)
    const absent = await Promise.all(names.map(isAbsent))
    assert.deepEqual(
      absent,
      names.map((_, i) => i < 8),
    )
  })

  it('lists again when the list is old, and sees what was stored since', async () => {
    const names = manyNames(3 * MIN_LISTED_ITEMS)
    const { lists, clock, store, isAbsent } = await openListing(names)
    const [first, later] = [names.slice(0, MIN_LISTED_ITEMS), names.slice(MIN_LISTED_ITEMS)]
    await Promise.all(first.map(isAbsent))
    for (const name of later.slice(0, 2)) await store(name)
    clock.advance(MAX_LIST_AGE_MS - 1)
    assert.equal(await isAbsent(later[0]!), true)
    clock.advance(1)
    assert.equal(await isAbsent(later[1]!), false)
    assert.equal(await isAbsent(later[2]!), true)
    assert.equal(lists.length, 2)
  })

  it('does not list again where few items began in time, nor where few are left', async () => {
    const names = manyNames(3 * MIN_LISTED_ITEMS)
    for (const begun of [MIN_LISTED_ITEMS - 1, 2 * MIN_LISTED_ITEMS + 1]) {
      const { lists, clock, isAbsent } = await openListing(names)
      await Promise.all(names.slice(0, begun).map(isAbsent))
      clock.advance(MAX_LIST_AGE_MS)
      assert.equal(await isAbsent(names[begun]!), false)
      assert.equal(lists.length, 1)
    }
  })

  it('fails as the bucket does, and asks again for the items that come later', async () => {
    const names = manyNames(2 * MIN_LISTED_ITEMS)
    const { lists, faults, isAbsent } = await openListing(names)
    const fault = new Error('the bucket answered 503')
    faults.push(fault)
    const failed = await Promise.allSettled(names.slice(0, 2).map(isAbsent))
    assert.deepEqual(
      failed.map(one => one.status === 'rejected' && one.reason),
      [fault, fault],
    )
    assert.equal(await isAbsent(names[2]!), true)
    assert.equal(lists.length, 2)
  })
})
