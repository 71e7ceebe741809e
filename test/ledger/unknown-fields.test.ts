import assert from 'node:assert/strict'
import { openLedger } from '../../functions/ledger/ledger.ts'
import type { Manifest } from '../../functions/ledger/manifest.ts'
import type { Plan } from '../../functions/ledger/plan.ts'
import { mergeReceipts, type Receipt } from '../../functions/ledger/receipt.ts'
import { ABSENT } from '../../functions/storage/bucket.ts'
import { TestClock } from '../fetch/test-clock.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { SILENT } from '../support/silent-log.ts'
import { DAY, OBJECT, planOf } from './documents.ts'

const FOLDER = '_ledger/venue=binance/date=2024-08-08'
const BATCH = { ...DAY, plan: 'abcdef', index: 0 }
const A = { dataType: 'trades', symbol: 'A' }
const INCIDENT = { from: 'x', status: 'resolved', details: 'd' }
const STORED = { ...A, status: 'stored' as const, ...OBJECT }
const PLAN = planOf([['A']], { unlisted: [{ dataType: 'trades', symbol: 'X' }], incidents: [INCIDENT] })
const RECEIPT: Receipt = {
  schemaVersion: 1,
  ...BATCH,
  handedOn: 0,
  results: [{ ...STORED, seconds: 1 }],
  work: { deliveries: 1, seconds: 1, downloadedBytes: 1, textBytes: 1, rows: 1, figures: {} },
}
const MANIFEST: Manifest = {
  schemaVersion: 1,
  ...DAY,
  plan: 'abcdef',
  status: 'complete',
  scope: [{ dataType: 'trades', all: true, symbols: [] }],
  counts: { items: 1, stored: 1, empty: 0, missing: 0, forbidden: 0, failed: 0, pending: 0 },
  totals: { rows: 1, bytes: 1, sourceBytes: 1, textBytes: 1, seconds: 1 },
  incidents: [INCIDENT],
  items: [STORED],
}

/** The document with a field that no schema knows in every object of it, except in maps of names. */
function enriched(value: unknown, at = 'document'): unknown {
  if (Array.isArray(value)) return value.map(element => enriched(element, at))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, isMap(key, inner) ? inner : enriched(inner, key)])
  return Object.fromEntries([...entries, ['fromTheFuture', { at, list: [1, 'two'] }]])
}
const isMap = (key: string, value: unknown) => key === 'figures' || (key === 'scope' && !Array.isArray(value))

describe('fields that this release does not know', () => {
  let bucket: MemoryBucket
  const options = () => ({ clock: new TestClock(), random: () => 0.5, log: SILENT })
  const ledger = () => openLedger(bucket, 'ticks')
  const store = (name: string, document: unknown) =>
    bucket.write(name, Buffer.from(`${JSON.stringify(document)}\n`), ABSENT, { contentType: 'application/json' })
  const stored = (name: string) => JSON.parse(Buffer.from(bucket.contents().get(name)!).toString())

  beforeEach(() => {
    bucket = new MemoryBucket()
  })

  it('stay in a plan that is made anew with another item, at every level', async () => {
    await store(`${FOLDER}/plan.json`, enriched(PLAN))
    const grown = { ...PLAN, batches: [...PLAN.batches, { plan: 'abcdef', index: 1, items: [] }] }
    const updated = await ledger().update('plan', DAY, () => structuredClone(grown), options())
    assert.equal(updated?.written, true)
    const { batches, ...rest } = stored(`${FOLDER}/plan.json`)
    const { batches: richBatches, ...richRest } = enriched(PLAN) as Plan
    assert.deepEqual(rest, richRest)
    assert.deepEqual(batches, [...richBatches, { plan: 'abcdef', index: 1, items: [] }])
  })

  it('stay in a receipt that another delivery adds to, at every level', async () => {
    const name = `${FOLDER}/receipts/abcdef/0.json`
    await store(name, enriched(RECEIPT))
    const results = [{ ...A, symbol: 'B', status: 'missing' as const, error: 'none', seconds: 0 }]
    const mine: Receipt = { ...RECEIPT, results }
    await ledger().update('receipt', BATCH, current => mergeReceipts(current!, mine), options())
    const merged = stored(name)
    const rich = enriched(RECEIPT) as Receipt
    assert.deepEqual(merged.results, [...rich.results, ...results])
    assert.deepEqual(merged.fromTheFuture, (rich as unknown as { fromTheFuture: unknown }).fromTheFuture)
    assert.deepEqual([merged.work.fromTheFuture.at, merged.work.deliveries], ['work', 2])
  })

  it('are dropped from a result that is replaced', async () => {
    const name = `${FOLDER}/receipts/abcdef/0.json`
    await store(name, enriched(RECEIPT))
    const results = [{ ...STORED, generation: '2', seconds: 1 }]
    await ledger().update('receipt', BATCH, current => mergeReceipts(current!, { ...RECEIPT, results }), options())
    assert.deepEqual(stored(name).results, results)
  })

  it('stay in a manifest that is folded again, and in those of its items that are the same', async () => {
    const name = `${FOLDER}/manifest.json`
    await store(name, enriched(MANIFEST))
    const other = { ...STORED, symbol: 'B' }
    await ledger().update('manifest', DAY, () => structuredClone({ ...MANIFEST, items: [STORED, other] }), options())
    const { items, ...rest } = stored(name)
    const { items: richItems, ...richRest } = enriched(MANIFEST) as Manifest
    assert.deepEqual(rest, richRest)
    assert.deepEqual(items, [...richItems, other])
  })

  it('do not make a document differ, so nothing is written', async () => {
    await store(`${FOLDER}/plan.json`, enriched(PLAN))
    const updated = await ledger().update('plan', DAY, () => structuredClone(PLAN), options())
    assert.equal(updated?.written, false)
    const reordered = Object.fromEntries(Object.entries(enriched(MANIFEST) as object).toReversed())
    await store(`${FOLDER}/manifest.json`, reordered)
    const folded = await ledger().update('manifest', DAY, () => structuredClone(MANIFEST), options())
    assert.equal(folded?.written, false)
    assert.deepEqual(stored(`${FOLDER}/manifest.json`), reordered)
  })

  it('do not hide the summary of a manifest, wherever they stand', async () => {
    const { items, ...summary } = MANIFEST
    await store(`${FOLDER}/manifest.json`, { ahead: { x: 1, items: [2] }, ...summary, items, behind: true })
    assert.equal((await ledger().readSummary(DAY))?.counts.stored, 1)
  })
})

describe('a document of a higher version', () => {
  const NEWER: Record<string, (ledger: ReturnType<typeof openLedger>) => Promise<unknown>> = {
    'plan.json': ledger => ledger.update('plan', DAY, () => PLAN, options()),
    'receipts/abcdef/0.json': ledger => ledger.update('receipt', BATCH, () => RECEIPT, options()),
    'manifest.json': ledger => ledger.update('manifest', DAY, () => MANIFEST, options()),
  }
  const options = () => ({ clock: new TestClock(), random: () => 0.5, log: SILENT })
  for (const [file, update] of Object.entries(NEWER)) {
    it(`is not replaced: ${file}`, async () => {
      const bucket = new MemoryBucket()
      const data = Buffer.from('{"schemaVersion":2,"anything":[]}')
      await bucket.write(`${FOLDER}/${file}`, data, ABSENT, { contentType: 'application/json' })
      await assert.rejects(update(openLedger(bucket, 'ticks')), /schemaVersion is 2, this release reads up to 1/)
      assert.deepEqual(Buffer.from(bucket.contents().get(`${FOLDER}/${file}`)!), data)
    })
  }
})
