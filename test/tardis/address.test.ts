import assert from 'node:assert/strict'
import { baseUrl, below, sendableKey } from '../../functions/tardis/address.ts'

describe('tardis/address', () => {
  it('takes http and https addresses alone, and nothing in them but host and path', () => {
    for (const good of ['http://a', 'https://a.b:8080/v1/']) assert.equal(baseUrl(good).href, new URL(good).href)
    const others = ['', 'a/b', 'ftp://a', 'xhttp://a', 'httpsx://a']
    const parts = ['http://user@a', 'http://:pass@a', 'http://a/?x=1', 'http://a/#x']
    for (const bad of [...others, ...parts])
      assert.throws(
        () => baseUrl(bad),
        new TypeError('an address of the vendor must be an http or https URL without user, query or fragment'),
        bad,
      )
  })

  it('puts a path below an address, and tells a repeated request from the earlier ones', () => {
    const at = (base: string, earlier: number) => below(new URL(base), 'a/b%2Fc', earlier).href
    assert.equal(at('http://a/v1', 0), 'http://a/v1/a/b%2Fc')
    assert.equal(at('http://a/v1//', 1), 'http://a/v1/a/b%2Fc?retryAttempt=1')
    assert.equal(at('http://a//v1', 7), 'http://a//v1/a/b%2Fc?retryAttempt=7')
  })

  it('takes a key that a header can hold, or none', () => {
    assert.equal(sendableKey(undefined), undefined)
    assert.equal(sendableKey('TD.!~key'), 'TD.!~key')
    for (const bad of ['', ' key', 'key ', 'k ey', 'key\n', 'kéy', '\x7f'])
      assert.throws(
        () => sendableKey(bad),
        new TypeError('the API key must be printable ASCII without spaces: it is sent in a header'),
      )
  })
})
