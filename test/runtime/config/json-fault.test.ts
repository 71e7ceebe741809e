import assert from 'node:assert/strict'
import fc from 'fast-check'
import { jsonFault } from '../../../functions/runtime/config/json-fault.ts'

const shown = (text: string) => {
  const fault = jsonFault(text)
  return fault && `${fault.line}:${fault.column} ${fault.text}`
}
const parses = (text: string) => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('runtime/config/json-fault', () => {
  for (const [text, expected] of [
    ['', '1:1 found the end, expected a value'],
    ['{\n  "A": tru\n}', '2:8 found "t", expected a value'],
    ['{"A": 1\n "B": 2}', '2:2 found """, expected a comma or }'],
    ['{"A": 1,}', '1:9 found "}", expected a name in double quotes'],
    ["{'A': 1}", '1:2 found "\'", expected a name in double quotes'],
    ['{"A" 1}', '1:6 found "1", expected a colon'],
    ['["a" "b"]', '1:6 found """, expected a comma or ]'],
    ['{"A": "open}', '1:7 found """, expected a value'],
    ['{} // done', '1:4 found "/", expected the end'],
    ['{"A": 1, "B": 2,\n "\\u0041": 3}', '2:2 found the name "\\u0041" twice, expected it once'],
    ['{"A": 01}', '1:8 found "1", expected a comma or }'],
  ] as const)
    it(`finds the place in ${JSON.stringify(text)}`, () => assert.equal(shown(text), expected))

  it('takes what JSON.parse takes, and nothing else', () => {
    const pieces = fc.constantFrom(
      ...'{}[],:" \n\t\\u0a1-+.eE/'.split(''),
      'true',
      'null',
      '"a"',
      '"\\n"',
      '\u007f',
      '\u2028',
      'ä',
      '💥',
    )
    const broken = fc.array(pieces, { maxLength: 12 }).map(list => list.join(''))
    const cut = fc.tuple(fc.json(), fc.nat(), pieces).map(([text, at, piece]) => {
      const place = at % (text.length + 1)
      return text.slice(0, place) + piece + text.slice(place + 1)
    })
    fc.assert(
      fc.property(fc.oneof(fc.json(), broken, cut), text => {
        const fault = shown(text)
        if (!fault?.endsWith('expected it once')) assert.equal(fault === undefined, parses(text), fault)
      }),
      { numRuns: 3_000 },
    )
  })

  it('refuses what is nested too deeply, in bounded time', () => {
    assert.match(shown('['.repeat(1_000_000))!, /expected at most 100 levels/)
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
    assert.equal(shown(nested(100)), undefined)
    assert.equal(shown(nested(101)), '1:101 found "[", expected at most 100 levels')
  })
})
