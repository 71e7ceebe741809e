import assert from 'node:assert/strict'
import { editDistance } from '../../functions/runtime/edit-distance.ts'

describe('runtime/edit-distance', () => {
  it('counts insertions, removals, replacements and swapped neighbours, each as one', () => {
    const cases: readonly [string, string, number][] = [
      ['', '', 0],
      ['', 'abc', 3],
      ['trades', 'trades', 0],
      ['trade', 'trades', 1],
      ['trades', 'trade', 1],
      ['trbdes', 'trades', 1],
      ['tardes', 'trades', 1],
      ['binacne', 'binance', 1],
      ['kitten', 'sitting', 3],
      ['ca', 'abc', 3],
    ]
    for (const [a, b, distance] of cases) {
      assert.equal(editDistance(a, b), distance, `${a} ${b}`)
      assert.equal(editDistance(b, a), distance, `${b} ${a}`)
    }
  })
})
