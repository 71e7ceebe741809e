import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'

/** One page → one ZSTD frame, off the JavaScript thread. */
const zstd = promisify(zstdCompress)

/** A page has been encoded already: level 2 is 4 % smaller than 1, and higher levels take more time than they save. */
const PARAMS = { [constants.ZSTD_c_compressionLevel]: 2 }

/** @param page must stay as it is until the promise resolves */
export function compress(page: Uint8Array): Promise<Buffer> {
  return zstd(page, { params: PARAMS, pledgedSrcSize: page.length })
}
