import { join } from 'node:path'
import { invalid } from './api-error.ts'

/** Where everything is kept that is not an object. */
export const HIDDEN = '.tick-handler'

const MAX_NAME_BYTES = 1024
const MAX_SEGMENT_BYTES = 255

/**
 * The file of an object: its name below the folder, as it is.
 *
 * @throws ApiError 400 for a name that is no path below the folder, or leads into the hidden folder.
 */
export function objectPath(folder: string, name: string): string {
  const bytes = Buffer.byteLength(name)
  if (bytes === 0 || bytes > MAX_NAME_BYTES) throw invalid(`object name has ${bytes} bytes, not 1 to ${MAX_NAME_BYTES}`)
  if (!name.isWellFormed() || ['\0', '\r', '\n'].some(char => name.includes(char))) {
    throw invalid(`object name ${JSON.stringify(name)} has characters that no name can have`)
  }
  const segments = name.split('/')
  for (const segment of segments) {
    if (segment === '' || segment === '.' || segment === '..') {
      throw invalid(`object name ${JSON.stringify(name)} has an empty, . or .. part: it is no path below a folder`)
    }
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) {
      throw invalid(
        `object name ${JSON.stringify(name)} has a part over ${MAX_SEGMENT_BYTES} bytes, too long for a file`,
      )
    }
  }
  if (segments[0]!.toLowerCase() === HIDDEN) throw invalid(`${HIDDEN} is the local bucket's own folder`)
  return join(folder, ...segments)
}
