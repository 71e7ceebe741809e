import { constants, createZstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

/** Compresses pages, one ZSTD frame each (https://www.rfc-editor.org/rfc/rfc8878). */
export interface Compressor {
  /** Writes the page's frame to `out`, which has room for `frameBound` of it; returns the frame's length. */
  compress(page: Uint8Array, out: Uint8Array): number
}

/** How to compress a page, by what is in it. Each has a context of its own. */
export const CONTENT = {
  /**
   * Dictionary codes, and texts without what they share with the one before. Short matches in them cost more to write and to
   * look for than they save, and so does a large table of places.
   */
  codes: {
    [constants.ZSTD_c_compressionLevel]: 1,
    [constants.ZSTD_c_minMatch]: 7,
    [constants.ZSTD_c_hashLog]: 13,
  },
  /** Times and doubles, which dictionaries consist of too: higher levels take more time than they save. */
  values: { [constants.ZSTD_c_compressionLevel]: 2 },
} as const
export type Content = keyof typeof CONTENT
type Params = Readonly<Record<number, number>>

/** The maximum length of a page's frame (`ZSTD_compressBound`, and some more). */
export function frameBound(pageBytes: number): number {
  return pageBytes + (pageBytes >> 8) + 512
}

const owned = new WeakMap<object, Map<Content, Compressor>>()

/**
 * Returns a compressor of a kernel, which is used for one file after the other. A new context for each file would be
 * memory that only garbage collection frees. A compressor that has failed stopped within a page and is not used again.
 */
export function compressorOf(kernel: object, content: Content): Compressor {
  const compressors = owned.get(kernel) ?? new Map<Content, Compressor>()
  owned.set(kernel, compressors)
  const found = compressors.get(content)
  if (found) return found
  const made = createCompressor(CONTENT[content])
  const compressor: Compressor = {
    compress(page, out) {
      try {
        return made.compress(page, out)
      } catch (error) {
        compressors.delete(content)
        throw error
      }
    },
  }
  compressors.set(content, compressor)
  return compressor
}

/** Uses one context for all pages where this Node.js allows it, else a new one for each. Both give the same bytes. */
export function createCompressor(params: Params): Compressor {
  const kept = keptContext(params)
  return kept && worksOn(kept, Buffer.from('a page, a page, a page')) ? kept : newContexts(params)
}

/** A new context for each page, by documented calls only. Half as fast. */
export function newContexts(params: Params): Compressor {
  return {
    compress(page, out) {
      const frame = zstdCompressSync(page, { params, pledgedSrcSize: page.length })
      out.set(frame)
      return frame.length
    },
  }
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
export function keptContext(params: Params): Compressor | undefined {
  const stream = createZstdCompress({ params }) as unknown as {
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
