import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGcsServer } from '../../functions/emulators/gcs/server.ts'
import { createGcsBucket } from '../../functions/storage/gcs.ts'
import { describeBucket } from '../support/bucket-suite.ts'

const CHUNK_BYTES = 256 * 1024

describe('createGcsBucket', () => {
  describeBucket(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gcs-bucket-'))
    const server = await startGcsServer({ folder, bucket: 'ticks' })
    const options = { bucket: 'ticks', apiEndpoint: server.endpoint, chunkBytes: CHUNK_BYTES, retryDelayMs: 1 }
    const bucket = createGcsBucket(options)
    return {
      bucket,
      async close() {
        await bucket.close()
        await server.close()
        await rm(folder, { recursive: true })
      },
    }
  }, CHUNK_BYTES)
})
