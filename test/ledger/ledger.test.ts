import assert from 'node:assert/strict'
import fc from 'fast-check'
import { LedgerDocumentError } from '../../functions/ledger/document.ts'
import { openLedger } from '../../functions/ledger/ledger.ts'
import type { Manifest } from '../../functions/ledger/manifest.ts'
import type { Plan } from '../../functions/ledger/plan.ts'
import { type ItemResult, mergeReceipts, type Receipt } from '../../functions/ledger/receipt.ts'
import { keepRejected } from '../../functions/ledger/rejected.ts'
import { ABSENT } from '../../functions/storage/bucket.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'

const DAY = { venue: 'binance', date: '2024-08-08' }
const PLAN: Plan = {
  schemaVersion: 1,
  ...DAY,
  plan: 'abcdef',
  status: 'planned',
  scope: { trades: 'all', quotes: ['A'] },
  batches: [{ plan: 'abcdef', index: 0, items: [{ dataType: 'trades', symbol: 'A' }] }],
  unlisted: [],
  incidents: [],
}
const MANIFEST: Manifest = {
  schemaVersion: 1,
  ...DAY,
  plan: 'abcdef',
  status: 'complete',
  scope: [{ dataType: 'trades', all: true, symbols: [] }],
  counts: { items: 1, stored: 0, empty: 0, missing: 1, forbidden: 0, failed: 0, pending: 0 },
  totals: { rows: 0, bytes: 0, sourceBytes: 0, textBytes: 0, seconds: 0 },
  incidents: [{ from: 'x', status: 's', details: 'says ","items":[" and {"items":[]}' }],
  items: [{ symbol: 'A', dataType: 'trades', status: 'missing', error: 'none' }],
}
const JSON_TYPE = { contentType: 'application/json' }
const NAME = '_ledger/venue=binance/date=2024-08-08/plan.json'

describe('ledger', () => {
  it('reads back what it committed, in one line whatever the order of keys', async () => {
    const bucket = new MemoryBucket()
    const ledger = openLedger(bucket, 'ticks')
    const written = await ledger.commitPlan(PLAN, ABSENT)
    assert.equal(written.outcome, 'committed')
    const text = Buffer.from(bucket.contents().get(NAME)!).toString()
    assert.match(text, /^\{"schemaVersion":1,"venue":"binance","date":[^\n]*\}\n$/)
    const read = await ledger.readPlan(DAY)
    assert.deepEqual(read?.document, PLAN)
    const shuffled = Object.fromEntries(Object.entries(PLAN).reverse()) as Plan
    assert.equal((await ledger.commitPlan(shuffled, read!.generation)).outcome, 'committed')
    assert.equal(Buffer.from(bucket.contents().get(NAME)!).toString(), text)
  })

  it('gives undefined for what is not there, and a conflict for what has changed', async () => {
    const ledger = openLedger(new MemoryBucket(), 'ticks')
    assert.equal(await ledger.readPlan(DAY), undefined)
    assert.equal(await ledger.readReceipt({ ...DAY, plan: 'abcdef', index: 0 }), undefined)
    assert.equal(await ledger.readSummary(DAY), undefined)
    assert.equal(await ledger.readPlanId(DAY), undefined)
    await ledger.commitPlan(PLAN, ABSENT)
    assert.equal(await ledger.readPlanId(DAY), PLAN.plan)
    assert.deepEqual(await ledger.commitPlan({ ...PLAN, unlisted: [{ dataType: 'x', symbol: 'Y' }] }, ABSENT), {
      outcome: 'conflict',
    })
  })

  const UNFIT: Record<string, [text: string, message: RegExp]> = {
    'no JSON': ['{"schemaVersion"', /plan\.json: expected one JSON document, found 16 characters that begin/],
    'no object': ['[]', /plan\.json: document is \[\], expected object/],
    'another version': [JSON.stringify({ ...PLAN, schemaVersion: 2 }), /plan\.json: schemaVersion is 2, expected 1/],
    'a missing field': [
      JSON.stringify({ ...PLAN, venue: undefined }),
      /plan\.json: venue is undefined, expected string/,
    ],
    'a wrong field': [
      JSON.stringify({ ...PLAN, batches: [{ ...PLAN.batches[0], index: -1 }] }),
      /plan\.json: batches\.0\.index is -1, expected at least 0/,
    ],
    'an unknown field': [JSON.stringify({ ...PLAN, extra: 1 }), /plan\.json: document has the unexpected "extra"/],
    'a wrong scope': [JSON.stringify({ ...PLAN, scope: { trades: 3 } }), /scope\.trades is 3, expected "all" or array/],
    'a wrong status': [JSON.stringify({ ...PLAN, status: 'x' }), /status is "x", expected "planned" or "pending"/],
  }
  for (const [title, [text, message]] of Object.entries(UNFIT)) {
    it(`says of ${title} where it is, what was found and what was expected`, async () => {
      const bucket = new MemoryBucket()
      await bucket.write(NAME, Buffer.from(text), ABSENT, JSON_TYPE)
      await assert.rejects(openLedger(bucket, 'ticks').readPlan(DAY), error => {
        assert.ok(error instanceof LedgerDocumentError)
        assert.match(error.message, message)
        return true
      })
    })
  }

  it('writes nothing that it could not read', async () => {
    const bucket = new MemoryBucket()
    await assert.rejects(
      async () => openLedger(bucket, 'ticks').commitPlan({ ...PLAN, plan: 'Not hex' }, ABSENT),
      LedgerDocumentError,
    )
    assert.equal(bucket.contents().size, 0)
  })

  it("reads a manifest's summary from its beginning, and from all of it where the beginning is long", async () => {
    for (const symbols of [[], Array.from({ length: 5_000 }, (_, n) => `SYMBOL${n}`)]) {
      const operations: string[] = []
      const bucket = new MemoryBucket(({ operation, when }) => void (when === 'before' && operations.push(operation)))
      const ledger = openLedger(bucket, 'ticks')
      const manifest = { ...MANIFEST, scope: [{ dataType: 'trades', all: false, symbols }] }
      await ledger.commitManifestBytes(DAY, ledger.encodeManifest(manifest), ABSENT)
      const { items: _, ...summary } = manifest
      assert.deepEqual(await ledger.readSummary(DAY), summary)
      assert.deepEqual((await ledger.readManifest(DAY))?.document, manifest)
      assert.equal(operations.filter(operation => operation === 'read').length, symbols.length > 0 ? 2 : 1)
    }
  })

  it('says of a manifest that is none, empty or not JSON, that it does not fit', async () => {
    for (const text of ['', 'x', '{"items":[]}']) {
      const bucket = new MemoryBucket()
      await bucket.write(NAME.replace('plan', 'manifest'), Buffer.from(text), ABSENT, JSON_TYPE)
      await assert.rejects(openLedger(bucket, 'ticks').readSummary(DAY), LedgerDocumentError)
    }
  })
})

describe('keepRejected', () => {
  it('keeps text as text and anything else as base64, once', async () => {
    const bucket = new MemoryBucket()
    const name = await keepRejected(bucket, 'a/ticks', 'fetch', { id: '7', data: Buffer.from('{"x') }, 'not JSON')
    assert.equal(name, 'a/_ledger/rejected/fetch-7.json')
    const read = () => JSON.parse(Buffer.from(bucket.contents().get(name)!).toString())
    assert.deepEqual(read(), { function: 'fetch', messageId: '7', reason: 'not JSON', data: '{"x' })
    await keepRejected(bucket, 'a/ticks', 'fetch', { id: '7', data: Buffer.from('other') }, 'other')
    assert.equal(read().data, '{"x')
    await keepRejected(bucket, 'a/ticks', 'fetch', { id: '8', data: Buffer.from([0xff]) }, 'bytes')
    assert.match(Buffer.from(bucket.contents().get(name.replace('7', '8'))!).toString(), /"dataBase64":"\/w=="/)
  })
})

describe('mergeReceipts', () => {
  const stored = (symbol: string, generation: string): ItemResult => ({
    dataType: 'trades',
    symbol,
    status: 'stored',
    object: 'o',
    generation,
    crc32c: 'c',
    bytes: 1,
    rows: 1,
    sourceBytes: 1,
    sourceSha256: '0'.repeat(64),
    textBytes: 1,
    quality: { rowsOutOfOrder: 0, largestGapMicros: '0' },
    seconds: 1,
  })
  const other = (symbol: string, status: 'missing' | 'forbidden'): ItemResult => ({
    dataType: 'trades',
    symbol,
    status,
    error: status,
    seconds: 0,
  })
  const failed = (symbol: string): ItemResult => ({
    dataType: 'trades',
    symbol,
    status: 'failed',
    error: 'failed',
    retryable: true,
    seconds: 0,
  })
  const receipt = (results: ItemResult[]): Receipt => ({
    schemaVersion: 1,
    ...DAY,
    plan: 'abcdef',
    index: 0,
    handedOn: 0,
    results,
    work: { deliveries: 1, seconds: 0.1, downloadedBytes: 1, textBytes: 2, rows: 3, figures: { rssBytes: 4 } },
  })
  const RESULT = fc.constantFrom('A', 'B').chain(symbol =>
    fc.oneof(
      fc.constantFrom('9', '10', '11').map(generation => stored(symbol, generation)),
      fc.constantFrom('missing' as const, 'forbidden' as const).map(status => other(symbol, status)),
      fc.constant(failed(symbol)),
    ),
  )
  const RECEIPT = fc.uniqueArray(RESULT, { selector: result => result.symbol }).map(receipt)

  it('never loses what either settled, and knows the later generation', () => {
    fc.assert(
      fc.property(RECEIPT, RECEIPT, (a, b) => {
        const merged = mergeReceipts(a, b)
        for (const symbol of ['A', 'B']) {
          const [one, two, both] = [a, b, merged].map(({ results }) => results.find(result => result.symbol === symbol))
          const generations = [one, two].flatMap(result =>
            result && 'generation' in result ? [Number(result.generation)] : [],
          )
          if (generations.length > 0)
            assert.equal(both && 'generation' in both && both.generation, `${Math.max(...generations)}`)
          else if (one?.status === 'missing' || two?.status === 'missing') assert.equal(both?.status, 'missing')
          else assert.equal(both, two ?? one)
        }
      }),
    )
  })

  it('adds up what the work took', () => {
    const merged = mergeReceipts(receipt([]), receipt([]))
    assert.deepEqual(merged.work, {
      deliveries: 2,
      seconds: 0.2,
      downloadedBytes: 2,
      textBytes: 4,
      rows: 6,
      figures: { rssBytes: 4 },
    })
  })
})
