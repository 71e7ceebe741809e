import { meaningOf } from '../../runtime/system-error.ts'
import { DiskFullError } from '../../storage/folder/disk-full-error.ts'
import { StorageError } from '../../storage/storage-error.ts'
import { bytes } from '../terminal/human.ts'

/**
 * An error as a person reads it: `PATH: permission denied` for the system's errors, the message of any other. What a bucket did
 * not do keeps its message, which names the object and the address, with what to do.
 */
export function systemErrorText(error: unknown): string {
  if (error instanceof DiskFullError) return diskFullText(error)
  if (error instanceof StorageError) return `${error.message}${hintOf(error)}`
  const meaning = meaningOf(error)
  if (meaning) return meaning.place ? `${meaning.place}: ${meaning.text}` : meaning.text
  return error instanceof Error ? error.message : String(error)
}

/** What to do about what a bucket of Google Cloud refuses. */
function hintOf({ bucket, object, operation, code }: StorageError): string {
  if (!bucket.startsWith('gs://')) return ''
  if (code === 404 && object === undefined) return '; check the name of the bucket'
  if (code === 403 && /^(list|read)/.test(operation))
    return '; reading needs the role Storage Object Viewer (roles/storage.objectViewer) on the bucket'
  return ''
}

function diskFullText({ path, freeBytes, neededBytes }: DiskFullError): string {
  const free = freeBytes === undefined ? '' : `${bytes(freeBytes)} free, `
  return `disk full: ${path} (${free}at least ${bytes(neededBytes)} needed). Make room and run the same command to resume.`
}
