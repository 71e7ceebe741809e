import assert from 'node:assert/strict'
import { bytes, count, counted, duration, percent, short } from '../../../functions/local/terminal/human.ts'

const CASES = [
  [count, 1234567, '1,234,567'],
  [count, 0, '0'],
  [bytes, 0, '0 B'],
  [bytes, 999, '999 B'],
  [bytes, 1000, '1.0 kB'],
  [bytes, 12_345_678, '12.3 MB'],
  [bytes, 999_949, '1.0 MB'],
  [bytes, 123_456_789, '123 MB'],
  [bytes, 2 ** 53, '9.0 PB'],
  [short, 12_345_678, '12.3M'],
  [short, 950, '950'],
  [duration, 0, '0.0 s'],
  [duration, 3_200, '3.2 s'],
  [duration, 9_960, '10 s'],
  [duration, 59_600, '1m00s'],
  [duration, 61_000, '1m01s'],
  [duration, 3_725_000, '1h02m'],
  [duration, 200_000_000, '2d07h'],
  [duration, undefined, '–'],
  [duration, Number.POSITIVE_INFINITY, '–'],
  [percent, 0, '0%'],
  [percent, 0.9999, '99%'],
  [percent, 1, '100%'],
  [percent, undefined, '–'],
  [percent, Number.NaN, '–'],
] as const

describe('figures for people', () => {
  for (const [format, value, text] of CASES) {
    it(`${format.name}(${value}) is ${text}`, () => {
      assert.equal((format as (value: number | undefined) => string)(value), text)
    })
  }

  it('counts one and many', () => {
    assert.equal(counted(1, 'row'), '1 row')
    assert.equal(counted(1200, 'entry', 'entries'), '1,200 entries')
  })
})
