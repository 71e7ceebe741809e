import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { LOG_LEVELS } from '../../../functions/runtime/config/config.ts'
import type { Log } from '../../../functions/runtime/log/log.ts'
import { createLogger, type LoggerOptions } from '../../../functions/runtime/log/logger.ts'

async function written(options: Partial<LoggerOptions>, use: (log: Log) => void, isTTY = false): Promise<string> {
  const stream = Object.assign(new PassThrough(), { isTTY })
  const log = await createLogger({ level: 'debug', secrets: [], stream, ...options })
  use(log)
  await log.close()
  stream.end()
  return text(stream)
}

describe('runtime/log/logger: fields of an entry', () => {
  it('adds the fields of a child at every level', async () => {
    for (const level of LOG_LEVELS) {
      const line = await written({ json: true }, log =>
        log.child({ venue: 'deribit', rows: 1 })[level]('x', { rows: 2 }),
      )
      const { venue, rows } = JSON.parse(line)
      assert.deepEqual([venue, rows], ['deribit', 2], level)
    }
  })

  it('renames a field that has the name of a field of the transport', async () => {
    const line = await written({ json: true }, log => log.info('x', { splat: 1, logName: 2, httpRequest: 3 }))
    const { severity, time, message, ...rest } = JSON.parse(line)
    assert.deepEqual(rest, { splat_: 1, logName_: 2, httpRequest_: 3 })
  })

  it('writes an entry without fields where the fields make themselves something else', async () => {
    for (const made of [null, 'text', 5]) {
      const line = await written({ json: true }, log => log.info('x', { toJSON: () => made }))
      const { severity, time, ...rest } = JSON.parse(line)
      assert.deepEqual(rest, { message: 'x' })
    }
  })

  it('reads no field of an entry that is not written', async () => {
    let reads = 0
    const fields = { costly: { toJSON: () => ++reads } }
    assert.equal(await written({ level: 'info' }, log => log.debug('x', fields)), '')
    assert.equal(reads, 0)
    await written({ level: 'info' }, log => log.info('x', fields))
    assert.equal(reads, 1)
  })
})

describe('runtime/log/logger: colours by default', () => {
  const { NO_COLOR } = process.env
  afterEach(() => {
    delete process.env.NO_COLOR
    if (NO_COLOR !== undefined) process.env.NO_COLOR = NO_COLOR
  })
  const isColoured = async (isTTY: boolean, options: Partial<LoggerOptions> = {}) =>
    (await written(options, log => log.info('x'), isTTY)).includes('\u001b')

  it('are for a terminal only', async () => {
    delete process.env.NO_COLOR
    assert.equal(await isColoured(true), true)
    assert.equal(await isColoured(false), false)
  })

  it('are switched off by NO_COLOR, and by the caller either way', async () => {
    process.env.NO_COLOR = '1'
    assert.equal(await isColoured(true), false)
    assert.equal(await isColoured(false, { colour: true }), true)
    delete process.env.NO_COLOR
    assert.equal(await isColoured(true, { colour: false }), false)
  })
})
