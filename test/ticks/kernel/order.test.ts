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

describe('the order of times in the kernel', () => {
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
