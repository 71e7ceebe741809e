import assert from 'node:assert/strict'
import { MemoryFloor } from '../../../functions/runtime/memory/floor.ts'
import {
  type Cause,
  HEALTHY,
  KIB,
  LEAKING,
  leak,
  levelingOff,
  noise,
  runOf,
  teeth,
} from '../../support/memory-series.ts'

const RUNS = 40

/** Of the runs with seeds 1 to 40, those whose floor was found to rise twice in a row, judged every ten batches. */
function accused(batches: number, causes: readonly Cause[]): number {
  const seeds = Array.from({ length: RUNS }, (_, at) => at + 1)
  return seeds.filter(seed => {
    const floor = new MemoryFloor()
    const isRising = runOf(seed, batches, causes).map(({ bytes }, at) => {
      floor.add(bytes)
      return at % 10 === 9 && floor.growth !== undefined
    })
    return isRising.some((rising, at) => rising && isRising[at - 10])
  }).length
}

const ALL_HEALTHY = { ...HEALTHY, 'a warm-up of twenty batches': [levelingOff(40, 0.02), noise(0.5)] }

describe('MemoryFloor', () => {
  for (const [name, causes] of Object.entries(ALL_HEALTHY)) {
    it(`does not accuse ${name}, in 1,000 batches`, () => {
      const count = accused(1000, causes)
      assert.ok(count <= 1, `${count} of ${RUNS} runs accused`)
    })
  }

  for (const [name, causes] of Object.entries(LEAKING)) {
    it(`finds ${name} within 200 batches`, () => {
      const count = accused(200, causes)
      assert.ok(count >= RUNS - 1, `${RUNS - count} of ${RUNS} runs not noticed`)
    })
  }

  it('finds a leak of 20 KiB a batch within 1,000 batches', () =>
    assert.equal(accused(1000, [leak(20), noise(1)]), RUNS))

  it('states the growth per batch, and how sure it is', () => {
    const floor = new MemoryFloor()
    for (const { bytes } of runOf(1, 400, [leak(100), teeth(5, 7), noise(1)])) floor.add(bytes)
    const { verdict, confidence, bytesPerBatch } = floor.growth!
    assert.equal(verdict, 'leak')
    assert.ok(confidence > 0.9 && confidence <= 1)
    assert.ok(Math.abs(bytesPerBatch / KIB - 100) < 12, `${bytesPerBatch / KIB} KiB a batch`)
  })

  it('does not judge by fewer than 80 batches', () => {
    const floor = new MemoryFloor()
    for (const { bytes } of runOf(1, 79, [leak(1000)])) floor.add(bytes)
    assert.equal(floor.growth, undefined)
    floor.add(1e9)
    assert.ok(floor.growth)
  })
})
