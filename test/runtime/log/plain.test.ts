import assert from 'node:assert/strict'
import fc from 'fast-check'
import { chain, createPlain } from '../../../functions/runtime/log/plain.ts'

const KEY = 'TD.s3cr/t key+="1"'
const plain = createPlain({ secrets: [KEY], stacks: true })
const nullProto = (value: object) => Object.assign(Object.create(null), value)

describe('runtime/log/plain', () => {
  it('turns values that JSON cannot hold into JSON', () => {
    const circular: Record<string, unknown> = {}
    circular.self = [circular]
    const deep = Array.from({ length: 50 }).reduce<object>(inner => ({ inner }), {})
    const fields = plain({
      big: 1n,
      circular,
      deep,
      date: new Date(0),
      noDate: new Date(Number.NaN),
      bytes: Buffer.from(KEY),
      nan: Number.NaN,
      symbol: Symbol('s'),
      call: () => 1,
      nothing: undefined,
      empty: null,
      many: Array.from({ length: 1_000 }, (_, at) => at),
      throwing: Object.defineProperty({}, 'x', { enumerable: true, get: () => assert.fail() }),
      throwingJson: { toJSON: () => assert.fail() },
      long: 'x'.repeat(100_000),
      proxy: new Proxy({}, { ownKeys: () => assert.fail() }),
    })
    const { many, long, deep: deepFound, ...rest } = fields as Record<string, unknown>
    assert.deepEqual(
      { ...rest },
      {
        big: '1',
        circular: nullProto({ self: ['[circular]'] }),
        date: '1970-01-01T00:00:00.000Z',
        noDate: null,
        bytes: '[18 bytes]',
        nan: 'NaN',
        symbol: 'Symbol(s)',
        call: '[function call]',
        empty: null,
        throwing: nullProto({ x: '[unreadable]' }),
        throwingJson: '[unreadable]',
        proxy: '[unreadable]',
      },
    )
    assert.equal((many as unknown[]).length, 101)
    assert.match(long as string, /^x{16384}… \(83616 more characters\)$/)
    assert.match(JSON.stringify(deepFound), /\[too deep\]/)
  })

  const SECRET_NAMES = [
    ...['authorization', 'Authorization', 'proxy-authorization', 'cookie', 'Set-Cookie', 'session_cookie'],
    ...['password', 'dbPassword', 'secret', 'client_secret'],
    ...['apikey', 'apiKey', 'api_key', 'api-key', 'TARDIS_API_KEY', 'x-api-key'],
    ...['accesstoken', 'accessToken', 'access_token', 'access-token'],
  ]
  for (const name of SECRET_NAMES)
    it(`hides what stands under the name ${name}`, () => {
      for (const value of ['of another', { of: 'another' }, ['of another']])
        assert.deepEqual(plain({ [name]: value }), nullProto({ [name]: '[redacted]' }))
      assert.deepEqual(plain(new Map([[name, 'of another']])), nullProto({ [name]: '[redacted]' }))
      assert.deepEqual(plain({ [name]: undefined, x: { [name]: '' } }), nullProto({ x: nullProto({ [name]: '' }) }))
    })

  for (const name of [
    'authorizationUrl',
    'isAuthorization',
    'cookieCount',
    'secretName',
    'apiKeyId',
    'passwordHint',
    'accessTokenUrl',
  ])
    it(`shows what stands under the name ${name}`, () => {
      assert.deepEqual(plain({ [name]: 'plain' }), nullProto({ [name]: 'plain' }))
    })

  it('shows at most ten causes, each once', () => {
    const errors = Array.from({ length: 30 }, (_, at) => new Error(`error ${at}`))
    for (const [at, error] of errors.entries()) error.cause = errors[(at + 1) % 30]
    assert.equal(chain(errors[0]).length, 10)
    assert.deepEqual(chain(undefined), [])
    assert.deepEqual(chain('text'), ['text'])
  })

  it('never throws, is always JSON, and never shows the secret, wherever it is', () => {
    const leaf = fc.oneof(
      fc.constantFrom(
        KEY,
        `x${KEY}y`,
        encodeURIComponent(KEY),
        new Error(KEY),
        new Error('x', { cause: KEY }),
        Buffer.from(KEY),
      ),
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        withSparseArray: true,
      }),
    )
    const { value } = fc.letrec<{ value: unknown }>(tie => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.oneof(fc.string(), fc.constant(KEY)), tie('value'), { maxKeys: 4 }),
        tie('value').map(inner => new Map([[inner, inner]])),
        tie('value').map(inner => new Error('e', { cause: inner })),
      ),
    }))
    fc.assert(
      fc.property(value, input => {
        const text = JSON.stringify(plain(input)) ?? ''
        assert.ok(!text.includes('s3cr'), text)
      }),
      { numRuns: 2_000 },
    )
  })
})
