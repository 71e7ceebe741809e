import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { type Environment, readConfig, VARIABLES } from '../../../functions/runtime/config/config.ts'
import { faultsOf } from './faults-of.ts'

const KEY = 'TD.AbCdEfGh01234567.-XyZ'

describe('runtime/config/config: what is read', () => {
  it('has the documented defaults', () => {
    assert.deepEqual(readConfig({}), {
      venues: [],
      dataTypes: ['trades', 'book_snapshot_5', 'derivative_ticker', 'liquidations', 'options_chain'],
      lookbackDays: 7,
      maxVenueDays: 100_000,
      batchSize: 500,
      batchMaxBytes: 2_147_483_648,
      downloadMaxWorkers: 2,
      downloadMaxConnections: 16,
      memoryEfficient: true,
      memoryLimitBytes: undefined,
      memoryThreshold: 0.75,
      deadlineMs: 500_000,
      tardisApiKey: undefined,
      tardisMaxRequestsPerSecond: undefined,
      tardisDailyBytes: undefined,
      tardisApiUrl: 'https://api.tardis.dev/v1',
      tardisDatasetsUrl: 'https://datasets.tardis.dev/v1',
      gcsBucket: undefined,
      gcsPrefix: 'ticks',
      gcsApiEndpoint: undefined,
      gcsUserProject: undefined,
      gcsRetentionDays: 0,
      gcsRetentionMode: 'Unlocked',
      universeDomain: 'googleapis.com',
      venueDaysTopic: 'tick-venue-days',
      completionsTopic: 'tick-completions',
      scheduleTopic: 'tick-schedule',
      tablesTopic: 'tick-tables',
      logLevel: 'info',
      proxies: {},
      warnings: [],
    })
  })

  it('reads every variable, typed and in units', () => {
    const { tardisApiKey, ...config } = readConfig({
      VENUES: 'binance-futures, deribit ,okex-swap,deribit,',
      DATA_TYPES: 'trades,incremental_book_L2',
      LOOKBACK_DAYS: '14',
      MAX_VENUE_DAYS: '40000',
      BATCH_SIZE: '20',
      BATCH_MAX_BYTES: '1000000',
      DOWNLOAD_MAX_WORKERS: '4',
      DOWNLOAD_MAX_CONNECTIONS: '8',
      MEMORY_EFFICIENT: 'false',
      MEMORY_LIMIT_MB: '512',
      MEMORY_THRESHOLD: '.5',
      DEADLINE_SECONDS: '60',
      TARDIS_API_KEY: `${KEY}\n`,
      TARDIS_MAX_REQUESTS_PER_SECOND: '2.5',
      TARDIS_DAILY_BYTES: '1000000000',
      TARDIS_API_URL: 'http://127.0.0.1:8000/v1/',
      TARDIS_DATASETS_URL: 'http://[::1]:8000/v1',
      GCS_BUCKET: 'team-ticks.example.com',
      GCS_PREFIX: 'team/env=prod/ticks',
      GCS_API_ENDPOINT: 'http://localhost:4443',
      GCS_USER_PROJECT: 'example.com:team-42',
      GCS_RETENTION_DAYS: '365',
      GCS_RETENTION_MODE: 'Locked',
      GOOGLE_CLOUD_UNIVERSE_DOMAIN: 'apis.example.cloud',
      VENUE_DAYS_TOPIC: 'a-days',
      COMPLETIONS_TOPIC: 'projects/team-42/topics/done',
      SCHEDULE_TOPIC: 'c.d_e~f+g%h',
      TABLES_TOPIC: 'tables',
      LOG_LEVEL: 'debug',
    })
    assert.equal(tardisApiKey?.reveal(), KEY)
    assert.deepEqual(config, {
      venues: ['binance-futures', 'deribit', 'okex-swap'],
      dataTypes: ['trades', 'incremental_book_L2'],
      lookbackDays: 14,
      maxVenueDays: 40_000,
      batchSize: 20,
      batchMaxBytes: 1_000_000,
      downloadMaxWorkers: 4,
      downloadMaxConnections: 8,
      memoryEfficient: false,
      memoryLimitBytes: 536_870_912,
      memoryThreshold: 0.5,
      deadlineMs: 60_000,
      tardisMaxRequestsPerSecond: 2.5,
      tardisDailyBytes: 1_000_000_000,
      tardisApiUrl: 'http://127.0.0.1:8000/v1',
      tardisDatasetsUrl: 'http://[::1]:8000/v1',
      gcsBucket: 'team-ticks.example.com',
      gcsPrefix: 'team/env=prod/ticks',
      gcsApiEndpoint: 'http://localhost:4443',
      gcsUserProject: 'example.com:team-42',
      gcsRetentionDays: 365,
      gcsRetentionMode: 'Locked',
      universeDomain: 'apis.example.cloud',
      venueDaysTopic: 'a-days',
      completionsTopic: 'projects/team-42/topics/done',
      scheduleTopic: 'c.d_e~f+g%h',
      tablesTopic: 'tables',
      logLevel: 'debug',
      proxies: {},
      warnings: [],
    })
  })

  it('uses the default for an empty value, and ignores variables of others', () => {
    const empty = Object.fromEntries(VARIABLES.map(name => [name, ' ']))
    assert.deepEqual(readConfig({ ...empty, HOME: '/root', PATH: '' }), readConfig({}))
  })

  it('refuses nonsense in every variable', () => {
    const nonsense = Object.fromEntries(VARIABLES.map(name => [name, '../ \u0007 ü']))
    const named = faultsOf(() => readConfig(nonsense)).map(line => line.split(':')[0])
    assert.deepEqual(new Set(named), new Set(VARIABLES))
  })

  it('keeps the key out of everything that shows a value', () => {
    const config = readConfig({ TARDIS_API_KEY: KEY })
    const seen = [JSON.stringify(config), inspect(config, { showHidden: true, depth: 9 }), String(config.tardisApiKey)]
    for (const text of seen) assert.ok(!text.includes(KEY) && text.includes('[secret]'), text)
    assert.ok(!JSON.stringify(structuredClone({ ...config, tardisApiKey: { ...config.tardisApiKey } })).includes(KEY))
  })
})

describe('runtime/config/config: faults', () => {
  it('collects all faults in one error', () => {
    const env = { VENUES: 'Binance,../x,deribit', BATCH_SIZE: '0', LOG_LEVEL: 'loud', MEMORY_EFFICIENT: 'yes' }
    assert.deepEqual(
      faultsOf(() => readConfig(env)),
      [
        'VENUES: found "Binance", expected a Tardis exchange id (lower-case letters, digits and -, like binance-futures)',
        'VENUES: found "../x", expected a Tardis exchange id (lower-case letters, digits and -, like binance-futures)',
        'BATCH_SIZE: found "0", expected a whole number from 1 to 100000',
        'MEMORY_EFFICIENT: found "yes", expected true or false',
        'LOG_LEVEL: found "loud", expected one of debug, info, warn, error',
      ],
    )
    assert.throws(() => readConfig(env), { name: 'ConfigError', message: /^VENUES: .*\nVENUES: .*\nBATCH_SIZE: / })
  })

  it('says which required variables are not set', () => {
    assert.deepEqual(
      faultsOf(() => readConfig({ GCS_BUCKET: ' ' }, ['GCS_BUCKET', 'VENUES'])),
      ['VENUES: is not set, and there is no default', 'GCS_BUCKET: is not set, and there is no default'],
    )
    assert.equal(readConfig({ GCS_BUCKET: 'ticks' }, ['GCS_BUCKET']).gcsBucket, 'ticks')
  })

  it('requires a different topic for each kind of message', () => {
    assert.deepEqual(
      faultsOf(() => readConfig({ COMPLETIONS_TOPIC: 'tick-venue-days' })),
      ['COMPLETIONS_TOPIC: found "tick-venue-days", which VENUE_DAYS_TOPIC is too, expected a topic of its own'],
    )
  })

  it('throws nothing but ConfigError, and never shows the key', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.webUrl(),
      fc.constantFrom('trades,', '0', '../'),
    )
    const environment = fc.record(Object.fromEntries(VARIABLES.map(name => [name, value])), { requiredKeys: [] })
    fc.assert(
      fc.property(environment, fc.string({ minLength: 12, unit: 'grapheme' }), (env: Environment, key) => {
        const faults = faultsOf(() => readConfig({ ...env, TARDIS_API_KEY: `\u0001${key}` }))
        assert.ok(faults.length > 0)
        for (const line of faults) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
        assert.ok(
          !faults
            .filter(line => line.startsWith('TARDIS_API_KEY'))
            .join()
            .includes(key),
        )
      }),
      { numRuns: 500 },
    )
  })
})

describe('runtime/config/config: warnings', () => {
  const warningsOf = (env: Environment) => readConfig(env).warnings

  it('warns of variables with nearly the right name, without their values', () => {
    assert.deepEqual(warningsOf({ TARDIS_APIKEY: KEY, BATCHSIZE: '5', VENUE: 'x', GCS_PREFX: 'x', 'Log-Level': 'x' }), [
      'TARDIS_APIKEY: is not read, did you mean TARDIS_API_KEY?',
      'BATCHSIZE: is not read, did you mean BATCH_SIZE?',
      'VENUE: is not read, did you mean VENUES?',
      'GCS_PREFX: is not read, did you mean GCS_PREFIX?',
      'Log-Level: is not read, did you mean LOG_LEVEL?',
    ])
  })

  it('does not warn of other variables', () => {
    const others = [
      'PATH',
      'HOME',
      'K_SERVICE',
      'FUNCTION_TARGET',
      'GOOGLE_CLOUD_PROJECT',
      'PUBSUB_EMULATOR_HOST',
      'LANG',
      'PORT',
    ]
    assert.deepEqual(warningsOf(Object.fromEntries(others.map(name => [name, 'x']))), [])
  })

  it('warns of an unknown data type, and of a key that would be sent unencrypted', () => {
    assert.match(
      warningsOf({ DATA_TYPES: 'trades,liquidation' }).join(),
      /^DATA_TYPES: "liquidation" is none of the known/,
    )
    assert.deepEqual(warningsOf({ TARDIS_API_KEY: KEY, TARDIS_API_URL: 'http://mirror.example/v1' }), [
      'TARDIS_API_KEY: goes to "http://mirror.example/v1" unencrypted',
    ])
    assert.deepEqual(warningsOf({ TARDIS_API_KEY: KEY, TARDIS_API_URL: 'http://127.0.0.1:1' }), [])
  })
})
