import assert from 'node:assert/strict'
import fc from 'fast-check'
import { judgeGrowth } from '../../../functions/local/monitor/leak.ts'
import {
  type Cause,
  garbage,
  HEALTHY,
  highestSoFar,
  KIB,
  LEAKING,
  leak,
  levelingOff,
  MIB,
  noise,
  runOf,
  steps,
  teeth,
  wave,
} from '../../support/memory-series.ts'

/** Seeds 1 to `runs`: how often each verdict fell. */
function verdicts(runs: number, batches: number, causes: readonly Cause[]) {
  const counts = { none: 0, suspected: 0, leak: 0 }
  for (let seed = 1; seed <= runs; seed++) counts[judgeGrowth(runOf(seed, batches, causes)).verdict] += 1
  return counts
}

const ALL_HEALTHY: Record<string, readonly Cause[]> = {
  ...HEALTHY,
  'one step without noise': [steps(1, 20)],
  'a step and teeth': [steps(1, 20), teeth(10, 9)],
  'warming up': [levelingOff(40, 0.1), noise(0.5)],
  'warming up slowly': [levelingOff(40, 0.3), noise(0.5)],
  'buffers as large as the largest item so far': [highestSoFar(30), noise(1)],
  'load that comes and goes': [wave(10, 2), noise(1)],
}

const ALL_LEAKING = { ...LEAKING, '100 KiB a batch and one step': [leak(100), steps(1, 15), noise(1)] }

describe('judgeGrowth', () => {
  for (const [name, causes] of Object.entries(ALL_HEALTHY)) {
    it(`does not accuse ${name}, in 200 batches or 1,000`, () => {
      for (const batches of [200, 1000]) {
        const { none } = verdicts(40, batches, causes)
        assert.ok(none >= 39, `${batches} batches: ${40 - none} of 40 runs accused`)
      }
    })
  }

  for (const [name, causes] of Object.entries(ALL_LEAKING)) {
    it(`finds ${name} within 200 batches`, () => {
      const { none, leak } = verdicts(40, 200, causes)
      assert.ok(none <= 2, `${none} of 40 runs not noticed`)
      assert.ok(leak >= 24, `only ${leak} of 40 runs called a leak`)
    })
  }

  it('finds a slower leak, and one under much garbage, in a longer run', () => {
    assert.equal(verdicts(20, 1000, [leak(20), noise(1)]).none, 0)
    assert.equal(verdicts(20, 1000, [leak(100), teeth(20, 25), noise(1)]).none, 0)
    assert.equal(verdicts(20, 1000, [leak(100), garbage(3, 0.1), noise(3)]).none, 0)
  })

  it('finds a leak that begins half-way', () => {
    assert.equal(verdicts(20, 1000, [leak(200, 500), noise(1)]).none, 0)
  })

  it('states the growth per batch, within its interval', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const found = judgeGrowth(runOf(seed, 400, [leak(100), teeth(5, 7), noise(1)]))
      assert.equal(found.verdict, 'leak')
      assert.ok(found.confidence > 0.99 && found.confidence <= 1)
      assert.ok(Math.abs(found.bytesPerUnit / KIB - 100) < 12, `${found.bytesPerUnit / KIB} KiB a batch`)
      assert.ok(found.lowBytesPerUnit < found.bytesPerUnit && found.bytesPerUnit < found.highBytesPerUnit)
      assert.ok(found.lowBytesPerUnit <= 100 * KIB && 100 * KIB <= found.highBytesPerUnit)
      assert.ok(Math.abs(found.growthBytes / MIB - (0.8 * 400 * 100) / 1024) < 5)
    }
  })

  it('does not judge by too few samples', () => {
    assert.match(judgeGrowth(runOf(1, 60, [leak(1000)])).reason, /too few/)
    assert.equal(judgeGrowth([]).verdict, 'none')
    assert.equal(judgeGrowth([{ at: 0, bytes: 1 }]).samples, 0)
    const atTwoTimes = Array.from({ length: 300 }, (_, i) => ({ at: i < 5 ? 0 : i < 150 ? 50 : 100, bytes: i * MIB }))
    assert.match(judgeGrowth(atTwoTimes).reason, /too few/)
  })

  it('ignores growth too small to matter', () => {
    assert.equal(judgeGrowth(runOf(1, 200, [leak(10)])).reason, 'no growth that matters')
    assert.equal(judgeGrowth(runOf(1, 200, [leak(10)]), { minGrowthBytes: MIB }).verdict, 'leak')
  })

  it('depends on the unit of time, and not on the level', () => {
    const shifts = fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 0, max: 64 }), fc.integer({ min: 1 }))
    fc.assert(
      fc.property(shifts, ([unit, lower, seed]) => {
        const run = runOf(seed, 200, [leak(100), noise(1)])
        const moved = run.map(({ at, bytes }) => ({ at: 5 + at * unit, bytes: bytes - lower * MIB }))
        const [a, b] = [judgeGrowth(run), judgeGrowth(moved)]
        assert.equal(a.verdict, b.verdict)
        assert.ok(Math.abs(a.bytesPerUnit - b.bytesPerUnit * unit) < 1e-3 * Math.abs(a.bytesPerUnit))
      }),
      { numRuns: 30 },
    )
  })

  it('never throws, and finds no leak in memory that only falls', () => {
    const series = fc.array(fc.integer({ min: 0, max: 2 ** 34 }), { maxLength: 300 })
    fc.assert(
      fc.property(series, values => {
        const down = [...values].sort((a, b) => b - a).map((bytes, at) => ({ at, bytes }))
        assert.equal(judgeGrowth(down).verdict, 'none')
        judgeGrowth(values.map((bytes, at) => ({ at, bytes })))
      }),
      { numRuns: 60 },
    )
  })
})
