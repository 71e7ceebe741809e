import assert from 'node:assert/strict'
import { hasTables, listQueuedDays, type QueuedDay, queueDay } from '../../functions/ledger/table-queue.ts'
import { tableBuildName, tablesPrefix } from '../../functions/storage/table-names.ts'
import { WatchedBucket } from '../fetch/watched-bucket.ts'

const DAY = { venue: 'deribit', date: '2024-08-08' }
const JSON_TYPE = { contentType: 'application/json' }

async function queued(bucket: WatchedBucket) {
  const days: QueuedDay[] = []
  for await (const day of listQueuedDays(bucket, 'ticks')) days.push(day)
  return days
}

/** The bucket, and what content type each object was written with. */
class TypedBucket extends WatchedBucket {
  readonly options: unknown[] = []

  override write(...args: Parameters<WatchedBucket['write']>) {
    this.options.push(args[3])
    return super.write(...args)
  }
}

describe('ledger/table-queue', () => {
  it('holds a JSON object for each venue-day, which its name tells too', async () => {
    const bucket = new TypedBucket()
    assert.deepEqual(await queued(bucket), [])
    const { signal } = new AbortController()
    await queueDay(bucket, 'ticks', DAY)
    await queueDay(bucket, 'ticks', { venue: 'bitmex', date: '2024-08-09' }, signal)
    const days = await queued(bucket)
    assert.deepEqual(
      days.map(({ venue, date }) => [venue, date]),
      [
        ['bitmex', '2024-08-09'],
        ['deribit', '2024-08-08'],
      ],
    )
    const { object } = days[1]!
    assert.equal(String(bucket.bytes(object.name)), '{"venue":"deribit","date":"2024-08-08"}\n')
    assert.match(object.name, /queue/)
    assert.deepEqual(bucket.options, [JSON_TYPE, { ...JSON_TYPE, signal }])
  })

  it('gives a venue-day that is queued again a new generation', async () => {
    const bucket = new WatchedBucket()
    await queueDay(bucket, 'ticks', DAY)
    const [first] = await queued(bucket)
    await queueDay(bucket, 'ticks', DAY)
    const [second, ...others] = await queued(bucket)
    assert.deepEqual(others, [])
    assert.notEqual(second!.object.generation, first!.object.generation)
  })

  it('leaves out objects that are not ours', async () => {
    const bucket = new WatchedBucket()
    await queueDay(bucket, 'ticks', DAY)
    const [{ object }] = (await queued(bucket)) as [QueuedDay]
    await bucket.write(`${object.name}.bak`, Buffer.from('x'), '0', JSON_TYPE)
    assert.equal((await queued(bucket)).length, 1)
  })

  for (const [rivals, ends] of [
    [7, 'is queued'],
    [8, 'fails'],
  ] as const) {
    it(`${ends} where other writers are first ${rivals} times`, async () => {
      const bucket = new WatchedBucket()
      let rival = 0
      bucket.beforeWrite = name => {
        // Other content each time: the same would count as this writer's.
        if (rival < rivals) bucket.plant(name, Buffer.from(`rival ${++rival}`), `9${rival}`)
      }
      const queueing = queueDay(bucket, 'ticks', DAY)
      if (ends === 'fails') await assert.rejects(queueing, /queue.*: other writers were first 8 times in a row$/)
      else await queueing
      assert.equal(rival, rivals)
      const [{ object }] = (await queued(bucket)) as [QueuedDay]
      const text = String(bucket.bytes(object.name))
      assert.equal(text.startsWith('rival'), ends === 'fails', text)
    })
  }

  it('knows whether a refresh of the tables has begun', async () => {
    const bucket = new WatchedBucket()
    assert.equal(await hasTables(bucket, 'ticks'), false)
    await queueDay(bucket, 'ticks', DAY)
    assert.equal(await hasTables(bucket, 'ticks'), false)
    assert.ok(tableBuildName('ticks').startsWith(tablesPrefix('ticks')))
    await bucket.write(tableBuildName('ticks'), Buffer.from('{}'), '0', JSON_TYPE)
    assert.equal(await hasTables(bucket, 'ticks'), true)
  })
})
