import assert from 'node:assert/strict'
import { createPlain } from '../../../functions/runtime/log/plain.ts'

const plain = createPlain({ secrets: ['hush'], stacks: true })
const json = (value: unknown) => JSON.parse(JSON.stringify(plain(value)))
const names = (count: number) => Array.from({ length: count }, (_, at) => `name ${at}`)
const nested = (levels: number) => names(levels).reduce<unknown>(inner => ({ inner }), 'innermost')

describe('runtime/log/plain: bounds', () => {
  it('shows a list of 100 whole, and of a longer one how many more there are', () => {
    assert.deepEqual(json(names(100)), names(100))
    assert.deepEqual(json(names(103)), [...names(100), '… 3 more'])
    assert.deepEqual(json(new Set(names(101))), [...names(100), '… 1 more'])
  })

  it('shows an object of 100 fields whole, and of a larger one how many more there are', () => {
    const fields = (count: number) => names(count).map(name => [name, 1] as const)
    const whole = Object.fromEntries(fields(100))
    assert.deepEqual(json(Object.fromEntries(fields(100))), whole)
    assert.deepEqual(json(Object.fromEntries(fields(103))), { ...whole, '…': '3 more' })
    assert.deepEqual(json(new Map(fields(101))), { ...whole, '…': '1 more' })
  })

  it('shows eight objects in each other, and no ninth', () => {
    assert.deepEqual(json(nested(8)), nested(8))
    assert.match(JSON.stringify(json(nested(9))), /^(\{"inner":){8}"\[too deep\]"\}{8}$/)
  })

  it('cuts a text only where something is left out', () => {
    assert.equal(plain('x'.repeat(16_384)), 'x'.repeat(16_384))
    assert.equal(plain('x'.repeat(16_385)), `${'x'.repeat(16_384)}… (1 more characters)`)
  })

  it('keeps true and false, and calls toJSON only where it is a function', () => {
    assert.deepEqual(json({ done: true, late: false }), { done: true, late: false })
    assert.deepEqual(json({ toJSON: 1, a: 2 }), { toJSON: 1, a: 2 })
  })
})

describe('runtime/log/plain: odd errors', () => {
  /** The fields of an error apart from its stack. */
  const shown = (error: Error) => {
    const { stack, ...rest } = json(error)
    return rest
  }

  it('shows an error whose message, code or stack is of a wrong type', () => {
    const odd = Object.assign(new Error('x'), { message: 5, code: Number.NaN, stack: 5 })
    assert.deepEqual(json(odd), { message: '[no message]' })
    assert.deepEqual(shown(Object.assign(new Error('x'), { code: Number.POSITIVE_INFINITY })), { message: 'x' })
    assert.deepEqual(shown(Object.assign(new Error('x'), { code: 412 })), { message: 'x', code: 412 })
  })

  it('has no cause where the cause is null', () => {
    assert.deepEqual(shown(new Error('x', { cause: null })), { message: 'x' })
  })

  it('shows the errors of an AggregateError, then its cause', () => {
    const error = new AggregateError([new Error('first'), 'second'], 'all failed', { cause: 'third' })
    const { message, causes } = json(error)
    assert.deepEqual(
      [message, ...causes.map((cause: { message: string }) => cause.message)],
      ['all failed', 'first', 'second', 'third'],
    )
  })

  it('follows the causes of errors only', () => {
    const cause = { message: 'no error', cause: new Error('deeper') }
    assert.deepEqual(shown(new Error('x', { cause })), { message: 'x', causes: [{ message: 'no error' }] })
  })
})
