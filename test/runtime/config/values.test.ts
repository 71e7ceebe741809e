import assert from 'node:assert/strict'
import { readConfig, type Variable } from '../../../functions/runtime/config/config.ts'
import { faultsOf } from './faults-of.ts'

const KEY = 'TD.AbCdEfGh01234567.-XyZ'

/** The one fault that this value of this variable has. */
function fault(name: Variable, value: string): string {
  const faults = faultsOf(() => readConfig({ [name]: value }))
  assert.equal(faults.length, 1, `${name}=${value}: ${faults.join(' | ')}`)
  assert.ok(faults[0]!.startsWith(`${name}: found `), faults[0])
  assert.match(faults[0]!, /, expected /)
  assert.doesNotMatch(faults[0]!, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
  return faults[0]!
}

describe('runtime/config/values', () => {
  it('accepts only whole numbers within their bounds', () => {
    for (const value of ['-1', '1.5', '1e3', '0x10', '１２', '1_000', '9'.repeat(400), 'NaN', 'Infinity', '']) {
      if (value) fault('LOOKBACK_DAYS', value)
    }
    fault('MEMORY_LIMIT_MB', '63')
    fault('DEADLINE_SECONDS', '3601')
    for (const value of ['0', '75', '1.01', '-0.5', '0.0', '.', '0.75%', '1.']) fault('MEMORY_THRESHOLD', value)
    assert.equal(readConfig({ MEMORY_THRESHOLD: '1' }).memoryThreshold, 1)
  })

  it('refuses names that would lead out of their folder', () => {
    for (const value of [
      '../ticks',
      'ticks/..',
      '/ticks',
      'ticks/',
      'a//b',
      '.',
      'a/_ledger',
      '.tick-handler',
      'a/.Tick-Handler',
      '_iceberg/ticks',
      'tïcks',
      'a b',
      'a\nb',
      'a\\b',
    ]) {
      fault('GCS_PREFIX', value)
    }
    for (const value of [
      'gs://ticks',
      'Ticks',
      'ab',
      '-ab',
      'ab-',
      'a..b',
      'a_/b',
      '192.168.0.1',
      'goog-x',
      'my-google',
      'x'.repeat(64),
    ]) {
      fault('GCS_BUCKET', value)
    }
    for (const value of [
      'a',
      '1abc',
      'goog-topic',
      'a b c',
      'projects/p/topics/x',
      'projects/../topics/abc',
      'tópic',
    ]) {
      fault('SCHEDULE_TOPIC', value)
    }
    for (const value of [',', 'a,,b', 'binance;deribit', 'binance deribit', 'binance\nderibit']) fault('VENUES', value)
    assert.match(fault('DATA_TYPES', 'trades,../x'), /found "\.\.\/x"/)
  })

  it('accepts only addresses, and shows no credentials', () => {
    const wrong = [
      'tardis.dev',
      'ftp://x/',
      'file:///etc/passwd',
      'https://',
      'https://x?key=1',
      'https://x#y',
      'https://x/../y',
    ]
    for (const value of [
      ...wrong,
      'https://x/%2e%2e/y',
      'https://x y/',
      'https://x\\y',
      'https://xn/\u202e',
      'javascript:alert(1)',
    ]) {
      fault('TARDIS_API_URL', value)
    }
    assert.doesNotMatch(fault('TARDIS_DATASETS_URL', 'https://user:hunter2@x/'), /hunter2/)
  })

  it('shows no text that may hold a key', () => {
    for (const text of [
      ...['x TARDIS_API_KEY="TD.secret"', 'TD.secret-key', 'td.secret-key', 'binanceTD.secret-key'],
      ...['API_KEY=y', 'APIKEY=y', 'api_key=y'],
    ])
      assert.match(fault('VENUES', text), /: found \d+ characters \(not shown, there may be a key in them\)/)
  })

  it('states the length of a bad key and what is wrong, never the key', () => {
    assert.equal(
      fault('TARDIS_API_KEY', `${KEY}\n${KEY}`),
      'TARDIS_API_KEY: found 49 characters (not shown), expected a key with no spaces or line breaks within',
    )
    assert.equal(
      fault('TARDIS_API_KEY', 'hünter'),
      'TARDIS_API_KEY: found 6 characters (not shown), expected a key with 8 to 512 characters, and nothing but printable ASCII',
    )
  })
})
