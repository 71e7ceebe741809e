import { constants, createZstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

/** Compresses pages, one ZSTD frame each (https://www.rfc-editor.org/rfc/rfc8878). */
export interface Compressor {
  /** Writes the page's frame to `out`, which has room for `frameBound` of it; returns the frame's length. */
  compress(page: Uint8Array, out: Uint8Array): number
}

/** Level 2 gives 4 % less than level 1; higher levels take more time than they save, because pages are encoded already. */
const PARAMS = { [constants.ZSTD_c_compressionLevel]: 2 }

/** The maximum length of a page's frame (`ZSTD_compressBound`, and some more). */
export function frameBound(pageBytes: number): number {
  return pageBytes + (pageBytes >> 8) + 512
}

const owned = new WeakMap<object, Compressor>()

/**
 * Returns the compressor of a kernel, which is used for one file after the other. A new context for each file would be
 * 3 MiB that only garbage collection frees. A compressor that has failed stopped within a page and is not used again.
 */
export function compressorOf(kernel: object): Compressor {
  const found = owned.get(kernel)
  if (found) return found
  const made = createCompressor()
  const compressor: Compressor = {
    compress(page, out) {
      try {
        return made.compress(page, out)
      } catch (error) {
        owned.delete(kernel)
        throw error
      }
    },
  }
  owned.set(kernel, compressor)
  return compressor
}

/** Uses one context for all pages where this Node.js allows it, else a new one for each. Both give the same bytes. */
export function createCompressor(): Compressor {
  const kept = keptContext()
  return kept && worksOn(kept, Buffer.from('a page, a page, a page')) ? kept : newContexts
}

/** A new context for each page, by documented calls only. Half as fast. */
export const newContexts: Compressor = {
  compress(page, out) {
    const frame = zstdCompressSync(page, { params: PARAMS, pledgedSrcSize: page.length })
    out.set(frame)
    return frame.length
  },
}

/** The handle inside a zlib stream of Node.js. It is not documented, so the code checks its form before it uses it. */
interface Handle {
  writeSync(
    flush: number,
    input: Uint8Array,
    at: number,
    bytes: number,
    out: Uint8Array,
    outAt: number,
    room: number,
  ): void
}

/** Keeps one context and its memory. Undefined where this Node.js has another kind of handle. */
export function keptContext(): Compressor | undefined {
  const stream = createZstdCompress({ params: PARAMS }) as unknown as {
    _handle?: Partial<Handle>
    _writeState?: unknown
  }
  const { _handle: handle, _writeState: left } = stream
  if (typeof handle?.writeSync !== 'function' || !(left instanceof Uint32Array) || left.length !== 2) return undefined
  return {
    compress(page, out) {
      handle.writeSync!(constants.ZSTD_e_end, page, 0, page.length, out, 0, out.length)
      const [room, unread] = left as unknown as [number, number]
      if (unread !== 0 || room === 0)
        throw new Error(`ZSTD left ${unread} of ${page.length} bytes, ${room} of ${out.length} free`)
      return out.length - room
    },
  }
}

function worksOn(compressor: Compressor, sample: Uint8Array): boolean {
  try {
    const out = Buffer.alloc(frameBound(sample.length))
    const frame = out.subarray(0, compressor.compress(sample, out))
    return zstdDecompressSync(frame).equals(sample)
  } catch {
    // Any fault means the same: use the documented calls.
    return false
  }
}
