import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { growPlan } from '../../../functions/fetch/plan.ts'
import { recordRejected } from '../../../functions/ledger/rejected.ts'
import { scopeOf } from '../../../functions/market/scope.ts'
import { parseCompletion, parseScheduleRequest, parseVenueDay } from '../../../functions/pubsub/messages.ts'
import { ConfigError, readConfig } from '../../../functions/runtime/config/config.ts'
import { loadDotEnv } from '../../../functions/runtime/config/dot-env.ts'
import { resolveRequest } from '../../../functions/schedule/venue-days.ts'
import { dataObjectName, manifestName, planName, receiptName } from '../../../functions/storage/names.ts'
import { VendorError } from '../../../functions/tardis/error.ts'
import { readExchange } from '../../../functions/tardis/exchange.ts'
import { convert } from '../../../functions/ticks/convert.ts'
import { DamagedSourceError, MalformedDataError } from '../../../functions/ticks/errors.ts'
import { MemoryBucket } from '../../support/memory-bucket.ts'
import { SILENT } from '../../support/silent-log.ts'
import { exchangeDetails, HEADER, KEY } from '../market.ts'
import type { Chance } from '../model/chance.ts'
import { mutate, noise } from './mutate.ts'

/** `taken`: understood; `refused`: said what is wrong with it. Anything else is thrown, and a crash. */
export type Verdict = 'taken' | 'refused'
export type Target = (chance: Chance) => Promise<Verdict>

const DAY = { venue: 'binance', date: '2024-08-08' }
const DATA_NAME =
  /^ticks\/data_type=[A-Za-z0-9_]+\/venue=[a-z0-9_-]+\/date=\d{4}-\d{2}-\d{2}\/[A-Za-z0-9._%-]+\.parquet$/
const LEDGER_NAME =
  /^_ledger\/(venue=[a-z0-9_-]+\/date=\d{4}-\d{2}-\d{2}\/(plan|manifest|receipts\/[0-9a-f]+\/\d+)|rejected\/[a-z]+-[A-Za-z0-9._%~]+)\.json$/

const bytes = (value: object) => Buffer.from(JSON.stringify(value))
const either = (chance: Chance, seeds: readonly Uint8Array[]) =>
  chance.next() < 0.05 ? noise(chance) : mutate(chance.pick(seeds), chance)

const MESSAGES = [
  bytes({}),
  bytes({
    venues: ['binance', 'deribit'],
    startDate: '2024-08-01',
    endDate: '2024-08-08',
    dataTypes: ['trades'],
    force: true,
  }),
  bytes({ ...DAY, dataTypes: ['trades', 'quotes'], symbols: ['BTCUSDT', 'ETH/USD'], force: true }),
  bytes({ ...DAY, batch: { plan: 'abcdef012345', index: 7 } }),
  bytes({ ...DAY, plan: 'abcdef012345', index: 0 }),
]
const CONFIG = { venues: ['binance'], dataTypes: ['trades'], lookbackDays: 7, maxVenueDays: 100_000 }

/** Whatever is understood has names that lead nowhere else; whatever is not is kept where it belongs. */
async function messages(chance: Chance): Promise<Verdict> {
  const data = either(chance, MESSAGES)
  const [request, day, completion] = [parseScheduleRequest(data), parseVenueDay(data), parseCompletion(data)]
  if (request.ok) resolveRequest(request.message, '2024-08-10', CONFIG)
  if (day.ok) {
    const { batch, dataTypes = ['trades'], symbols = ['BTCUSDT'] } = day.message
    assert.match(planName('ticks', day.message), LEDGER_NAME)
    if (batch) assert.match(receiptName('ticks', day.message, batch.plan, batch.index), LEDGER_NAME)
    for (const dataType of dataTypes) for (const symbol of symbols) nameOrRefusal({ ...day.message, dataType, symbol })
  }
  if (completion.ok) assert.match(manifestName('ticks', completion.message), LEDGER_NAME)
  if (request.ok || day.ok || completion.ok) return 'taken'
  const bucket = new MemoryBucket()
  const rejected = { outcome: 'rejected', reason: request.reason }
  const delivery = { id: data.toString('latin1', 0, 30), data }
  await recordRejected('fetch', delivery, rejected, { bucket, config: { gcsPrefix: 'ticks' }, log: SILENT })
  const [name = ''] = bucket.contents().keys()
  assert.match(name, LEDGER_NAME)
  assert.ok(!/[\p{Cc}\p{Cf}]/u.test(request.reason), 'a reason with controls in it')
  assert.ok(request.reason.length < 2_000)
  return 'refused'
}

function nameOrRefusal(name: { dataType: string; venue: string; date: string; symbol: string }): void {
  let object: string
  try {
    object = dataObjectName('ticks', name)
  } catch (error) {
    assert.ok(error instanceof RangeError, String(error))
    return
  }
  assert.match(object, DATA_NAME)
}

const DOT_ENV = Buffer.from(
  `# settings\nexport VENUES=binance,deribit\nTARDIS_API_KEY="${KEY}"\nGCS_PREFIX='team/ticks'\nBATCH_SIZE=50\nMEMORY_THRESHOLD=0.5\nLOG_LEVEL=debug\nTARDIS_API_URL=https://api.tardis.dev/v1\nSCHEDULE_TOPIC=tick-schedule\n`,
)

/** All faults at once, and no key in any. */
async function dotEnv(chance: Chance): Promise<Verdict> {
  const text = either(chance, [DOT_ENV]).toString(chance.next() < 0.5 ? 'utf8' : 'latin1')
  try {
    const config = readConfig(loadDotEnv(text))
    assert.ok(!JSON.stringify(config).includes(KEY))
    nameOrRefusal({ ...DAY, dataType: 'trades', symbol: 'A' })
    dataObjectName(config.gcsPrefix, { ...DAY, dataType: 'trades', symbol: 'A' })
    return 'taken'
  } catch (error) {
    assert.ok(error instanceof ConfigError, `${error}`)
    assert.ok(!error.message.includes(KEY.slice(0, 12)), `the key is in: ${error.message}`)
    return 'refused'
  }
}

const METADATA = [
  Buffer.from(JSON.stringify(exchangeDetails(['BTCUSDT', 'ETH/USD', 'OPTIONS']))),
  Buffer.from(
    JSON.stringify(
      {
        ...exchangeDetails(['A']),
        incidentReports: [{ from: '2024-08-08T00:00:00Z', to: '2024-08-09', status: 's', details: 'd' }],
      },
      null,
      1,
    ),
  ),
]
const LIMITS = { batchSize: 10, batchMaxBytes: 1_000_000_000 }

/** What is understood makes a plan; its items have names within the prefix, or none. */
async function metadata(chance: Chance): Promise<Verdict> {
  const data = either(chance, METADATA)
  const size = 1 + chance.below(data.length + 1)
  async function* chunks() {
    for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size)
  }
  try {
    const details = await readExchange('binance', chunks())
    const plan = growPlan(undefined, DAY, { scope: scopeOf(['trades']) }, details, LIMITS)
    for (const batch of plan.batches) for (const item of batch.items) nameOrRefusal({ ...DAY, ...item })
    return 'taken'
  } catch (error) {
    assert.ok(error instanceof VendorError, `${error}`)
    return 'refused'
  }
}

const LEVELS = [0, 1, 2, 3, 4].map(i => `asks[${i}].price,asks[${i}].amount,bids[${i}].price,bids[${i}].amount`).join()
const CSV: readonly (readonly [type: string, text: string])[] = [
  [
    'trades',
    `${HEADER}binance,A,1723075200000000,1723075200000005,17,buy,5.5,1\nbinance,A,1723075201000000,1723075201000005,18,sell,1e-7,\n`,
  ],
  [
    'quotes',
    'exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount\nb,"A,""x""",1,2,3,4.25,5,6\n',
  ],
  [
    'incremental_book_L2',
    'exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\nb,A,1,2,true,bid,3.5,0\nb,A,1,3,false,ask,3,1\n',
  ],
  [
    'book_snapshot_5',
    `exchange,symbol,timestamp,local_timestamp,${LEVELS},new\nb,A,1,2,${'3,4,5,6,'.repeat(5)}\u00e9\n`,
  ],
]

/** Text that is not as it should be, or a gzip that is not; it becomes a whole file or a typed error. */
async function csv(chance: Chance): Promise<Verdict> {
  const [dataType, text] = chance.pick(CSV)
  const isPacked = chance.next() < 0.3
  const source = isPacked
    ? either(chance, [gzipSync(text)])
    : gzipSync(either(chance, [Buffer.from(text)]), { level: 1 })
  const size = 1 + chance.below(source.length)
  async function* chunks() {
    for (let at = 0; at < source.length; at += size) yield source.subarray(at, at + size)
  }
  const pieces: Uint8Array[] = []
  const sink = { write: async (piece: Uint8Array) => void pieces.push(piece.slice()) }
  try {
    const { parquetBytes } = await convert(chunks(), sink, { dataType, metadata: () => ({}) })
    const file = Buffer.concat(pieces)
    assert.equal(file.length, parquetBytes)
    assert.equal(file.toString('latin1', 0, 4) + file.toString('latin1', file.length - 4), 'PAR1PAR1')
    return 'taken'
  } catch (error) {
    assert.ok(error instanceof MalformedDataError || error instanceof DamagedSourceError, `${(error as Error).stack}`)
    return 'refused'
  }
}

/** By name, with their share of the inputs. */
export const TARGETS: Readonly<Record<string, { readonly target: Target; readonly share: number }>> = {
  messages: { target: messages, share: 0.3 },
  '.env': { target: dotEnv, share: 0.2 },
  metadata: { target: metadata, share: 0.2 },
  'CSV bytes': { target: csv, share: 0.3 },
}
