import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startGcsServer } from '../functions/emulators/gcs/server.ts'

/** So that the same bundle gives the same cache. V8 does not compare these two when it takes a cache, as it does most flags. */
const DETERMINISTIC = ['--predictable', '--random-seed=1']

/** What the functions find in their environment: no address but the loopback's. */
const ENVIRONMENT = {
  PATH: process.env.PATH,
  PORT: '0',
  NODE_ENV: 'production',
  GCS_BUCKET: 'code-cache',
  VENUES: 'deribit',
  GOOGLE_CLOUD_PROJECT: 'code-cache',
  METADATA_SERVER_DETECTION: 'none',
}

/**
 * Runs the bundles in the folder `dist` and writes beside them what V8 compiled for that: `functions.cache`, `pubsub.cache`.
 * @throws Error with the output of the run if it fails
 */
export async function writeCodeCaches(dist: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'code-cache-'))
  const bucket = await startGcsServer({ folder, bucket: ENVIRONMENT.GCS_BUCKET })
  try {
    const args = [...DETERMINISTIC, join(import.meta.dirname, 'bundle', 'warm.cjs'), dist]
    const env = { ...ENVIRONMENT, GCS_API_ENDPOINT: bucket.endpoint }
    await promisify(execFile)(process.execPath, args, { cwd: join(dist, '..'), env })
  } finally {
    await bucket.close()
    await rm(folder, { recursive: true })
  }
}
