import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { startTardisServer, type TardisServer } from '../functions/emulators/tardis/server.ts'
import type { TardisSource } from '../functions/emulators/tardis/source.ts'
import { addDays, DAY_MS, dayOf } from '../functions/market/days.ts'
import { type Config, readConfig } from '../functions/runtime/config/config.ts'
import { nextMidnightMs } from '../functions/tardis/refusal.ts'
import { exchangeDetails, tradesText } from './faults/market.ts'
import { TestClock } from './fetch/test-clock.ts'
import { Fleet } from './support/fleet.ts'

const INSTANCES = 8
const SYMBOLS = Array.from({ length: 60 }, (_, at) => `S${at}`)
const DAYS = 10
const REQUEST = { venues: ['binance'], startDate: '2024-07-22', endDate: addDays('2024-07-22', DAYS - 1) }
/** As schedule_cron in infra/variables.tf. */
const SCHEDULED_HOURS = [7.5, 13.5, 19.5]
const HOUR = 3_600_000

/** One venue, all files of which are alike. */
function source(): TardisSource {
  const file = gzipSync(tradesText('S', 20, 1))
  return {
    venues: async () => ['binance'],
    exchange: async () => JSON.stringify(exchangeDetails(SYMBOLS, '2024-08-02T00:00:00.000Z')),
    dataset: async () => ({
      bytes: file.length,
      md5Hex: '',
      lastModified: new Date(0),
      stream: () => Readable.from([file]),
    }),
  }
}

describe('a backfill that goes on for days, because of the limits of an account', function () {
  this.timeout(180_000)
  const clock = new TestClock(1_999)
  let refuses: (request: IncomingMessage, response: ServerResponse) => boolean
  let server: TardisServer
  let fleet: Fleet
  let config: Config
  /** How often each file was served. */
  let served: Map<string, number>
  /** Responses that refuse, by hour: `YYYY-MM-DDTHH`. */
  let refused: Map<string, number>

  beforeEach(async () => {
    served = new Map()
    refused = new Map()
    const intercept = (request: IncomingMessage, response: ServerResponse) => {
      if (!request.url?.startsWith('/datasets/')) return false
      const isRefused = refuses(request, response)
      const hour = new Date(clock.now()).toISOString().slice(0, 'YYYY-MM-DDTHH'.length)
      const [counts, key] = isRefused ? [refused, hour] : [served, request.url]
      counts.set(key, (counts.get(key) ?? 0) + 1)
      return isRefused
    }
    server = await startTardisServer({ source: source(), intercept })
    const env = {
      VENUES: 'binance',
      DATA_TYPES: 'trades',
      LOOKBACK_DAYS: '1',
      BATCH_SIZE: '20',
      TARDIS_API_KEY: 'key-of-a-test',
      TARDIS_API_URL: server.apiUrl,
      TARDIS_DATASETS_URL: server.datasetsUrl,
    }
    config = readConfig(env)
    fleet = new Fleet(INSTANCES, config, clock)
  })
  afterEach(async () => {
    await fleet.close()
    await server.close()
  })

  const isComplete = () =>
    Array.from({ length: DAYS }, (_, day) => addDays(REQUEST.startDate, day)).every(date => {
      const name = `_ledger/venue=binance/date=${date}/manifest.json`
      const manifest = fleet.bucket.contents().get(name)
      return manifest !== undefined && JSON.parse(Buffer.from(manifest).toString()).status === 'complete'
    })

  /** Publishes the backfill and lets days pass, each with its scheduled runs. Returns how many days it took. */
  async function backfill(maxDays: number): Promise<number> {
    clock.advance(nextMidnightMs(clock.now()) - clock.now())
    fleet.publish('schedule', REQUEST)
    await fleet.drain()
    for (let day = 1; day <= maxDays; day++) {
      let hour = (clock.now() % DAY_MS) / HOUR
      for (const at of SCHEDULED_HOURS) {
        clock.advance(Math.max(0, (at - hour) * HOUR))
        hour = at
        fleet.publish('schedule', {})
        await fleet.drain()
        if (isComplete()) return day
      }
      clock.advance(nextMidnightMs(clock.now()) - clock.now())
    }
    throw new assert.AssertionError({ message: `not complete after ${maxDays} days` })
  }

  function assertNothingWasWasted() {
    assert.equal(served.size, SYMBOLS.length * DAYS)
    assert.deepEqual(new Set(served.values()), new Set([1]), 'each file was served once')
    assert.deepEqual([fleet.maxAttempts, fleet.deadLetters], [1, []], 'deliveries of one message, dead letters')
  }

  it('is complete on the tenth day where the quota serves a tenth a day, and is refused once by each instance from the second day on', async () => {
    const quota = (SYMBOLS.length * DAYS) / 10
    let [day, left] = ['', 0]
    refuses = (_, response) => {
      const today = dayOf(clock.now())
      if (today !== day) [day, left] = [today, quota]
      if (left-- > 0) return false
      const seconds = Math.ceil((nextMidnightMs(clock.now()) - clock.now()) / 1_000)
      response.writeHead(429, { 'retry-after': String(seconds) }).end()
      return true
    }
    assert.equal(await backfill(12), 10)
    assertNothingWasWasted()
    const days = [...refused.keys()].map(hour => hour.slice(0, 'YYYY-MM-DD'.length))
    assert.equal(new Set(days).size, days.length, `in one hour of a day: ${[...refused.keys()]}`)
    const [first = 0, ...later] = refused.values()
    console.log(`      requests refused by day, with ${INSTANCES} instances: ${[first, ...later].join(', ')}`)
    assert.equal(later.length, 8, 'days after the first one on which the quota ended')
    assert.ok(first <= INSTANCES * config.downloadMaxConnections, `${first} requests were refused on the first day`)
    assert.ok(Math.max(...later) <= INSTANCES, `${later} requests were refused on the later days`)
  })

  it('is complete on the third day where the key is refused until then, and each instance asks once for each run', async () => {
    const backMs = nextMidnightMs(clock.now()) + 2.5 * DAY_MS
    refuses = (_, response) => {
      if (clock.now() >= backMs) return false
      response.writeHead(401).end()
      return true
    }
    assert.equal(await backfill(12), 3)
    assertNothingWasWasted()
    const runs = 1 + 2 * SCHEDULED_HOURS.length + 1
    assert.equal(refused.size, runs)
    const most = Math.max(...refused.values())
    assert.ok(most <= INSTANCES, `${most} requests were refused in one run`)
  })
})
