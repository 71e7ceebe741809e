import assert from 'node:assert/strict'
import { thresholdsOf } from '../../../../functions/ledger/condition.ts'
import type { Incident } from '../../../../functions/ledger/fields.ts'
import type { ManifestItem } from '../../../../functions/ledger/manifest.ts'
import type { Quality } from '../../../../functions/ledger/quality.ts'
import { findingsOf, gapSpansOf } from '../../../../functions/local/report/page/findings.ts'
import { storedItem } from '../fixtures.ts'

const DATE = '2024-08-01'
const DAY_MICROS = Date.parse(`${DATE}T00:00:00Z`) * 1000
const MINUTE = 60_000_000

/** A book of one day with these gaps, each [start minute, minutes]. */
function withGaps(gaps: readonly (readonly [number, number])[], reasons: string[], rows = 100_000): ManifestItem {
  const texts = gaps.map(([start, length]) => ({
    startMicros: String(DAY_MICROS + start * MINUTE),
    micros: String(length * MINUTE),
  }))
  return {
    ...storedItem('quotes', 'BTCUSDT', rows, 1),
    firstTimestampMicros: String(DAY_MICROS),
    lastTimestampMicros: String(DAY_MICROS + 1440 * MINUTE - 1),
    ...{ condition: 'degraded', reasons },
    quality: { rowsOutOfOrder: 0, largestGapMicros: '0', version: 2, gaps: texts },
  }
}

const incident: Incident = {
  from: `${DATE}T10:00:00.000Z`,
  to: `${DATE}T11:00:00.000Z`,
  status: 'resolved',
  details: 'x',
}

function findingsIn(item: ManifestItem, incidents: readonly Incident[] = []) {
  return findingsOf(
    item,
    DATE,
    gapSpansOf(item, { date: DATE, incidents: [...incidents] }, thresholdsOf(item.dataType)),
  )
}

describe('findings of an item', () => {
  it('tell a gap inside an incident from one outside', () => {
    const item = withGaps([[600, 30], [60, 20]], ['gap', 'gap-in-incident']) // biome-ignore format: pairs
    assert.deepEqual(
      findingsIn(item, [incident]).map(({ reason, text }) => [reason, text]),
      [
        ['gap', 'no rows for 20m00s from 01:00:00 UTC'],
        ['gap-in-incident', 'no rows for 30m00s from 10:00:00 UTC'],
      ],
    )
    assert.deepEqual(gapSpansOf(item, { date: DATE, incidents: [incident] }, thresholdsOf(item.dataType)), [
      [60 * 60_000, 20 * 60_000, false],
      [600 * 60_000, 30 * 60_000, true],
    ])
  })

  it('name the longest of several gaps, and their sum', () => {
    const [found] = findingsIn(withGaps([[60, 20], [120, 10]], ['gap'])) // biome-ignore format: pairs
    assert.equal(found!.text, 'no rows for 20m00s from 01:00:00 UTC, 2 gaps of 30m00s in all')
  })

  it('rank the longer gap higher, and a gap above one that an incident explains', () => {
    const score = (minutes: number) => findingsIn(withGaps([[60, minutes]], ['gap']))[0]!.score
    assert.ok(score(120) > score(20))
    const [explained] = findingsIn(withGaps([[600, 55]], ['gap-in-incident']), [incident])
    assert.ok(explained!.score < score(20))
  })

  for (const [reason, quality, text] of [
    ['crossed', { crossed: 5000 }, '5,000 of 100,000 rows with a bid above the ask'],
    ['out-of-order', { rowsOutOfOrder: 3 }, '3 of 100,000 rows received out of order'],
    ['outside-day', { rowsOutsideDay: 2 }, '2 of 100,000 rows outside the day'],
    ['repeated-ids', { repeatedIds: 9 }, '9 of 100,000 rows with the id of the row before'],
    [
      'negative-latency',
      { latency: { minMicros: '-5', medianMicros: '1', p99Micros: '2', maxMicros: '3', negative: 1 } },
      '1 of 100,000 rows received before the exchange sent them',
    ],
  ] satisfies [string, Partial<Quality>, string][])
    it(`say how many rows are ${reason}`, () => {
      const item = withGaps([], [reason])
      const found = findingsIn({ ...item, quality: { ...item.quality!, ...quality } })
      assert.deepEqual(
        found.map(finding => [finding.reason, finding.text]),
        [[reason, text]],
      )
    })

  it('are the error where there is one, and the reason itself where a newer release recorded it', () => {
    const failed: ManifestItem = { dataType: 'trades', symbol: 'A', status: 'failed', error: 'line 7: bad price' }
    assert.equal(findingsIn({ ...failed, condition: 'missing', reasons: ['failed'] })[0]!.text, 'line 7: bad price')
    assert.equal(findingsIn(withGaps([], ['too-quiet']))[0]!.text, 'too-quiet')
  })

  it('hold nothing against data that an older release did not judge, but what its status says', () => {
    const { condition, reasons, ...old } = withGaps([[60, 200]], ['gap'])
    assert.deepEqual(findingsIn(old), [])
    assert.deepEqual(
      findingsIn({ dataType: 'trades', symbol: 'A', status: 'forbidden', error: 'answered 401' }).map(
        ({ reason, text }) => [reason, text],
      ),
      [['forbidden', 'answered 401']],
    )
  })
})
