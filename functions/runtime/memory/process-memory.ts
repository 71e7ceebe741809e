import type { Config } from '../config/config.ts'
import type { Observer } from '../events.ts'
import type { Log } from '../log/log.ts'
import { garbageCollector } from './garbage.ts'
import { createMemoryBudget, type MemoryBudget } from './memory.ts'
import { countMoved } from './moved.ts'
import { createMemoryWatch, type MemoryWatch } from './watch.ts'

/** How often memory is logged at debug level. */
const SAMPLE_EVERY_MS = 1_000

/**
 * The budget of a process that works on `itemsAtOnce` items at most. One for the life of the process. `letGo` is called
 * where an item would have to wait for memory: what is kept only for later is then collected.
 */
export function budgetOf(config: Config, itemsAtOnce: number, letGo: () => void): MemoryBudget {
  const collect = garbageCollector()
  return createMemoryBudget({
    reclaim: () => {
      letGo()
      collect()
    },
    limitBytes: config.memoryLimitBytes,
    threshold: config.memoryThreshold,
    memoryEfficient: config.memoryEfficient,
    workers: itemsAtOnce,
  })
}

/**
 * Logs the budget, warns where it is too small for what is asked of it, and watches what becomes of it: after each batch,
 * and every second where the log is at debug level. One for the life of the process; to be closed.
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
