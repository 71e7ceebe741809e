import assert from 'node:assert/strict'
import { createFirstRequest } from '../../functions/fetch/first-request.ts'
import { VendorRefusedError } from '../../functions/tardis/refusal.ts'
import { TestClock } from './test-clock.ts'

/** Three requests of one batch: the names of those that were sent, and how to end the first one. */
function three() {
  const clock = new TestClock(1_000)
  const send = createFirstRequest(clock)
  const first = Promise.withResolvers<string>()
  const sent: string[] = []
  const request = (name: string, response: Promise<string> = Promise.resolve(name)) =>
    send(() => {
      sent.push(name)
      return response
    })
  const all = Promise.allSettled([request('A', first.promise), request('B'), request('C')])
  return { clock, first, sent, request, all }
}

describe('the first request of a batch', () => {
  it('goes alone, and the others follow its response', async () => {
    const { first, sent, request, all } = three()
    await new Promise(setImmediate)
    assert.deepEqual(sent, ['A'])
    first.resolve('A')
    await all
    assert.deepEqual(sent, ['A', 'B', 'C'])
    assert.equal(await request('D'), 'D')
  })

  it('lets the others follow where it failed', async () => {
    const { first, sent, all } = three()
    first.reject(new Error('broken'))
    const [a, b] = await all
    assert.deepEqual([sent, a!.status, b!.status], [['A', 'B', 'C'], 'rejected', 'fulfilled'])
  })

  it('ends the others with its refusal, and they are not sent', async () => {
    const { first, sent, all } = three()
    const refusal = new VendorRefusedError('used up', 'quota', 0)
    first.reject(refusal)
    const reasons = (await all).map(end => end.status === 'rejected' && end.reason)
    assert.deepEqual([sent, reasons], [['A'], [refusal, refusal, refusal]])
  })

  it('does not hold the others longer than 2 s', async () => {
    const { clock, first, sent, all } = three()
    clock.advance(1_999)
    await new Promise(setImmediate)
    assert.deepEqual(sent, ['A'])
    clock.advance(1)
    await new Promise(setImmediate)
    assert.deepEqual(sent, ['A', 'B', 'C'])
    first.resolve('A')
    await all
  })
})
