import { availableParallelism, totalmem } from 'node:os'
import type { Clock } from '../deadline.ts'
import { type BufferPlan, bufferPlan, PROCESS_BYTES, smallestPlan, usableBytes } from './buffer-plan.ts'
import { type ContainerMemory, containerMemory } from './cgroup.ts'
import { garbageCollector } from './garbage.ts'
import { createMemoryGate, type MemoryGate, type Objection } from './gate.ts'
import { residentBytes } from './usage.ts'

/** What may be handed in; a `Config` has the first four under its own names. */
export interface MemoryBudgetOptions {
  /** The fixed allocation; without it the container's limit, without that the machine's memory. */
  readonly limitBytes?: number | undefined
  /** Share of the allocation above which no further item starts and buffers shrink; 0.75 unless told. */
  readonly threshold?: number
  /** Small buffers however much memory there is; true unless told. */
  readonly memoryEfficient?: boolean
  /** Items at once, at most; 2 unless told. */
  readonly workers?: number
  /** What the machine has unless told. */
  readonly processors?: number
  readonly resident?: () => number
  readonly container?: () => ContainerMemory
  readonly systemTotal?: () => number
  readonly reclaim?: () => void
  readonly clock?: Clock
}

export interface MemoryBudget {
  readonly limitBytes: number
  readonly limitFrom: 'MEMORY_LIMIT_MB' | 'container' | 'system'
  readonly thresholdBytes: number
  /** The buffers that the allocation is laid out for. Also says how many items fit at once. */
  readonly plan: BufferPlan
  /** One for all batches of the process: what counts is what is in work altogether. */
  readonly gate: MemoryGate
  /** Resident memory as a share of the threshold: 1 and more is pressure. Cheap enough to ask for each chunk. */
  pressure(): number
  /** The buffers to use now: the plan's, or the smallest while there is pressure. Ask when an item begins. */
  buffers(): BufferPlan
  /** Fields for the log's first line of a process. */
  describe(): Readonly<Record<string, unknown>>
  /** What a person should know of it, a line each: where the allocation is too small for what is asked of it. */
  readonly warnings: readonly string[]
}

/**
 * The memory budget of this process: how much there is, how it is shared out, and when an item may start. It bounds
 * beginnings and buffers; what has begun always gets through, and nothing is killed. Holds no timer while no item waits.
 */
export function createMemoryBudget(options: MemoryBudgetOptions = {}): MemoryBudget {
  const { threshold = 0.75, memoryEfficient = true, workers = 2, resident = residentBytes } = options
  const { processors = availableParallelism() } = options
  const { limitBytes, limitFrom } = findLimit(options)
  const thresholdBytes = Math.floor(limitBytes * threshold)
  const plan = bufferPlan({ limitBytes, memoryEfficient, workers, processors })
  const small = smallestPlan(limitBytes, workers, plan.smallRowGroups)
  const pressure = () => resident() / thresholdBytes
  const objection = objectionFrom({ limitBytes, thresholdBytes, itemBytes: plan.itemBytes, resident })
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
    pressure,
    warnings: warningsOf(plan, limitBytes, workers, resident()),
    buffers: () => (pressure() >= 1 ? small : plan),
    describe: () => ({
      limitBytes,
      limitFrom,
      thresholdBytes,
      residentBytes: resident(),
      plannedBytes: plan.totalBytes,
      itemsAtOnce: plan.itemsAtOnce,
      uploadChunkBytes: plan.uploadChunkBytes,
      smallRowGroups: plan.smallRowGroups,
      threads: plan.threads,
      fits: plan.fits,
    }),
  }
}

/**
 * A further item may start below the threshold, if there is room for it even when those in work grow to their bounds:
 * an item that has just begun does not show in resident memory yet.
 */
function objectionFrom(facts: {
  limitBytes: number
  thresholdBytes: number
  itemBytes: number
  resident: () => number
}): Objection {
  const { limitBytes, thresholdBytes, itemBytes, resident } = facts
  const idleBytes = resident()
  return running => {
    const now = resident()
    const figures = { residentBytes: now, thresholdBytes, limitBytes, itemBytes }
    if (now >= thresholdBytes) return { reason: 'resident memory is above the threshold', ...figures }
    const expected = Math.max(now, idleBytes + running * itemBytes) + itemBytes
    if (expected > usableBytes(limitBytes)) {
      return { reason: 'the allocation has no room for one more', expectedBytes: expected, ...figures }
    }
    return undefined
  }
}

function warningsOf(plan: BufferPlan, limitBytes: number, workers: number, idleBytes: number): string[] {
  const { fits, itemsAtOnce, totalBytes } = plan
  const mib = (bytes: number) => `${Math.ceil(bytes / 1048576)} MiB`
  if (!fits) return [`a single item can take ${mib(totalBytes)} with all around it, and there are ${mib(limitBytes)}`]
  const warnings = []
  if (itemsAtOnce < workers)
    warnings.push(`${mib(limitBytes)} have room for ${itemsAtOnce} of the ${workers} items that may be in work at once`)
  if (totalBytes + idleBytes - PROCESS_BYTES > limitBytes)
    warnings.push(
      `the process takes ${mib(idleBytes)} before any work, planned are ${mib(PROCESS_BYTES)}; NODE_OPTIONS=--max-semi-space-size=2 makes it smaller`,
    )
  return warnings
}

function findLimit(options: MemoryBudgetOptions): Pick<MemoryBudget, 'limitBytes' | 'limitFrom'> {
  if (options.limitBytes !== undefined) return { limitBytes: options.limitBytes, limitFrom: 'MEMORY_LIMIT_MB' }
  const total = (options.systemTotal ?? totalmem)()
  const limitBytes = (options.container ?? containerMemory)().limitBytes
  if (limitBytes !== undefined && limitBytes < total) return { limitBytes, limitFrom: 'container' }
  return { limitBytes: total, limitFrom: 'system' }
}
