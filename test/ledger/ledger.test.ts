import assert from 'node:assert/strict'
import { LedgerDocumentError } from '../../functions/ledger/document.ts'
import { openLedger } from '../../functions/ledger/ledger.ts'
import type { Manifest } from '../../functions/ledger/manifest.ts'
import type { Plan } from '../../functions/ledger/plan.ts'
import { ABSENT } from '../../functions/storage/bucket.ts'
import { TestClock } from '../fetch/test-clock.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { SILENT } from '../support/silent-log.ts'
import { DAY, planOf } from './documents.ts'

const PLAN = planOf([['A']], { scope: { trades: 'all', quotes: ['A'] } })
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

const options = () => ({ clock: new TestClock(), random: () => 0.5, log: SILENT })

describe('ledger', () => {
  it('reads back what it wrote, in one line whatever the order of keys', async () => {
    const bucket = new MemoryBucket()
    const ledger = openLedger(bucket, 'ticks')
    const shuffled = Object.fromEntries(Object.entries(PLAN).reverse()) as Plan
    const written = await ledger.update('plan', DAY, () => shuffled, options())
    assert.deepEqual(written, { document: shuffled, written: true })
    const text = Buffer.from(bucket.contents().get(NAME)!).toString()
    assert.equal(text, `${JSON.stringify(PLAN)}\n`)
    assert.deepEqual(await ledger.readPlan(DAY), PLAN)
  })

  it('returns undefined for what is not there', async () => {
    const ledger = openLedger(new MemoryBucket(), 'ticks')
    assert.equal(await ledger.readPlan(DAY), undefined)
    assert.equal(await ledger.readReceipt({ ...DAY, plan: 'abcdef', index: 0 }), undefined)
    assert.equal(await ledger.readManifest(DAY), undefined)
    assert.equal(await ledger.readSummary(DAY), undefined)
    assert.equal(await ledger.readPlanId(DAY), undefined)
  })

  it("reads a plan's id from its beginning, and from all of it where it begins otherwise", async () => {
    const bucket = new MemoryBucket()
    const ledger = openLedger(bucket, 'ticks')
    await ledger.update('plan', DAY, () => PLAN, options())
    assert.equal(await ledger.readPlanId(DAY), PLAN.plan)
    const { generation } = (await bucket.stat(NAME))!
    const shuffled = JSON.stringify(Object.fromEntries(Object.entries(PLAN).reverse()))
    await bucket.write(NAME, Buffer.from(shuffled), generation, JSON_TYPE)
    assert.equal(await ledger.readPlanId(DAY), PLAN.plan)
  })

  const UNFIT: Record<string, [text: string, message: RegExp]> = {
    'no JSON': ['{"schemaVersion"', /plan\.json: expected one JSON document, found 16 characters that begin/],
    'no object': ['[]', /plan\.json: document is \[\], expected object/],
    'a higher version': [
      JSON.stringify({ ...PLAN, schemaVersion: 2 }),
      /plan\.json: schemaVersion is 2, this release reads up to 1; deploy the release that wrote it/,
    ],
    'a version that is none': [
      JSON.stringify({ ...PLAN, schemaVersion: 0 }),
      /schemaVersion is 0, expected at least 1/,
    ],
    'a missing field': [
      JSON.stringify({ ...PLAN, venue: undefined }),
      /plan\.json: venue is undefined, expected string/,
    ],
    'a wrong field': [
      JSON.stringify({ ...PLAN, batches: [{ ...PLAN.batches[0], index: -1 }] }),
      /plan\.json: batches\.0\.index is -1, expected at least 0/,
    ],
    'a wrong scope': [JSON.stringify({ ...PLAN, scope: { trades: 3 } }), /scope\.trades is 3, expected "all" or array/],
    'a wrong status': [JSON.stringify({ ...PLAN, status: 'x' }), /status is "x", expected "planned" or "pending"/],
  }
  for (const [title, [text, message]] of Object.entries(UNFIT)) {
    it(`says where ${title} is, what was found and what was expected`, async () => {
      const bucket = new MemoryBucket()
      await bucket.write(NAME, Buffer.from(text), ABSENT, JSON_TYPE)
      await assert.rejects(openLedger(bucket, 'ticks').readPlan(DAY), error => {
        assert.ok(error instanceof LedgerDocumentError)
        assert.match(error.message, message)
        return true
      })
    })
  }

  it('writes no document that does not fit its schema', async () => {
    const bucket = new MemoryBucket()
    await assert.rejects(
      openLedger(bucket, 'ticks').update('plan', DAY, () => ({ ...PLAN, plan: 'Not hex' }), options()),
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
      await ledger.update('manifest', DAY, () => manifest, options())
      const { items: _, ...summary } = manifest
      operations.length = 0
      assert.deepEqual(await ledger.readSummary(DAY), summary)
      assert.deepEqual(operations, ['readBeginning', ...(symbols.length > 0 ? ['read'] : [])])
      assert.deepEqual(await ledger.readManifest(DAY), manifest)
    }
  })

  it('throws LedgerDocumentError for a manifest that is empty or not JSON', async () => {
    for (const text of ['', 'x', '{"items":[]}']) {
      const bucket = new MemoryBucket()
      await bucket.write(NAME.replace('plan', 'manifest'), Buffer.from(text), ABSENT, JSON_TYPE)
      await assert.rejects(openLedger(bucket, 'ticks').readSummary(DAY), LedgerDocumentError)
    }
  })
})
