import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  type JsonMember,
  JsonMemberScanner,
  JsonTextError,
  MAX_MEMBER_BYTES,
} from '../../functions/tardis/json-members.ts'

function scan(text: string, selectors: string[], pieceBytes = text.length || 1, maxMemberBytes?: number): JsonMember[] {
  const members: JsonMember[] = []
  const scanner = new JsonMemberScanner(selectors, member => members.push(member), maxMemberBytes)
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
  it('finds members and elements, at every boundary of the chunks', () => {
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

  it('finds the same as JSON.parse in any document', () => {
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

  it('reports a value that should be a container of selected members and is none', () => {
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

  it('reports a member with control characters, or a name without end, in one short line', () => {
    const messageOf = (text: string) => {
      try {
        const scanner = new JsonMemberScanner(['a[]', 'b.c'], () => {})
        scanner.push(Buffer.from(text))
      } catch (error) {
        return (error as Error).message
      }
      throw new Error('it should have failed')
    }
    const binary = messageOf('{"a":[{\u0001\u001b[31m\n\uFFFD}]}')
    assert.match(binary, /^a\[0\] is not JSON: \{\\u\{1\}\\u\{1b\}\[31m\\n/)
    const long = messageOf(`{"b":{"${'x'.repeat(10_000)}":7,}}`)
    assert.ok(long.length <= 300, `${long.length} characters`)
  })

  it('distinguishes a text that ends early, at any byte, from one that is wrong', () => {
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

  it('says where the text is wrong, what is there and what was expected', () => {
    for (const [wrong, message] of [
      ['[]', 'not JSON at byte 0: "[", expected an object'],
      ['{"id" 1}', 'not JSON at byte 6: "1", expected a colon'],
      ['{"id":1,}', 'not JSON at byte 8: "}", expected a member name'],
      ['{"id":1} x', 'not JSON at byte 9: "x", expected nothing after the object'],
      ['{"datasets":{"symbols":[1 2]}}', 'not JSON at byte 26: "2", expected a comma or a closing bracket'],
      [']', 'not JSON at byte 0: "]", expected an object'],
      ['{"datasets":{"symbols":[1,]}}', 'not JSON at byte 26: "]", expected a value'],
      ['{"incidentReports":[1,]}', 'not JSON at byte 22: "]", expected a value'],
      ['{"id":]', 'not JSON at byte 6: "]", expected a value'],
      ['{"\u0001":1}', 'a member is not JSON: "\\u{1}"'],
      ['{"id":tru}', 'id is not JSON: tru'],
      ['{"id":1', 'JSON ends early, at byte 7'],
      ['', 'JSON ends early, at byte 0'],
    ] as const)
      for (const pieceBytes of [1, 100])
        assert.throws(
          () => scan(wrong, selectors, pieceBytes),
          (error: unknown) => error instanceof JsonTextError && error.message === message,
          wrong,
        )
  })

  it('shortens what is long in a message', () => {
    const messageOf = (text: string) => {
      try {
        scan(text, ['b.c', 'id'])
      } catch (error) {
        return (error as Error).message
      }
      return assert.fail('it should have failed')
    }
    assert.equal(messageOf(`{"id":${'x'.repeat(100)}}`), `id is not JSON: ${'x'.repeat(80)}`)
    assert.equal(messageOf(`{"b":{"${'x'.repeat(400)}":7,"\u0001":1}}`), `b.${'x'.repeat(298)}`)
  })

  it('expects the end of an object of which no member is selected, too', () => {
    assert.deepEqual(scan('{"a":1}', []), [])
    assert.throws(() => scan('{"a":1', []), /JSON ends early, at byte 6/)
  })

  it('takes a member as long as allowed, by default a megabyte, and no longer one', () => {
    assert.equal(MAX_MEMBER_BYTES, 1_048_576)
    const member = (bytes: number) => `{"id":"${'x'.repeat(bytes - 2)}"}`
    assert.equal(scan(member(100), ['id'], 30, 100).length, 1)
    assert.throws(
      () => scan(member(101), ['id'], 30, 100),
      (error: unknown) =>
        error instanceof JsonTextError &&
        error.complete &&
        error.message === 'id is longer than 100 bytes, up to byte 90',
    )
    const name = `{"${'x'.repeat(100)}`
    assert.throws(
      () => scan(name, ['id'], 200, 100),
      /^JsonTextError: a member is longer than 100 bytes, up to byte 0$/,
    )
  })

  it('takes every kind of value, with white space of every kind around it', () => {
    for (const space of ['', ' ', '\n', '\r', '\t'])
      for (const value of ['null', 'true', '-1.5e-7', '"a\\"b\\\\"', '[1,[2],{"a":"]"}]', '{"b":[{}],"c":"}"}']) {
        const text = [' {', '"a"', ':', value, ',', '"id"', ':', value, '}', ''].join(space)
        for (const pieceBytes of [1, 3, 100])
          assert.deepEqual(
            scan(text, ['id'], pieceBytes),
            [{ selector: 'id', place: 'id', value: JSON.parse(value) }],
            text,
          )
      }
  })
})
