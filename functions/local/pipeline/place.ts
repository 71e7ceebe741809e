import type { Bucket } from '../../storage/bucket.ts'
import { type GcsConfig, gcsOptions } from '../../storage/gcs-config.ts'
import { ledgerPrefix } from '../../storage/names.ts'
import { openFolder } from './folder-bucket.ts'

/** What serves a bucket is loaded only where it is needed: reading a folder takes none of it. */

export interface OpenPlace extends AsyncDisposable {
  readonly bucket: Bucket
}

/** Where objects are: a folder of this machine, or a bucket. */
export type Place =
  | { readonly kind: 'folder'; readonly folder: string; readonly shown: string }
  | { readonly kind: 'bucket'; readonly bucket: string; readonly shown: string }

interface Where {
  readonly place: Place
  readonly config: GcsConfig
}

/** The bucket to read from; a folder is read as it stands, without a server and without its lock. */
export async function openForReading({ place, config }: Where): Promise<OpenPlace> {
  if (place.kind === 'folder') return { bucket: openFolder(place.folder), async [Symbol.asyncDispose]() {} }
  const { createGcsBucket } = await import('../../storage/gcs.ts')
  const bucket = createGcsBucket(gcsOptions(place.bucket, config, Date.now))
  return { bucket, [Symbol.asyncDispose]: () => bucket.close() }
}

/**
 * The bucket to work on; a folder is served by a bucket server in this process, which locks it until disposal.
 * @throws Error where the folder is in use, or the bucket cannot be read: better now, and once, than for each message
 */
export async function openForWork({ place, config }: Where): Promise<OpenPlace> {
  if (place.kind === 'bucket') {
    const opened = await openForReading({ place, config })
    for await (const _ of opened.bucket.list(ledgerPrefix(config.gcsPrefix))) break
    return opened
  }
  const { createGcsBucket } = await import('../../storage/gcs.ts')
  const { startGcsServer } = await import('../../emulators/gcs/server.ts')
  const server = await startGcsServer({ folder: place.folder, bucket: LOCAL_BUCKET })
  const bucket = createGcsBucket({ bucket: LOCAL_BUCKET, apiEndpoint: server.endpoint, displayUrl: place.shown })
  return {
    bucket,
    async [Symbol.asyncDispose]() {
      await bucket.close()
      await server.close()
    },
  }
}

/** The folder's name as a bucket: nobody sees it. */
const LOCAL_BUCKET = 'local'
