import assert from 'node:assert/strict'
import { applicationDefaultCredentials, isGoogle } from '../../functions/storage/gcs-credentials.ts'

describe('storage/gcs-credentials', () => {
  for (const [endpoint, expected] of [
    ['https://storage.googleapis.com', true],
    ['https://storage.me-central2.rep.googleapis.com', true],
    ['http://storage.googleapis.com', false],
    ['https://storage.googleapis.com.example.org', false],
    ['https://examplegoogleapis.com', false],
    ['https://user:googleapis.com@example.org', false],
    ['http://127.0.0.1:4443', false],
    ['http://localhost:4443/storage.googleapis.com', false],
  ] as const) {
    it(`${expected ? 'are' : 'are not'} for ${endpoint}`, () => assert.equal(isGoogle(endpoint), expected))
  }

  it('are for the APIs of a universe of its own alone', () => {
    assert.equal(isGoogle('https://storage.apis.example.cloud', 'apis.example.cloud'), true)
    assert.equal(isGoogle('https://storage.googleapis.com', 'apis.example.cloud'), false)
    assert.equal(isGoogle('https://storage.apis.example.cloud'), false)
  })

  it('distinguish a failure of the network from one of the set-up', () => {
    const { isTransient } = applicationDefaultCredentials()
    for (const passing of [{ code: 'ECONNRESET' }, { code: 'ETIMEDOUT' }, { status: 503 }, { status: 429 }]) {
      assert.equal(isTransient(Object.assign(new Error(), passing)), true, JSON.stringify(passing))
    }
    for (const lasting of [{}, { status: 400 }, { status: 403, code: '403' }, { code: 'ENOENT', path: '/key.json' }]) {
      assert.equal(isTransient(Object.assign(new Error(), lasting)), false, JSON.stringify(lasting))
    }
  })
})
