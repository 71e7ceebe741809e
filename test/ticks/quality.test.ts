import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { DatasetReader } from '../../functions/ticks/csv.ts'
import { createKernel } from '../../functions/ticks/kernel.ts'
import { QualityCollector } from '../../functions/ticks/quality.ts'
import { TINY } from '../support/quality.ts'

const HEADER = 'exchange,symbol,timestamp,local_timestamp'

type Time = bigint | null

/** Follows the times through row groups of 1024 rows. */
function watch(times: readonly Time[], day?: string) {
  const kernel = createKernel()
  const reader = new DatasetReader(kernel, 'something_new', TINY)
  const order = new QualityCollector(kernel, 'something_new', day)
  const text = `${HEADER}\n${times.map(time => `x,y,,${time ?? ''}\n`).join('')}`
  const sorted: boolean[] = []
  const gzip = gzipSync(text, { level: 1 })
  for (let at = 0; at < gzip.length; at += 32_768)
    for (const group of reader.push(gzip.subarray(at, at + 32_768))) sorted.push(order.add(group))
  for (const group of reader.end()) sorted.push(order.add(group))
  const { rowsOutOfOrder, largestGapMicros, largestGapStartMicros, rowsOutsideDay } = order.quality
  return {
    ...{ rowsOutOfOrder, largestGapMicros },
    ...(largestGapStartMicros !== undefined && { largestGapStartMicros }),
    ...(rowsOutsideDay !== undefined && { rowsOutsideDay }),
    ...{ first: order.first, latest: order.latest, sorted },
  }
}

/** The same, one row after the other. */
function expected(times: readonly Time[]) {
  const present = times.filter(time => time !== null)
  let rowsOutOfOrder = 0
  let gap: bigint | undefined
  let start: bigint | undefined
  for (let i = 1; i < present.length; i++) {
    const step = present[i]! - present[i - 1]!
    if (step < 0n) rowsOutOfOrder++
    if (step >= 0n && (gap === undefined || step > gap)) [gap, start] = [step, present[i - 1]!]
  }
  const sorted: boolean[] = []
  for (let i = 0; i < times.length; i += 1024) {
    const group = times.slice(i, i + 1024)
    sorted.push(group.every((time, j) => time !== null && (j === 0 || group[j - 1]! <= time)))
  }
  const [first, latest] = [present.toSorted(ascending)[0], present.toSorted(ascending).at(-1)]
  const where = start === undefined ? {} : { largestGapStartMicros: start }
  return { rowsOutOfOrder, largestGapMicros: gap ?? 0n, ...where, first, latest, sorted }
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function assertQuality(times: readonly Time[]): void {
  assert.deepEqual(watch(times), expected(times))
}

const steady = (count: number) => Array.from({ length: count }, (_, i) => 1_723_161_255_000_000n + BigInt(i) * 1000n)

describe('the quality of a dataset', () => {
  it('has no row out of order, the largest gap and its start, for rows in order', () => {
    const times = steady(100)
    for (let i = 60; i < 100; i++) times[i]! += 5_000_000n
    assertQuality(times)
    assert.equal(watch(times).largestGapMicros, 5_001_000n)
    assert.equal(watch(times).largestGapStartMicros, times[59])
  })

  it('has the first of several equal gaps', () => assertQuality([0n, 10n, 20n, 21n, 31n]))

  it('counts a gap or a step back between two row groups', () => {
    const forward = steady(3000)
    for (let i = 1024; i < 3000; i++) forward[i]! += 7_000_000n
    assertQuality(forward)
    const back = steady(3000)
    for (let i = 2048; i < 3000; i++) back[i]! -= 3_000_000n
    assertQuality(back)
    assert.deepEqual(watch(back).sorted, [true, true, true])
  })

  it('counts the rows that are before the previous row', () => {
    assertQuality([5n, 3n, 4n, 1n, 1n, 9n])
    assert.deepEqual(watch([5n, 3n, 4n, 1n, 1n, 9n]).sorted, [false])
  })

  it('skips rows without a time, and does not call their group sorted', () => {
    assertQuality([1n, null, 3n, null, 2n])
    assertQuality([null, null, 7n, null])
    const times: Time[] = steady(2100)
    times[1500] = null
    assertQuality(times)
    assert.deepEqual(watch(times).sorted, [true, false, true])
    assertQuality([...new Array<Time>(1024).fill(null), ...steady(5)])
  })

  it('calls a row group sorted that begins with the last time of the one before', () => {
    const times = Array.from({ length: 2000 }, (_, row) => BigInt(row < 1024 ? row : row - 1))
    assertQuality(times)
    assert.deepEqual(watch(times).sorted, [true, true])
  })

  it('takes times before 1970', () => assertQuality([-5n, -3n, -4n, 0n]))

  it('has no gap for one row or none', () => {
    assertQuality([5n])
    assertQuality([])
    assertQuality([null])
  })

  it('has no gap where rows only go back', () => assertQuality([9n, 8n, 7n]))

  it('counts the rows that are not of the day, over row groups and nulls', () => {
    const start = 1_723_075_200_000_000n
    const end = start + 86_400_000_000n
    const outside = (times: readonly Time[]) => watch(times, '2024-08-08').rowsOutsideDay
    assert.equal(outside([start, end - 1n, null]), 0)
    assert.equal(outside([start - 1n]), 1)
    assert.equal(outside([end]), 1)
    assert.equal(outside([null]), 0)
    assert.equal(outside([]), 0)
    assert.equal(outside([start / 1000n, start, null, start * 100n, -1n, end - 1n]), 3)
    const many = Array.from({ length: 3000 }, (_, row) => (row % 5 === 0 ? null : row % 3 === 0 ? end : start))
    assert.equal(outside(many), many.filter(time => time === end).length)
    assert.equal('rowsOutsideDay' in watch([end]), false)
    assert.throws(() => watch([1n], '2024-02-30'), RangeError)
  })

  it('equals what a loop over the rows finds, for any times', () => {
    const time = fc.oneof(
      { weight: 9, arbitrary: fc.bigInt(-1000n, 1000n) },
      { weight: 1, arbitrary: fc.constant(null) },
    )
    const property = fc.property(fc.array(time, { maxLength: 30 }), fc.nat(2100), (tail, before) => {
      assertQuality([...steady(before), ...tail])
    })
    fc.assert(property, { seed: 1, numRuns: 60 })
  })
})
