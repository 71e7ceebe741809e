import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bucket } from '../../../functions/storage/bucket.ts'
import { openFolderBucket } from '../../../functions/storage/folder/folder-bucket.ts'

export interface OpenFolder {
  readonly folder: string
  bucket: Bucket
  /** Gives the folder back and opens it anew. */
  reopen(): Promise<void>
  /** Gives the folder back and removes it. */
  close(): Promise<void>
}

/** A bucket on a new folder. */
export async function openTemporaryFolder(): Promise<OpenFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'folder-bucket-'))
  let bucket = await openFolderBucket({ folder })
  const opened: OpenFolder = {
    folder,
    bucket,
    async reopen() {
      await bucket.close()
      bucket = await openFolderBucket({ folder })
      opened.bucket = bucket
    },
    async close() {
      await bucket.close()
      await rm(folder, { recursive: true })
    },
  }
  return opened
}
