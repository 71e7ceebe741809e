import assert from 'node:assert/strict'
import { briefly, joined, onlyOnce } from '../../../functions/local/cli/log-views.ts'
import type { Log, LogFields } from '../../../functions/runtime/log/log.ts'

function recorder() {
  const entries: unknown[][] = []
  const at = (level: string, own: LogFields) => (message: string, fields?: LogFields) =>
    void entries.push([level, message, { ...own, ...fields }])
  const log = (own: LogFields): Log => ({
    debug: at('debug', own),
    info: at('info', own),
    warn: at('warn', own),
    error: at('error', own),
    child: fields => log({ ...own, ...fields }),
  })
  return { entries, log: log({}) }
}

describe('onlyOnce', () => {
  const failed = (symbol: string, status: string, error: string) =>
    [`item ${status}`, { status, symbol, error }] as const

  it('says once what happened to many items, whatever their addresses, in children too', () => {
    const { entries, log } = recorder()
    const once = onlyOnce(log)
    once.warn(...failed('A', 'forbidden', 'GET http://x/A: answered 401'))
    once.child({ venue: 'deribit' }).warn(...failed('B', 'forbidden', 'GET http://x/B: answered 401'))
    once.warn(...failed('C', 'missing', 'GET http://x/C: answered 401'))
    once.warn(...failed('D', 'forbidden', 'GET http://x/D: answered 403'))
    assert.deepEqual(
      entries.map(([, , fields]) => (fields as LogFields).symbol),
      ['A', 'C', 'D'],
    )
  })

  it('leaves every other entry alone', () => {
    const { entries, log } = recorder()
    for (let i = 0; i < 3; i++) onlyOnce(log).warn('retrying a batch', { error: 'x' })
    assert.equal(entries.length, 3)
  })
})

describe('briefly', () => {
  it('keeps venue, day and the error, and leaves out what is for machines', () => {
    const { entries, log } = recorder()
    briefly(log)
      .child({ venue: 'deribit', date: '2024-08-01', plan: 'abcd' })
      .error('gave up', { error: 'x', index: 3 })
    assert.deepEqual(entries, [['error', 'gave up', { venue: 'deribit', date: '2024-08-01', error: 'x' }]])
  })
})

describe('joined', () => {
  it('writes each entry to all logs', () => {
    const [a, b] = [recorder(), recorder()]
    joined([a.log, b.log]).child({ venue: 'v' }).info('text', { rows: 1 })
    assert.deepEqual(a.entries, [['info', 'text', { venue: 'v', rows: 1 }]])
    assert.deepEqual(b.entries, a.entries)
  })
})
