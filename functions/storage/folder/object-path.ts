import { join } from 'node:path'
import { FolderError } from './folder-error.ts'

/** Holds everything that is not an object. */
export const HIDDEN = '.tick-handler'

const MAX_NAME_BYTES = 1024
const MAX_SEGMENT_BYTES = 255

/**
 * The file of an object: the name is the path below the folder.
 *
 * @throws FolderError INVALID_NAME for a name that is no path below the folder or leads into the hidden folder.
 */
export function objectPath(folder: string, name: string): string {
  const fault = nameFault(name)
  if (fault !== undefined) throw new FolderError('INVALID_NAME', fault)
  return join(folder, name)
}

/** What is wrong with an object's name, or undefined. */
export function nameFault(name: string): string | undefined {
  const bytes = Buffer.byteLength(name)
  if (bytes === 0 || bytes > MAX_NAME_BYTES) return `object name has ${bytes} bytes, expected 1 to ${MAX_NAME_BYTES}`
  if (!name.isWellFormed() || /[\0\r\n]/.test(name)) return `${quote(name)} has characters that no name can have`
  const segments = name.split('/')
  if (segments.some(segment => segment === '' || segment === '.' || segment === '..')) {
    return `${quote(name)} has an empty, . or .. part: it is no path below a folder`
  }
  if (segments.some(segment => Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)) {
    return `${quote(name)} has a part over ${MAX_SEGMENT_BYTES} bytes, too long for a file`
  }
  if (segments[0]!.toLowerCase() === HIDDEN) return `${quote(name)}: ${HIDDEN} is the local bucket's own folder`
  return undefined
}

const quote = (name: string): string => `object name ${JSON.stringify(name)}`
