import assert from 'node:assert/strict'
import { z } from 'zod'
import { parseMember } from '../../functions/tardis/parse-member.ts'

const schema = z.object({
  id: z.string().min(1),
  list: z.array(z.number()).optional(),
  map: z.record(z.string(), z.object({ x: z.number() })).optional(),
  day: z.string().regex(/^\d+$/, 'digits').optional(),
})
const faultOf = (value: unknown, type: z.ZodType = schema) => {
  const parsed = parseMember(type, { selector: 'a[]', place: 'a[7]', value })
  return 'fault' in parsed ? parsed.fault : undefined
}

describe('tardis/parse-member', () => {
  it('gives the value as the type', () => {
    assert.deepEqual(parseMember(schema, { selector: 'a[]', place: 'a[7]', value: { id: 'A', new: 1 } }), {
      value: { id: 'A' },
    })
  })

  it('names the field, what was found there and what was expected', () => {
    for (const [value, fault] of [
      [{}, 'a[7].id is missing, expected a string'],
      [{ id: '' }, 'a[7].id is "", expected a text that is not empty'],
      [{ id: 'A', list: [1, 'x'] }, 'a[7].list[1] is "x", expected a number'],
      [{ id: 'A', list: {} }, 'a[7].list is {}, expected an array'],
      [{ id: 'A', map: { b: { x: '1' } } }, 'a[7].map.b.x is "1", expected a number'],
      [{ id: 'A', day: 'x' }, 'a[7].day is "x", expected digits'],
      [null, 'a[7] is null, expected an object'],
      [undefined, 'a[7] is missing, expected an object'],
    ] as const)
      assert.equal(faultOf(value), fault)
  })

  it('shows at most 80 characters of what was found, and no control characters', () => {
    const text = (length: number) => 'x'.repeat(length - 2)
    assert.equal(faultOf(text(80)), `a[7] is "${text(80)}", expected an object`)
    assert.equal(faultOf(text(81)), `a[7] is "${text(81)}…, expected an object`)
    assert.equal(faultOf('\x7f'), 'a[7] is "\\u{7f}", expected an object')
  })
})
