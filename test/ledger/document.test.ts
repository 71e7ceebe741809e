import assert from 'node:assert/strict'
import { z } from 'zod'
import { check, decodeDocument, LedgerDocumentError, parseJson } from '../../functions/ledger/document.ts'

const schema = z.object({
  schemaVersion: z.int().min(1).optional(),
  name: z
    .string()
    .regex(/^[a-z]+$/)
    .optional(),
  rows: z.int().min(1).max(9).optional(),
  kind: z
    .discriminatedUnion('kind', [z.object({ kind: z.literal('a') }), z.object({ kind: z.literal('b') })])
    .optional(),
  flags: z.array(z.boolean()).optional(),
  even: z
    .number()
    .refine(value => value % 2 === 0, 'an even number')
    .optional(),
})

function faultOf(value: unknown): string {
  try {
    check(schema, 'plan.json', value)
  } catch (error) {
    assert.ok(error instanceof LedgerDocumentError)
    assert.equal(error.name, 'LedgerDocumentError')
    return error.message
  }
  assert.fail(`taken: ${JSON.stringify(value)}`)
}

describe('ledger/document: what a fault says', () => {
  const FAULTS: readonly (readonly [title: string, value: unknown, message: string])[] = [
    ['too large a number', { rows: 10 }, 'rows is 10, expected at most 9'],
    ['too small a number', { rows: 0 }, 'rows is 0, expected at least 1'],
    ['another pattern', { name: 'A' }, 'name is "A", expected /^[a-z]+$/'],
    ['an unknown kind', { kind: { kind: 'c' } }, 'kind.kind is "c", expected "a" or "b"'],
    ['a rule of its own', { even: 3 }, 'even is 3, expected an even number'],
    ['another type', { name: 1n }, 'name is 1n, expected string'],
    ['a list in place of a text', { name: [] }, 'name is [], expected string'],
    ['null', null, 'document is null, expected object'],
    ['a text', 'x', 'document is "x", expected object'],
    ['undefined', undefined, 'document is undefined, expected object'],
  ]
  for (const [title, value, message] of FAULTS)
    it(`names place, found and expected: ${title}`, () => assert.equal(faultOf(value), `plan.json: ${message}`))

  it('names three faults, and counts only those beyond', () => {
    const faults = (count: number) => faultOf({ flags: Array(count).fill(1) })
    const named = [0, 1, 2].map(at => `flags.${at} is 1, expected boolean`)
    assert.equal(faults(1), `plan.json: ${named[0]}`)
    assert.equal(faults(3), `plan.json: ${named.join('; ')}`)
    assert.equal(faults(5), `plan.json: ${named.join('; ')}; and 2 more`)
  })

  it('shows 80 characters of a value whole, and the beginning of a longer one', () => {
    const text = (length: number) => 'X'.repeat(length)
    assert.equal(faultOf({ name: text(78) }), `plan.json: name is "${text(78)}", expected /^[a-z]+$/`)
    assert.equal(faultOf({ name: text(79) }), `plan.json: name is "${text(76)}…, expected /^[a-z]+$/`)
  })

  it('shows how a text begins that is no JSON, and keeps the cause', () => {
    assert.throws(
      () => parseJson('plan.json', `{${'x'.repeat(100)}`),
      (error: Error) => {
        const found = `{${'x'.repeat(59)}`
        const expected = `plan.json: expected one JSON document, found 101 characters that begin "${found}"`
        assert.equal(error.message, expected)
        assert.ok(error.cause instanceof SyntaxError)
        return true
      },
    )
  })

  it('is a newer release only where the version is a higher whole number', () => {
    const isNewer = (schemaVersion: unknown) => {
      try {
        decodeDocument(schema, 'plan.json', Buffer.from(JSON.stringify({ schemaVersion })))
        return 'taken'
      } catch (error) {
        return (error as LedgerDocumentError).isNewer
      }
    }
    assert.deepEqual([2, 1, 0, '2', 1.5].map(isNewer), [true, 'taken', false, false, false])
  })
})
