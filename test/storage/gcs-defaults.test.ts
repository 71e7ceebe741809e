import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGcsServer } from '../../functions/emulators/gcs/server.ts'
import { ABSENT } from '../../functions/storage/bucket.ts'
import { createGcsBucket } from '../../functions/storage/gcs.ts'
import { committed, someBytes } from '../support/bucket-suite.ts'
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { leapingClock } from '../support/leaping-clock.ts'
import { isChunk, TYPE } from './proxied-bucket.ts'

const MIB = 1024 * 1024

describe('createGcsBucket, where only the name of the bucket is given', () => {
  let folder: string
  let server: Awaited<ReturnType<typeof startGcsServer>>
  let proxy: FaultProxy
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gcs-defaults-'))
    server = await startGcsServer({ folder, bucket: 'ticks' })
    proxy = await startFaultProxy(server.endpoint)
  })
  afterEach(async () => {
    await proxy.close()
    await server.close()
    await rm(folder, { recursive: true })
  })

  it('sends chunks of 4 MiB', async () => {
    const bucket = createGcsBucket({ bucket: 'ticks', apiEndpoint: `${proxy.endpoint}//` })
    const writer = bucket.createWriter('a', ABSENT, TYPE)
    await writer.write(someBytes(4 * MIB + 1))
    committed(await writer.commit())
    await bucket.close()
    const ranges = proxy.requests.filter(isChunk).map(({ headers }) => headers['content-range'])
    assert.deepEqual(ranges, ['bytes 0-4194303/*', 'bytes 4194304-4194304/4194305'])
  })

  it('tries again for 30 s, after up to 250 ms at first and 16 s at last', async () => {
    const clock = leapingClock()
    proxy.choose = () => ({ answer: 503 })
    const bucket = createGcsBucket({ bucket: 'ticks', apiEndpoint: proxy.endpoint, clock, random: () => 0.5 })
    await assert.rejects(bucket.stat('a'), { code: 503 })
    await bucket.close()
    assert.deepEqual(clock.waitsMs, [125, 250, 500, 1_000, 2_000, 4_000, 8_000, 8_000])
  })
})
