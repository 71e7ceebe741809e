import assert from 'node:assert/strict'
import { WHOLE_GRACE_MS, WORKING_GRACE_MS } from '../../functions/fetch/batch-time.ts'
import { handleVenueDay } from '../../functions/fetch/handler.ts'
import type { Bucket } from '../../functions/storage/bucket.ts'
import { detailsOf } from './fake-vendor.ts'
import { CONFIG, DAY, type MessageValue, World } from './world.ts'

/** A call that does not end by itself: it settles when its signal is aborted, or never. */
function hang(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason)
    signal?.addEventListener('abort', () => reject(signal.reason))
  })
}

interface Hanging {
  readonly what: string
  /** Which call hangs. */
  readonly at: (operation: string, name: string) => boolean
  /** What the batch is: done in time, or stopped by the deadline with something left to hand on. */
  readonly isLate?: true
}

const HANGING: readonly Hanging[] = [
  { what: 'reading the plan', at: (operation, name) => operation === 'read' && name.endsWith('plan.json') },
  { what: 'reading the receipt', at: (operation, name) => operation === 'read' && name.includes('receipts') },
  { what: 'writing the receipt', at: (operation, name) => operation === 'write' && name.includes('receipts') },
  {
    what: 'publishing the completion',
    at: (operation, name) => operation === 'publish' && name === 'tick-completions',
  },
  {
    what: 'handing on the rest',
    at: (operation, name) => operation === 'publish' && name === 'tick-venue-days',
    isLate: true,
  },
]

describe('the time of a batch', () => {
  const limitMs = CONFIG.deadlineMs + WHOLE_GRACE_MS

  async function planned(): Promise<{ world: World; value: MessageValue }> {
    const world = new World()
    world.vendor.details = detailsOf({ A: ['trades'], B: ['trades'] })
    world.config = { ...CONFIG, downloadMaxWorkers: 1, downloadMaxConnections: 1 }
    await world.fetch(DAY)
    return { world, value: world.queue.find(({ value }) => value.batch)!.value }
  }

  for (const { what, at, isLate } of HANGING) {
    it(`ends by one deadline where ${what} hangs`, async () => {
      const { world, value } = await planned()
      const startMs = world.clock.now()
      const hung = Promise.withResolvers<void>()
      const around = <T>(operation: string, name: string, signal: AbortSignal | undefined, act: () => Promise<T>) => {
        if (!at(operation, name)) return act()
        hung.resolve()
        return hang(signal)
      }
      const { bucket, publisher, services } = world
      const slowBucket: Bucket = {
        url: bucket.url,
        stat: (name, signal) => bucket.stat(name, signal),
        readRange: (object, start, end, signal) => bucket.readRange(object, start, end, signal),
        readBeginning: (name, bytes, signal) => bucket.readBeginning(name, bytes, signal),
        list: (prefix, signal, range) => bucket.list(prefix, signal, range),
        listFolders: (folder, signal) => bucket.listFolders(folder, signal),
        remove: (object, signal) => bucket.remove(object, signal),
        copy: (source, name, options) => bucket.copy(source, name, options),
        createWriter: (name, expected, options) => bucket.createWriter(name, expected, options),
        read: (name, signal) => around('read', name, signal, () => bucket.read(name, signal)),
        write: (name, data, expected, options) =>
          around('write', name, options.signal, () => bucket.write(name, data, expected, options)),
      }
      const slowPublisher: typeof services.publisher = {
        publish: (topic, message, options) =>
          around('publish', topic, options?.signal, () => publisher.publish(topic, message)),
        publishMany: (topic, messages) => publisher.publishMany(topic, messages),
      }
      if (isLate) world.vendor.onOpen = () => world.clock.advance(CONFIG.deadlineMs)
      const data = Buffer.from(JSON.stringify(value))
      const slow = { ...services, bucket: slowBucket, publisher: slowPublisher }
      const ended = assert.rejects(handleVenueDay({ id: '1', data }, slow), { name: 'DeadlineExceeded' })
      await hung.promise
      world.clock.advance(startMs + limitMs - world.clock.now())
      await ended
      world.assertNothingOpen()
    })
  }

  it('writes the receipt after the last item was given up, before the whole ends', async () => {
    const { world, value } = await planned()
    world.vendor.answer('trades/A', 'STALLS').answer('trades/B', 'STALLS')
    world.vendor.onOpen = () => void setImmediate(() => world.clock.advance(CONFIG.deadlineMs + WORKING_GRACE_MS))
    const startMs = world.clock.now()
    await world.fetch(value)
    assert.equal(world.clock.now() - startMs, CONFIG.deadlineMs + WORKING_GRACE_MS)
    assert.deepEqual([world.receipts().length, world.receipts()[0]?.handedOn], [1, 1])
  })

  it('writes the receipt where the instance is being stopped', async () => {
    const { world, value } = await planned()
    world.signal = AbortSignal.abort(new Error('SIGTERM'))
    await world.fetch(value)
    assert.equal(world.published.at(-1)?.topic, CONFIG.venueDaysTopic)
  })
})
