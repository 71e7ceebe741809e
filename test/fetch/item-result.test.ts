import assert from 'node:assert/strict'
import { badName, failureOf, storedResult, withoutKey, withoutObject } from '../../functions/fetch/item-result.ts'
import type { ItemResult } from '../../functions/ledger/receipt.ts'
import { readConfig } from '../../functions/runtime/config/config.ts'
import { createDeadline } from '../../functions/runtime/deadline.ts'
import { StorageError } from '../../functions/storage/storage-error.ts'
import { VendorError } from '../../functions/tardis/error.ts'
import { DamagedSourceError, MalformedDataError } from '../../functions/ticks/errors.ts'
import { NAME } from './item-runs.ts'

const NAMED = { dataType: 'trades', symbol: 'BTCUSDT' }
const storageError = (retryable: boolean) =>
  new StorageError('answered 403', { retryable, bucket: 'b', operation: 'write', code: 403 })

describe('the result of an item that failed', () => {
  using deadline = createDeadline(Number.POSITIVE_INFINITY)
  const causes: readonly [string, unknown, boolean][] = [
    ['a vendor that may respond later', new VendorError('answered 503', { retryable: true }), true],
    ['a vendor that responds the same again', new VendorError('answered 418', { retryable: false }), false],
    ['a bucket that may respond later', storageError(true), true],
    ['a bucket that responds the same again', storageError(false), false],
    ['a file that breaks the format', new MalformedDataError('line 2: a bad number'), false],
    ['bytes that did not arrive whole', new DamagedSourceError('cut off'), true],
    ['an unknown error', new TypeError('x is not a function'), true],
  ]
  for (const [what, error, retryable] of causes) {
    it(`says that a retry ${retryable ? 'can' : 'cannot'} succeed after ${what}`, () => {
      const result = { ...NAMED, status: 'failed', error: (error as Error).message, retryable, seconds: 0 }
      assert.deepEqual(failureOf(NAME, error, deadline), { result, adopted: false })
    })
  }

  it('has the text of what was thrown, where that is no error', () => {
    const { result } = failureOf(NAME, 'a text', deadline)!
    assert.equal('error' in result && result.error, 'a text')
  })

  it('is absent where the item was stopped', () => {
    const stopped = createDeadline(Number.POSITIVE_INFINITY, undefined, AbortSignal.abort())
    assert.equal(failureOf(NAME, new Error('stopped'), stopped), undefined)
  })

  it('says of a bad name what is wrong with it, and that a retry cannot succeed', () => {
    assert.equal(badName(NAME), undefined)
    for (const symbol of ['..', 'X'.repeat(300)]) {
      const end = badName({ ...NAME, symbol })
      assert.ok(end?.result.status === 'failed')
      assert.deepEqual([end.result.symbol, end.result.retryable, end.adopted], [symbol, false, false])
      assert.notEqual(end.result.error, '')
    }
  })
})

describe('the result of an item that is stored', () => {
  it('has no times, no version and nothing unusual where the object says none', () => {
    const object = { name: 'a', generation: '5', crc32c: 'AAAAAA==', bytes: 7 }
    const facts = {
      ...{ version: 1, ...NAME, source: { path: 'p', bytes: 3, sha256: 'c' }, rows: 0, textBytes: 4 },
      quality: { rowsOutOfOrder: 0, largestGapMicros: '0' },
    }
    assert.deepEqual(storedResult(object, { facts }), {
      ...{ ...NAMED, status: 'empty', object: 'a', generation: '5', crc32c: 'AAAAAA==', bytes: 7, rows: 0 },
      ...{ sourceBytes: 3, sourceSha256: 'c', textBytes: 4, quality: facts.quality, seconds: 0 },
    })
  })
})

describe('the result of an item that the vendor does not give', () => {
  it('has the status and the reason', () => {
    for (const status of ['missing', 'forbidden'] as const) {
      const result = { ...NAMED, status, error: 'why', seconds: 0 }
      assert.deepEqual(withoutObject(NAME, status, 'why'), { result, adopted: false })
    }
  })
})

describe('withoutKey', () => {
  const KEY = 'TD.secret-key-of-an-account'
  const result: ItemResult = { ...NAMED, status: 'forbidden', error: `no access with ${KEY}`, seconds: 1 }

  it('removes the API key from the error of a result', () => {
    const redacted = withoutKey(result, readConfig({ TARDIS_API_KEY: KEY }))
    assert.ok('error' in redacted && !redacted.error.includes(KEY))
    assert.deepEqual({ ...redacted, error: '' }, { ...result, error: '' })
    assert.match(redacted.error, /^no access with /)
  })

  it('gives the same result where there is no key, or no error', () => {
    assert.equal(withoutKey(result, readConfig({})), result)
    const stored = { ...NAMED, status: 'stored' } as ItemResult
    assert.equal(withoutKey(stored, readConfig({ TARDIS_API_KEY: KEY })), stored)
  })
})
