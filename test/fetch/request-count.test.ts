import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGcsServer } from '../../functions/emulators/gcs/server.ts'
import { startTardisServer } from '../../functions/emulators/tardis/server.ts'
import { handleVenueDay } from '../../functions/fetch/handler.ts'
import { smallestPlan } from '../../functions/fetch/memory-plan.ts'
import { systemClock } from '../../functions/runtime/deadline.ts'
import { createGcsBucket } from '../../functions/storage/gcs.ts'
import { createVendor } from '../../functions/tardis/vendor.ts'
import { convert } from '../../functions/ticks/convert.ts'
import { DATE, manySymbols, marketOf, repeatedDataset, VENUE } from '../bench/memory/market.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { World } from './world.ts'

const MIB = 1048576
/** Few are looked up one by one. */
const FEW = 5
/** Many are looked up with one list. */
const MANY = 40

/** A batch of so many small items, and what a delivery of it asks vendor and bucket for. */
async function openBatch(items: number) {
  await using parts = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'request-count-'))
  parts.defer(() => rm(folder, { recursive: true }))
  const requests: string[] = []
  const source = marketOf('trades', manySymbols(items), await repeatedDataset('trades', 20_000))
  const intercept = ({ method, url = '' }: { method?: string | undefined; url?: string | undefined }) => {
    if (url.endsWith('.csv.gz')) requests.push(`vendor ${method}`)
    return false
  }
  const server = parts.adopt(await startTardisServer({ source, intercept }), one => one.close())
  const gcs = parts.adopt(await startGcsServer({ folder, bucket: 'ticks' }), one => one.close())
  const proxy = parts.adopt(await startFaultProxy(gcs.endpoint), one => one.close())
  proxy.choose = ({ method, url }) => {
    if (url.includes('data_type')) requests.push(`bucket ${method}${kindOf(url)}`)
    return undefined
  }
  const world = new World()
  const { apiUrl, datasetsUrl } = server
  const bucket = parts.adopt(createGcsBucket({ bucket: 'ticks', apiEndpoint: proxy.endpoint }), one => one.close())
  const vendor = parts.adopt(createVendor({ apiUrl, datasetsUrl, log: world.log }), one => one.close())
  const config = { ...world.config, dataTypes: ['trades'], batchSize: items }
  const buffers = () => smallestPlan(256 * MIB, 2, true)
  const services = { ...world.services, bucket, vendor, convert, config, buffers, clock: systemClock }
  const deliver = (message: object) => handleVenueDay({ id: '1', data: Buffer.from(JSON.stringify(message)) }, services)
  await deliver({ venue: VENUE, date: DATE })
  const batch = world.queue.shift()!.value
  const open = parts.move()
  return {
    folder,
    async countRequests() {
      requests.length = 0
      const outcome = await deliver(batch)
      const counts: Record<string, number> = {}
      for (const request of requests) counts[request] = (counts[request] ?? 0) + 1
      return { outcome, counts }
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

function kindOf(url: string): string {
  return url.includes('alt=media') ? ' content' : url.includes('prefix=') ? ' list' : ''
}

describe('requests per small item', () => {
  for (const [items, lookUps] of [
    [FEW, { 'bucket GET': FEW }],
    [MANY, { 'bucket GET list': 1 }],
  ] as const) {
    const lookUp = items === FEW ? 'one for the metadata of each' : 'one list'
    it(`are one to the vendor and one write to the bucket, and for ${items} new items ${lookUp}`, async () => {
      await using batch = await openBatch(items)
      const { outcome, counts } = await batch.countRequests()
      assert.deepEqual(outcome, { outcome: 'batch', counts: { stored: items }, adopted: 0, handedOn: 0 })
      assert.deepEqual(counts, { 'vendor GET': items, ...lookUps, 'bucket POST': items })
    })
  }

  for (const [items, lists] of [
    [FEW, {}],
    [MANY, { 'bucket GET list': 1 }],
  ] as const) {
    it(`are none to the vendor where the ${items} items are stored and their receipt was lost`, async () => {
      await using batch = await openBatch(items)
      await batch.countRequests()
      await rm(join(batch.folder, '_ledger', `venue=${VENUE}`, `date=${DATE}`, 'receipts'), { recursive: true })
      const { outcome, counts } = await batch.countRequests()
      assert.deepEqual(outcome, { outcome: 'batch', counts: { stored: items }, adopted: items, handedOn: 0 })
      assert.deepEqual(counts, { 'bucket GET': items, 'bucket GET content': items, ...lists })
    })
  }

  it('are none at all where the receipt has the item', async () => {
    await using batch = await openBatch(FEW)
    await batch.countRequests()
    assert.deepEqual((await batch.countRequests()).counts, {})
  })
})
