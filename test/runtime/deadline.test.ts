import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { useFakeTimers } from 'sinon'
import { type Clock, createDeadline, DeadlineExceeded, sleep, systemClock } from '../../functions/runtime/deadline.ts'

/** A clock that stands still until it is moved. */
function handClock() {
  let nowMs = 1_000_000
  let next = 1
  const timers = new Map<number, { dueMs: number; callback: () => void }>()
  const clock: Clock = {
    now: () => nowMs,
    setTimeout: (callback, ms) => {
      timers.set(next, { dueMs: nowMs + ms, callback })
      return next++
    },
    clearTimeout: timer => void timers.delete(timer as number),
  }
  const move = (ms: number, { fire = true } = {}) => {
    nowMs += ms
    if (!fire) return
    for (const [id, { dueMs, callback }] of [...timers]) {
      if (dueMs <= nowMs && timers.delete(id)) callback()
    }
  }
  return { clock, move, timers }
}

describe('runtime/deadline', () => {
  it('counts down and aborts with DeadlineExceeded', () => {
    const { clock, move, timers } = handClock()
    const deadline = createDeadline(500, clock)
    assert.equal(deadline.remainingMs(), 500)
    move(499)
    assert.deepEqual([deadline.remainingMs(), deadline.expired, deadline.signal.aborted], [1, false, false])
    move(1)
    assert.deepEqual([deadline.remainingMs(), deadline.expired, deadline.signal.aborted], [0, true, true])
    assert.ok(deadline.signal.reason instanceof DeadlineExceeded)
    assert.match(deadline.signal.reason.message, /500 ms/)
    move(10)
    assert.equal(deadline.remainingMs(), 0)
    assert.equal(timers.size, 0)
  })

  it('notices that the time is up even where no timer could fire', () => {
    const { clock, move } = handClock()
    const deadline = createDeadline(500, clock)
    move(600, { fire: false })
    assert.equal(deadline.signal.aborted, false)
    assert.equal(deadline.expired, true)
    assert.equal(deadline.signal.aborted, true)
  })

  it('expires at once with 0 ms', () => {
    const { clock } = handClock()
    assert.equal(createDeadline(0, clock).expired, true)
  })

  it('is aborted with its parent and its reason, and leaves no listener on it', () => {
    const { clock, move, timers } = handClock()
    const parent = new AbortController()
    const listeners = () => getEventListeners(parent.signal, 'abort').length
    const timedOut = createDeadline(1, clock, parent.signal)
    const disposed = createDeadline(1_000, clock, parent.signal)
    const follower = createDeadline(1_000, clock, parent.signal)
    assert.equal(listeners(), 3)
    move(1)
    disposed[Symbol.dispose]()
    disposed[Symbol.dispose]()
    assert.equal(listeners(), 1)
    assert.equal(timers.size, 1)
    parent.abort('going down')
    assert.equal(listeners(), 0)
    assert.equal(timers.size, 0)
    assert.equal(follower.signal.reason, 'going down')
    assert.deepEqual([follower.expired, follower.remainingMs()], [true, 999])
    assert.ok(timedOut.signal.reason instanceof DeadlineExceeded)
    assert.equal(disposed.signal.aborted, false)
    assert.equal(createDeadline(1_000, clock, parent.signal).signal.reason, 'going down')
    assert.equal(timers.size, 0)
  })

  it('can have no limit of its own', () => {
    const { clock, move, timers } = handClock()
    const parent = new AbortController()
    const deadline = createDeadline(Number.POSITIVE_INFINITY, clock, parent.signal)
    move(1e12)
    assert.deepEqual([deadline.expired, deadline.remainingMs(), timers.size], [false, Number.POSITIVE_INFINITY, 0])
    parent.abort()
    assert.equal(deadline.expired, true)
  })

  it('may be longer than the longest timer of Node', () => {
    const { clock, move } = handClock()
    const deadline = createDeadline(2 ** 31, clock)
    move(2 ** 31 - 1)
    assert.equal(deadline.signal.aborted, false)
    move(1)
    assert.equal(deadline.signal.aborted, true)
  })

  it('refuses a negative or missing time', () => {
    assert.throws(() => createDeadline(-1), /milliseconds of 0 or more, found -1/)
    assert.throws(() => createDeadline(Number.NaN), RangeError)
  })

  it('is disposed by using, on the real clock, which then keeps nothing alive', () => {
    const before = process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
    {
      using deadline = createDeadline(60_000)
      assert.equal(deadline.expired, false)
      assert.equal(process.getActiveResourcesInfo().filter(name => name === 'Timeout').length, before + 1)
    }
    assert.equal(process.getActiveResourcesInfo().filter(name => name === 'Timeout').length, before)
  })
})

describe('runtime/deadline: sleep', () => {
  it('resolves when the time has passed and holds nothing', async () => {
    const { clock, move, timers } = handClock()
    const { signal } = new AbortController()
    const sleeping = sleep(50, signal, clock)
    move(50)
    await sleeping
    assert.equal(getEventListeners(signal, 'abort').length, 0)
    assert.equal(timers.size, 0)
  })

  it('rejects with the reason at once, and holds nothing', async () => {
    const { clock, timers } = handClock()
    const controller = new AbortController()
    const sleeping = sleep(50, controller.signal, clock)
    const reason = new Error('enough')
    controller.abort(reason)
    await assert.rejects(sleeping, reason)
    await assert.rejects(sleep(50, controller.signal, clock), reason)
    assert.equal(timers.size, 0)
  })

  it('sleeps on the real clock', async () => {
    const fake = useFakeTimers()
    try {
      const started = systemClock.now()
      const sleeping = sleep(5_000).then(() => systemClock.now() - started)
      await fake.tickAsync(5_000)
      assert.equal(await sleeping, 5_000)
    } finally {
      fake.restore()
    }
  })
})
