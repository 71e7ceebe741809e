import assert from 'node:assert/strict'
import { type Rejected, recordRejected, rejected } from '../../functions/ledger/rejected.ts'
import type { LogFields } from '../../functions/runtime/log/log.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { SILENT } from '../support/silent-log.ts'

const REJECTED: Rejected = { outcome: 'rejected', reason: 'not JSON' }

describe('recordRejected', () => {
  const world = () => {
    const bucket = new MemoryBucket()
    const errors: (LogFields | undefined)[] = []
    const log = { ...SILENT, error: (_message: string, fields?: LogFields) => void errors.push(fields) }
    return { bucket, errors, services: { bucket, config: { gcsPrefix: 'a/ticks' }, log } }
  }
  const kept = (bucket: MemoryBucket, id: string) =>
    JSON.parse(Buffer.from(bucket.contents().get(`a/_ledger/rejected/fetch-${id}.json`)!).toString())

  it('keeps text as text and anything else as base64, and logs where', async () => {
    const { bucket, errors, services } = world()
    await recordRejected('fetch', { id: '7', data: Buffer.from('{"x') }, REJECTED, services)
    assert.deepEqual(kept(bucket, '7'), { function: 'fetch', messageId: '7', reason: 'not JSON', data: '{"x' })
    await recordRejected('fetch', { id: '8', data: Buffer.from([0xff]) }, REJECTED, services)
    assert.equal(kept(bucket, '8').dataBase64, '/w==')
    const fields = { event: 'message_rejected', reason: 'not JSON' }
    assert.deepEqual(errors, [
      { ...fields, messageId: '7', object: 'a/_ledger/rejected/fetch-7.json' },
      { ...fields, messageId: '8', object: 'a/_ledger/rejected/fetch-8.json' },
    ])
  })

  it('keeps the first delivery of a message', async () => {
    const { bucket, services } = world()
    await recordRejected('fetch', { id: '7', data: Buffer.from('first') }, REJECTED, services)
    await recordRejected('fetch', { id: '7', data: Buffer.from('other') }, { ...REJECTED, reason: 'other' }, services)
    assert.deepEqual([kept(bucket, '7').data, kept(bucket, '7').reason], ['first', 'not JSON'])
  })

  it('keeps a long message behind a line of JSON, byte for byte, in one object', async () => {
    const { bucket, services } = world()
    const data = Buffer.alloc(1024 * 1024 + 1, 1)
    await recordRejected('fetch', { id: '7', data }, REJECTED, services)
    assert.deepEqual([...bucket.contents().keys()], ['a/_ledger/rejected/fetch-7.message'])
    const kept = Buffer.from(bucket.contents().get('a/_ledger/rejected/fetch-7.message')!)
    const end = kept.indexOf('\n')
    const about = { function: 'fetch', messageId: '7', reason: 'not JSON', bytes: data.length }
    assert.deepEqual(JSON.parse(kept.toString('utf8', 0, end)), about)
    assert.equal(data.compare(kept.subarray(end + 1)), 0)
  })

  it('keeps and logs nothing of any other outcome', async () => {
    const { bucket, errors, services } = world()
    await recordRejected('fetch', { id: '7', data: Buffer.from('{}') }, { outcome: 'planned' }, services)
    assert.deepEqual([bucket.contents().size, errors], [0, []])
  })
})

describe('rejected', () => {
  it('is the outcome of a message that is not understood, and an error for one of a newer release', () => {
    assert.deepEqual(rejected({ reason: 'not JSON' }), { outcome: 'rejected', reason: 'not JSON' })
    assert.throws(
      () => rejected({ reason: 'version 3', isNewer: true }),
      /version 3; it comes again, deploy the release/,
    )
  })
})
