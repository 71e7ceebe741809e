import { type MemoryPart, sumOfParts } from '../runtime/memory/parts.ts'
import type { Buffers } from '../services.ts'
import { uploadMemory } from '../storage/memory.ts'
import { downloadMemory } from '../tardis/memory.ts'
import { conversionMemory } from '../ticks/memory.ts'
import { heldMemory } from './held.ts'

/**
 * How a fixed allocation is shared out between the items in work: each room says what one item takes of it, and their sum is
 * kept within the allocation. Pure.
 */

const KIB = 1024
const MIB = 1024 * KIB

export interface MemoryPlan extends Buffers {
  /** Resident memory that one item in work adds, at most. */
  readonly itemBytes: number
  /** Of the responses that wait for the converter. */
  readonly heldBytes: number
  /** How many items fit at once: at most `downloadMaxWorkers`, at least one. */
  readonly itemsAtOnce: number
  readonly parts: readonly MemoryPart[]
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
/** Kept free for page tables, thread stacks and what was not foreseen. */
const RESERVE_SHARE = 1 / 16

const EFFICIENT = {
  chunks: [4 * MIB, 3 * MIB, 2 * MIB, 1.5 * MIB, 1 * MIB],
  memoryEfficient: true,
  socketBufferBytes: 64 * KIB,
}
const GENEROUS = { chunks: [16 * MIB, 8 * MIB], memoryEfficient: false, socketBufferBytes: 1 * MIB }

export interface PlanFor {
  readonly limitBytes: number
  /** Keeps to small buffers however much there is. */
  readonly memoryEfficient: boolean
  /** Items at once in this process, at most. */
  readonly downloadMaxWorkers: number
  /** Responses that wait for the converter, at most; none by default. */
  readonly heldItems?: number
  /** A second thread needs a second one to be of use. */
  readonly processors: number
}

/**
 * The plan for `downloadMaxWorkers` items at once within `limitBytes`: with a second thread for each if there is room, then
 * with the largest buffers with which they all fit; else the smallest buffers and as many items as fit.
 */
export function memoryPlan({
  limitBytes,
  memoryEfficient,
  downloadMaxWorkers,
  heldItems = 0,
  processors,
}: PlanFor): MemoryPlan {
  const sizes = memoryEfficient ? [EFFICIENT] : [GENEROUS, EFFICIENT]
  for (const { chunks, ...stage } of sizes) {
    for (const threads of processors > 1 ? ([2, 1] as const) : ([1] as const)) {
      for (const uploadChunkBytes of chunks) {
        const plan = planOf(limitBytes, downloadMaxWorkers, heldItems, { ...stage, threads, uploadChunkBytes })
        if (plan.fits && plan.itemsAtOnce === downloadMaxWorkers) return plan
      }
    }
  }
  return smallestPlan(limitBytes, downloadMaxWorkers, true, heldItems)
}

/** The plan with every buffer at its smallest, for when memory is short; row groups are as given. */
export function smallestPlan(
  limitBytes: number,
  downloadMaxWorkers: number,
  memoryEfficient: boolean,
  heldItems = 0,
): MemoryPlan {
  return planOf(limitBytes, downloadMaxWorkers, heldItems, {
    uploadChunkBytes: 1 * MIB,
    socketBufferBytes: 64 * KIB,
    memoryEfficient,
    threads: 1,
  })
}

/** What is left of a limit for work, the reserve taken off. */
export function usableBytes(limitBytes: number): number {
  return Math.floor(limitBytes * (1 - RESERVE_SHARE))
}

function planOf(limitBytes: number, downloadMaxWorkers: number, heldItems: number, buffers: Buffers): MemoryPlan {
  const held = heldMemory(heldItems, buffers.socketBufferBytes)
  const perItem = [
    ...downloadMemory(buffers.socketBufferBytes),
    ...conversionMemory(buffers),
    ...uploadMemory(buffers.uploadChunkBytes),
  ]
  const free = usableBytes(limitBytes) - PROCESS_BYTES - HEAP_BYTES - sumOfParts([held])
  const fitting = Math.floor(free / sumOfParts(perItem))
  const itemsAtOnce = Math.max(1, Math.min(downloadMaxWorkers, fitting))
  const parts = [
    { part: 'process and libraries', bytes: PROCESS_BYTES, count: 1, resident: true },
    { part: 'heap in work, with its garbage', bytes: HEAP_BYTES, count: 1, resident: true },
    held,
    ...perItem.map(part => ({ ...part, count: part.count * itemsAtOnce })),
    { part: 'reserve', bytes: limitBytes - usableBytes(limitBytes), count: 1, resident: true },
  ]
  const itemBytes = sumOfParts(perItem.filter(part => part.resident))
  return {
    ...buffers,
    itemBytes,
    heldBytes: sumOfParts([held]),
    itemsAtOnce,
    parts,
    totalBytes: sumOfParts(parts),
    fits: fitting >= 1,
  }
}
