import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { startGcsServer } from '../../functions/emulators/gcs/server.ts'
import { startTardisServer } from '../../functions/emulators/tardis/server.ts'
import { handleVenueDay } from '../../functions/fetch/handler.ts'
import { smallestPlan } from '../../functions/fetch/memory-plan.ts'
import { systemClock } from '../../functions/runtime/deadline.ts'
import { residentBytes } from '../../functions/runtime/memory/usage.ts'
import { createGcsBucket } from '../../functions/storage/gcs.ts'
import { createVendor } from '../../functions/tardis/vendor.ts'
import { convert } from '../../functions/ticks/convert.ts'
import { DATE, marketOf, repeatedDataset, VENUE } from '../bench/memory/market.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { World } from './world.ts'

const MIB = 1048576
/** Sockets of the kernel on both sides, which are not ours to bound, and what is in our own buffers. */
const MAX_READ_AHEAD_BYTES = 16 * MIB

/** Until `value` has been the same for so many turns of the event loop, which all that is ready gets a share of. */
async function standstill(value: () => number, turns = 300): Promise<number> {
  let last = value()
  for (let quiet = 0; quiet < turns; quiet++) {
    await new Promise(resolve => setImmediate(resolve))
    if (value() !== last) quiet = 0
    last = value()
  }
  return last
}

describe('a bucket that accepts no bytes', () => {
  it('stops reading the source, in constant memory, and continues when the bucket accepts bytes again', async () => {
    await using open = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'slow-bucket-'))
    open.defer(() => rm(folder, { recursive: true }))
    const dataset = await repeatedDataset('options_chain', 150e6, 10e6)
    let sentBytes = 0
    const stream = () =>
      Readable.from(
        (async function* () {
          for await (const chunk of dataset.stream()) {
            sentBytes += chunk.length
            yield chunk
          }
        })(),
        { objectMode: false },
      )
    const source = marketOf('options_chain', ['OPTIONS'], { ...dataset, stream })
    const server = open.adopt(await startTardisServer({ source }), one => one.close())
    const gcs = open.adopt(await startGcsServer({ folder, bucket: 'ticks' }), one => one.close())
    const proxy = open.adopt(await startFaultProxy(gcs.endpoint), one => one.close())
    const world = new World()
    const { apiUrl, datasetsUrl } = server
    const bucket = open.adopt(createGcsBucket({ bucket: 'ticks', apiEndpoint: proxy.endpoint }), one => one.close())
    const vendor = open.adopt(createVendor({ apiUrl, datasetsUrl, log: world.log }), one => one.close())
    const config = { ...world.config, dataTypes: ['options_chain'] }
    const buffers = () => smallestPlan(256 * MIB, 1, true)
    const services = { ...world.services, bucket, vendor, convert, config, buffers, clock: systemClock }
    const deliver = (message: object) =>
      handleVenueDay({ id: '1', data: Buffer.from(JSON.stringify(message)) }, services)

    const stalled = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    proxy.choose = ({ method }) => {
      if (method !== 'PUT') return undefined
      stalled.resolve()
      return { after: released.promise }
    }
    await deliver({ venue: VENUE, date: DATE })
    const fetched = deliver(world.queue.shift()!.value)
    await Promise.race([stalled.promise, fetched])

    const readBytes = await standstill(() => sentBytes)
    const residentAt = residentBytes()
    assert.ok(readBytes < MAX_READ_AHEAD_BYTES, `${readBytes / MIB} MiB were read of ${dataset.bytes / MIB}`)
    assert.ok(dataset.bytes > 2 * MAX_READ_AHEAD_BYTES, 'the source is too short to tell')
    assert.equal(await standstill(() => sentBytes, 2_000), readBytes)
    assert.ok(residentBytes() - residentAt < 2 * MIB, 'memory grew while the bucket took nothing')

    released.resolve()
    assert.deepEqual(await fetched, { outcome: 'batch', counts: { stored: 1 }, adopted: 0, handedOn: 0 })
    assert.equal(sentBytes, dataset.bytes)
  }).timeout(60_000)
})
