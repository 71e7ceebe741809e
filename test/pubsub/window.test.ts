import assert from 'node:assert/strict'
import { createWindow } from '../../functions/pubsub/window.ts'

/** Whether it has resolved once all that can be done without waiting is done. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  void promise.then(() => (done = true))
  await new Promise(resolve => setImmediate(resolve))
  return done
}

describe('pubsub/window', () => {
  it('has room up to its bytes exactly, and again for what has settled', async () => {
    const window = createWindow({ maxCount: 10, maxBytes: 100 })
    const first = Promise.withResolvers<void>()
    const second = Promise.withResolvers<void>()
    window.add(first.promise, 40)
    window.add(second.promise, 40)
    assert.equal(await isDone(window.room(20)), true)
    const waiting = window.room(21)
    assert.equal(await isDone(waiting), false)
    first.reject(new Error('a failure settles too'))
    assert.equal(await isDone(waiting), true)
    assert.equal(await isDone(window.room(60)), true)
    assert.equal(await isDone(window.room(61)), false)
  })

  it('has room for what is larger than itself where nothing is under way', async () => {
    const window = createWindow({ maxCount: 1, maxBytes: 100 })
    assert.equal(await isDone(window.room(1_000)), true)
    const only = Promise.withResolvers<void>()
    window.add(only.promise, 1)
    assert.equal(await isDone(window.room(1)), false)
    only.resolve()
    assert.equal(await isDone(window.room(1_000)), true)
  })

  it('is drained when all has settled, with or without anybody who waits', async () => {
    const window = createWindow()
    const works = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    assert.equal(await isDone(window.drained()), true)
    for (const { promise } of works) window.add(promise, 1)
    const drained = window.drained()
    works[0]!.resolve()
    assert.equal(await isDone(drained), false)
    works[1]!.resolve()
    assert.equal(await isDone(drained), true)
    window.add(Promise.resolve(), 1)
    assert.equal(await isDone(window.drained()), true)
  })
})
