import assert from 'node:assert/strict'
import { z } from 'zod'
import { forcedPlanId } from '../../functions/ledger/forced.ts'
import { type ListedRequest, openLedger } from '../../functions/ledger/ledger.ts'
import { mergeReceipts, type Receipt } from '../../functions/ledger/receipt.ts'
import { recordRejected } from '../../functions/ledger/rejected.ts'
import { keepUnknownFields } from '../../functions/ledger/unknown-fields.ts'
import { MAX_MESSAGE_BYTES } from '../../functions/pubsub/parse-message.ts'
import type { Generation, WriteOptions } from '../../functions/storage/bucket.ts'
import { TestClock } from '../fetch/test-clock.ts'
import { MemoryBucket } from '../support/memory-bucket.ts'
import { SILENT } from '../support/silent-log.ts'
import { DAY, OBJECT, planOf } from './documents.ts'

/** Remembers how each object was written. */
class RecordingBucket extends MemoryBucket {
  readonly written: { name: string; options: WriteOptions }[] = []
  override write(name: string, data: Uint8Array, expected: Generation, options: WriteOptions) {
    this.written.push({ name, options })
    return super.write(name, data, expected, options)
  }
}
const options = () => ({ clock: new TestClock(), random: () => 0.5, log: SILENT })

describe('ledger: what it writes', () => {
  it('is JSON, and the write ends with the signal of the update', async () => {
    const bucket = new RecordingBucket()
    const ledger = openLedger(bucket, 'ticks')
    const { signal } = new AbortController()
    await ledger.update('plan', DAY, () => planOf([['A']]), options())
    await ledger.update('plan', DAY, () => planOf([['B']]), { ...options(), signal })
    const name = '_ledger/venue=binance/date=2024-08-08/plan.json'
    const contentType = 'application/json'
    assert.deepEqual(bucket.written, [
      { name, options: { contentType } },
      { name, options: { contentType, signal } },
    ])
  })

  it('has the type of its content where it is a rejected message: JSON up to the largest one, else bytes', async () => {
    const bucket = new RecordingBucket()
    const logged: string[] = []
    const log = { ...SILENT, error: (message: string) => void logged.push(message) }
    for (const [id, bytes] of [
      ['7', MAX_MESSAGE_BYTES],
      ['8', MAX_MESSAGE_BYTES + 1],
    ] as const) {
      const outcome = { outcome: 'rejected', reason: 'not JSON' } as const
      await recordRejected('fetch', { id, data: Buffer.alloc(bytes, 'x') }, outcome, {
        bucket,
        config: { gcsPrefix: 'ticks' },
        log,
      })
    }
    assert.deepEqual(bucket.written, [
      { name: '_ledger/rejected/fetch-7.json', options: { contentType: 'application/json' } },
      { name: '_ledger/rejected/fetch-8.message', options: { contentType: 'application/octet-stream' } },
    ])
    assert.deepEqual(logged, ['message rejected', 'message rejected'])
  })

  it('lists kept requests, and no other object beside them', async () => {
    const bucket = new MemoryBucket()
    const ids = ['0123456789abcdef', 'fedcba9876543210']
    const names = [...ids.map(id => `${id}.json`), 'ended.json', `${ids[0]}.txt`, `${ids[0]}0.json`, `x/${ids[1]}.json`]
    for (const name of names) {
      await bucket.write(`_ledger/requests/${name}`, Buffer.from('{}'), '0', { contentType: 'application/json' })
    }
    const listed: ListedRequest[] = []
    for await (const request of openLedger(bucket, 'ticks').listRequests()) listed.push(request)
    assert.deepEqual(
      listed.map(({ id }) => id),
      ids,
    )
    for (const { id, generation } of listed) {
      assert.equal(generation, (await bucket.stat(`_ledger/requests/${id}.json`))!.generation)
    }
  })

  it('tells a plan by its first bytes, without a read of all of it', async () => {
    const operations: string[] = []
    const bucket = new MemoryBucket(({ operation, when }) => void (when === 'before' && operations.push(operation)))
    const ledger = openLedger(bucket, 'ticks')
    const plan = { ...planOf([['A']]), plan: forcedPlanId(DAY, 'message-1') }
    await ledger.update('plan', DAY, () => plan, options())
    operations.length = 0
    assert.equal(await ledger.readPlanId(DAY), plan.plan)
    assert.deepEqual(operations, ['readBeginning'])
  })

  it('is in order of data type and symbol where receipts are merged', () => {
    const result = (symbol: string) => {
      return { dataType: 'trades', symbol, status: 'stored' as const, ...OBJECT, seconds: 1 }
    }
    const work = { deliveries: 1, seconds: 1, downloadedBytes: 1, textBytes: 1, rows: 1, figures: {} }
    const receipt = (...symbols: string[]): Receipt => {
      return { schemaVersion: 1, ...DAY, plan: 'abcdef', index: 0, handedOn: 0, results: symbols.map(result), work }
    }
    const { results } = mergeReceipts(receipt('B', 'D'), receipt('A', 'C'))
    assert.equal(results.map(({ symbol }) => symbol).join(''), 'ABCD')
  })
})

describe('keepUnknownFields', () => {
  const element = z.object({
    id: z.string(),
    size: z.int().optional(),
    marks: z.array(z.object({ at: z.int() })).optional(),
  })
  const schema = z.object({ name: z.string(), force: z.boolean().optional(), list: z.array(element).optional() })
  /** As `stored` and `next` come: with fields that no type knows. */
  const keep = (stored: object, next: object) =>
    keepUnknownFields<unknown>(schema, stored, next) as Record<string, unknown>

  it('does not bring back a known field that the change removed', () => {
    assert.deepEqual(keep({ name: 'a', force: true, list: [], later: 1 }, { name: 'b' }), { name: 'b', later: 1 })
  })

  it('takes an unknown field of the change before the stored one', () => {
    assert.deepEqual(keep({ name: 'a', later: 1, more: null }, { name: 'a', later: 2 }), {
      name: 'a',
      later: 2,
      more: null,
    })
  })

  it('keeps what elements have, whatever the order of their keys, and only in elements that are the same', () => {
    const stored = { name: 'a', list: [{ size: 1, id: 'x', later: { a: 1 } }, { id: 'y', later: 2 }, { id: 'z' }] }
    const next = { name: 'a', list: [{ id: 'z' }, { id: 'y', size: 2 }, { id: 'x', size: 1 }] }
    assert.deepEqual(keep(stored, next).list, [
      { id: 'z' },
      { id: 'y', size: 2 },
      { id: 'x', size: 1, later: { a: 1 } },
    ])
  })

  it('keeps what is unknown in lists within elements', () => {
    const list = [{ id: 'x', marks: [{ at: 1, later: true }, { at: 2 }] }]
    const next = { name: 'b', list: [{ id: 'x', marks: [{ at: 1 }, { at: 2 }] }] }
    assert.deepEqual(keep({ name: 'a', list }, next), { name: 'b', list })
  })

  it('keeps what is unknown in one branch of a union, by that branch', () => {
    const union = z.union([z.object({ a: z.int() }), z.object({ b: z.object({ c: z.int() }) })])
    const next = { b: { c: 2 } }
    assert.deepEqual(keepUnknownFields<unknown>(union, { b: { c: 1, later: 1 } }, next), { b: { c: 2, later: 1 } })
    assert.deepEqual(keepUnknownFields<unknown>(union, 'text', next), next)
    assert.deepEqual(keepUnknownFields<unknown>(union, null, next), next)
    assert.deepEqual(keepUnknownFields<unknown>(union, { b: { c: 1 }, later: 1 }, 'text'), 'text')
  })
})
