import { availableParallelism } from 'node:os'
import type { Clock } from '../runtime/deadline.ts'
import { garbageCollector } from '../runtime/memory/garbage.ts'
import { createMemoryGate, type MemoryGate, type Objection } from '../runtime/memory/gate.ts'
import { findLimit, type LimitOptions, type MemoryLimit } from '../runtime/memory/limit.ts'
import { residentBytes } from '../runtime/memory/usage.ts'
import type { Buffers } from '../services.ts'
import { type MemoryPlan, memoryPlan, PROCESS_BYTES, smallestPlan, usableBytes } from './memory-plan.ts'

/** What may be handed in. */
export interface MemoryBudgetOptions extends LimitOptions {
  /** Share of the allocation above which no further item starts and buffers shrink; 0.75 by default. */
  readonly threshold?: number
  /** Small buffers however much memory there is; true by default. */
  readonly memoryEfficient?: boolean
  /** Items at once in this process, at most; 2 by default. */
  readonly downloadMaxWorkers?: number
  /** Responses that wait for the converter in this process, at most; none by default. */
  readonly heldItems?: number
  /** What the machine has by default. */
  readonly processors?: number
  readonly resident?: () => number
  readonly reclaim?: () => void
  readonly clock?: Clock
}

export interface MemoryBudget extends MemoryLimit {
  readonly thresholdBytes: number
  /** The buffers and the number of items at once that fit the allocation. */
  readonly plan: MemoryPlan
  /** One for all batches of the process, because their items share the memory. */
  readonly gate: MemoryGate
  /**
   * The buffers to use now: the plan's, or the smallest while resident memory is at the threshold. Ask when an item
   * begins.
   */
  buffers(): Buffers
  /** Fields for the log's first line of a process. */
  describe(): Readonly<Record<string, unknown>>
  /** One line for each way in which the allocation is too small for the configuration. */
  readonly warnings: readonly string[]
}

/**
 * The memory budget of this process: how much there is, how it is shared, and when an item may start. It delays items and
 * sizes buffers. What has started always finishes, and nothing is killed. Holds no timer while no item waits.
 */
export function createMemoryBudget(options: MemoryBudgetOptions = {}): MemoryBudget {
  const { threshold = 0.75, memoryEfficient = true, downloadMaxWorkers = 2, resident = residentBytes } = options
  const { processors = availableParallelism(), heldItems = 0 } = options
  const { limitBytes, limitFrom } = findLimit(options)
  const thresholdBytes = Math.floor(limitBytes * threshold)
  const plan = memoryPlan({ limitBytes, memoryEfficient, downloadMaxWorkers, heldItems, processors })
  const small = smallestPlan(limitBytes, downloadMaxWorkers, plan.memoryEfficient, heldItems)
  const objection = objectionFrom({
    limitBytes,
    thresholdBytes,
    itemBytes: plan.itemBytes,
    heldBytes: plan.heldBytes,
    resident,
  })
  return {
    limitBytes,
    limitFrom,
    thresholdBytes,
    plan,
    gate: createMemoryGate({
      objection,
      reclaim: options.reclaim ?? garbageCollector(),
      ...(options.clock && { clock: options.clock }),
    }),
    warnings: warningsOf(plan, limitBytes, downloadMaxWorkers, resident()),
    buffers: () => (resident() >= thresholdBytes ? small : plan),
    describe: () => ({
      limitBytes,
      limitFrom,
      thresholdBytes,
      residentBytes: resident(),
      plannedBytes: plan.totalBytes,
      itemsAtOnce: plan.itemsAtOnce,
      uploadChunkBytes: plan.uploadChunkBytes,
      memoryEfficient: plan.memoryEfficient,
      threads: plan.threads,
      fits: plan.fits,
    }),
  }
}

/**
 * A further item may start below the threshold, if there is room for it even when those in work grow to their bounds: an
 * item that has just started does not show in resident memory yet.
 */
function objectionFrom(facts: {
  limitBytes: number
  thresholdBytes: number
  itemBytes: number
  heldBytes: number
  resident: () => number
}): Objection {
  const { limitBytes, thresholdBytes, itemBytes, heldBytes, resident } = facts
  const idleBytes = resident()
  return running => {
    const now = resident()
    const figures = { residentBytes: now, thresholdBytes, limitBytes, itemBytes }
    if (now >= thresholdBytes) return { reason: 'resident memory is above the threshold', ...figures }
    const expected = Math.max(now, idleBytes + heldBytes + running * itemBytes) + itemBytes
    if (expected > usableBytes(limitBytes)) {
      return { reason: 'the allocation has no room for one more', expectedBytes: expected, ...figures }
    }
    return undefined
  }
}

function warningsOf(plan: MemoryPlan, limitBytes: number, downloadMaxWorkers: number, idleBytes: number): string[] {
  const { fits, itemsAtOnce, totalBytes } = plan
  const mib = (bytes: number) => `${Math.ceil(bytes / 1048576)} MiB`
  if (!fits) return [`a single item can take ${mib(totalBytes)} with all around it, and there are ${mib(limitBytes)}`]
  const warnings = []
  if (itemsAtOnce < downloadMaxWorkers)
    warnings.push(
      `${mib(limitBytes)} have room for ${itemsAtOnce} of the ${downloadMaxWorkers} items that may be in work at once`,
    )
  if (totalBytes + idleBytes - PROCESS_BYTES > limitBytes)
    warnings.push(
      `the process takes ${mib(idleBytes)} before any work, planned are ${mib(PROCESS_BYTES)}; NODE_OPTIONS=--max-semi-space-size=2 makes it smaller`,
    )
  return warnings
}
