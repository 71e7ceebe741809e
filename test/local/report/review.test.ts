import assert from 'node:assert/strict'
import { LedgerDocumentError } from '../../../functions/ledger/document.ts'
import type { Manifest, ManifestItem } from '../../../functions/ledger/manifest.ts'
import { QualityRules, type Rule } from '../../../functions/local/report/quality-rules.ts'
import { Reviewer } from '../../../functions/local/report/review.ts'
import type { VenueDayReport } from '../../../functions/local/report/venue-days.ts'
import { manifestOf, storedItem } from './fixtures.ts'

const VENUE = 'deribit'
const DATES = ['2024-08-01', '2024-08-02', '2024-08-03'] as const
const EMPTY: ManifestItem = { dataType: 'trades', symbol: 'X', status: 'empty', condition: 'available' }
const LATE: ManifestItem = {
  ...storedItem('quotes', 'X', 1_000, 1),
  ...{ condition: 'degraded', reasons: ['negative-latency'] },
  quality: {
    ...{ version: 2, rowsOutOfOrder: 0, largestGapMicros: '0' },
    latency: { minMicros: '-5', medianMicros: '1', p99Micros: '2', maxMicros: '3', negative: 50 },
  },
}
const trades = (rows: number): ManifestItem => ({ ...storedItem('trades', 'X', rows, 1), condition: 'available' })

function judged(date: string, items: readonly ManifestItem[]): Manifest {
  const condition = items.some(item => item.condition === 'degraded') ? 'degraded' : 'available'
  return { ...manifestOf({ venue: VENUE, date }, 'complete', items), conditionVersion: 1, condition, reasons: [] }
}

/** A reviewer of these days; counts what is read of the ledger. */
function reviewerOf(days: Readonly<Record<string, Manifest | LedgerDocumentError>>, rules: readonly Rule[] = []) {
  const reads: string[] = []
  const readManifest = async ({ date }: { date: string }) => {
    reads.push(date)
    const found = days[date]
    if (found instanceof LedgerDocumentError) throw found
    return found
  }
  return { reads, reviewer: new Reviewer({ readManifest }, new QualityRules(rules)) }
}

const reportOf = ({ venue, date, status, counts, condition }: Manifest): VenueDayReport => ({
  ...{ venue, date, status, counts, problems: [] },
  ...(condition && { condition }),
})

describe('Reviewer', () => {
  const [before, day, after] = DATES
  const judgedAs = async (rows: readonly (number | undefined)[], rules: readonly Rule[] = []) => {
    const [first, last] = rows
    const { reviewer } = reviewerOf(
      {
        ...(first !== undefined && { [before]: judged(before, [trades(first)]) }),
        [day]: judged(day, [EMPTY]),
        ...(last !== undefined && { [after]: judged(after, [trades(last)]) }),
      },
      rules,
    )
    const { condition, reasons, items } = (await reviewer.readManifest({ venue: VENUE, date: day }))!
    assert.deepEqual(items[0]!.reasons, reasons!.length > 0 ? ['suspicious-empty'] : undefined)
    return condition
  }

  it('finds an empty file suspicious where each neighbouring day that is recorded has rows', async () => {
    assert.equal(await judgedAs([500, 500]), 'degraded')
    assert.equal(await judgedAs([500, undefined]), 'degraded')
    assert.equal(await judgedAs([undefined, 100]), 'degraded')
    assert.equal(await judgedAs([500, 99]), 'available', 'few rows, so a day without any is possible')
    assert.equal(await judgedAs([undefined, undefined]), 'available', 'nothing is known of the neighbouring days')
  })

  it('takes the number of rows from the rules, or lets empty files be', async () => {
    assert.equal(await judgedAs([5, 5], [{ neighbourRows: 5 }]), 'degraded')
    assert.equal(await judgedAs([500, 500], [{ neighbourRows: null }]), 'available')
    assert.equal(await judgedAs([500, 500], [{ ignore: ['suspicious-empty'] }]), 'available')
    assert.equal(await judgedAs([500, 500], [{ venues: ['okex'], neighbourRows: null }]), 'degraded')
  })

  it('judges by the rules, and keeps what is recorded where there are none', async () => {
    const read = async (rules: readonly Rule[]) => {
      const { reviewer } = reviewerOf({ [day]: judged(day, [LATE]) }, rules)
      const { condition, reasons } = (await reviewer.readManifest({ venue: VENUE, date: day }))!
      return [condition, reasons]
    }
    const late = ['degraded', [{ reason: 'negative-latency', items: 1 }]]
    assert.deepEqual(await read([]), late)
    assert.deepEqual(await read([{ share: 0.04 }]), late)
    assert.deepEqual(await read([{ share: 0.05 }]), ['available', []])
    assert.deepEqual(await read([{ dataTypes: ['quotes'], ignore: ['negative-latency'] }]), ['available', []])
    assert.deepEqual(await read([{ dataTypes: ['trades'], ignore: ['negative-latency'] }]), late)
  })

  it('leaves a manifest of a release that did not judge as it is', async () => {
    const old = manifestOf({ venue: VENUE, date: day }, 'complete', [LATE, EMPTY])
    const { reviewer } = reviewerOf({ [day]: old }, [{ share: 0 }])
    assert.equal(await reviewer.readManifest({ venue: VENUE, date: day }), old)
  })

  it('reads whole manifests of days with empty files and of their neighbours only, each once', async () => {
    const days = {
      [before]: judged(before, [trades(500)]),
      [day]: judged(day, [EMPTY]),
      [after]: judged(after, [LATE]),
    }
    const { reviewer, reads } = reviewerOf(days)
    const reports = Object.values(days).map(reportOf)
    const reviewed = await reviewer.review(reports)
    assert.deepEqual(reads.sort(), [...DATES])
    assert.deepEqual(reviewed[0], reports[0])
    assert.deepEqual(reviewed[1]!.condition, 'available', 'the day after has no such rows')
    assert.deepEqual(reviewed[2], reports[2])
    const calls: number[][] = []
    await reviewerOf(days, [{ share: 1 }]).reviewer.review(reports, (done, total) => calls.push([done, total]))
    assert.deepEqual(calls, [[1, 3], [2, 3], [3, 3]]) // biome-ignore format: pairs
  })

  it('takes a neighbouring day that cannot be read for one that is not recorded', async () => {
    const days = {
      [before]: new LedgerDocumentError('damaged'),
      [day]: judged(day, [EMPTY]),
      [after]: judged(after, [trades(500)]),
    }
    const { reviewer } = reviewerOf(days)
    assert.equal((await reviewer.readManifest({ venue: VENUE, date: day }))!.condition, 'degraded')
    await assert.rejects(reviewer.readManifest({ venue: VENUE, date: before }), /damaged/)
  })

  it('remembers the rows of some days only', async () => {
    const days = { [before]: judged(before, [trades(500)]), [day]: judged(day, [EMPTY]) }
    const { reviewer, reads } = reviewerOf(days)
    await reviewer.readManifest({ venue: VENUE, date: before })
    await reviewer.readManifest({ venue: VENUE, date: day })
    assert.deepEqual(reads, [before, day, after])
    for (let n = 1; n <= 64; n++) await reviewer.readManifest({ venue: `v${n}`, date: after })
    reads.length = 0
    await reviewer.readManifest({ venue: VENUE, date: day })
    assert.deepEqual(reads, [day, before, after])
  })
})
