import assert from 'node:assert/strict'
import { VendorError } from '../../functions/tardis/error.ts'
import { assertNoKey, responding, thenTheFile } from './faults.ts'
import { collect, deadlineIn, FILE, type Handler, leapingClock, NAME, rejection, rig, serve } from './loopback.ts'

describe('tardis/vendor, retries', () => {
  it('repeats a request that failed in a way that passes, after a longer delay each time', async () => {
    const faults: Handler[] = [
      responding(500),
      request => void request.socket.destroy(),
      responding(408),
      responding(503),
    ]
    await using server = await serve(thenTheFile(...faults))
    const clock = leapingClock()
    await using r = rig(server.url, { clock })
    const found = await r.vendor.openDataset(NAME, { deadline: deadlineIn(60_000) })
    assert.equal(found.kind, 'open')
    assert.equal(server.requests.length, 5)
    assert.deepEqual(clock.waitsMs, [250, 500, 1000, 2000])
    assert.deepEqual(
      r.log.map(entry => [entry.level, (entry.fields as { attempt: number }).attempt]),
      [1, 2, 3, 4].map(attempt => ['warn', attempt]),
    )
    assertNoKey(undefined, r)
  })

  const waits: [string, number, Record<string, string>, number][] = [
    ['as many seconds as a 429 asks for', 429, { 'retry-after': '7' }, 7000],
    ['until the date that a 503 asks for', 503, { 'retry-after': 'Fri, 09 Aug 2024 00:00:20 GMT' }, 20_000],
    ['a minute after a 429 that asks for no delay', 429, {}, 60_000],
    ['no shorter than the backoff', 429, { 'retry-after': '0' }, 250],
    ['the backoff after a 500, which may not ask for more', 500, { 'retry-after': '90' }, 250],
  ]
  for (const [what, status, headers, waitMs] of waits)
    it(`waits ${what}`, async () => {
      await using server = await serve(thenTheFile(responding(status, headers)))
      const clock = leapingClock()
      await using r = rig(server.url, { clock })
      assert.equal((await r.vendor.openDataset(NAME, { deadline: deadlineIn(300_000, clock) })).kind, 'open')
      assert.deepEqual(clock.waitsMs, [waitMs])
    })

  it('fails at once where the delay would end after the deadline', async () => {
    await using server = await serve(responding(429, { 'retry-after': '600' }))
    const clock = leapingClock()
    await using r = rig(server.url, { clock })
    const error = await rejection(r.vendor.openDataset(NAME, { deadline: deadlineIn(500_000, clock) }))
    assert.ok(error instanceof VendorError)
    assert.match(error.message, /answered 429.*; the next attempt would start in 600\.0 s, but only 500\.0 s remain$/)
    assert.equal(error.retryable, true)
    assert.equal(error.status, 429)
    assert.deepEqual(clock.waitsMs, [])
    assert.equal(server.requests.length, 1)
    assertNoKey(error, r)
  })

  const paths = (requests: readonly { readonly url?: string | undefined }[]) =>
    requests.map(({ url }) => url!.slice(url!.lastIndexOf('/') + 1))
  const empty = responding(200, { 'content-length': 0 }, '')

  it('changes the URL of every repeated request, so that no cache repeats a damaged copy', async () => {
    await using server = await serve(thenTheFile(empty, responding(500), empty))
    await using r = rig(server.url)
    const found = await r.vendor.openDataset(NAME, { deadline: deadlineIn(60_000) })
    assert.ok(found.kind === 'open')
    assert.deepEqual(await collect(found.body), FILE)
    const file = 'BTCUSDT.csv.gz'
    assert.deepEqual(paths(server.requests), [file, ...[1, 2, 3].map(n => `${file}?retryAttempt=${n}`)])
  })

  it('changes the URL of the first request too where an earlier call gave damaged bytes', async () => {
    await using server = await serve(thenTheFile(empty, empty, empty))
    await using r = rig(server.url)
    const deadline = deadlineIn(60_000)
    await r.vendor.openDataset(NAME, { deadline })
    await r.vendor.openDataset(NAME, { deadline, earlierCalls: 1 })
    await r.vendor.openDataset(NAME, { deadline, earlierCalls: 2 })
    const file = 'BTCUSDT.csv.gz'
    const numbers = [1, 2, 3, 6, 12].map(n => `${file}?retryAttempt=${n}`)
    assert.deepEqual(paths(server.requests), [file, ...numbers])
  })

  it('gets the file past a cache that keeps serving a damaged copy of each URL it has seen', async () => {
    const seen = new Set(['BTCUSDT.csv.gz'])
    await using cache = await serve((request, response) => {
      const [url] = paths([request])
      response.end(seen.has(url!) ? '' : FILE)
      seen.add(url!)
    })
    await using r = rig(cache.url)
    assert.equal((await r.vendor.openDataset(NAME, { deadline: deadlineIn(60_000) })).kind, 'open')
    assert.equal(cache.requests.length, 2)
  })
})
