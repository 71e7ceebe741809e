import assert from 'node:assert/strict'
import { WORKING_GRACE_MS } from '../../functions/fetch/batch-time.ts'
import { createMemoryGate } from '../../functions/runtime/memory/gate.ts'
import { detailsOf } from './fake-vendor.ts'
import { CONFIG, DAY, World } from './world.ts'

/** A world with one planned batch of these symbols, and its message. */
async function planned(...symbols: string[]) {
  const world = new World()
  world.vendor.details = detailsOf(Object.fromEntries(symbols.map(symbol => [symbol, ['trades']])))
  await world.fetch(DAY)
  const message = world.queue.find(({ value }) => value.batch)!
  world.queue.length = 0
  world.published.length = 0
  return { world, message }
}

const results = (world: World) =>
  Object.fromEntries((world.receipts()[0]?.results ?? []).map(result => [result.symbol, result.status]))
const topics = (world: World) => world.published.map(({ topic }) => topic)

describe('runBatch', () => {
  it('writes the receipt after the data, and publishes the completion after the receipt', async () => {
    const { world, message } = await planned('A')
    const order: string[] = []
    world.bucket.afterWrite = name => void order.push(name.replace(/.*\//, ''))
    world.afterPublish = topic => void order.push(topic)
    assert.deepEqual(await world.deliver(message), { outcome: 'batch', counts: { stored: 1 }, adopted: 0, handedOn: 0 })
    assert.deepEqual(order, ['A.parquet', '0.json', CONFIG.completionsTopic])
    const { plan, index } = message.value.batch!
    assert.deepEqual(world.published[0]?.value, { ...DAY, plan, index })
  })

  it('records its items in order, whichever ended first', async () => {
    const { world, message } = await planned('A', 'B')
    world.vendor.answer('trades/A', 'BREAKS', 'row')
    await world.deliver(message)
    assert.deepEqual(
      world.receipts()[0]!.results.map(({ symbol }) => symbol),
      ['A', 'B'],
    )
  })

  it('delivered again, does nothing but publish the completion again', async () => {
    const { world, message } = await planned('A')
    await world.deliver(message)
    const [receipt] = world.receipts()
    await world.deliver(message)
    assert.deepEqual(world.receipts(), [receipt])
    assert.deepEqual([world.vendor.opened.length, topics(world)], [1, Array(2).fill(CONFIG.completionsTopic)])
  })

  it('records transient failures in the receipt, requests the message again, and works on those only', async () => {
    const { world, message } = await planned('A', 'B', 'C', 'D', 'E')
    const answers = { B: 'DOWN', C: 'MALFORMED', D: 'FORBIDDEN', E: 'MISSING' } as const
    for (const [symbol, answer] of Object.entries(answers)) world.vendor.answer(`trades/${symbol}`, answer)
    await assert.rejects(world.deliver(message), /1 item failed, a retry can succeed; trades\/B: answered 503/)
    assert.deepEqual(results(world), { A: 'stored', B: 'failed', C: 'failed', D: 'forbidden', E: 'missing' })
    assert.deepEqual(topics(world), [CONFIG.completionsTopic])
    world.vendor.answers.clear()
    world.vendor.opened.length = 0
    await world.deliver(message)
    assert.deepEqual(world.vendor.opened.sort(), ['trades/B', 'trades/C', 'trades/D'])
    assert.deepEqual(results(world), { A: 'stored', B: 'stored', C: 'stored', D: 'stored', E: 'missing' })
  })

  it('acknowledges a batch whose failures are lasting', async () => {
    const { world, message } = await planned('A', 'B')
    world.vendor.answer('trades/A', 'MALFORMED').answer('trades/B', 'FORBIDDEN')
    await world.deliver(message)
    assert.deepEqual(results(world), { A: 'failed', B: 'forbidden' })
  })

  it('acknowledges an old message once a forced plan owns its failed items', async () => {
    const { world, message } = await planned('A')
    world.vendor.answer('trades/A', 'DOWN')
    await assert.rejects(world.deliver(message), /trades\/A/)
    await world.fetch({ ...DAY, force: true }, 'forced-1')
    await world.deliver(message)
    assert.equal(world.vendor.opened.length, 1)
    world.vendor.answers.clear()
    await world.drain()
    assert.deepEqual(world.statuses(), { 'trades/A': 'stored' })
  })

  it('at the deadline finishes started items, hands on the rest, and continues there', async () => {
    const { world, message } = await planned('A', 'B', 'C')
    world.config = { ...CONFIG, downloadMaxWorkers: 1, downloadMaxConnections: 1 }
    world.vendor.onOpen = () => world.clock.advance(CONFIG.deadlineMs)
    await world.deliver(message)
    assert.deepEqual([results(world), world.receipts()[0]!.handedOn], [{ A: 'stored' }, 2])
    assert.deepEqual(topics(world), [CONFIG.completionsTopic, CONFIG.venueDaysTopic])
    assert.deepEqual(world.published[1]?.value, message.value)
    world.vendor.onOpen = () => {}
    await world.drain()
    assert.deepEqual([results(world), world.receipts()[0]!.handedOn], [{ A: 'stored', B: 'stored', C: 'stored' }, 0])
    assert.equal(world.receipts()[0]!.work.deliveries, 2)
    assert.equal(world.vendor.opened.length, 3)
    world.assertNothingOpen()
  })

  it('works on new items before failed ones, so that every delivery gets further', async () => {
    const { world, message } = await planned('A', 'B')
    world.config = { ...CONFIG, downloadMaxWorkers: 1, downloadMaxConnections: 1 }
    world.vendor.answer('trades/A', 'DOWN')
    world.vendor.onOpen = () => world.clock.advance(CONFIG.deadlineMs)
    await world.deliver(message)
    await assert.rejects(world.deliver(message), /trades\/A/)
    assert.deepEqual(world.vendor.opened, ['trades/A', 'trades/B'])
    await assert.rejects(world.deliver(message), /trades\/A/)
    assert.deepEqual(world.vendor.opened, ['trades/A', 'trades/B', 'trades/A'])
  })

  it('requests the message again where a failed item was stopped in its retry', async () => {
    const { world, message } = await planned('A')
    world.vendor.answer('trades/A', 'DOWN', 'STALLS')
    await assert.rejects(world.deliver(message), /trades\/A/)
    const stop = new AbortController()
    world.signal = stop.signal
    world.vendor.onOpen = () => {
      setImmediate(() => stop.abort(new Error('stopping')))
    }
    await assert.rejects(world.deliver(message), /trades\/A/)
    assert.equal(world.vendor.opened.length, 2)
    world.assertNothingOpen()
  })

  it('gives up an item that hangs: handed on if it began late, failed if it had all the time there is', async () => {
    const { world, message } = await planned('A', 'B')
    world.config = { ...CONFIG, downloadMaxWorkers: 1, downloadMaxConnections: 1 }
    world.vendor.answer('trades/B', 'STALLS')
    let leftMs = 0
    world.vendor.onOpen = key => {
      if (key === 'trades/A') {
        world.clock.advance(CONFIG.deadlineMs / 2)
        leftMs -= CONFIG.deadlineMs / 2
      } else setImmediate(() => world.clock.advance(leftMs))
    }
    leftMs = CONFIG.deadlineMs + WORKING_GRACE_MS
    await world.deliver(message)
    assert.deepEqual(results(world), { A: 'stored' })
    leftMs = CONFIG.deadlineMs + WORKING_GRACE_MS
    await world.deliver(message)
    const [, failed] = world.receipts()[0]!.results
    assert.ok(failed?.status === 'failed')
    assert.equal(failed.retryable, false)
    assert.match(failed.error, /DEADLINE_SECONDS/)
    const entries = world.logged.filter(({ fields }) => fields?.event === 'item_failed')
    assert.deepEqual(
      entries.map(({ level, fields }) => [level, fields!.symbol, fields!.retryable]),
      [['warn', 'B', false]],
    )
    world.assertNothingOpen()
  })

  it('when the instance stops, abandons started items, records finished ones, and hands on the rest', async () => {
    const { world, message } = await planned('A', 'B', 'C')
    const stop = new AbortController()
    world.signal = stop.signal
    world.config = { ...CONFIG, downloadMaxWorkers: 1, downloadMaxConnections: 1 }
    world.vendor.answer('trades/B', 'STALLS')
    world.vendor.onOpen = key => {
      if (key === 'trades/B') setImmediate(() => stop.abort(new Error('SIGTERM')))
    }
    await world.deliver(message)
    assert.deepEqual([results(world), world.receipts()[0]!.handedOn], [{ A: 'stored' }, 2])
    assert.deepEqual(topics(world), [CONFIG.completionsTopic, CONFIG.venueDaysTopic])
    world.assertNothingOpen()
  })

  it('converts as many items at once as it may, and one only while memory is short', async () => {
    for (const [short, expected] of [
      [false, 3],
      [true, 1],
    ] as const) {
      const { world, message } = await planned('A', 'B', 'C', 'D')
      world.config = { ...CONFIG, downloadMaxWorkers: 3 }
      const objection = () => (short ? { reason: 'short' } : undefined)
      const gate = createMemoryGate({ objection, clock: world.clock })
      let inWork = 0
      let most = 0
      const { convert: real, ...rest } = world.services
      const convert: typeof real = async (...args) => {
        inWork += 1
        most = Math.max(most, inWork)
        await new Promise(resolve => setImmediate(resolve))
        inWork -= 1
        return await real(...args)
      }
      const { handleVenueDay } = await import('../../functions/fetch/handler.ts')
      const data = Buffer.from(JSON.stringify(message.value))
      await handleVenueDay({ id: '1', data }, { ...rest, convert, gate })
      assert.equal(most, expected)
      assert.equal(
        world.logged.some(({ fields }) => fields?.event === 'memory_wait'),
        short,
      )
      assert.equal(world.vendor.opened.length, 4)
    }
  })

  it('delivered twice at once, ends with one complete receipt, and each object once', async () => {
    const { world, message } = await planned('A', 'B', 'C')
    await Promise.all([world.deliver(message), world.deliver(message)])
    assert.deepEqual(results(world), { A: 'stored', B: 'stored', C: 'stored' })
    for (const result of world.receipts()[0]!.results) {
      assert.ok(result.status === 'stored')
      assert.equal(result.generation, (await world.bucket.stat(result.object))?.generation)
    }
    world.assertNothingOpen()
  })

  it('merges with a receipt that another writer committed first', async () => {
    const { world, message } = await planned('A', 'B')
    world.vendor.answer('trades/A', 'DOWN', 'row')
    let rival: Promise<unknown> | undefined
    world.bucket.beforeWrite = async name => {
      if (!name.includes('/receipts/') || rival) return
      rival = world.deliver(message)
      await rival
    }
    await world.deliver(message)
    assert.deepEqual(results(world), { A: 'stored', B: 'stored' })
    assert.equal(world.receipts()[0]!.work.deliveries, 2)
  })

  it('records memory and rates in the log and in the receipt', async () => {
    const { world, message } = await planned('A')
    world.vendor.onOpen = () => world.clock.advance(2_000)
    await world.deliver(message)
    const { work } = world.receipts()[0]!
    const logged = world.logged.find(entry => entry.message === 'batch done')?.fields
    for (const field of ['rssBytes', 'peakRssBytes', 'heapUsedBytes', 'rowsPerSecond', 'megabytesPerSecond']) {
      assert.equal(work.figures[field], logged?.[field])
      assert.equal(typeof work.figures[field], 'number')
    }
  })

  it('says what metrics count: items and bytes of this delivery alone, and nothing twice', async () => {
    const { world, message } = await planned('A', 'B')
    world.vendor.answer('trades/B', 'DOWN', 'row')
    await assert.rejects(world.deliver(message), /trades\/B/)
    await world.deliver(message)
    await world.deliver(message)
    const logged = world.logged.filter(entry => entry.message === 'batch done').map(({ fields }) => fields!)
    const bytes = world.receipts()[0]!.results.map(result => ('bytes' in result ? result.bytes : 0))
    const entries = logged.map(({ event, stored, failed, objectBytes }) => ({ event, stored, failed, objectBytes }))
    const event = 'batch_done'
    assert.deepEqual(entries, [
      { event, stored: 1, failed: 1, objectBytes: bytes[0] },
      { event, stored: 1, failed: 0, objectBytes: bytes[1] },
      { event, stored: 0, failed: 0, objectBytes: 0 },
    ])
  })

  it('requests the message again where publishing fails', async () => {
    const { world, message } = await planned('A')
    world.beforePublish = () => {
      throw new Error('topic down')
    }
    await assert.rejects(world.deliver(message), /topic down/)
    world.beforePublish = () => {}
    await world.deliver(message)
    assert.deepEqual([world.vendor.opened.length, topics(world)], [1, [CONFIG.completionsTopic]])
  })
})
