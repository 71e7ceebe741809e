import assert from 'node:assert/strict'
import { KernelHarness } from '../../support/kernel-harness.ts'
import { randomFrom } from '../../support/random.ts'

const harness = new KernelHarness()
const { kernel } = harness

function scan(times: readonly bigint[], previous: bigint | undefined, hasTime?: readonly boolean[]) {
  harness.reset()
  const values = harness.put(BigInt64Array.from(times))
  const validity = hasTime ? harness.putBits(hasTime) : 0
  kernel.scanOrder(values, validity, times.length, previous ?? 0n, previous !== undefined)
  const gaps = new BigInt64Array(kernel.memory.buffer, kernel.GAPS.value, 2 * kernel.MAX_GAPS.value)
  const { timeCount, firstTime, lastTime, smallestTime, largestTime, outOfOrder, largestGap, gapStart } = kernel
  const found = { timeCount, firstTime, lastTime, smallestTime, largestTime, outOfOrder, largestGap, gapStart }
  return { ...Object.fromEntries(Object.entries(found).map(([name, { value }]) => [name, value])), gaps: [...gaps] }
}

/** The same by a loop over the rows that have a time, one at least. */
function expected(times: readonly bigint[], previous: bigint | undefined, hasTime: readonly boolean[]) {
  const present = times.filter((_, row) => hasTime[row])
  const before = [previous, ...present]
  const steps = present
    .map((time, i) => ({ from: before[i], step: before[i] === undefined ? 0n : time - before[i] }))
    .filter(({ from }) => from !== undefined)
  const longest = steps.toSorted((a, b) => Number(b.step - a.step))
  const gaps = longest.filter(({ step }) => step > 0n).slice(0, 5)
  const none = { step: -1n, from: 0n }
  const largest = longest[0] === undefined || longest[0].step < 0n ? none : longest[0]
  const sorted = present.toSorted((a, b) => Number(a - b))
  return {
    timeCount: present.length,
    firstTime: present[0],
    lastTime: present.at(-1),
    smallestTime: sorted[0],
    largestTime: sorted.at(-1),
    outOfOrder: steps.filter(({ step }) => step < 0n).length,
    largestGap: largest.step,
    gapStart: largest.from,
    gaps: Array.from({ length: 5 }, (_, i) => [gaps[i]?.step ?? 0n, gaps[i]?.from ?? 0n]).flat(),
  }
}

describe('the order of times in the kernel', () => {
  it('is what a loop over the rows finds, with times missing or not', () => {
    const random = randomFrom(4)
    for (const rows of [1, 2, 3, 7, 33, 34, 66, 200])
      for (const largestStep of [1, 3, 100])
        for (const share of [1, 2, 9])
          for (const previous of [undefined, 0n, 990n, 2000n]) {
            let time = 1000n
            const times = Array.from(
              { length: rows },
              () => (time += BigInt(random(largestStep) - (random(9) === 0 ? 5 : 0))),
            )
            const hasTime = times.map((_, row) => row === rows - 1 || random(share) === 0)
            assert.deepEqual(
              scan(times, previous, hasTime),
              expected(times, previous, hasTime),
              `${times} after ${previous}, ${hasTime}`,
            )
          }
  })

  it('has no time where no row has one', () => {
    const { timeCount, lastTime, largestGap } = scan([5n, 6n], 4n, [false, false]) as Record<string, unknown>
    assert.deepEqual([timeCount, lastTime, largestGap], [0, 4n, -1n])
    assert.equal((scan([], 4n) as Record<string, unknown>).timeCount, 0)
  })

  it('is outside a span before its start, and from its end on', () => {
    harness.reset()
    const times = harness.put(BigInt64Array.of(9n, 10n, 19n, 20n, 21n))
    const count = (validity: number, rows: number) => kernel.countOutside(times, validity, rows, 10n, 20n)
    assert.deepEqual([count(0, 5), count(0, 3), count(0, 0)], [3, 1, 0])
    assert.equal(count(harness.putBits([false, true, true, false, true]), 5), 1)
  })

  it('is the same in blocks as row by row', () => {
    const random = randomFrom(3)
    for (const rows of [1, 2, 32, 33, 34, 65, 100, 500])
      for (const largestStep of [1, 2, 1000])
        for (const back of [0, 1, 400])
          for (const previous of [undefined, 0n, 2000n]) {
            let time = 1000n
            const times = Array.from({ length: rows }, () => {
              time += BigInt(random(largestStep)) - (random(50) === 0 ? BigInt(back) : 0n)
              return time
            })
            const rowByRow = scan(
              times,
              previous,
              times.map(() => true),
            )
            assert.deepEqual(scan(times, previous), rowByRow, `${times}`)
          }
  })

  it('has the step of 0 that comes first where no time goes on', () => {
    const { largestGap, gapStart } = scan([9n, 8n, 8n, ...Array<bigint>(40).fill(7n)], undefined) as Record<
      string,
      unknown
    >
    assert.deepEqual([largestGap, gapStart], [0n, 8n])
  })
})
