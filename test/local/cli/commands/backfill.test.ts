import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foldManifest } from '../../../../functions/aggregate/manifest.ts'
import { sampleSource } from '../../../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer, type TardisServer } from '../../../../functions/emulators/tardis/server.ts'
import { SCHEMA_VERSION } from '../../../../functions/ledger/fields.ts'
import type { Plan } from '../../../../functions/ledger/plan.ts'
import { startPubSubServer } from '../../../support/pubsub-server.ts'
import { callMain, runCli } from '../cli.ts'

const FIVE_YEARS = ['--start-date', '2019-01-01', '--end-date', '2023-12-31']
const DAY = ['--start-date', '2024-08-08', '--end-date', '2024-08-08']
const VENUES = 'binance,binance-futures,bitfinex,bitmex,bitstamp,bybit,coinbase,deribit,kraken,okex'
/** Nobody answers there, so that no name is checked. */
const NO_VENDOR = { TARDIS_API_URL: 'http://127.0.0.1:9' }

describe('tick-handler backfill', () => {
  let cwd: string
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'tick-handler-backfill-'))
  })
  afterEach(() => rm(cwd, { recursive: true, force: true }))

  /** A folder with plans and complete manifests for `trades` of these days. */
  async function completeDays(venue: string, dates: readonly string[]): Promise<void> {
    for (const date of dates) {
      const folder = join(cwd, `data/_ledger/venue=${venue}/date=${date}`)
      await mkdir(folder, { recursive: true })
      const plan: Plan = {
        schemaVersion: SCHEMA_VERSION,
        venue,
        date,
        plan: 'cafe',
        status: 'planned',
        scope: { trades: 'all' },
        batches: [],
        unlisted: [],
        incidents: [],
      }
      await writeFile(join(folder, 'plan.json'), `${JSON.stringify(plan)}\n`)
      await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(foldManifest(plan, []))}\n`)
    }
  }

  it('publishes five years of ten venues in requests that schedule works on in seconds each', async () => {
    const pubsub = await startPubSubServer()
    try {
      const env = { PUBSUB_EMULATOR_HOST: pubsub.host, GOOGLE_CLOUD_PROJECT: 'team-42', ...NO_VENDOR }
      const end = await runCli(['backfill', '--venues', VENUES, ...FIVE_YEARS, '--force'], { cwd, env })
      assert.equal(end.code, 0, end.stderr)
      assert.match(
        end.stderr,
        /^publishing 37 requests for 18,260 venue-days, 2019-01-01 … 2023-12-31 to tick-schedule\n/,
      )
      assert.match(end.stderr, /\npublished 37 requests in /)
      assert.equal(end.stdout, '')
      assert.deepEqual(
        new Set(pubsub.taken.map(({ topic }) => topic)),
        new Set(['projects/team-42/topics/tick-schedule']),
      )
      const requests = pubsub.taken.map(({ data }) => JSON.parse(String(data)))
      assert.equal(requests.length, 37)
      const { venues, startDate, endDate, ...rest } = requests.find(one => one.endDate === '2023-12-31')
      assert.deepEqual([venues, startDate, rest], [VENUES.split(','), '2023-11-12', { force: true }])
    } finally {
      await pubsub.close()
    }
  })

  it('says how many were published where it is stopped, or the topic fails', async () => {
    const pubsub = await startPubSubServer(() => ({ status: 5, message: 'no such topic' }))
    try {
      const env = { PUBSUB_EMULATOR_HOST: pubsub.host, ...NO_VENDOR }
      const args = ['backfill', '--venues', 'deribit', ...DAY, '--project', 'team-42', '--topic', 'not-there']
      const { code, stderr } = await runCli(args, { cwd, env })
      assert.equal(code, 1)
      assert.match(stderr, /published 0 of 1 requests in [\d.]+ s; run again for the rest\n/)
      assert.match(stderr, /tick-handler: could not publish to topic not-there: .*no such topic/)
    } finally {
      await pubsub.close()
    }
  })

  it('--dry-run publishes nothing and prints the messages, one per line', async () => {
    const args = [
      'backfill',
      '--venues',
      'bitmex,deribit',
      ...DAY,
      '--symbols',
      'X,Y',
      '--data-types',
      'trades',
      '--dry-run',
    ]
    const { code, stdout, stderr } = await callMain(args, { cwd, env: NO_VENDOR })
    assert.equal(code, 0)
    const request = {
      venues: ['bitmex', 'deribit'],
      startDate: '2024-08-08',
      endDate: '2024-08-08',
      dataTypes: ['trades'],
      symbols: ['X', 'Y'],
    }
    assert.equal(stdout, `${JSON.stringify(request)}\n`)
    const [first, ...more] = stderr.trimEnd().split('\n')
    assert.equal(first, 'would publish 1 request for 2 venue-days, 2024-08-08 … 2024-08-08 to tick-schedule')
    assert.equal(more.length, 2)
    for (const line of more) assert.match(line, /^no estimate of (bitmex|deribit): GET .* connection refused/)
  })

  it('--upgrade asks for a message of version 2, and leaves out what is of this converter version already', async () => {
    await completeDays('deribit', ['2024-08-08'])
    const args = ['backfill', '--venues', 'deribit', '--data-types', 'trades', '--dry-run', '--upgrade']
    const { stdout } = await callMain([...args, ...DAY], { cwd, env: NO_VENDOR })
    const { upgrade, version } = JSON.parse(stdout)
    assert.deepEqual([upgrade, version], [true, 2])
    const looked = await callMain([...args, ...DAY, '--data-dir', 'data'], { cwd, env: NO_VENDOR })
    assert.deepEqual([looked.code, looked.stdout], [0, ''])
  })

  it('prints what is complete in a bucket, and leaves out complete requests', async () => {
    const august = Array.from({ length: 31 }, (_, at) => `2024-08-${String(at + 1).padStart(2, '0')}`)
    await completeDays('deribit', august.slice(0, 10))
    const range = ['--start-date', '2024-08-01', '--end-date', '2024-08-31']
    const args = ['backfill', '--venues', 'deribit', '--data-types', 'trades', '--data-dir', 'data', '--dry-run']
    const some = await callMain([...args, ...range], { cwd, env: NO_VENDOR })
    assert.match(
      some.stderr,
      /^10 of 31 venue-days complete already: 0 requests left out\nwould publish 1 request for 31 /,
    )
    const all = await callMain([...args, '--start-date', '2024-08-02', '--end-date', '2024-08-10'], {
      cwd,
      env: NO_VENDOR,
    })
    assert.match(all.stderr, /^9 of 9 venue-days complete already: 1 request left out\nwould publish 0 requests /)
    assert.equal(all.stdout, '')
    // Complete for trades is not complete for more, and the message says what was looked at.
    const more = await callMain(['backfill', '--venues', 'deribit', ...range, '--data-dir', 'data', '--dry-run'], {
      cwd,
      env: { DATA_TYPES: 'trades,quotes', ...NO_VENDOR },
    })
    assert.match(more.stderr, /^0 of 31 venue-days complete already/)
    assert.deepEqual(JSON.parse(more.stdout).dataTypes, ['trades', 'quotes'])
  })

  it('says all that is wrong at once, and publishes nothing', async () => {
    const { code, stderr } = await callMain(
      ['backfill', '--start-date', '2099-01-01', '--force', '--bucket', 'my-ticks'],
      { cwd, env: { PUBSUB_EMULATOR_HOST: '127.0.0.1:1' } },
    )
    assert.equal(code, 2)
    for (const line of [
      /missing required --end-date/,
      /--start-date: 2099-01-01 has not begun/,
      /--force downloads everything: leave out --bucket and --data-dir/,
      /missing required --venues/,
      /missing required --project with PUBSUB_EMULATOR_HOST/,
    ]) {
      assert.match(stderr, line)
    }
    const symbols = Array.from({ length: 5_001 }, (_, at) => `S${at}`).join()
    const long = await callMain(['backfill', '--venues', 'bitmex', ...DAY, '--symbols', symbols], { cwd })
    assert.match(long.stderr, /^tick-handler: --symbols: found a list of 5001, expected a list of 1 to 5000 symbols/)
  })

  describe('with names that Tardis does not have', () => {
    let server: TardisServer
    let hasList = true
    before(async () => {
      server = await startTardisServer({
        source: sampleSource({ dates: ['2024-08-01'], rowsPerFile: 100 }),
        intercept: ({ url }, response) => {
          const refuses = !hasList && url === '/api/v1/exchanges'
          if (refuses) response.writeHead(404).end()
          return refuses
        },
      })
    })
    after(() => server.close())
    const dryRun = (venues: string, dataTypes: string, apiUrl = server.apiUrl) => {
      const args = ['backfill', '--venues', venues, '--data-types', dataTypes, ...DAY, '--dry-run']
      return callMain(args, { cwd, env: { TARDIS_API_URL: apiUrl } })
    }

    it('publishes nothing: one line for each, with the nearest names, and exit code 2', async () => {
      assert.deepEqual(await dryRun('binnance,deribit,x', 'tradez'), {
        code: 2,
        stdout: '',
        stderr: [
          'tick-handler: --venues: Tardis has no "binnance" (did you mean binance?)',
          'tick-handler: --venues: Tardis has no "x"',
          'tick-handler: --data-types: none of the venues has "tradez" (did you mean trades?)\n',
        ].join('\n'),
      })
    })

    it('asks for the details of a venue where Tardis gives no list', async () => {
      hasList = false
      const { code, stderr } = await dryRun('binnance,deribit', 'trades,tradez')
      assert.equal(code, 2)
      assert.match(stderr, /Tardis has no "binnance" \(did you mean binance\?\)/)
      assert.match(stderr, /none of the venues has "tradez" \(did you mean trades\?\)/)
    })

    it('goes on with a warning where Tardis cannot be reached', async () => {
      const { code, stdout, stderr } = await dryRun('no-such,deribit', 'trades', NO_VENDOR.TARDIS_API_URL)
      assert.equal(code, 0)
      assert.match(stderr, /WARN {2}cannot reach Tardis to check these names: no-such\n/)
      assert.deepEqual(JSON.parse(stdout).venues, ['no-such', 'deribit'])
    })
  })

  it('prints one JSON document with --json', async () => {
    const args = ['backfill', '--venues', 'deribit', ...DAY, '--dry-run', '--json']
    const { code, stdout, stderr } = await callMain(args, { cwd, env: NO_VENDOR })
    assert.deepEqual([code, stderr], [0, ''])
    assert.deepEqual(JSON.parse(stdout), {
      topic: 'tick-schedule',
      venueDays: 1,
      published: 0,
      requests: [{ venues: ['deribit'], startDate: '2024-08-08', endDate: '2024-08-08' }],
    })
  })
})
