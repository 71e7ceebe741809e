import assert from 'node:assert/strict'
import sinon from 'sinon'
import { Interrupted, listenForInterrupt } from '../../../functions/local/cli/interrupt.ts'

describe('listenForInterrupt', () => {
  afterEach(() => sinon.restore())

  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    it(`aborts at the first ${name}; at the second tells of it, then ends the process`, () => {
      const exit = sinon.stub(process, 'exit')
      const calls: string[] = []
      using interrupt = listenForInterrupt(
        () => calls.push('first'),
        () => calls.push(`second, ${exit.callCount} exits`),
      )
      // Not emitted: the test runner listens too.
      const send = () => process.listeners(name).at(-1)!(name)
      assert.equal(interrupt.exitCode, undefined)
      send()
      assert.equal(interrupt.exitCode, code)
      assert.ok(interrupt.signal.reason instanceof Interrupted)
      assert.equal(exit.callCount, 0)
      send()
      assert.deepEqual(exit.args, [[code]])
      assert.deepEqual(calls, ['first', 'second, 0 exits'])
    })
  }

  it('leaves the signals alone afterwards', () => {
    const before = process.listenerCount('SIGINT')
    listenForInterrupt(() => {})[Symbol.dispose]()
    assert.equal(process.listenerCount('SIGINT'), before)
  })
})
