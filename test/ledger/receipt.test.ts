import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type ItemResult, isSettled, mergeReceipts, type Receipt } from '../../functions/ledger/receipt.ts'
import { DAY, OBJECT } from './documents.ts'

describe('receipts', () => {
  const stored = (symbol: string, generation: string): ItemResult => ({
    dataType: 'trades',
    symbol,
    status: 'stored',
    ...OBJECT,
    generation,
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

  it('merged, keep what either settled, and the later generation', () => {
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

  it('settle what is stored, empty or missing, not what failed or is forbidden', () => {
    const empty = { ...stored('A', '9'), status: 'empty' } as ItemResult
    assert.ok([stored('A', '9'), empty, other('A', 'missing')].every(isSettled))
    assert.ok(
      ![failed('A'), { ...failed('A'), retryable: false } as ItemResult, other('A', 'forbidden')].some(isSettled),
    )
  })

  it('merged, add up the work', () => {
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
