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
  /** Working memory of one conversion, at most. */
  readonly converterBytes: number
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

/** Node with what the fetch function loads (storage, pubsub, undici, logging), before any work: measured 125 MiB. */
const PROCESS_BYTES = 126 * MIB
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

const EFFICIENT = { chunks: [4 * MIB, 2 * MIB, 1 * MIB], converterBytes: 24 * MIB, socketBufferBytes: 64 * KIB }
const GENEROUS = { chunks: [16 * MIB, 8 * MIB], converterBytes: 64 * MIB, socketBufferBytes: 1 * MIB }
const SMALLEST = { chunks: [1 * MIB], converterBytes: 24 * MIB, socketBufferBytes: 64 * KIB }

/**
 * The plan for `workers` items at once within `limitBytes`: the largest buffers with which they all fit, else the
 * smallest buffers and as many items as fit. `memoryEfficient` keeps to small buffers however much there is.
 */
export function bufferPlan(limitBytes: number, memoryEfficient: boolean, workers: number): BufferPlan {
  const sizes = memoryEfficient ? [EFFICIENT] : [GENEROUS, EFFICIENT]
  for (const { chunks, ...stage } of sizes) {
    for (const uploadChunkBytes of chunks) {
      const plan = planOf(limitBytes, workers, { ...stage, uploadChunkBytes })
      if (plan.fits && plan.itemsAtOnce === workers) return plan
    }
  }
  return smallestPlan(limitBytes, workers)
}

/** The plan with every buffer at its smallest: for when memory is short. */
export function smallestPlan(limitBytes: number, workers: number): BufferPlan {
  const { chunks, ...stage } = SMALLEST
  return planOf(limitBytes, workers, { ...stage, uploadChunkBytes: chunks[0]! })
}

/** What is left of a limit for work, the reserve taken off. */
export function usableBytes(limitBytes: number): number {
  return Math.floor(limitBytes * (1 - RESERVE_SHARE))
}

type Stage = Pick<BufferPlan, 'uploadChunkBytes' | 'socketBufferBytes' | 'converterBytes'>

function planOf(limitBytes: number, workers: number, stage: Stage): BufferPlan {
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

function itemParts({ uploadChunkBytes, socketBufferBytes, converterBytes }: Stage): BufferPart[] {
  return [
    { part: 'kernel socket buffers', bytes: KERNEL_SOCKET_BYTES, count: 2, resident: false },
    { part: 'response body', bytes: socketBufferBytes, count: 1, resident: true },
    { part: 'converter', bytes: converterBytes, count: 1, resident: true },
    { part: 'upload chunk', bytes: uploadChunkBytes, count: CHUNK_COPIES, resident: true },
  ]
}

function sum(parts: readonly BufferPart[]): number {
  return parts.reduce((total, { bytes, count }) => total + bytes * count, 0)
}
