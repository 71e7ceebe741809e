import assert from 'node:assert/strict'
import { KEY_RETRY_MS, nextMidnightMs, quotaEndMs, VendorRefusedError } from '../../functions/tardis/refusal.ts'
import { assertNoKey, responding } from './faults.ts'
import { deadlineIn, FILE, type Handler, KEY, leapingClock, NAME, rejection, rig, serve } from './loopback.ts'

const NOON = Date.UTC(2024, 7, 9, 12)
const MIDNIGHT = Date.UTC(2024, 7, 10)

describe('tardis/refusal', () => {
  const cases: [string, Parameters<typeof quotaEndMs>[0], number | undefined][] = [
    ['a short Retry-After', { retryAfterMs: 60_000, text: 'slow down', isRepeated: true }, undefined],
    ['a long Retry-After', { retryAfterMs: 36_000_000, text: '', isRepeated: false }, NOON + 36_000_000],
    ['no Retry-After', { retryAfterMs: undefined, text: 'too many requests', isRepeated: false }, undefined],
    ['no Retry-After, again', { retryAfterMs: undefined, text: 'too many requests', isRepeated: true }, MIDNIGHT],
    [
      'a body that names the quota',
      { retryAfterMs: undefined, text: 'Daily quota used up', isRepeated: false },
      MIDNIGHT,
    ],
    ['a body that names the day', { retryAfterMs: undefined, text: '100 GB PER DAY', isRepeated: false }, MIDNIGHT],
    ['a body that calls it daily', { retryAfterMs: undefined, text: 'the daily limit', isRepeated: false }, MIDNIGHT],
    ['a Retry-After of ten minutes', { retryAfterMs: 600_000, text: '', isRepeated: false }, undefined],
    ['one of a little more', { retryAfterMs: 600_001, text: '', isRepeated: false }, NOON + 600_001],
    ['that and a time', { retryAfterMs: 1_000, text: 'quota exceeded', isRepeated: false }, NOON + 1_000],
  ]
  for (const [what, tooMany, endMs] of cases)
    it(`takes a 429 with ${what} for ${endMs === undefined ? 'a rate limit' : 'the quota'}`, () => {
      assert.equal(quotaEndMs(tooMany, NOON), endMs)
    })

  it('gives the next midnight, also at midnight', () => {
    assert.deepEqual([nextMidnightMs(MIDNIGHT - 1), nextMidnightMs(MIDNIGHT)], [MIDNIGHT, MIDNIGHT + 86_400_000])
  })
})

describe('tardis/vendor, refused as a whole', () => {
  const open = async (handler: Handler, first: RegExp, clock = leapingClock(NOON), apiKey: string | null = KEY) => {
    await using server = await serve(handler)
    await using r = rig(server.url, { clock, ...(apiKey === null && { apiKey: undefined }) })
    const deadline = deadlineIn(500_000, clock)
    const error = await rejection(r.vendor.openDataset(NAME, { deadline }))
    assert.ok(error instanceof VendorRefusedError, String(error))
    assert.match(error.message, first)
    assert.deepEqual([error.retryable, error.isLasting], [true, true])
    assertNoKey(error, r)
    const requests = server.requests.length
    assert.equal(await rejection(r.vendor.openDataset({ ...NAME, symbol: 'ETHUSDT' }, { deadline })), error)
    assert.equal(server.requests.length, requests, 'nothing more is requested')
    clock.setTimeout(() => {}, error.untilMs - clock.now())
    await rejection(r.vendor.openDataset(NAME, { deadline: deadlineIn(500_000, clock) }))
    assert.ok(server.requests.length > requests, 'at its time it is tried again')
    return { error, requests }
  }

  it('asks for nothing more until the time that a 429 names', async () => {
    const { error, requests } = await open(responding(429, { 'retry-after': '36000' }), /answered 429/)
    assert.deepEqual([error.reason, error.untilMs, requests], ['quota', NOON + 36_000_000, 1])
  })

  it('waits a minute after a 429 without a time, and after a second one until 00:00 UTC', async () => {
    const { error, requests } = await open(responding(429), /answered 429/)
    assert.deepEqual([error.reason, error.untilMs, requests], ['quota', MIDNIGHT, 2])
  })

  it('asks for nothing more for an hour after a 401 for the key', async () => {
    const { error, requests } = await open(
      responding(401, {}, 'key expired'),
      /with an API key: answered 401: key expired/,
    )
    assert.deepEqual([error.reason, error.untilMs, requests], ['key', NOON + KEY_RETRY_MS, 1])
  })

  it('takes a 401 without a key, and a 403 for one dataset, as that dataset’s own', async () => {
    await using server = await serve((request, response) => {
      if (request.url!.includes('ETH')) response.end(FILE)
      else response.writeHead(request.headers.authorization ? 403 : 401).end('no')
    })
    for (const apiKey of [undefined, 'keyed'] as const) {
      await using r = rig(server.url, { clock: leapingClock(NOON), ...(!apiKey && { apiKey: undefined }) })
      const deadline = deadlineIn(500_000)
      const refused = await r.vendor.openDataset(NAME, { deadline })
      assert.ok(refused.kind === 'forbidden')
      assert.ok(
        refused.reason.includes(apiKey ? ' with an API key: answered 403' : ' without an API key: answered 401'),
      )
      const other = await r.vendor.openDataset({ ...NAME, symbol: 'ETHUSDT' }, { deadline })
      assert.equal(other.kind, 'open')
      if (other.kind === 'open') other.cancel()
    }
  })
})
