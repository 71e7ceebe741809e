import assert from 'node:assert/strict'
import fc from 'fast-check'
import { foldManifest } from '../../functions/aggregate/manifest.ts'
import { encodeDocument } from '../../functions/ledger/document.ts'
import { manifest as manifestSchema } from '../../functions/ledger/manifest.ts'
import type { Plan } from '../../functions/ledger/plan.ts'
import type { ItemResult, Receipt } from '../../functions/ledger/receipt.ts'

const DAY = { venue: 'binance', date: '2024-08-08' }
const STORED = {
  object: 'o',
  generation: '1',
  crc32c: 'c',
  bytes: 10,
  rows: 3,
  firstTimestampMicros: '1',
  lastTimestampMicros: '2',
  sourceBytes: 7,
  sourceSha256: '0'.repeat(64),
  textBytes: 20,
  quality: { rowsOutOfOrder: 0, largestGapMicros: '0' },
}
const item = (symbol: string) => ({ dataType: 'trades', symbol })
const stored = (symbol: string): ItemResult => ({ ...item(symbol), status: 'stored', ...STORED, seconds: 0.1 })
const empty = (symbol: string): ItemResult => ({ ...item(symbol), status: 'empty', ...STORED, rows: 0, seconds: 0.2 })
const failed = (symbol: string, retryable = true): ItemResult => ({
  ...item(symbol),
  status: 'failed',
  error: 'broke',
  retryable,
  seconds: 0.3,
})
const without = (symbol: string, status: 'missing' | 'forbidden'): ItemResult => ({
  ...item(symbol),
  status,
  error: status,
  seconds: 0,
})

function plan(batches: string[][], more: Partial<Plan> = {}): Plan {
  return {
    schemaVersion: 1,
    ...DAY,
    plan: 'abcdef',
    status: 'planned',
    scope: { trades: 'all' },
    batches: batches.map((symbols, index) => ({ plan: 'abcdef', index, items: symbols.map(item) })),
    unlisted: [],
    incidents: [],
    ...more,
  }
}
function receipt(index: number, results: ItemResult[], id = 'abcdef'): Receipt {
  const work = { deliveries: 1, seconds: 9, downloadedBytes: 9, textBytes: 9, rows: 9, figures: { rssBytes: 9 } }
  return { schemaVersion: 1, ...DAY, plan: id, index, handedOn: 0, results, work }
}
const text = (...fold: Parameters<typeof foldManifest>) =>
  Buffer.from(encodeDocument(manifestSchema, 'manifest', foldManifest(...fold))).toString()

describe('foldManifest', () => {
  it('keeps how many rows of an item lie outside the day', () => {
    const quality = { ...STORED.quality, rowsOutsideDay: 2 }
    const { items } = foldManifest(plan([['A', 'B']]), [
      receipt(0, [{ ...stored('A'), quality } as ItemResult, stored('B')]),
    ])
    assert.deepEqual(
      items.map(item => item.quality),
      [quality, STORED.quality],
    )
  })

  it('lists every planned item, and adds up what is stored', () => {
    const manifest = foldManifest(plan([['B', 'A'], ['C']]), [
      receipt(1, [empty('C')]),
      receipt(0, [stored('A'), failed('B')]),
    ])
    assert.deepEqual(
      manifest.items.map(({ symbol, status }) => [symbol, status]),
      [
        ['A', 'stored'],
        ['B', 'failed'],
        ['C', 'empty'],
      ],
    )
    assert.deepEqual(manifest.counts, {
      items: 3,
      stored: 1,
      empty: 1,
      missing: 0,
      forbidden: 0,
      failed: 1,
      pending: 0,
    })
    assert.deepEqual(manifest.totals, { rows: 3, bytes: 20, sourceBytes: 14, textBytes: 40, seconds: 0.6 })
    assert.deepEqual(manifest.items[0], { ...item('A'), status: 'stored', ...STORED, condition: 'available' })
    assert.deepEqual(manifest.items[1], {
      ...item('B'),
      ...{ status: 'failed', error: 'broke', retryable: true, condition: 'missing', reasons: ['failed'] },
    })
  })

  it('sums up each data type, and says whether the day can be used', () => {
    const planned = plan([['B', 'A']])
    planned.batches.push({ plan: 'abcdef', index: 1, items: [{ dataType: 'quotes', symbol: 'A' }] })
    const quality = { ...STORED.quality, rowsOutOfOrder: 1 }
    const quotes = { ...stored('A'), dataType: 'quotes', quality } as ItemResult
    const manifest = foldManifest(planned, [receipt(0, [stored('A'), failed('B')]), receipt(1, [quotes])])
    const none = { stored: 0, empty: 0, missing: 0, forbidden: 0, failed: 0, pending: 0, degraded: 0 }
    const sums = { rows: 3, bytes: 10, sourceBytes: 7 }
    assert.deepEqual(manifest.dataTypes, [
      { dataType: 'quotes', items: 1, ...none, stored: 1, degraded: 1, ...sums },
      { dataType: 'trades', items: 2, ...none, stored: 1, failed: 1, ...sums },
    ])
    const { condition, reasons, conditionVersion } = manifest
    assert.deepEqual(
      { condition, reasons, conditionVersion },
      {
        condition: 'degraded',
        reasons: [
          { reason: 'failed', items: 1 },
          { reason: 'out-of-order', items: 1 },
        ],
        conditionVersion: 1,
      },
    )
  })

  it('counts the files of each converter version, lowest first, and those without one as 0', () => {
    const results = [
      { ...stored('A'), converterVersion: 10 },
      { ...stored('B'), converterVersion: 9 },
      { ...empty('C'), converterVersion: 10 },
      stored('D'),
      failed('E'),
      without('F', 'missing'),
    ]
    const manifest = foldManifest(plan([['A', 'B', 'C', 'D', 'E', 'F', 'G']]), [receipt(0, results)])
    assert.deepEqual(manifest.converterVersions, [
      { version: 0, items: 1 },
      { version: 9, items: 1 },
      { version: 10, items: 2 },
    ])
  })

  const STATUS: [title: string, plan: Plan, results: ItemResult[], status: string][] = [
    [
      'all stored, empty or missing',
      plan([['A', 'B', 'C']]),
      [stored('A'), empty('B'), without('C', 'missing')],
      'complete',
    ],
    ['nothing planned', plan([]), [], 'complete'],
    ['an item without result', plan([['A', 'B']]), [stored('A')], 'incomplete'],
    ['a forbidden item', plan([['A']]), [without('A', 'forbidden')], 'incomplete'],
    ['a failed item', plan([['A']]), [failed('A', false)], 'incomplete'],
    ['an unlisted item', plan([['A']], { unlisted: [item('X')] }), [stored('A')], 'complete'],
    ['a day not exported', plan([], { status: 'pending' }), [], 'pending'],
  ]
  for (const [title, planned, results, status] of STATUS) {
    it(`is ${status} with ${title}`, () => assert.equal(foldManifest(planned, [receipt(0, results)]).status, status))
  }

  it('names what is unlisted outside the items and their counts', () => {
    const manifest = foldManifest(plan([['A']], { unlisted: [item('X')] }), [receipt(0, [stored('A')])])
    assert.deepEqual(manifest.unlisted, [item('X')])
    assert.deepEqual([manifest.counts.items, manifest.counts.missing, manifest.items.length], [1, 0, 1])
    assert.equal('unlisted' in foldManifest(plan([['A']]), []), false)
  })

  it('counts an item only in the batch that has it now', () => {
    const moved = plan([[], ['B']])
    moved.batches.push({ plan: 'fedcba', index: 0, force: true, items: [item('A')] })
    const old = [receipt(0, [stored('A')]), receipt(1, [stored('B')])]
    assert.deepEqual(
      foldManifest(moved, old).items.map(({ status }) => status),
      ['pending', 'stored'],
    )
    const done = [...old, receipt(0, [{ ...stored('A'), ...STORED, generation: '2' } as ItemResult], 'fedcba')]
    assert.deepEqual(
      foldManifest(moved, done).items.map(({ generation }) => generation),
      ['2', '1'],
    )
  })

  it('is the same text whatever the order of receipts, batches and results, and whatever their work took', () => {
    const RESULT = fc.constantFrom(stored, empty, failed, (symbol: string) => without(symbol, 'missing'))
    const symbols = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(symbols, fc.gen(), (names, gen) => {
        const batches = [names.filter((_, at) => at % 2 === 0), names.filter((_, at) => at % 2 === 1)]
        const receipts = batches.map((batch, index) =>
          receipt(
            index,
            batch.map(symbol => gen(() => RESULT)(symbol)),
          ),
        )
        const all = <T>(list: readonly T[]): T[] =>
          gen(() => fc.shuffledSubarray([...list], { minLength: list.length }))
        const shuffled = all(receipts).map(one => ({
          ...one,
          results: all(one.results),
          work: { ...one.work, seconds: gen(() => fc.nat()), figures: { rssBytes: gen(() => fc.nat()) } },
        }))
        const planned = plan(batches)
        const other = {
          ...planned,
          batches: all(planned.batches).map(batch => ({ ...batch, items: all(batch.items) })),
        }
        assert.equal(text(other, shuffled), text(planned, receipts))
      }),
    )
  })

  it('is one line of JSON, with times as text', () => {
    const line = text(plan([['A']]), [receipt(0, [stored('A')])])
    assert.match(line, /^[^\n]+\n$/)
    assert.match(line, /"firstTimestampMicros":"1"/)
  })
})
