import assert from 'node:assert/strict'
import { createRedactor, isOutage, VendorError } from '../../functions/tardis/error.ts'
import { KEY } from './loopback.ts'

describe('tardis/error: the redactor', () => {
  const redactor = createRedactor(KEY)
  const forms = { 'as it is': KEY, 'percent-encoded': encodeURIComponent(KEY), 'in Base64': btoa(KEY) }

  for (const [how, secret] of Object.entries(forms)) {
    it(`removes every key from a text: ${how}`, () => {
      assert.equal(redactor.text(`a ${secret}, ${secret}b`), 'a [key], [key]b')
    })

    it(`removes the key from an error, wherever it is: ${how}`, () => {
      const errors = [
        new TypeError(`bad ${secret}`),
        Object.assign(new TypeError('bad'), { headers: { authorization: secret } }),
        new TypeError('bad', { cause: new Error(secret) }),
      ]
      for (const error of errors) {
        const { message, stack, ...rest } = redactor.cause(error) as Error
        assert.match(message, /^TypeError: bad( \[key\])?$/)
        assert.ok(!`${stack} ${JSON.stringify(rest)}`.includes(secret))
      }
      assert.equal(String(redactor.cause(secret)), 'Error: [key]')
    })
  }

  it('leaves alone what has no key in it, and everything where there is no key', () => {
    const error = new VendorError('answered 500', { retryable: true })
    assert.equal(redactor.cause(error), error)
    assert.equal(createRedactor(undefined).text(KEY), KEY)
    assert.equal(createRedactor('').text('abc'), 'abc')
  })

  it('removes the key from deep in an error, and from what is not enumerable', () => {
    let deep: object = { secret: KEY }
    for (let level = 0; level < 7; level++) deep = { deep }
    const hidden = Object.defineProperty(new TypeError('bad'), 'secret', { value: KEY, enumerable: false })
    for (const error of [Object.assign(new TypeError('bad'), { deep }), hidden])
      assert.notEqual(redactor.cause(error), error)
  })
})

describe('tardis/error: an outage', () => {
  const error = (status: number | undefined, more: object = {}) =>
    new VendorError('no', { retryable: true, status, ...more })

  it('is no response, or an error of the server’s own', () => {
    for (const status of [undefined, 500, 503]) assert.equal(isOutage(error(status)), true, String(status))
    for (const status of [200, 408, 429, 499]) assert.equal(isOutage(error(status)), false, String(status))
  })

  it('is nothing that lasts, that no repeat helps, or that is not of the vendor', () => {
    assert.equal(isOutage(error(503, { isLasting: true })), false)
    assert.equal(isOutage(error(503, { retryable: false })), false)
    assert.equal(isOutage(Object.assign(new Error('no'), { retryable: true, status: 503 })), false)
    assert.equal(isOutage(undefined), false)
  })

  it('has its own name, and a cause only where there is one', () => {
    assert.equal(error(503).name, 'VendorError')
    assert.equal('cause' in error(503), false)
    assert.equal(error(503, { cause: 7 }).cause, 7)
  })
})
