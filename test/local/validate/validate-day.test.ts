import assert from 'node:assert/strict'
import { type Facts, factsMetadata, factsOf } from '../../../functions/fetch/facts.ts'
import { storedResult } from '../../../functions/fetch/item-result.ts'
import type { Manifest, ManifestItem } from '../../../functions/ledger/manifest.ts'
import { ItemChoice } from '../../../functions/local/report/item-choice.ts'
import { type ValidateFrom, validateDay } from '../../../functions/local/validate/validate-day.ts'
import { ABSENT, type Bucket } from '../../../functions/storage/bucket.ts'
import { dataObjectName } from '../../../functions/storage/names.ts'
import { CONVERTER_VERSION } from '../../../functions/ticks/convert.ts'
import { toParquet } from '../../support/dataset.ts'
import { MemoryBucket } from '../../support/memory-bucket.ts'
import { manifestOf } from '../report/fixtures.ts'

const NAME = { venue: 'deribit', date: '2024-08-01', dataType: 'trades', symbol: 'X' }
const DAY_MICROS = Date.parse(`${NAME.date}T00:00:00Z`) * 1000
const OBJECT = dataObjectName('ticks', NAME)

/** Five trades: one out of order, one repeated, one after its reception, one without an amount, one of the next day. */
const ROWS = [
  [1_000, 1_500, 7, 'buy', 10.5, 2],
  [3_000, 2_500, 8, 'sell', 10, 1],
  [3_000, 2_500, 8, 'sell', 10, 1],
  [2_000, 2_100, 9, 'buy', 0, ''],
  [86_400_000_000, 86_400_000_001, 10, 'buy', 11, 0],
] as const
const HEAD = 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount'
const csv = (rows: readonly (readonly (number | string)[])[]) =>
  `${[HEAD, ...rows.map(([sent, received, ...rest]) => ['deribit', 'X', DAY_MICROS + +sent!, DAY_MICROS + +received!, ...rest].join(','))].join('\n')}\n`

/** Gaps as the ledger writes them: when each begins, in microseconds of the day, and how long it is. */
const gaps = (...all: readonly (readonly [number, number])[]) =>
  JSON.stringify(all.map(([start, micros]) => ({ startMicros: `${DAY_MICROS + start}`, micros: `${micros}` })))

interface Planted {
  /** What the file's footer and the manifest say, where it is not true. */
  readonly facts?: (facts: Facts) => Facts
  /** What the manifest alone says. */
  readonly item?: Partial<ManifestItem>
  readonly text?: string
}

async function plant({ facts = same => same, item = {}, text = csv(ROWS) }: Planted = {}) {
  const bucket = new MemoryBucket()
  let stated: Facts | undefined
  const { parquet } = await toParquet(text, {
    day: NAME.date,
    metadata: summary => {
      stated = facts(factsOf(NAME, summary))
      return factsMetadata(stated)
    },
  })
  const outcome = await bucket.write(OBJECT, parquet, ABSENT, { contentType: 'x' })
  assert.ok(outcome.outcome === 'committed')
  const { seconds: _, ...stored } = storedResult(outcome.object, {
    facts: stated!,
    converterVersion: CONVERTER_VERSION,
  })
  return { bucket, manifest: manifestOf(NAME, 'complete', [{ ...stored, ...item }]) }
}

async function checksOf(bucket: Bucket, manifest: Manifest, options: Partial<ValidateFrom> = {}) {
  const ledger = { readManifest: async () => manifest } as unknown as ValidateFrom['ledger']
  const { findings } = await validateDay(NAME, {
    ...{ bucket, ledger, prefix: 'ticks', dataTypes: ['trades'], choice: new ItemChoice({}, ledger) },
    ...{ reads: false, isDeep: false },
    signal: new AbortController().signal,
    onFile: () => {},
    ...options,
  })
  return findings
}

describe('validateDay', () => {
  const found = async (planted: Planted, options: Partial<ValidateFrom> = {}) => {
    const { bucket, manifest } = await plant(planted)
    return (await checksOf(bucket, manifest, options)).map(({ check, detail }) => `${check}: ${detail}`)
  }

  it('finds nothing in a file with everything that is counted', async () => {
    assert.deepEqual(await found({}, { reads: true, isDeep: true }), [])
  })

  it('compares the footer with the manifest', async () => {
    const last = `${DAY_MICROS + 86_400_000_001}`
    assert.deepEqual(await found({ item: { rows: 6 } }), [
      'rows: rows in the facts: found 5, expected 6',
      'rows: rows in the file: found 5, expected 6',
    ])
    assert.deepEqual(await found({ item: { lastTimestampMicros: '5' } }), [
      `time-range: last local_timestamp in the facts: found ${last}, expected 5`,
      `time-range: last local_timestamp: found ${last}, expected 5`,
    ])
    const sha = '0'.repeat(64)
    assert.match(
      (await found({ item: { sourceSha256: sha } })).join(),
      /^footer: SHA-256 of the source: found \w{64}, expected 0{64}$/,
    )
    const none = (text: string) => `footer: ${text}`
    const foreign = 'does not say that it is this dataset: another program wrote it, or its footer was changed'
    assert.deepEqual(await found({ facts: facts => ({ ...facts, symbol: 'Y' }), item: { symbol: 'X' } }), [
      none(foreign),
    ])
  })

  it('compares columns and types with the data type', async () => {
    const text = csv(ROWS).replaceAll('side,price', 'side,cost')
    await assert.rejects(plant({ text }), /price/, 'the converter refuses it')
    const { bucket, manifest } = await plant()
    const items = manifest.items.map(item => ({ ...item, dataType: 'quotes' }))
    const details = (await checksOf(bucket, { ...manifest, items })).filter(({ check }) => check === 'schema')
    assert.deepEqual(
      details.map(({ detail }) => detail.replace(/expected \d+$/, 'expected another')),
      [
        'column ask_amount: found nothing, expected a column',
        'column ask_price: found nothing, expected a column',
        'column bid_amount: found nothing, expected a column',
        'column bid_price: found nothing, expected a column',
        'column amount: found DOUBLE, expected BYTE_ARRAY STRING',
        'column price: found DOUBLE, expected BYTE_ARRAY STRING',
        'field id of amount: found 8, expected another',
        'field id of price: found 7, expected another',
        'field id of side: found 6, expected another',
      ].sort(),
    )
  })

  const lies: readonly (readonly [string, (quality: Facts['quality']) => Facts['quality']])[] = [
    ['order: rows out of order of the values: found 1, expected 0', quality => ({ ...quality, rowsOutOfOrder: 0 })],
    ['values: longest gap of the values: found 86399997901, expected 1', q => ({ ...q, largestGapMicros: '1' })],
    [
      `values: start of the longest gap of the values: found ${DAY_MICROS + 2_100}, expected 7`,
      quality => ({ ...quality, largestGapStartMicros: '7' }),
    ],
    [
      `values: gaps of the values: found ${gaps([2_100, 86_399_997_901], [1_500, 1_000])}, expected ${gaps([2_100, 86_399_997_901])}`,
      quality => ({ ...quality, gaps: quality.gaps!.slice(0, 1) }),
    ],
    [
      `values: gaps of the values: found ${gaps([2_100, 86_399_997_901], [1_500, 1_000])}, expected ${gaps([2_100, 86_399_997_901], [1_501, 1_000])}`,
      ({ gaps: [longest, other] = [], ...quality }) => ({
        ...quality,
        gaps: [longest!, { ...other!, startMicros: `${DAY_MICROS + 1_501}` }],
      }),
    ],
    [
      'values: ids of the values: found {"first":"7","last":"10"}, expected {"first":"6","last":"10"}',
      quality => ({ ...quality, ids: { ...quality.ids!, first: '6' } }),
    ],
    [
      'values: ids of the values: found {"first":"7","last":"10"}, expected {"first":"7","last":"11"}',
      quality => ({ ...quality, ids: { ...quality.ids!, last: '11' } }),
    ],
    [
      'values: ids of the values: found {"first":"7","last":"10"}, expected {"first":"7","last":"10","missing":1}',
      quality => ({ ...quality, ids: { ...quality.ids!, missing: 1 } }),
    ],
    [
      'values: median latency of the values: found 1, expected 2',
      q => ({ ...q, latency: { ...q.latency!, medianMicros: '2' } }),
    ],
    [
      'values: 99th percentile of the latency of the values: found 500, expected 510',
      q => ({ ...q, latency: { ...q.latency!, p99Micros: '510' } }),
    ],
    ['values: exchangeRowsOutOfOrder of the values: found 1, expected 2', q => ({ ...q, exchangeRowsOutOfOrder: 2 })],
    ['values: rowsOutsideDay of the values: found 1, expected 0', ({ rowsOutsideDay: _, ...quality }) => quality],
    ['values: repeatedRows of the values: found 1, expected 0', ({ repeatedRows: _, ...quality }) => quality],
    ['values: repeatedIds of the values: found 1, expected 3', quality => ({ ...quality, repeatedIds: 3 })],
    ['values: nonPositivePrices of the values: found 1, expected 0', ({ nonPositivePrices: _, ...q }) => q],
    ['values: nonPositiveAmounts of the values: found 1, expected 2', q => ({ ...q, nonPositiveAmounts: 2 })],
    ['values: nulls of the values: found {"amount":1}, expected {}', ({ nulls: _, ...quality }) => quality],
    [
      'values: negative latencies of the values: found 2, expected 1',
      q => ({ ...q, latency: { ...q.latency!, negative: 1 } }),
    ],
    ['values: highest price of the values: found 11, expected 12', q => ({ ...q, price: { ...q.price!, max: 12 } })],
    ['values: volume of the values: found 4, expected 4.00001', quality => ({ ...quality, volume: 4.00001 })],
    ['values: notional of the values: found 41, expected nothing', ({ notional: _, ...quality }) => quality],
  ]
  for (const [expected, change] of lies)
    it(`finds in the values what footer and manifest say wrongly: ${expected}`, async () => {
      const planted: Planted = { facts: facts => ({ ...facts, quality: change(facts.quality) }) }
      assert.deepEqual(await found(planted), [], 'the footer says the same')
      assert.deepEqual(await found(planted, { isDeep: true }), [expected])
    })

  /** Latencies of every size and sign up to 2^50 µs, ids with holes and nulls, and in rows 100 to 105 the longest gaps. */
  const wide = (rows: number) =>
    csv(
      Array.from({ length: rows }, (_, row) => {
        const received = row * 1_000_000 + (row > 100 ? Math.min(row - 100, 5) * 5_000_000 : 0)
        const latency = Math.round((row % 3 === 0 ? -1 : 1) * 2 ** ((row * 7919) % 50) * (1 + (row % 97) / 97))
        return [received - latency, received, row % 50 === 7 ? '' : 5_000 + 3 * row, 'buy', 1 + (row % 7), 1]
      }),
    )

  it('finds nothing in latencies of every size, ids with holes and nulls, and equal gaps', async () => {
    const text = wide(5_000)
    const { manifest } = await plant({ text })
    const { gaps, ids, latency } = manifest.items[0]!.quality!
    assert.equal(gaps!.length, 5)
    assert.equal(ids!.missing, 9_998 + 100)
    assert.ok(Number(latency!.medianMicros) > 0 && Number(latency!.p99Micros) > 2 ** 44)
    assert.deepEqual(await found({ text }, { isDeep: true }), [])
  })

  it('says of ids that do not increase that the ledger may not have them', async () => {
    const rows = ROWS.map(([sent, received, id, ...rest]) => [sent, received, 20 - id, ...rest])
    const facts = (f: Facts) => ({ ...f, quality: { ...f.quality, ids: { first: '13', last: '10' } } })
    assert.deepEqual(await found({ facts, text: csv(rows) }, { isDeep: true }), [
      'values: ids of the values: found nothing, expected {"first":"13","last":"10"}',
    ])
  })

  it('takes sums that differ in the order of their parts for equal', async () => {
    const facts = (f: Facts) => ({ ...f, quality: { ...f.quality, volume: 4 * (1 + 1e-12) } })
    assert.deepEqual(await found({ facts }, { isDeep: true }), [])
  })

  it('finds bytes that are not what the list says, and names a file that cannot be decoded', async () => {
    const { bucket, manifest } = await plant()
    const damaged: Bucket = Object.assign(Object.create(bucket) as Bucket, {
      list: (...args: Parameters<Bucket['list']>) => bucket.list(...args),
      readRange: async (...[object, start, end]: Parameters<Bucket['readRange']>) => {
        const data = (await bucket.readRange(object, start, end))!.slice()
        if (start < 100) data[60 - start]! ^= 0xff
        return data
      },
    })
    assert.deepEqual((await checksOf(bucket, manifest, { reads: true })).length, 0)
    const [checksum] = await checksOf(damaged, manifest, { reads: true })
    assert.match(checksum!.detail, /^CRC32C of the bytes: found .{8}, expected .{8}$/)
    const deep = await checksOf(damaged, manifest, { isDeep: true })
    assert.match(deep[0]!.detail, /^cannot be read as Parquet: /)
  })

  it('tells a file that changed while it was read from a bucket that fails', async () => {
    const { bucket, manifest } = await plant()
    const withRange = (readRange: Bucket['readRange']): Bucket =>
      Object.assign(Object.create(bucket) as Bucket, { list: (prefix: string) => bucket.list(prefix), readRange })
    const [gone] = await checksOf(
      withRange(async () => undefined),
      manifest,
    )
    assert.match(gone!.detail, /changed while it was read/)
    const failing = withRange(() => Promise.reject(new Error('503')))
    await assert.rejects(checksOf(failing, manifest), /503/)
  })

  it('compares nothing that an older release did not record', async () => {
    const { bucket, manifest } = await plant({
      facts: ({ quality: { rowsOutOfOrder, largestGapMicros }, ...facts }) => ({
        ...facts,
        quality: { rowsOutOfOrder, largestGapMicros },
      }),
    })
    assert.deepEqual(await checksOf(bucket, manifest, { isDeep: true }), [])
  })
})
