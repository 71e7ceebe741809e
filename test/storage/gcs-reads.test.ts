import assert from 'node:assert/strict'
import { createGcsBucket } from '../../functions/storage/gcs.ts'
import { StorageError } from '../../functions/storage/storage-error.ts'
import { names } from '../support/bucket-suite.ts'
import { leapingClock } from '../support/leaping-clock.ts'
import { isError, openProxiedBucket, type ProxiedBucket } from './proxied-bucket.ts'

const OBJECT = { name: 'a', generation: '7' }

describe('createGcsBucket, what it reads', () => {
  let world: ProxiedBucket
  let bucket: ProxiedBucket['bucket']
  beforeEach(async () => {
    world = await openProxiedBucket()
    const options = { retryBudgetMs: 100, clock: leapingClock(), random: () => 0.9 }
    bucket = createGcsBucket({ bucket: 'ticks', apiEndpoint: world.proxy.endpoint, ...options })
  })
  afterEach(async () => {
    await bucket.close()
    await world.close()
  })

  const answer = (range: string, body: string) => {
    world.proxy.choose = () => ({ answer: 206, headers: { 'content-range': range }, body })
  }

  it('are the bytes of the range that it asked for, and no others', async () => {
    answer('bytes 2-4/100', 'cde')
    assert.equal(String(await bucket.readRange(OBJECT, 2, 5)), 'cde')
    answer('bytes 2-3/4', 'cd')
    assert.equal(String(await bucket.readRange(OBJECT, 2, 5)), 'cd')
    for (const [range, body] of [
      ['bytes 1-4/100', 'cde'],
      ['bytes 2-5/100', 'cde'],
      ['bytes 2-4/100', 'cd'],
      ['bytes 2-4/100x', 'cde'],
      ['bytes 2-4/*', 'cde'],
    ] as const) {
      answer(range, body)
      await assert.rejects(bucket.readRange(OBJECT, 2, 5), (error: Error) => {
        const message = `got ${body.length} bytes as 206 ${range}, expected 2-4`
        assert.equal(error.message, `read gs://ticks/a: ${message}`)
        return isError('BAD_RESPONSE', true)(error)
      })
    }
  })

  it('is refused where it is no range', async () => {
    for (const [start, end] of [
      [-1, 5],
      [5, 5],
      [5, 4],
      [Number.NaN, 5],
    ] as const)
      await assert.rejects(
        bucket.readRange(OBJECT, start, end),
        new RangeError(`a: bytes ${start} to ${end} are not a range`),
      )
    assert.equal(world.proxy.requests.length, 0)
  })

  it('is named where the content has another checksum', async () => {
    const headers = { 'x-goog-generation': '7', 'x-goog-hash': 'crc32c=BBBBBB==' }
    world.proxy.choose = () => ({ answer: 200, headers, body: '123456789' })
    await assert.rejects(bucket.read('a'), (error: Error) => {
      assert.equal(error.message, 'read gs://ticks/a: content has crc32c 4waSgw==, expected BBBBBB==')
      return isError('CHECKSUM', true)(error)
    })
  })

  it('is named in the error of each request', async () => {
    world.proxy.choose = () => ({ answer: 403, body: 'no' })
    const type = { contentType: 'text/plain' }
    for (const [operation, call] of [
      ['stat gs://ticks/a', () => bucket.stat('a')],
      ['delete gs://ticks/a', () => bucket.remove(OBJECT)],
      ['write gs://ticks/a', () => bucket.write('a', Buffer.from('x'), '0', type)],
      ['list x/ gs://ticks', () => names(bucket.list('x/'))],
    ] as const)
      await assert.rejects(call(), { code: 403, message: `${operation}: 403 no` })
  })

  it('are the fields of an object that are used', async () => {
    await bucket.stat('a')
    const { searchParams } = new URL(world.proxy.requests[0]!.url, 'http://x')
    assert.equal(searchParams.get('fields'), 'name,generation,size,crc32c')
  })
})

describe('storage/storage-error', () => {
  it('names the operation, the place and what went wrong, and has a cause only where there is one', () => {
    const facts = { retryable: true, bucket: 'gs://ticks', operation: 'list', code: 'X' }
    const ofBucket = new StorageError('no', facts)
    assert.deepEqual([ofBucket.message, ofBucket.name], ['list gs://ticks: no', 'StorageError'])
    assert.equal('cause' in ofBucket, false)
    const ofObject = new StorageError('no', { ...facts, object: 'a', cause: 7 })
    assert.deepEqual([ofObject.message, ofObject.cause, ofObject.retryAfterMs], ['list gs://ticks/a: no', 7, 0])
  })
})
