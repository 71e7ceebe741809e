import assert from 'node:assert/strict'
import { columnsOfDataType, toQuality } from '../support/quality.ts'

const START = 1_723_075_200_000_000
const BLANK = Object.fromEntries(columnsOfDataType('trades').map(name => [name, undefined]))

/** The quality of trades that were received at these times, in microseconds from START, `latency` after they were sent. */
function qualityOf(times: readonly number[], latency = 5) {
  const rows = times.map(time => {
    const received = START + time
    return { ...BLANK, exchange: 'x', symbol: 'y', timestamp: received - latency, local_timestamp: received }
  })
  return toQuality('trades', rows)
}

describe('quality over row groups of 1,024 rows', () => {
  it('has the five longest gaps of all of them, of equal ones the earlier', () => {
    const steps = new Map([
      [10, 300],
      [500, 30],
      [900, 50],
      [1100, 20],
      [1500, 40],
      [1600, 60],
      [2500, 50],
    ])
    let time = 0
    const times = Array.from({ length: 3000 }, (_, row) => (time += steps.get(row) ?? 1))
    const { gaps } = qualityOf(times)
    const startOf = (row: number) => times[row - 1]!
    assert.deepEqual(
      gaps?.map(({ startMicros, micros }) => [Number(startMicros) - START, Number(micros)]),
      [10, 1600, 900, 2500, 1500].map(row => [startOf(row), steps.get(row)]),
    )
  })

  it('has no gap of length 0', () => {
    assert.deepEqual(
      qualityOf([1, 1, 4, 4, 6]).gaps?.map(({ micros }) => micros),
      [3n, 2n],
    )
    const { gaps, largestGapMicros, largestGapStartMicros } = qualityOf([7, 7])
    assert.deepEqual(
      { gaps, largestGapMicros, largestGapStartMicros },
      {
        ...{ gaps: [], largestGapMicros: 0n, largestGapStartMicros: BigInt(START + 7) },
      },
    )
  })

  it('counts the latencies of even and odd rows', () => {
    for (const [latency, rows] of [
      [5, 200],
      [5119, 129],
      [4993, 64],
      [5119, 1],
    ] as const) {
      const all = BigInt(latency)
      const times = Array.from({ length: rows }, (_, row) => row)
      assert.deepEqual(qualityOf(times, latency).latency, {
        ...{ minMicros: all, medianMicros: all, p99Micros: all, maxMicros: all, negative: 0 },
      })
      assert.equal(qualityOf(times, -latency).latency?.negative, rows)
    }
  })

  it('tells a latency of 1 from one of 0', () => {
    const rows = [0, 1, 1].map((late, row) => ({
      ...{ ...BLANK, exchange: 'x', symbol: 'y' },
      ...{ timestamp: START + row, local_timestamp: START + row + late },
    }))
    const { latency } = toQuality('trades', rows)
    assert.deepEqual([latency?.minMicros, latency?.medianMicros], [0n, 1n])
  })

  it('has no latency without rows', () => {
    assert.equal(qualityOf([]).latency, undefined)
  })
})
