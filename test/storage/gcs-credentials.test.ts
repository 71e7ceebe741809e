import assert from 'node:assert/strict'
import { applicationDefaultCredentials, isGoogle } from '../../functions/storage/gcs-credentials.ts'

describe('storage/gcs-credentials', () => {
  for (const [endpoint, expected] of [
    ['https://storage.googleapis.com', true],
    ['https://googleapis.com', true],
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

  const passing: unknown[] = [
    ...['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'EPIPE', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'].map(code => ({
      code,
    })),
    { status: 429 },
    { status: 500 },
    { status: 503 },
    { status: 503, code: 'ENOENT' },
  ]
  const lasting: unknown[] = [
    ...[400, 428, 430, 499].map(status => ({ status })),
    { status: 403, code: 'ECONNRESET' },
    { code: 'ENOENT', path: '/key.json' },
    { code: 403 },
    {},
    null,
    undefined,
  ]
  for (const [errors, expected] of [
    [passing, true],
    [lasting, false],
  ] as const)
    for (const error of errors)
      it(`take ${JSON.stringify(error)} for a failure of the ${expected ? 'network' : 'set-up'}`, () =>
        assert.equal(applicationDefaultCredentials().isTransient(error), expected))
})
