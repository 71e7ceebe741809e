import assert from 'node:assert/strict'
import { checkBody, defaultMinThroughput } from '../../functions/tardis/body.ts'
import { createRedactor, VendorError } from '../../functions/tardis/error.ts'
import { collect, rejection } from './loopback.ts'

const SECOND = 1_000

/** A body of these chunks, each after so many seconds; an error in place of a chunk breaks it off. */
function bodyOf(chunks: readonly (readonly [seconds: number, chunk: Uint8Array | Error])[], more: object = {}) {
  let nowMs = 0
  async function* source() {
    for (const [seconds, chunk] of chunks) {
      nowMs += seconds * SECOND
      if (chunk instanceof Error) throw chunk
      yield chunk
    }
  }
  const response = {
    ...{ status: 200, header: () => undefined, address: 'http://a/secret', wasKeySent: true },
    ...{ body: source(), cancel() {} },
  }
  return checkBody(response, {
    clock: { now: () => nowMs, setTimeout: () => undefined, clearTimeout() {} },
    minThroughput: { bytes: 100, windowMs: 60 * SECOND },
    redactor: createRedactor('secret'),
    signal: new AbortController().signal,
    expectedBytes: undefined,
    ...more,
  })
}
const bytes = (length: number) => new Uint8Array(length)

describe('tardis/body', () => {
  it('expects 8 KiB a second by default, over a minute', () => {
    assert.deepEqual(defaultMinThroughput, { bytes: 60 * 8 * 1024, windowMs: 60_000 })
  })

  it('gives what was peeked at once more, and no more than asked for is taken', async () => {
    const body = bodyOf([1, 2, 3].map(length => [0, bytes(length)]))
    assert.equal((await body.peek(3)).length, 3)
    assert.equal((await body.peek(2)).length, 3)
    assert.equal((await body.peek(0)).length, 3)
    assert.equal((await body.peek(100)).length, 6)
    assert.equal((await collect(body.rest())).length, 6)
  })

  for (const [what, chunks, fault] of [
    ['as many as expected in each minute', [[60, 100], [60, 100]], undefined],
    ['fewer in a minute', [[60, 99]], /only 99 bytes came in 60 s, too slow, after 99 bytes$/],
    ['fewer in the second minute', [[60, 1_000], [60, 1]], /only 1 bytes came in 60 s, too slow, after 1001 bytes$/],
    ['few, in less than a minute', [[59, 1]], undefined],
    ['few, in two halves of a minute', [[30, 1], [31, 1]], /only 2 bytes came in 61 s, too slow, after 2 bytes$/],
  ] as const) // biome-ignore format: a table
    it(`measures what comes: ${what}`, async () => {
      const read = collect(bodyOf(chunks.map(([seconds, length]) => [seconds, bytes(length)])).rest())
      if (!fault) return void (await read)
      const error = await rejection(read)
      assert.ok(error instanceof VendorError && error.retryable)
      assert.match(error.message, fault)
    })

  it('fails where the body has another length than stated', async () => {
    const error = await rejection(collect(bodyOf([[0, bytes(3)]], { expectedBytes: 4 }).rest()))
    assert.ok(error instanceof VendorError && error.retryable)
    assert.deepEqual([error.message, error.status], ['GET http://a/[key]: the body ended after 3 of 4 bytes', 200])
    assert.equal((await collect(bodyOf([[0, bytes(4)]], { expectedBytes: 4 }).rest())).length, 4)
  })

  it('says why the body broke off, unless the reader has stopped', async () => {
    const cause = new Error('reset')
    const error = await rejection(collect(bodyOf([[0, bytes(3)], [0, cause]]).rest())) // biome-ignore format: short
    assert.ok(error instanceof VendorError && error.retryable)
    assert.equal(error.message, 'GET http://a/[key]: the body broke off (reset) after 3 bytes')
    assert.equal(error.cause, cause)
    const reason = new Error('stopped')
    const stopped = bodyOf([[0, cause]], { signal: AbortSignal.abort(reason) })
    assert.equal(await rejection(collect(stopped.rest())), reason)
  })
})
