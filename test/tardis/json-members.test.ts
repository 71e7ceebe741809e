import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type JsonMember, JsonMemberScanner, JsonTextError } from '../../functions/tardis/json-members.ts'

function scan(text: string, selectors: string[], pieceBytes = text.length || 1): JsonMember[] {
  const members: JsonMember[] = []
  const scanner = new JsonMemberScanner(selectors, member => members.push(member))
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += pieceBytes) scanner.push(bytes.subarray(at, at + pieceBytes))
  scanner.end()
  return members
}

const text = JSON.stringify(
  {
    id: 'deribit',
    'quote"d \\ key': { symbols: [1] },
    availableSymbols: [{ id: 'x]}"', nested: [[{}]] }, null, -1.5e-7, 'a\\'],
    datasets: {
      formats: ['csv'],
      exportedUntil: '2024-08-09',
      symbols: [{ id: 'BTC' }, { id: 'ÉTH', t: ['a', 'b'] }, 7],
      x: {},
    },
    incidentReports: [],
  },
  null,
  1,
)
const selectors = ['datasets.exportedUntil', 'datasets.symbols[]', 'incidentReports[]', 'id']

describe('tardis/json-members', () => {
  it('picks members and elements, wherever the text is cut', () => {
    for (let pieceBytes = 1; pieceBytes < 40; pieceBytes++) {
      const found = scan(text, selectors, pieceBytes).map(({ place, value }) => [place, value])
      assert.deepEqual(found, [
        ['id', 'deribit'],
        ['datasets.exportedUntil', '2024-08-09'],
        ['datasets.symbols[0]', { id: 'BTC' }],
        ['datasets.symbols[1]', { id: 'ÉTH', t: ['a', 'b'] }],
        ['datasets.symbols[2]', 7],
      ])
    }
  })

  it('finds in any document what JSON.parse finds', () => {
    const document = fc.record({ a: fc.jsonValue(), b: fc.record({ c: fc.array(fc.jsonValue()), d: fc.jsonValue() }) })
    fc.assert(
      fc.property(document, fc.integer({ min: 1, max: 50 }), fc.boolean(), (value, pieceBytes, pretty) => {
        const json = JSON.stringify(value, null, pretty ? 2 : 0)
        const found = scan(json, ['b.c[]', 'b.d'], pieceBytes)
        const expected = JSON.parse(json) as typeof value
        assert.deepEqual(
          found.filter(member => member.selector === 'b.c[]').map(member => member.value),
          expected.b.c,
        )
        assert.deepEqual(found.find(member => member.selector === 'b.d')?.value, expected.b.d)
      }),
    )
  })

  it('hands over what a selector leads into and is no such container', () => {
    const found = scan('{"datasets":{"symbols":"none"},"incidentReports":{"a":1}}', selectors)
    assert.deepEqual(
      found.map(({ selector, value }) => [selector, value]),
      [
        ['datasets.symbols', 'none'],
        ['incidentReports', { a: 1 }],
      ],
    )
    assert.deepEqual(scan('{"datasets":null}', selectors)[0]?.value, null)
  })

  it('tells a text that ends early, at any byte, from one that is wrong', () => {
    const compact = JSON.stringify(JSON.parse(text))
    for (let end = 0; end < compact.length; end++)
      assert.throws(
        () => scan(compact.slice(0, end), selectors),
        (error: unknown) => error instanceof JsonTextError && !error.complete,
        `cut at ${end}`,
      )
    for (const wrong of [
      '[]',
      '<html>',
      '{"id" 1}',
      '{"id":1,}',
      '{"id":1} x',
      '{id:1}',
      '{"id":tru}',
      '{"datasets":{"symbols":[1 2]}}',
    ])
      assert.throws(
        () => scan(wrong, selectors),
        (error: unknown) => error instanceof JsonTextError && error.complete,
        wrong,
      )
  })
})
