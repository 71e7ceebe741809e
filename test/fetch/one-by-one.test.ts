import assert from 'node:assert/strict'
import { createOneByOne } from '../../functions/fetch/one-by-one.ts'
import { nextMidnightMs, VendorRefusedError } from '../../functions/tardis/refusal.ts'
import { CONFIG, DAY, type Message, type World, worldOf } from './world.ts'

const SYMBOLS = Object.fromEntries('ABCDEFGH'.split('').map(symbol => [symbol, ['trades']]))
const turns = async (count = 20) => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

describe('requests one by one', () => {
  /** Requests of one batch, whose responses the test gives. */
  function setUp() {
    const send = createOneByOne()
    const sent: string[] = []
    const request = (name: string, response: Promise<string>, signal = new AbortController().signal) =>
      send(() => {
        sent.push(name)
        return response
      }, signal)
    return { sent, request, first: Promise.withResolvers<string>() }
  }

  it('are sent when the one before has a response or has failed', async () => {
    const { sent, request, first } = setUp()
    const second = Promise.withResolvers<string>()
    const all = Promise.allSettled([
      request('A', first.promise),
      request('B', second.promise),
      request('C', Promise.resolve('C')),
    ])
    await turns()
    assert.deepEqual(sent, ['A'])
    first.resolve('A')
    await turns()
    assert.deepEqual(sent, ['A', 'B'])
    second.reject(new Error('broken'))
    assert.deepEqual(
      (await all).map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(sent, ['A', 'B', 'C'])
  })

  it('are not sent after a refusal, and end with it', async () => {
    const { sent, request, first } = setUp()
    const all = Promise.allSettled([request('A', first.promise), request('B', Promise.resolve('B'))])
    const refusal = new VendorRefusedError('used up', 'quota', 0)
    first.reject(refusal)
    const reasons = (await all).map(end => end.status === 'rejected' && end.reason)
    assert.deepEqual([sent, reasons], [['A'], [refusal, refusal]])
  })

  it('are not begun where the deadline comes first, and those behind them keep waiting for the first one', async () => {
    const { sent, request, first } = setUp()
    const deadline = new AbortController()
    const a = request('A', first.promise)
    const b = request('B', Promise.resolve('B'), deadline.signal)
    const c = request('C', Promise.resolve('C'))
    deadline.abort(new Error('time is up'))
    await assert.rejects(b, {
      ...{ name: 'NotBegun', message: 'no turn to send a request before the deadline', cause: deadline.signal.reason },
    })
    await turns()
    assert.deepEqual(sent, ['A'])
    first.resolve('A')
    assert.deepEqual([await a, await c, sent], ['A', 'C', ['A', 'C']])
  })
})

describe('fetch, on the days after the end of a daily quota', () => {
  /** Most requests that had no response at the same time. */
  let most: number

  /** A vendor that lets all requests of a turn arrive before it responds to the first. From `quota` on it refuses. */
  function vendorOf(world: World, quota = Number.POSITIVE_INFINITY) {
    most = 0
    let [unanswered, asked] = [0, 0]
    world.vendor.onOpen = async opened => {
      most = Math.max(most, ++unanswered)
      await turns()
      unanswered -= 1
      if (++asked <= quota) return
      throw new VendorRefusedError(`refused ${opened}`, 'quota', nextMidnightMs(world.clock.now()))
    }
  }

  /** Plans a day of eight small items in one batch. */
  async function plan(world: World, date: string): Promise<Message> {
    world.published.length = 0
    await world.fetch({ ...DAY, date })
    return world.published.find(({ value }) => value.batch)!
  }
  const toNextDay = (world: World) => world.clock.advance(nextMidnightMs(world.clock.now()) - world.clock.now())

  it('sends one request at a time, is refused once, and asks ahead again after a day without an end', async () => {
    const world = worldOf(SYMBOLS, 8)
    world.config = { ...CONFIG, batchSize: 8 }
    const refused = () => world.vendor.opened.length - world.receipts().flatMap(({ results }) => results).length
    const message = await plan(world, DAY.date)
    vendorOf(world, 3)
    await world.deliver(message)
    assert.ok(most > 4 && refused() > 1, `the first day: ${most} at once, ${refused()} refused`)

    toNextDay(world)
    const before = refused()
    vendorOf(world, 3)
    await world.deliver(message)
    assert.deepEqual([most, refused() - before], [1, 1], 'the second day: at once, refused')

    toNextDay(world)
    vendorOf(world)
    await world.deliver(message)
    assert.deepEqual([most, refused() - before], [1, 1], 'the third day, on which the quota does not end')

    toNextDay(world)
    const next = await plan(world, '2024-08-07')
    await world.deliver(next)
    assert.ok(most > 4, `the fourth day: ${most} at once`)
  })

  it('hands on what waits behind a slow response when no more items are begun, and fails nothing for good', async () => {
    const world = worldOf(SYMBOLS, 8)
    world.config = { ...CONFIG, batchSize: 8 }
    const message = await plan(world, DAY.date)
    const untilMs = nextMidnightMs(world.clock.now())
    await world.services.guard.refused({ reason: 'quota', untilMs, message: 'used up' }, world.services)
    toNextDay(world)
    const slow = Promise.withResolvers<void>()
    world.vendor.onOpen = () => slow.promise
    const delivery = world.deliver(message)
    await turns()
    world.clock.advance(world.config.deadlineMs)
    await turns()
    slow.resolve()
    const outcome = await delivery
    assert.deepEqual([world.vendor.opened, (outcome as { handedOn: number }).handedOn], [['trades/A'], 7])
    const results = world.receipts().flatMap(receipt => receipt.results.map(({ symbol, status }) => [symbol, status]))
    assert.deepEqual(results, [['A', 'stored']])
  })

  it('leaves out what another instance was refused meanwhile', async () => {
    const world = worldOf(SYMBOLS, 8)
    world.config = { ...CONFIG, batchSize: 8 }
    const refused = () => ({ reason: 'quota', untilMs: nextMidnightMs(world.clock.now()), message: 'used up' }) as const
    const message = await plan(world, DAY.date)
    await world.services.guard.refused(refused(), world.services)
    toNextDay(world)
    vendorOf(world)
    const { onOpen } = world.vendor
    world.vendor.onOpen = async opened => {
      await onOpen(opened)
      // The block of another instance, after the third request of this one.
      if (world.vendor.opened.length === 3) await world.services.guard.refused(refused(), world.services)
      world.clock.advance(1_000)
    }
    const outcome = await world.deliver(message)
    assert.deepEqual([world.vendor.opened.length, (outcome as { blocked?: true }).blocked], [3, true])
  })
})
