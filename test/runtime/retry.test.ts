import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { backoffMs, type RetryOptions, retry, retryAfterMs } from '../../functions/runtime/retry.ts'
import { leapingClock } from '../tardis/loopback.ts'

const POLICY = { maxAttempts: 4, baseDelayMs: 100, maxDelayMs: 300 }
const FAULT = new Error('fault')

function optionsWith(changes: Partial<RetryOptions> = {}) {
  const clock = leapingClock(0)
  const options: RetryOptions = {
    policy: POLICY,
    clock,
    random: () => 0.5,
    remainingMs: () => 1_000 - clock.now(),
    minDelayMs: () => 0,
    ...changes,
  }
  return { clock, options }
}

/** Fails `failures` times, then gives the number of the attempt. */
function failing(failures: number) {
  const numbers: number[] = []
  const attempt = async (number: number) => {
    numbers.push(number)
    if (number <= failures) throw FAULT
    return number
  }
  return { numbers, attempt }
}

describe('runtime/retry', () => {
  it('repeats an attempt after growing delays until it succeeds, and reports each repeat', async () => {
    const reported: unknown[] = []
    const { clock, options } = optionsWith({ onRetry: (...repeat) => reported.push(repeat) })
    const { attempt, numbers } = failing(3)
    assert.equal(await retry(attempt, options), 4)
    assert.deepEqual(numbers, [1, 2, 3, 4])
    assert.deepEqual(clock.waitsMs, [50, 100, 150])
    assert.deepEqual(reported, [
      [FAULT, 1, 50],
      [FAULT, 2, 100],
      [FAULT, 3, 150],
    ])
  })

  it('throws the error of an attempt that no repeat can mend', async () => {
    const { attempt, numbers } = failing(1)
    const { clock, options } = optionsWith({ minDelayMs: () => undefined })
    await assert.rejects(retry(attempt, options), FAULT)
    assert.deepEqual([numbers, clock.waitsMs], [[1], []])
  })

  it('waits at least as long as the server asks for', async () => {
    const { clock, options } = optionsWith({ minDelayMs: () => 70 })
    await retry(failing(2).attempt, options)
    assert.deepEqual(clock.waitsMs, [70, 100])
  })

  it('gives up after the maximum number of attempts, and says so', async () => {
    const { attempt, numbers } = failing(9)
    const lastError = (error: unknown, reason: string) => new Error(`${(error as Error).message}; ${reason}`)
    await assert.rejects(retry(attempt, optionsWith({ lastError }).options), /^Error: fault; gave up after 4 attempts$/)
    assert.equal(numbers.length, 4)
    await assert.rejects(retry(attempt, optionsWith().options), FAULT)
  })

  it('starts no delay that would end after the time that remains', async () => {
    const { attempt, numbers } = failing(9)
    const lastError = (_: unknown, reason: string) => new Error(reason)
    const { clock, options } = optionsWith({ minDelayMs: () => 600, lastError })
    await assert.rejects(
      retry(attempt, options),
      /^Error: the next attempt would start in 0\.6 s, but only 0\.4 s remain$/,
    )
    assert.deepEqual([numbers, clock.waitsMs], [[1, 2], [600]])
  })

  it('rejects with the signal’s reason, in an attempt and in a delay, and leaves no listener', async () => {
    for (const place of ['attempt', 'delay']) {
      const controller = new AbortController()
      const reason = new Error(`stopped in the ${place}`)
      const stop = (at: string) => at === place && controller.abort(reason)
      const clock = { ...leapingClock(0), setTimeout: () => void queueMicrotask(() => stop('delay')) }
      const { options } = optionsWith({ clock, signal: controller.signal })
      const attempt = async () => {
        stop('attempt')
        throw FAULT
      }
      await assert.rejects(retry(attempt, options), reason)
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
    }
  })

  it('doubles the bound of the backoff up to its maximum, and draws the delay from the whole range', () => {
    const bounds = [1, 2, 3, 4].map(number => backoffMs(number, POLICY, () => 1))
    assert.deepEqual(bounds, [100, 200, 300, 300])
    const drawn = [0, 0.25].map(share => backoffMs(2, POLICY, () => share))
    assert.deepEqual(drawn, [0, 50])
    assert.equal(
      backoffMs(5_000, POLICY, () => 1),
      300,
    )
  })

  it('reads Retry-After as seconds or as an HTTP date', () => {
    const nowMs = Date.UTC(2024, 7, 9, 12, 0, 0)
    assert.equal(retryAfterMs('120', nowMs), 120_000)
    assert.equal(retryAfterMs(' 0 ', nowMs), 0)
    assert.equal(retryAfterMs('Fri, 09 Aug 2024 12:01:30 GMT', nowMs), 90_000)
    assert.equal(retryAfterMs('Fri, 09 Aug 2024 11:00:00 GMT', nowMs), 0)
    assert.equal(retryAfterMs('2024', nowMs), 2_024_000)
    for (const header of [undefined, '', 'soon', '-5', '1e3'])
      assert.equal(retryAfterMs(header, nowMs), undefined, header)
  })
})
