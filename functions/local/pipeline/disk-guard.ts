import type { Bucket, ObjectWriter } from '../../storage/bucket.ts'
import { DiskFullError } from '../../storage/folder/disk-full-error.ts'

/**
 * The same bucket. It calls `onFull` each time that a write fails because the disk is full, so that the run can be stopped
 * before more is downloaded. The write fails as it would without.
 */
export function watchDisk(bucket: Bucket, onFull: (error: DiskFullError) => void): Bucket {
  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      if (error instanceof DiskFullError) onFull(error)
      throw error
    }
  }
  const writer = (inner: ObjectWriter): ObjectWriter => ({
    write: chunk => guarded(inner.write(chunk)),
    commit: () => guarded(inner.commit()),
    abort: () => inner.abort(),
  })
  return {
    url: bucket.url,
    stat: (...args) => bucket.stat(...args),
    read: (...args) => bucket.read(...args),
    readRange: (...args) => bucket.readRange(...args),
    readBeginning: (...args) => bucket.readBeginning(...args),
    list: (...args) => bucket.list(...args),
    remove: (object, signal) => bucket.remove(object, signal),
    listFolders: (...args) => bucket.listFolders(...args),
    write: (...args) => guarded(bucket.write(...args)),
    copy: (...args) => guarded(bucket.copy(...args)),
    createWriter: (...args) => writer(bucket.createWriter(...args)),
  }
}
