import assert from 'node:assert/strict'
import { systemClock } from '../../functions/runtime/deadline.ts'
import { Attempts } from '../../functions/tardis/attempts.ts'
import { createRedactor, VendorError } from '../../functions/tardis/error.ts'
import { VendorRefusedError } from '../../functions/tardis/refusal.ts'
import { deadlineIn, type LogEntry, leapingClock, recordLog } from './loopback.ts'

const call = () => ({ signal: new AbortController().signal, end() {} })
const policy = { maxAttempts: 3, baseDelayMs: 3_000, maxDelayMs: 30_000 }

function attempts(log: LogEntry[] = [], clock = leapingClock()) {
  return new Attempts({ policy, clock, random: () => 0.5, log: recordLog(log), redactor: createRedactor('secret') })
}

/** A response without a body. */
function response(status: number, headers: Readonly<Record<string, string>> = {}) {
  return {
    status,
    header: (name: string) => headers[name],
    address: 'http://a/b',
    wasKeySent: false,
    body: (async function* () {
      yield Buffer.from('a secret, busy')
    })(),
    cancel() {},
  }
}

describe('tardis/attempts: the error of a response', () => {
  const errorOf = (status: number, headers?: Record<string, string>) =>
    attempts().errorOf(response(status, headers), call())

  it('may pass by status alone', async () => {
    const retryable: number[] = []
    for (const status of [300, 400, 402, 407, 408, 409, 428, 429, 430, 499, 500, 501, 503, 599]) {
      const error = await errorOf(status)
      assert.equal(error.message, `GET http://a/b: answered ${status}: a [key], busy`)
      assert.equal(error.status, status)
      if (error.retryable) retryable.push(status)
    }
    assert.deepEqual(retryable, [408, 429, 500, 501, 503, 599])
  })

  it('has the delay that a 429 or a 503 asks for, and no other response', async () => {
    const delays: unknown[] = []
    for (const status of [408, 429, 500, 502, 503, 504])
      delays.push([status, (await errorOf(status, { 'retry-after': '7' })).retryAfterMs])
    assert.deepEqual(delays, [
      [408, undefined],
      [429, 7_000],
      [500, undefined],
      [502, undefined],
      [503, 7_000],
      [504, undefined],
    ])
  })

  it('is a minute after a 429 that asks for none, and the quota’s after a second one of the same call', async () => {
    const tries = attempts()
    const [first, second] = [call(), call()]
    assert.equal((await tries.errorOf(response(429), first)).retryAfterMs, 60_000)
    assert.equal((await tries.errorOf(response(429), second)).retryAfterMs, 60_000)
    assert.ok((await tries.errorOf(response(429), first)) instanceof VendorRefusedError)
  })

  it('is no quota’s after a 429 that asked for a short delay', async () => {
    const tries = attempts()
    const one = call()
    await tries.errorOf(response(429, { 'retry-after': '7' }), one)
    assert.ok(!((await tries.errorOf(response(429), one)) instanceof VendorRefusedError))
  })
})

describe('tardis/attempts: repeats', () => {
  const failing = (error: VendorError) => {
    const log: LogEntry[] = []
    const run = attempts(log).run(call(), deadlineIn(600_000), () => Promise.reject(error))
    return run.then(
      () => assert.fail('it should fail'),
      (last: unknown) => ({ last: last as VendorError, log }),
    )
  }

  for (const [status, text] of [
    [undefined, 'no answer from Tardis'],
    [200, 'broken answer from Tardis'],
    [503, 'Tardis answered 503'],
  ] as const)
    it(`are logged, each with the next delay: ${text}`, async () => {
      const { last, log } = await failing(new VendorError('the reason', { retryable: true, status }))
      const fields = (attempt: number, delayMs: number) => {
        return { attempt, attempts: 3, delayMs, status, reason: 'the reason' }
      }
      assert.deepEqual(log, [
        { level: 'warn', message: `${text}, retrying in 1.5 s (1 of 2)`, fields: fields(1, 1_500) },
        { level: 'warn', message: `${text}, retrying in 3.0 s (2 of 2)`, fields: fields(2, 3_000) },
      ])
      assert.deepEqual(
        [last.message, last.retryable, last.status],
        ['the reason; gave up after 3 attempts', true, status],
      )
    })

  it('are said to come in a tenth of a second at the soonest', async () => {
    const log: LogEntry[] = []
    const quick = new Attempts({
      policy: { ...policy, baseDelayMs: 1 },
      clock: leapingClock(),
      random: () => 0.9,
      log: recordLog(log),
      redactor: createRedactor(undefined),
    })
    const error = new VendorError('the reason', { retryable: true })
    await assert.rejects(quick.run(call(), deadlineIn(600_000), () => Promise.reject(error)))
    assert.match(log[0]!.message, /, retrying in 0\.1 s \(1 of 2\)$/)
    assert.equal((log[0]!.fields as { delayMs: number }).delayMs, 1)
  })

  it('keep the delay and the cause in the last error', async () => {
    const cause = new Error('the network')
    const { last } = await failing(new VendorError('the reason', { retryable: true, retryAfterMs: 7_000, cause }))
    assert.deepEqual([last.retryAfterMs, last.cause], [7_000, cause])
  })

  for (const [what, error] of [
    ['cannot pass', new VendorError('no', { retryable: false })],
    ['lasts', new VendorError('no', { retryable: true, isLasting: true })],
    ['is none of the vendor', new RangeError('no')],
  ] as const)
    it(`do not follow an error that ${what}`, async () => {
      let calls = 0
      const run = attempts([], { ...leapingClock(), now: systemClock.now }).run(call(), deadlineIn(600_000), () => {
        calls += 1
        return Promise.reject(error)
      })
      await assert.rejects(run, found => found === error)
      assert.equal(calls, 1)
    })
})
