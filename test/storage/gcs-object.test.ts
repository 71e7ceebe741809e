import assert from 'node:assert/strict'
import type { GcsApi, GcsRequest, GcsResponse } from '../../functions/storage/gcs-api.ts'
import { headersToStoredObject, parseJson, toStoredObject } from '../../functions/storage/gcs-object.ts'

/** Only what makes the errors. */
const API = {
  error: (request: GcsRequest, what: string, code: string, retryable: boolean, more?: { cause?: unknown }) =>
    Object.assign(new Error(`${request.operation}: ${what}`, more), { code, retryable }),
} as unknown as GcsApi
const REQUEST: GcsRequest = { operation: 'stat', object: 'a', method: 'GET', path: '/a' }
const RESOURCE = { name: 'a', generation: '7', size: '3', crc32c: 'AAAAAA==' }
const OBJECT = { name: 'a', generation: '7', bytes: 3, crc32c: 'AAAAAA==' }
const refused = (message: string | RegExp) => ({ code: 'BAD_RESPONSE', retryable: true, message })

describe('storage/gcs-object', () => {
  it('takes the fields of a resource', () => {
    assert.deepEqual(toStoredObject(API, REQUEST, { ...RESOURCE, etag: 'x' }), OBJECT)
    const generation = '9'.repeat(19)
    assert.deepEqual(toStoredObject(API, REQUEST, { ...RESOURCE, generation, size: '0' }), {
      ...OBJECT,
      generation,
      bytes: 0,
    })
  })

  const faults: object[] = [
    { name: 7 },
    { crc32c: 7 },
    { size: 'x' },
    { size: '1.5' },
    { size: undefined },
    ...['', '0', '07', '-7', '7x', 'x7', '7'.repeat(20), 7].map(generation => ({ generation })),
  ]
  for (const fault of faults)
    it(`refuses a resource with ${JSON.stringify(fault)}`, () => {
      const resource = { ...RESOURCE, ...fault }
      const message = `stat: the response is not an object: ${JSON.stringify(resource)}`
      assert.throws(() => toStoredObject(API, REQUEST, resource), refused(message))
    })

  it('shows 200 characters of what it refuses', () => {
    const resource = { name: 'x'.repeat(300) }
    const message = `stat: the response is not an object: {"name":"${'x'.repeat(191)}`
    assert.throws(() => toStoredObject(API, REQUEST, resource), refused(message))
    for (const none of [undefined, null])
      assert.throws(() => toStoredObject(API, REQUEST, none), refused(`stat: the response is not an object: ${none}`))
  })

  const fromHeaders = (hash: string | string[] | undefined) =>
    headersToStoredObject(API, REQUEST, {
      status: 200,
      headers: { 'x-goog-generation': '7', 'x-goog-hash': hash },
      body: Buffer.from('abc'),
    })

  it('takes the checksum of a media response from its hashes, wherever it is', () => {
    for (const hash of [
      'crc32c=AAAAAA==',
      'crc32c=AAAAAA==,md5=1B2M2Y8AsgTpgAmY7PhCfg==',
      'md5=1B2M2Y8AsgTpgAmY7PhCfg==, crc32c=AAAAAA==',
      ['md5=1B2M2Y8AsgTpgAmY7PhCfg==', 'crc32c=AAAAAA=='],
    ])
      assert.deepEqual(fromHeaders(hash), OBJECT)
    assert.equal(fromHeaders('crc32c=aZ09+/==').crc32c, 'aZ09+/==')
  })

  it('refuses a media response without a checksum', () => {
    for (const hash of [undefined, 'md5=AAAAAA==', 'xcrc32c=AAAAAA==', 'crc32c=AAAAA==', 'crc32c=AAAA-A=='])
      assert.throws(() => fromHeaders(hash), refused(/is not an object/), String(hash))
  })

  it('says what it found instead of JSON', () => {
    const response: GcsResponse = { status: 200, headers: {}, body: Buffer.from('<'.repeat(300)) }
    assert.throws(
      () => parseJson(API, REQUEST, response),
      (error: Error) => {
        assert.equal(error.message, `stat: the response is not JSON: ${'<'.repeat(200)}`)
        assert.ok(error.cause instanceof SyntaxError)
        return true
      },
    )
    assert.deepEqual(parseJson(API, REQUEST, { ...response, body: Buffer.from('[1]') }), [1])
  })
})
