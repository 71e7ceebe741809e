import assert from 'node:assert/strict'
import { endsOf } from '../../../functions/local/report/ends.ts'

describe('endsOf', () => {
  it('gives the first and the last element, or the only one twice', () => {
    assert.deepEqual(endsOf(['a', 'b', 'c']), ['a', 'c'])
    assert.deepEqual(endsOf(['a']), ['a', 'a'])
  })

  it('refuses an empty list', () => {
    assert.throws(() => endsOf([]), RangeError)
  })
})
