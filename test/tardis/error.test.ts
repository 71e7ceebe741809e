import assert from 'node:assert/strict'
import { createRedactor, VendorError } from '../../functions/tardis/error.ts'
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
})
