import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { stub } from 'sinon'
import { LOG_LEVELS } from '../../../functions/runtime/config/config.ts'
import type { Log } from '../../../functions/runtime/log/log.ts'
import { createLogger, isGoogleCloud, type LoggerOptions } from '../../../functions/runtime/log/logger.ts'
import { withoutMetadataServer } from '../../support/no-metadata-server.ts'

const KEY = 'TD.s3cr/t key+="1"'

/** What is written by `use` of such a log. */
async function written(options: Partial<LoggerOptions>, use: (log: Log) => void): Promise<string> {
  const stream = new PassThrough()
  const log = await createLogger({ level: 'info', secrets: [KEY], stream, ...options })
  use(log)
  await log.close()
  stream.end()
  return text(stream)
}

async function entries(options: Partial<LoggerOptions>, use: (log: Log) => void): Promise<Record<string, unknown>[]> {
  const lines = (await written({ json: true, ...options }, use)).trimEnd().split('\n')
  return lines.map(line => JSON.parse(line))
}

async function fieldsOf(fields: object): Promise<Record<string, unknown>> {
  const [entry] = await entries({}, log => log.info('x', { ...fields }))
  return entry!
}

/** An error with the key in everything that an error has, at three depths. */
function leakyError(): Error {
  const deep = Object.assign(new Error(`deep ${KEY}`), { code: KEY, config: { headers: { 'x-key': KEY } } })
  const middle = new AggregateError([deep, `text ${KEY}`], `middle https://x/?k=${encodeURIComponent(KEY)}`)
  const error = new Error(`outer ${KEY}`, { cause: middle })
  error.stack = `${error.stack}\n    at ${KEY}`
  return error
}

describe('runtime/log/logger: levels and forms', () => {
  it('writes entries of its level and of more severe ones only', async () => {
    for (const [at, level] of LOG_LEVELS.entries()) {
      const lines = await written({ level }, log => {
        for (const each of LOG_LEVELS) log[each](`message ${each}`)
      })
      assert.deepEqual(
        lines.match(/message \w+/g),
        LOG_LEVELS.slice(at).map(each => `message ${each}`),
      )
    }
  })

  it('writes one line per entry, without colours outside a terminal', async () => {
    const lines = await written({}, log => {
      log
        .child({ venue: 'binance-futures' })
        .warn('vendor is slow', { rows: 12, items: ['a', 'b c'], note: 'two words', done: false })
      log.info('line\nbreak \u001b[31m red \u202e', { 'k\ney': 'v\n' })
    })
    const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /gm
    assert.equal(
      lines.replace(time, ''),
      'WARN  vendor is slow venue=binance-futures rows=12 items=["a","b c"] note="two words" done=false\n' +
        'INFO  line\\nbreak \\u{1b}[31m red \\u{202e} "k\\ney"="v\\n"\n',
    )
    assert.equal(lines.match(time)?.length, 2)
  })

  it('colours on a terminal only', async () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true })
    const log = await createLogger({ level: 'info', secrets: [], stream: terminal, colour: true })
    log.error('x')
    await log.close()
    terminal.end()
    assert.ok((await text(terminal)).includes('\u001b[31mERROR\u001b[39m x'))
    assert.ok(!(await written({}, own => own.error('x'))).includes('\u001b'))
  })

  it('writes JSON with severity, message, labels and our fields', async () => {
    const use = (log: Log) => {
      const child = log.child({ labels: { function: 'fetch' }, venue: 'deribit' })
      child.warn('late', { rows: 3, venue: 'binance' })
    }
    const [entry] = await entries({}, use)
    const { time, ...rest } = entry!
    assert.match(String(time), /^\d{4}-.*Z$/)
    assert.deepEqual(rest, {
      severity: 'WARNING',
      message: 'late',
      venue: 'binance',
      rows: 3,
      'logging.googleapis.com/labels': { function: 'fetch' },
    })
  })

  it('writes nothing after close, and closes twice', async () => {
    const stream = new PassThrough()
    const log = await createLogger({ level: 'info', secrets: [], stream })
    await log.close()
    await log.close()
    log.error('late')
    stream.end()
    assert.equal(await text(stream), '')
  })
})

describe('runtime/log/logger: on Google Cloud', () => {
  withoutMetadataServer()

  /** What goes to stdout as Google Cloud collects it. */
  async function collected(use: (log: Log) => void, level: LoggerOptions['level'] = 'info', projectId?: string) {
    const log = await createLogger({ level, secrets: [KEY], google: true, projectId })
    const write = stub(process.stdout, 'write').returns(true)
    try {
      use(log)
      return write.args
        .map(([line]) => JSON.parse(String(line)) as Record<string, unknown>)
        .filter(entry => 'message' in entry)
    } finally {
      write.restore()
    }
  }

  it('puts severity, message, trace, labels and our fields side by side', async () => {
    const trace = { 'logging.googleapis.com/trace': 'projects/p/traces/t', 'logging.googleapis.com/spanId': '00f0' }
    const [entry, ...more] = await collected(log =>
      log
        .child({ ...trace, labels: { function: 'fetch' } })
        .error('failed', { venue: 'deribit', error: new Error('why') }),
    )
    assert.deepEqual(more, [])
    const { timestamp, logName, 'logging.googleapis.com/insertId': id, ...rest } = entry!
    assert.ok(timestamp && logName && id)
    assert.deepEqual(rest, {
      severity: 'ERROR',
      message: 'failed',
      venue: 'deribit',
      error: { message: 'why' },
      ...trace,
      'logging.googleapis.com/labels': { function: 'fetch' },
    })
  })

  it("names the project's log, or that of any project where it is not known, and never the library's template", async () => {
    const logNameOf = async (projectId?: string) => {
      const [entry] = await collected(log => log.info('at work'), 'info', projectId)
      return entry!.logName
    }
    assert.equal(await logNameOf('team-42'), 'projects/team-42/logs/winston_log')
    assert.equal(await logNameOf(), 'projects/-/logs/winston_log')
  })

  it('maps every level to a severity, and loses no entry to a value that JSON cannot hold', async () => {
    const circular: Record<string, unknown> = { big: 2n ** 70n, key: KEY }
    circular.self = circular
    const found = await collected(log => {
      for (const level of LOG_LEVELS) log[level](`to ${KEY}`, { circular, error: leakyError() })
    }, 'debug')
    assert.deepEqual(
      found.map(entry => entry.severity),
      ['DEBUG', 'INFO', 'WARNING', 'ERROR'],
    )
    assert.ok(!JSON.stringify(found).includes('s3cr'), JSON.stringify(found))
  })

  it('is detected by the variables that Cloud Run sets', () => {
    assert.equal(isGoogleCloud({ K_SERVICE: 'fetch' }), true)
    assert.equal(isGoogleCloud({ FUNCTION_TARGET: 'fetch' }), true)
    assert.equal(isGoogleCloud({ HOME: '/' }), false)
  })
})

describe('runtime/log/logger: errors', () => {
  it('shows message and causes on the line, and the stack only at debug level', async () => {
    const error = new Error('no plan', {
      cause: Object.assign(new Error('reset'), { code: 'ECONNRESET', cause: 'cable' }),
    })
    const info = await written({}, log => log.error('failed', { error }))
    assert.match(info, /ERROR failed error="no plan; caused by reset \[ECONNRESET\]; caused by cable"\n$/)
    assert.equal(info.trimEnd().split('\n').length, 1)
    const debug = await written({ level: 'debug' }, log => log.error('failed', { error }))
    assert.match(debug, /\n {4}Error: no plan\n {8}at .*logger\.test\.ts.*\n {4}Error: reset\n {8}at /s)
  })

  it('shows the stack of a programming error at every level', async () => {
    const [entry] = await entries({ level: 'error' }, log => log.error('x', { error: new TypeError('not a function') }))
    const { name, stack } = entry!.error as Record<string, string>
    assert.equal(name, 'TypeError')
    assert.match(stack!, /logger\.test\.ts/)
  })

  it('accepts thrown values that are no errors, and cyclic causes', async () => {
    const round = new Error('round')
    round.cause = round
    const { a, b, c } = await fieldsOf({
      a: round,
      b: new Error('x', { cause: { code: 412, message: 'conflict' } }),
      c: { error: 'text' },
    })
    assert.deepEqual(a, { message: 'round' })
    assert.deepEqual(b, { message: 'x', causes: [{ message: 'conflict', code: 412 }] })
    assert.deepEqual(c, { error: 'text' })
  })
})

describe('runtime/log/logger: secrets', () => {
  it('shows the key nowhere, at no level, in no form', async () => {
    const fields = {
      error: leakyError(),
      url: new URL(`https://x/v1?key=${encodeURIComponent(KEY)}&b=1`),
      nested: { list: [{ text: `Bearer ${KEY}` }], map: new Map([[KEY, KEY]]), set: new Set([KEY]) },
      [`in ${KEY}`]: 1,
      headers: { authorization: 'Bearer of something else' },
      made: { toJSON: () => KEY },
    }
    for (const level of LOG_LEVELS) {
      for (const json of [true, false]) {
        const lines = await written({ level: 'debug', json }, log =>
          log.child({ key: KEY })[level](`sent ${KEY}`, fields),
        )
        assert.match(lines, /sent \[redacted\]/)
        for (const part of ['s3cr', 'something else']) assert.ok(!lines.includes(part), lines)
      }
    }
  })

  it('redacts before it cuts, longest first, and ignores an empty secret', async () => {
    const long = `${'x'.repeat(16 * 1024 - 5)}${KEY}`
    const options = { secrets: ['', KEY, `${KEY}-and-more`] }
    const lines = await written(options, log => log.info(`${KEY}-and-more`, { long, plain: 'plain' }))
    assert.ok(!lines.includes('TD.'))
    assert.ok(!lines.includes('-and-more'))
    assert.match(lines, /plain=plain/)
  })
})

describe('runtime/log/logger: names of fields', () => {
  it('renames a field whose name the entry itself uses', async () => {
    const entry = await fieldsOf({
      level: 1,
      message: 2,
      severity: 3,
      stack: 4,
      timestamp: 5,
      time: 6,
      ['__proto__']: 7,
    })
    assert.equal(entry.message, 'x')
    assert.equal(entry.severity, 'INFO')
    assert.deepEqual(
      [entry.level_, entry.message_, entry.severity_, entry.stack_, entry.timestamp_, entry.time_],
      [1, 2, 3, 4, 5, 6],
    )
  })
})
