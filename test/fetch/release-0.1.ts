import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { convert } from '../../functions/ticks/convert.ts'
import { detailsOf } from './fake-vendor.ts'
import { type MessageValue, World } from './world.ts'

const FIXTURE = join(import.meta.dirname, '../fixtures/release-0.1')
const readJson = (name: string) => JSON.parse(readFileSync(join(FIXTURE, name), 'utf8'))

/** What release 0.1 published and what people published for it. */
export const MESSAGES: {
  readonly schedule: readonly object[]
  readonly venueDays: readonly MessageValue[]
  readonly completions: readonly MessageValue[]
} = readJson('messages.json')

const TRADES = 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n'
const QUOTES = 'exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount\n'
const rows = (symbol: string) =>
  `binance,${symbol},1723075200000000,1723075200000001,1,buy,5.5,1\nbinance,${symbol},1723075201000000,1723075201000002,2,sell,5.6,2\n`

/** What the vendor had for it: C is missing, D is forbidden without a key, E is malformed. */
const SOURCES: Readonly<Record<string, string>> = {
  'trades/A': TRADES + rows('A'),
  'trades/B': '',
  'trades/E': `${TRADES}binance,E,x\n`,
  'trades/NEW': TRADES + rows('NEW'),
  'quotes/A': `${QUOTES}binance,A,1723075200000000,1723075200000001,1,5.6,5.5,2\n`,
}
const SYMBOLS = { A: ['trades', 'quotes'], B: ['trades'], C: ['trades'], D: ['trades'], E: ['trades'] }

/**
 * The bucket of release 0.1 with the real converter over the same sources: 2024-08-08 was done as far as it could be, with
 * one item done again by force, and 2024-08-09 was planned.
 */
export function releaseWorld(more: Readonly<Record<string, string[]>> = {}): World {
  const world = new World()
  world.config = { ...world.config, batchSize: 2, dataTypes: ['trades', 'quotes'] }
  world.convert = convert
  world.vendor.details = detailsOf({ ...SYMBOLS, ...more })
  world.vendor.openDataset = async ({ dataType, symbol }) => {
    world.vendor.opened.push(`${dataType}/${symbol}`)
    if (symbol === 'C') return { kind: 'missing', detail: 'no such file' }
    if (symbol === 'D') return { kind: 'forbidden', status: 401, reason: 'answered 401: no API key' }
    const bytes = gzipSync(SOURCES[`${dataType}/${symbol}`]!)
    async function* body() {
      yield bytes
    }
    return { kind: 'open', contentLength: bytes.length, body: body(), cancel() {} }
  }
  const generations: Record<string, string> = readJson('generations.json')
  for (const [name, generation] of Object.entries(generations)) {
    world.bucket.plant(name, readFileSync(join(FIXTURE, 'bucket', name)), generation)
  }
  return world
}
