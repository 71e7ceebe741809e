import assert from 'node:assert/strict'
import { backoffMs, defaultRetryPolicy, retryAfterMs } from '../../functions/tardis/backoff.ts'

describe('tardis/backoff', () => {
  it('doubles up to the cap and jitters over the whole range', () => {
    const policy = { ...defaultRetryPolicy, baseMs: 100, capMs: 1000 }
    const most = [1, 2, 3, 4, 5, 6].map(attempt => backoffMs(attempt, policy, () => 1))
    assert.deepEqual(most, [100, 200, 400, 800, 1000, 1000])
    assert.equal(
      backoffMs(4, policy, () => 0),
      0,
    )
    assert.equal(
      backoffMs(4, policy, () => 0.25),
      200,
    )
  })

  it('reads Retry-After as seconds or as an HTTP date', () => {
    const nowMs = Date.UTC(2024, 7, 9, 12, 0, 0)
    assert.equal(retryAfterMs('120', nowMs), 120_000)
    assert.equal(retryAfterMs(' 0 ', nowMs), 0)
    assert.equal(retryAfterMs('Fri, 09 Aug 2024 12:01:30 GMT', nowMs), 90_000)
    assert.equal(retryAfterMs('Fri, 09 Aug 2024 11:00:00 GMT', nowMs), 0)
    for (const nothing of [undefined, '', 'soon', '-5', '1e3', '2024']) {
      const expected = nothing === '2024' ? 2_024_000 : undefined
      assert.equal(retryAfterMs(nothing, nowMs), expected, nothing)
    }
  })
})
