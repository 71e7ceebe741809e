import assert from 'node:assert/strict'
import {
  isInIncident,
  type JudgedItem,
  judgeDay,
  judgeItem,
  longGaps,
  thresholdsOf,
} from '../../functions/ledger/condition.ts'
import type { Quality } from '../../functions/ledger/quality.ts'

const DATE = '2024-08-08'
const DAY = Date.UTC(2024, 7, 8) * 1000
const HOUR = 3_600_000_000
const at = (hour: number) => new Date((DAY + hour * HOUR) / 1000).toISOString()
const incident = (from: number, to?: number) => ({
  from: at(from),
  ...(to !== undefined && { to: at(to) }),
  status: 'resolved',
  details: 'outage',
})

function item(quality: Partial<Quality> = {}, more: Partial<JudgedItem> = {}): JudgedItem {
  return {
    dataType: 'trades',
    status: 'stored',
    rows: 1_000_000,
    firstTimestampMicros: `${DAY}`,
    lastTimestampMicros: `${DAY + 24 * HOUR - 1}`,
    quality: { version: 2, rowsOutOfOrder: 0, largestGapMicros: '0', ...quality },
    ...more,
  }
}
const gap = (hour: number, hours: number) => ({ startMicros: `${DAY + hour * HOUR}`, micros: `${hours * HOUR}` })
const reasons = (judged: JudgedItem, incidents: ReturnType<typeof incident>[] = []) =>
  judgeItem(judged, DATE, incidents).reasons

describe('the condition of an item', () => {
  it('follows from its status where it is not stored', () => {
    const judged = (status: JudgedItem['status']) => judgeItem({ dataType: 'trades', status }, DATE, [])
    assert.deepEqual(judged('pending'), { condition: 'pending', reasons: [] })
    assert.deepEqual(judged('failed'), { condition: 'missing', reasons: ['failed'] })
    assert.deepEqual(judged('forbidden'), { condition: 'missing', reasons: ['forbidden'] })
    assert.deepEqual(judged('missing'), { condition: 'missing', reasons: ['not-at-vendor'] })
  })

  it('is available where nothing speaks against it', () => {
    assert.deepEqual(judgeItem(item(), DATE, []), { condition: 'available', reasons: [] })
  })

  it('is degraded by any row out of order or of another day', () => {
    assert.deepEqual(judgeItem(item({ rowsOutOfOrder: 1 }), DATE, []), {
      condition: 'degraded',
      reasons: ['out-of-order'],
    })
    assert.deepEqual(reasons(item({ rowsOutsideDay: 1 })), ['outside-day'])
  })

  const SHARES: [reason: string, quality: (rows: number) => Partial<Quality>][] = [
    ['crossed', rows => ({ crossed: rows })],
    [
      'negative-latency',
      rows => ({ latency: { minMicros: '-1', medianMicros: '0', p99Micros: '1', maxMicros: '2', negative: rows } }),
    ],
    ['non-positive-price', rows => ({ nonPositivePrices: rows })],
    ['repeated-ids', rows => ({ repeatedIds: rows })],
    ['repeated-rows', rows => ({ repeatedRows: rows })],
  ]
  for (const [reason, quality] of SHARES)
    it(`is degraded by ${reason} in more than a hundredth of the rows`, () => {
      assert.deepEqual(reasons(item(quality(10_000))), [])
      assert.deepEqual(reasons(item(quality(10_001))), [reason])
    })

  it('names all reasons, in order', () => {
    const bad = item({ rowsOutOfOrder: 1, crossed: 900_000, gaps: [gap(3, 2)] })
    assert.deepEqual(reasons(bad), ['crossed', 'gap', 'out-of-order'])
  })

  it('of an older converter depends on what that one looked at', () => {
    const { version: _, ...old } = item().quality!
    assert.deepEqual(judgeItem(item({}, { quality: old }), DATE, []), { condition: 'available', reasons: [] })
    const { startMicros, micros } = gap(3, 2)
    const quality = { ...old, largestGapMicros: micros, largestGapStartMicros: startMicros }
    assert.deepEqual(reasons(item({}, { quality })), ['gap'])
    assert.deepEqual(reasons(item({}, { quality: undefined })), [])
  })

  it('without rows is degraded during an incident only', () => {
    const empty = item(
      {},
      { status: 'empty', rows: 0, firstTimestampMicros: undefined, lastTimestampMicros: undefined },
    )
    assert.deepEqual(judgeItem(empty, DATE, []), { condition: 'available', reasons: [] })
    assert.deepEqual(judgeItem(empty, DATE, [incident(-5, -1)]), { condition: 'available', reasons: [] })
    assert.deepEqual(judgeItem(empty, DATE, [incident(3, 4)]).reasons, ['empty-in-incident'])
    assert.deepEqual(judgeItem(empty, DATE, [incident(-5)]).condition, 'degraded')
  })
})

describe('gaps', () => {
  it('inside and outside an incident are told apart', () => {
    assert.deepEqual(reasons(item({ gaps: [gap(3, 2)] })), ['gap'])
    assert.deepEqual(reasons(item({ gaps: [gap(3, 2)] }), [incident(3, 5)]), ['gap-in-incident'])
    assert.deepEqual(reasons(item({ gaps: [gap(3, 2), gap(9, 1)] }), [incident(3, 5)]), ['gap', 'gap-in-incident'])
  })

  it('belong to an incident that explains half of them', () => {
    const hours = { startMicros: DAY + 3 * HOUR, micros: 2 * HOUR }
    assert.ok(isInIncident(hours, [incident(4, 9)]))
    assert.ok(isInIncident(hours, [incident(2, 4)]))
    assert.ok(isInIncident(hours, [incident(4)]))
    assert.ok(!isInIncident(hours, [incident(4.1, 9)]))
    assert.ok(!isInIncident(hours, [incident(0, 3), incident(5, 6)]))
  })

  it('count from five minutes on, and only where rows come often enough', () => {
    const trades = thresholdsOf('trades')
    const found = (rows: number, hours: number) =>
      longGaps(item({ gaps: [gap(3, hours)] }, { rows }), DATE, trades).length
    assert.equal(found(1_000_000, 5 / 60), 1)
    assert.equal(found(1_000_000, 4.99 / 60), 0)
    // 4,800 rows a day are 18 s apart: 200 times as long is an hour.
    assert.equal(found(4_800, 1), 1)
    assert.equal(found(4_800, 0.99), 0)
    assert.equal(found(10, 20), 0)
  })

  it('count sooner where rows come regularly than where they come in bursts, and never for liquidations', () => {
    const found = (dataType: string, rows: number) =>
      longGaps(item({ gaps: [gap(3, 1)] }, { rows }), DATE, thresholdsOf(dataType)).length
    assert.deepEqual([found('book_snapshot_5', 1_200), found('book_snapshot_5', 1_199)], [1, 0])
    assert.deepEqual([found('options_chain', 1_200), found('options_chain', 4_800)], [0, 1])
    assert.deepEqual([found('incremental_book_L2', 1_200), found('incremental_book_L2', 4_800)], [0, 1])
    assert.equal(found('liquidations', 1_000_000), 0)
  })

  it('before the first row and after the last one count as well, in order of time', () => {
    const day = item(
      { gaps: [gap(12, 2), gap(8, 1)] },
      { firstTimestampMicros: `${DAY + HOUR}`, lastTimestampMicros: `${DAY + 21 * HOUR}` },
    )
    assert.deepEqual(
      longGaps(day, DATE, thresholdsOf('trades')).map(gap => [(gap.startMicros - DAY) / HOUR, gap.micros / HOUR]),
      [
        [0, 1],
        [8, 1],
        [12, 2],
        [21, 3],
      ],
    )
  })

  it('end with the day, whatever the rows outside it say', () => {
    const outside = item({}, { firstTimestampMicros: '1', lastTimestampMicros: `${DAY + 80 * HOUR}` })
    assert.deepEqual(longGaps(outside, DATE, thresholdsOf('trades')), [])
  })
})

describe('the condition of a venue-day', () => {
  const [good, bad, gone, open] = (['available', 'degraded', 'missing', 'pending'] as const).map(condition => ({
    condition,
    ...(condition === 'degraded' && { reasons: ['gap', 'crossed'] }),
    ...(condition === 'missing' && { reasons: ['failed'] }),
  }))
  const of = (...items: Parameters<typeof judgeDay>[1]) => judgeDay(true, items).condition

  it('is the least that can be relied on', () => {
    assert.equal(of(good!, good!), 'available')
    assert.equal(of(good!, bad!), 'degraded')
    assert.equal(of(good!, gone!), 'degraded')
    assert.equal(of(gone!, gone!), 'missing')
    assert.equal(of(), 'missing')
    assert.equal(of(good!, open!, gone!), 'pending')
    assert.equal(judgeDay(false, []).condition, 'pending')
  })

  it('counts the items of each reason, in order', () => {
    assert.deepEqual(judgeDay(true, [good!, bad!, bad!, gone!]).reasons, [
      { reason: 'crossed', items: 2 },
      { reason: 'failed', items: 1 },
      { reason: 'gap', items: 2 },
    ])
  })
})
