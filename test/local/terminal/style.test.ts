import assert from 'node:assert/strict'
import { cells, cut, shorten, wrapLines } from '../../../functions/local/terminal/style.ts'

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

describe('wrapLines', () => {
  it('breaks lines at spaces, and indents what goes on below by four cells more', () => {
    assert.deepEqual(wrapLines(['ab cd ef', '  ab cd ef gh', 'short'], 8), [
      'ab cd ef',
      '  ab cd',
      '      ef',
      '      gh',
      'short',
    ])
    assert.deepEqual(wrapLines(['a  b'], Number.POSITIVE_INFINITY), ['a  b'])
    assert.deepEqual(wrapLines(['ab cd   ef   gh'], 9), ['ab cd', '    ef', '    gh'])
  })

  it('counts no colours', () => {
    assert.deepEqual(wrapLines(['\x1b[2m  ab cd ef\x1b[0m'], 10), ['\x1b[2m  ab cd ef\x1b[0m'])
    assert.deepEqual(wrapLines(['\x1b[2m  ab cd ef\x1b[0m'], 8), ['\x1b[2m  ab cd', '      ef\x1b[0m'])
  })
})
