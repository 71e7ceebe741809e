import { BUCKET, type Served, serveFolder } from '../emulators/gcs/with-server.ts'
import { startPubSubServer } from './pubsub-server.ts'

/** A bucket and topics for functions that run in processes of their own, and the environment that names them. */
export interface FunctionEmulators {
  readonly bucket: Served
  readonly topics: Awaited<ReturnType<typeof startPubSubServer>>
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

export async function startFunctionEmulators(): Promise<FunctionEmulators> {
  const bucket = await serveFolder()
  const topics = await startPubSubServer()
  const env = {
    GCS_BUCKET: BUCKET,
    GCS_API_ENDPOINT: bucket.server.endpoint,
    PUBSUB_EMULATOR_HOST: topics.host,
    GOOGLE_CLOUD_PROJECT: 'team-42',
    VENUES: 'deribit',
    LOOKBACK_DAYS: '3',
  }
  const close = async () => {
    await topics.close()
    await bucket.close()
  }
  return { bucket, topics, env, close }
}
