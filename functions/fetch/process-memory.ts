import type { Config } from '../runtime/config/config.ts'
import { systemClock } from '../runtime/deadline.ts'
import type { Observer } from '../runtime/events.ts'
import type { Log } from '../runtime/log/log.ts'
import { garbageCollector } from '../runtime/memory/garbage.ts'
import { countMoved } from '../runtime/memory/moved.ts'
import { recentResident } from '../runtime/memory/usage.ts'
import { createMemoryWatch, type MemoryWatch } from '../runtime/memory/watch.ts'
import { itemsInWork } from './held.ts'
import { createMemoryBudget, type MemoryBudget } from './memory-budget.ts'

/** How often memory is logged at debug level. */
const SAMPLE_EVERY_MS = 1_000

/**
 * The budget of a process that works on `batchesAtOnce` batches at most. One for the life of the
 * process. `letGo` frees what is kept only for later use; it is called before an item has to wait for memory.
 */
export function budgetOf(config: Config, batchesAtOnce: number, letGo: () => void): MemoryBudget {
  const collect = garbageCollector()
  const resident = recentResident(systemClock)
  return createMemoryBudget({
    resident: resident.bytes,
    reclaim: () => {
      letGo()
      collect()
      resident.forget()
    },
    limitBytes: config.memoryLimitBytes,
    threshold: config.memoryThreshold,
    memoryEfficient: config.memoryEfficient,
    downloadMaxWorkers: config.downloadMaxWorkers * batchesAtOnce,
    heldItems: itemsInWork(config) * batchesAtOnce,
  })
}

/**
 * Logs the budget, warns where it is too small for the configuration, and watches memory: after each batch, and every second
 * at debug level. One for the life of the process. The caller closes it.
 */
export function watchBudget(
  budget: MemoryBudget,
  { logLevel }: Pick<Config, 'logLevel'>,
  log: Log,
): { readonly watch: MemoryWatch; readonly observe: Observer } {
  log.info('memory budget', { event: 'memory_budget', ...budget.describe() })
  for (const warning of budget.warnings) log.warn(warning, { event: 'memory_budget_small' })
  const { observe, moved } = countMoved()
  const everyMs = logLevel === 'debug' ? SAMPLE_EVERY_MS : undefined
  const watch = createMemoryWatch({ log, limitBytes: budget.limitBytes, moved, ...(everyMs && { everyMs }) })
  return { watch, observe }
}
