import assert from 'node:assert/strict'
import { cells, cut, shorten } from '../../../functions/local/terminal/style.ts'

describe('local/terminal/style', () => {
  it('counts the cells that a terminal gives a text', () => {
    for (const [text, count] of [
      ['BTCUSDT', 7],
      ['币安', 4],
      ['e\u0301', 1],
      ['👩‍🚀', 2],
      ['', 0],
    ] as const)
      assert.equal(cells(text), count, text)
  })

  it('cuts between what a reader sees as characters', () => {
    assert.equal(cut('币安人生USDT', 5), '币安')
    assert.equal(cut('ae\u0301z', 2), 'ae\u0301')
    assert.equal(cut('a👩‍🚀z', 2), 'a')
    assert.equal(shorten('币安人生USDT', 6, true), '币安…')
  })
})
