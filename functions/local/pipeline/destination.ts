import type { Bucket } from '../../storage/bucket.ts'
import { openFolderBucket, readFolder } from '../../storage/folder/folder-bucket.ts'
import { type GcsConfig, gcsOptions } from '../../storage/gcs-config.ts'
import { ledgerPrefix } from '../../storage/names.ts'

export interface OpenDestination extends AsyncDisposable {
  readonly bucket: Bucket
}

/** Where objects are: a folder of this machine, or a bucket. */
export type Destination =
  | { readonly kind: 'folder'; readonly folder: string; readonly shown: string }
  | { readonly kind: 'bucket'; readonly bucket: string; readonly shown: string }

/** What the addresses of the tables begin with: the whole path of a folder. */
export function tablesRoot(destination: Destination): string {
  return destination.kind === 'folder' ? destination.folder : destination.shown
}

interface Where {
  readonly destination: Destination
  readonly config: GcsConfig
}

/** The bucket to read from. A folder is read without its lock, also beside the process that works on it. */
export async function openForReading({ destination, config }: Where): Promise<OpenDestination> {
  if (destination.kind === 'folder') {
    const bucket = readFolder({ folder: destination.folder, displayUrl: destination.shown })
    return { bucket, async [Symbol.asyncDispose]() {} }
  }
  const { createGcsBucket } = await import('../../storage/gcs.ts')
  const bucket = createGcsBucket(gcsOptions(destination.bucket, config, Date.now))
  return { bucket, [Symbol.asyncDispose]: () => bucket.close() }
}

/**
 * The bucket to work on. A folder belongs to this process until disposal.
 * @throws Error where the folder is in use, or the bucket cannot be read: better now, and once, than for each message
 */
export async function openForWork({ destination, config }: Where): Promise<OpenDestination> {
  if (destination.kind === 'folder') {
    const bucket = await openFolderBucket({ folder: destination.folder, displayUrl: destination.shown })
    return { bucket, [Symbol.asyncDispose]: () => bucket.close() }
  }
  const opened = await openForReading({ destination, config })
  for await (const _ of opened.bucket.list(ledgerPrefix(config.gcsPrefix))) break
  return opened
}
