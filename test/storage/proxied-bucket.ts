import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGcsServer } from '../../functions/emulators/gcs/server.ts'
import { ABSENT, type Bucket, type StoredObject, type WriteOutcome } from '../../functions/storage/bucket.ts'
import { createGcsBucket } from '../../functions/storage/gcs.ts'
import { StorageError } from '../../functions/storage/storage-error.ts'
import { committed, someBytes } from '../support/bucket-suite.ts'
import { type FaultProxy, type PassedRequest, startFaultProxy } from '../support/fault-proxy.ts'

export const CHUNK_BYTES = 256 * 1024
export const TYPE = { contentType: 'application/octet-stream' }
/** Goes in one request. */
export const SMALL = someBytes(1000)
/** Goes in four chunks. */
export const LARGE = someBytes(3 * CHUNK_BYTES + 100, 2)

export const isInsert = ({ url }: PassedRequest) => url.includes('uploadType=multipart')
export const isOpening = ({ method, url }: PassedRequest) => method === 'POST' && url.includes('uploadType=resumable')
export const isChunk = (request: PassedRequest) => request.method === 'PUT' && !isQuery(request)
export const isQuery = ({ headers }: PassedRequest) => String(headers['content-range']).startsWith('bytes */')
export const isLast = (request: PassedRequest) =>
  isChunk(request) && /\/\d+$/.test(String(request.headers['content-range']))
export const isGet = ({ method }: PassedRequest) => method === 'GET'

type GcsBucket = Bucket & { close(): Promise<void> }

/** A bucket over a proxy where faults are planted. */
export interface ProxiedBucket {
  /** Where the objects are. */
  readonly folder: string
  readonly proxy: FaultProxy
  readonly bucket: GcsBucket
  /** Past the proxy: what is really there. */
  readonly truth: GcsBucket
  seed(name: string, data: Uint8Array): Promise<StoredObject>
  stream(name: string, content: Uint8Array, signal?: AbortSignal): Promise<WriteOutcome>
  contentOf(name: string): Promise<Buffer>
  close(): Promise<void>
}

/** @param silenceMs how long the bucket over the proxy waits for a byte: short only where silence is planted */
export async function openProxiedBucket(silenceMs = 10_000): Promise<ProxiedBucket> {
  const folder = await mkdtemp(join(tmpdir(), 'gcs-faults-'))
  const server = await startGcsServer({ folder, bucket: 'ticks' })
  const proxy = await startFaultProxy(server.endpoint)
  const options = { bucket: 'ticks', chunkBytes: CHUNK_BYTES, retryDelayMs: 1 }
  const bucket = createGcsBucket({ ...options, apiEndpoint: proxy.endpoint, silenceMs, retryBudgetMs: 10_000 })
  const truth = createGcsBucket({ ...options, apiEndpoint: server.endpoint })
  return {
    folder,
    proxy,
    bucket,
    truth,
    seed: async (name, data) => committed(await truth.write(name, data, ABSENT, TYPE)),
    async stream(name, content, signal) {
      const writer = bucket.createWriter(name, ABSENT, { ...TYPE, freesChunks: true, ...(signal ? { signal } : {}) })
      try {
        for (let at = 0; at < content.length; at += 70_000) await writer.write(content.slice(at, at + 70_000))
        return await writer.commit()
      } catch (error) {
        await writer.abort()
        throw error
      }
    },
    contentOf: async name => Buffer.from((await truth.read(name))!.data),
    async close() {
      await bucket.close()
      await truth.close()
      await proxy.close()
      await server.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** For assert.rejects: a StorageError of this code about the object. */
export function isError(code: number | string, retryable: boolean, object: string | null = 'a') {
  return (error: unknown) => {
    assert.ok(error instanceof StorageError, String(error))
    assert.deepEqual([error.code, error.retryable, error.object], [code, retryable, object ?? undefined])
    assert.equal(error.bucket, 'gs://ticks')
    assert.ok(error.message.includes('gs://ticks'), error.message)
    return true
  }
}
