import assert from 'node:assert/strict'
import fc from 'fast-check'
import { byteTicks, cpu, mib, share, signedMib, time, timeTicks } from '../../../functions/local/monitor/format.ts'

const MIB = 1048576

describe('local/monitor/format', () => {
  it('shows memory in binary units', () => {
    const shown = [0, 1, 1023, 1024, 1536, 256 * MIB, 150324019, 1023.96 * MIB, 24 * 1024 * MIB, -3.5 * MIB].map(mib)
    const expected = ['0 B', '1 B', '1023 B', '1 KiB', '1.5 KiB', '256 MiB', '143.4 MiB', '1 GiB', '24 GiB', '-3.5 MiB']
    assert.deepEqual(shown, expected)
    assert.deepEqual([signedMib(MIB), signedMib(-MIB), signedMib(0)], ['+1 MiB', '-1 MiB', '+0 B'])
  })

  it('shows times with two units at most', () => {
    const shown = [0, 9.94, 9.96, 59.4, 59.6, 61, 3600, 3725, 86_400, 100_000, 40 * 86_400].map(time)
    const expected = ['0.0s', '9.9s', '10s', '59s', '1m00s', '1m01s', '1h00m', '1h02m', '1d00h', '1d03h', '40d00h']
    assert.deepEqual(shown, expected)
  })

  it('shows shares and CPU time with the digits that say something', () => {
    assert.deepEqual([0, 0.0004, 0.005, 0.032, 0.61, 1.84].map(share), ['0%', '0.04%', '0.50%', '3.2%', '61%', '184%'])
    assert.deepEqual([0, 0.048, 9.96, 61].map(cpu), ['0.00 s', '0.05 s', '10.0 s', '1m01s'])
  })

  it('marks axes of any length with a few round marks from zero', () => {
    const lengths = fc.double({ min: 1e-3, max: 4e7, noNaN: true })
    fc.assert(
      fc.property(lengths, seconds => {
        const marks = timeTicks(seconds, 10)
        assert.equal(marks[0], 0)
        assert.ok(marks.length >= 2 && marks.length <= 22, `${marks.length} marks on ${seconds} s`)
        assert.ok(marks.at(-1)! <= seconds * 1.001)
      }),
    )
    assert.deepEqual(timeTicks(30, 10), [0, 5, 10, 15, 20, 25, 30])
    const mebibytes = byteTicks(290 * MIB, 6).map(bytes => bytes / MIB)
    assert.deepEqual(mebibytes, [0, 64, 128, 192, 256])
  })
})
