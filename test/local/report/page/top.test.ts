import assert from 'node:assert/strict'
import { Top } from '../../../../functions/local/report/page/top.ts'
import { randomFrom } from '../../../support/random.ts'

describe('Top', () => {
  const values = (size: number, given: readonly number[]) => {
    const top = new Top<number>(size, (a, b) => b - a)
    for (const value of given) top.add(value)
    return { kept: [...top.values()], omitted: top.omitted }
  }

  it('keeps the first of many, in any order of theirs', () => {
    const random = randomFrom(7)
    const given = Array.from({ length: 500 }, () => random(300))
    const expected = given.toSorted((a, b) => b - a).slice(0, 20)
    for (const order of [given, given.toSorted((a, b) => a - b), given.toSorted((a, b) => b - a)])
      assert.deepEqual(values(20, order), { kept: expected, omitted: 480 })
  })

  it('keeps all of few, and takes more after it was asked', () => {
    assert.deepEqual(values(3, [1, 2]), { kept: [2, 1], omitted: 0 })
    const top = new Top<number>(2, (a, b) => b - a)
    for (const value of [1, 2]) top.add(value)
    assert.deepEqual(top.values(), [2, 1])
    top.add(3)
    assert.deepEqual(top.values(), [3, 2])
  })
})
