import { constants, createZstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

/** Compresses pages, one ZSTD frame each (https://www.rfc-editor.org/rfc/rfc8878). */
export interface Compressor {
  /** Writes the page's frame to `out`, which has room for `frameBound` of it; returns the frame's length. */
  compress(page: Uint8Array, out: Uint8Array): number
}

/** A page has been encoded already: level 2 is 4 % smaller than 1, and higher levels take more time than they save. */
const PARAMS = { [constants.ZSTD_c_compressionLevel]: 2 }

/** The most bytes that a frame can take (`ZSTD_compressBound`, and some to spare). */
export function frameBound(pageBytes: number): number {
  return pageBytes + (pageBytes >> 8) + 512
}

const owned = new WeakMap<object, Compressor>()

/**
 * The compressor that goes with a kernel, for one file after the other: a context of its own for each file is 3 MiB that
 * is given back only when it is collected. One that has failed is in the middle of a page and is not used again.
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

/** One context for all pages where this Node.js allows it; both ways give the same bytes. */
export function createCompressor(): Compressor {
  const kept = keptContext()
  return kept && worksOn(kept, Buffer.from('a page, a page, a page')) ? kept : newContexts
}

/** Documented calls alone: a new context for each page, half as fast. */
export const newContexts: Compressor = {
  compress(page, out) {
    const frame = zstdCompressSync(page, { params: PARAMS, pledgedSrcSize: page.length })
    out.set(frame)
    return frame.length
  },
}

/** What a zlib stream of Node.js stands on; not documented, so it is looked at before it is used. */
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

/** Keeps one context and its memory, and writes where it is told; undefined where Node.js is built otherwise. */
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
    // Whatever is wrong with it, the documented way is there.
    return false
  }
}
