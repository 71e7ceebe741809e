import assert from 'node:assert/strict'
import { maskSecrets } from '../../../functions/local/monitor/secret-arguments.ts'

describe('local/monitor/secret-arguments', () => {
  for (const [given, shown] of [
    ['run --api-key s3cret --venues deribit', 'run --api-key *** --venues deribit'],
    ['run --token=s3cret', 'run --token=***'],
    ['run -password s3cret', 'run -password ***'],
    ['run --tardis-api-key=s3cret', 'run --tardis-api-key=***'],
    ['env TARDIS_API_KEY=s3cret DB_PASSWORD=s3cret run', 'env TARDIS_API_KEY=*** DB_PASSWORD=*** run'],
    ['curl https://user:s3cret@example.org/x', 'curl https://user:***@example.org/x'],
    ['curl https://example.org/x?a=1&api_key=s3cret&b=2', 'curl https://example.org/x?a=1&api_key=***&b=2'],
    ['run TD.s3cretAbcdefg.X-_y', 'run ***'],
    ['run --x=ghp_s3cretAbcdefghijk', 'run --x=***'],
    ['run eyJhbGciOi.s3cret.c2lnbmF0dXJl', 'run ***'],
    // Nothing secret in them.
    ['run --key --venues deribit', 'run --key --venues deribit'],
    ['run --monkey banana --keyboard=us', 'run --monkey banana --keyboard=us'],
    ['run --symbols BTC-PERPETUAL --author=me', 'run --symbols BTC-PERPETUAL --author=me'],
    ['run --start-date 2024-08-01 out=a.parquet', 'run --start-date 2024-08-01 out=a.parquet'],
  ] as const) {
    it(`shows ${given} as ${shown}`, () => assert.equal(maskSecrets(given.split(' ')).join(' '), shown))
  }

  it('knows a header, which is one argument', () => {
    assert.deepEqual(maskSecrets(['-H', 'Authorization: Bearer s3cret']), ['-H', 'Authorization: ***'])
    assert.deepEqual(maskSecrets(['-H', 'X-Api-Key:s3cret']), ['-H', 'X-Api-Key: ***'])
    assert.deepEqual(maskSecrets(['-H', 'Accept: text/html']), ['-H', 'Accept: text/html'])
  })

  for (const name of [
    ...['api-key', 'api_key', 'apikey', 'api-keys', 'key', 'keys', 'token', 'tokens', 'secret', 'secrets'],
    ...['password', 'passwd', 'passphrase', 'pwd', 'auth', 'authorization', 'credential', 'credentials'],
    ...['bearer', 'signature', 'sig', 'API-KEY', 'my-token'],
  ])
    it(`hides what stands after ${name}`, () => {
      const given = [`--${name}`, 's3cret', `--${name}=s3cret`, `${name}=s3cret`, `${name}: s3cret`, `x?${name}=s3cret`]
      const shown = [`--${name}`, '***', `--${name}=***`, `${name}=***`, `${name}: ***`, `x?${name}=***`]
      assert.deepEqual(maskSecrets(given), shown)
    })

  for (const secret of [
    'TD.s3cretAb',
    ...['p', 'o', 'u', 'r', 's'].map(kind => `gh${kind}_s3cretAbcdefghij`),
    'github_pat_s3cretAbcdefghij',
    ...['a', 'b', 'r', 's', 'p'].map(kind => `xox${kind}-s3cret-Abc`),
    'AKIA0123456789ABCDEF',
    'AIzaS3cretAbcdefghijklmnopqrstuvwxyz',
    'ya29.s3cret-Abc',
    'sk-s3cretAbcdefghij',
    'eyJhbGci.s3cret.c2ln',
  ])
    it(`knows ${secret} by its form`, () => {
      assert.deepEqual(maskSecrets([secret, `x:${secret}`, `${secret},y`]), ['***', 'x:***', '***,y'])
    })
})
