/**
 * How a fixed allocation is shared out: the bound of every buffer between socket and bucket, in one table, so that the
 * sum can be checked. Pure.
 */

const KIB = 1024
const MIB = 1024 * KIB

/** One row of the table. `count` is how many of it there are in the process at once. */
export interface BufferPart {
  readonly part: string
  readonly bytes: number
  readonly count: number
  /** False for what the container's limit counts, but resident memory does not. */
  readonly resident: boolean
}

export interface BufferPlan {
  /** What the uploader collects before it sends: a multiple of 256 KiB, as resumable uploads want. */
  readonly uploadChunkBytes: number
  /** The high-water mark of a response body: what may wait between the socket and the converter. */
  readonly socketBufferBytes: number
  /**
   * Whether Parquet row groups are small. Decided once, by the configuration and the allocation: a file's bytes must not
   * depend on how much memory happens to be free.
   */
  readonly smallRowGroups: boolean
  /** Threads of one conversion. */
  readonly threads: 1 | 2
  /** Working memory of one conversion in one thread, at most. */
  readonly converterBytes: number
  /** What its second thread adds, at most; 0 where there is none. */
  readonly threadBytes: number
  /** Resident memory that one item in work adds, at most. */
  readonly itemBytes: number
  /** How many items fit at once: at most the workers asked for, at least one. */
  readonly itemsAtOnce: number
  readonly parts: readonly BufferPart[]
  /** The sum over `parts`. */
  readonly totalBytes: number
  /** False where even one item with the smallest buffers may need more than the allocation. */
  readonly fits: boolean
}

/**
 * Node with what the fetch function loads (storage, pubsub, undici, logging), before any work, as infra sets it up: 113 to
 * 118 MiB. 25 MiB more without `--max-semi-space-size=2`, some more with the allocator's own settings.
 */
export const PROCESS_BYTES = 120 * MIB
/** The heap's growth in work, with the garbage of a young generation that small machines get. */
const HEAP_BYTES = 20 * MIB
/** Kept free for page tables, thread stacks and what nobody foresaw. */
const RESERVE_SHARE = 1 / 16

/**
 * The kernel's own buffers of a download and an upload that wait for the other side: not ours to bound, seldom full,
 * and given back under pressure (https://docs.kernel.org/networking/ip-sysctl.html, tcp_rmem and tcp_wmem).
 */
const KERNEL_SOCKET_BYTES = 2 * MIB

/** A chunk is there up to three times: being filled, being sent, and encrypted while it is sent. */
const CHUNK_COPIES = 3

/**
 * What a conversion takes, by the size of its row groups. `kernelBytes`: the WebAssembly memory that the columns of the
 * widest known data type, an options chain, are laid out in; kernels are reused, so after some files of all types each
 * holds that much. `placeBytes`: room for one more row group, which is parsed while a second thread encodes the other.
 * `frameBytes`: one compressed page of nothing but text. Held to `ticks/layout.ts` by a test.
 */
export const ROW_GROUPS = {
  small: { kernelBytes: 31 * MIB, placeBytes: 25 * MIB, frameBytes: 5 * MIB },
  large: { kernelBytes: 153 * MIB, placeBytes: 139 * MIB, frameBytes: 33 * MIB },
} as const
/** One ZSTD context for pages. */
const ZSTD_BYTES = 3 * MIB
/** A thread's V8 with its code, heap and stack, and four chunks of the file on their way out of it. */
const ISOLATE_BYTES = 13 * MIB

const EFFICIENT = {
  chunks: [4 * MIB, 3 * MIB, 2 * MIB, 1.5 * MIB, 1 * MIB],
  smallRowGroups: true,
  socketBufferBytes: 64 * KIB,
}
const GENEROUS = { chunks: [16 * MIB, 8 * MIB], smallRowGroups: false, socketBufferBytes: 1 * MIB }

export interface PlanFor {
  readonly limitBytes: number
  /** Keeps to small buffers however much there is. */
  readonly memoryEfficient: boolean
  /** Items at once, at most. */
  readonly workers: number
  /** A second thread needs a second one to be of use. */
  readonly processors: number
}

/**
 * The plan for `workers` items at once within `limitBytes`: with a second thread for each if there is room, then with
 * the largest buffers with which they all fit; else the smallest buffers and as many items as fit.
 */
export function bufferPlan({ limitBytes, memoryEfficient, workers, processors }: PlanFor): BufferPlan {
  const sizes = memoryEfficient ? [EFFICIENT] : [GENEROUS, EFFICIENT]
  for (const { chunks, ...stage } of sizes) {
    for (const threads of processors > 1 ? ([2, 1] as const) : ([1] as const)) {
      for (const uploadChunkBytes of chunks) {
        const plan = planOf(limitBytes, workers, { ...stage, threads, uploadChunkBytes })
        if (plan.fits && plan.itemsAtOnce === workers) return plan
      }
    }
  }
  return smallestPlan(limitBytes, workers, true)
}

/** The plan with every buffer at its smallest, for when memory is short; row groups are as told. */
export function smallestPlan(limitBytes: number, workers: number, smallRowGroups: boolean): BufferPlan {
  return planOf(limitBytes, workers, {
    uploadChunkBytes: 1 * MIB,
    socketBufferBytes: 64 * KIB,
    smallRowGroups,
    threads: 1,
  })
}

/** What is left of a limit for work, the reserve taken off. */
export function usableBytes(limitBytes: number): number {
  return Math.floor(limitBytes * (1 - RESERVE_SHARE))
}

type Buffers = Pick<BufferPlan, 'uploadChunkBytes' | 'socketBufferBytes' | 'smallRowGroups' | 'threads'>
type Stage = Buffers & Pick<BufferPlan, 'converterBytes' | 'threadBytes'>

function planOf(limitBytes: number, workers: number, buffers: Buffers): BufferPlan {
  const stage = { ...buffers, ...conversionBytes(buffers) }
  const perItem = itemParts(stage)
  const charged = sum(perItem)
  const free = usableBytes(limitBytes) - PROCESS_BYTES - HEAP_BYTES
  const fitting = Math.floor(free / charged)
  const itemsAtOnce = Math.max(1, Math.min(workers, fitting))
  const parts = [
    { part: 'process and libraries', bytes: PROCESS_BYTES, count: 1, resident: true },
    { part: 'heap in work, with its garbage', bytes: HEAP_BYTES, count: 1, resident: true },
    ...perItem.map(part => ({ ...part, count: part.count * itemsAtOnce })),
    { part: 'reserve', bytes: limitBytes - usableBytes(limitBytes), count: 1, resident: true },
  ]
  const itemBytes = sum(perItem.filter(part => part.resident))
  return { ...stage, itemBytes, itemsAtOnce, parts, totalBytes: sum(parts), fits: fitting >= 1 }
}

function conversionBytes({ smallRowGroups, threads }: Buffers) {
  const { kernelBytes, placeBytes, frameBytes } = smallRowGroups ? ROW_GROUPS.small : ROW_GROUPS.large
  const writerBytes = frameBytes + ZSTD_BYTES
  return {
    converterBytes: kernelBytes + writerBytes,
    threadBytes: threads === 2 ? placeBytes + writerBytes + ISOLATE_BYTES : 0,
  }
}

function itemParts({ uploadChunkBytes, socketBufferBytes, converterBytes, threadBytes }: Stage): BufferPart[] {
  return [
    { part: 'kernel socket buffers', bytes: KERNEL_SOCKET_BYTES, count: 2, resident: false },
    { part: 'response body', bytes: socketBufferBytes, count: 1, resident: true },
    { part: 'converter', bytes: converterBytes, count: 1, resident: true },
    { part: 'second thread of the converter', bytes: threadBytes, count: 1, resident: true },
    { part: 'upload chunk', bytes: uploadChunkBytes, count: CHUNK_COPIES, resident: true },
  ]
}

function sum(parts: readonly BufferPart[]): number {
  return parts.reduce((total, { bytes, count }) => total + bytes * count, 0)
}
