import assert from 'node:assert/strict'
import sinon from 'sinon'
import { createMemoryBudget } from '../../functions/fetch/memory-budget.ts'
import { budgetOf, watchBudget } from '../../functions/fetch/process-memory.ts'
import { readConfig } from '../../functions/runtime/config/config.ts'
import type { Log, LogFields } from '../../functions/runtime/log/log.ts'

const MIB = 1048576

describe('the budget of a process', () => {
  it('frees what is kept for later use before an item waits', async () => {
    let letGo = 0
    // This process is larger than that, so a second item waits for the first.
    const { gate } = budgetOf(readConfig({ MEMORY_LIMIT_MB: '64' }), 2, () => void letGo++)
    const first = await gate.waitToStart()
    assert.equal(letGo, 0)
    const second = gate.waitToStart()
    assert.equal(letGo, 1)
    first.finish()
    ;(await second).finish()
  })

  it('is the configuration’s, for so many batches at once', () => {
    const config = readConfig({
      ...{ MEMORY_LIMIT_MB: '4096', MEMORY_THRESHOLD: '0.5', MEMORY_EFFICIENT: 'false' },
      ...{ DOWNLOAD_MAX_WORKERS: '3', DOWNLOAD_MAX_CONNECTIONS: '8' },
    })
    const { limitBytes, thresholdBytes, plan } = budgetOf(config, 2, () => {})
    assert.deepEqual([limitBytes / MIB, thresholdBytes / MIB], [4096, 2048])
    assert.deepEqual([plan.itemsAtOnce, plan.memoryEfficient], [6, false])
    assert.deepEqual(plan.parts.find(({ part }) => part.startsWith('responses'))?.count, 24)
  })
})

describe('the watch of a budget', () => {
  /** What is logged of a budget with so many MiB, and of a batch after it. */
  function watched(limitMib: number, logLevel: 'info' | 'debug' = 'info') {
    const logged: [string, string, LogFields | undefined][] = []
    const at = (level: string) => (message: string, fields?: LogFields) => void logged.push([level, message, fields])
    const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
    const budget = createMemoryBudget({ limitBytes: limitMib * MIB, processors: 1, resident: () => 0 })
    const { watch, observe } = watchBudget(budget, { logLevel }, log)
    return { logged, budget, watch, observe }
  }

  it('logs the budget first, and each of its warnings', () => {
    const { logged, budget, watch } = watched(220)
    watch.close()
    const [warning] = budget.warnings
    assert.deepEqual(logged, [
      ['info', 'memory budget', { event: 'memory_budget', ...budget.describe() }],
      ['warn', warning, { event: 'memory_budget_small' }],
    ])
  })

  it('tells of each batch how much of the limit is taken', () => {
    const { watch } = watched(4096)
    const figures = watch.batchFinished({ rows: 1, textBytes: 1, sourceBytes: 1, seconds: 1 })
    watch.close()
    assert.equal(figures.limitBytes, 4096 * MIB)
  })

  it('logs each second what was moved since, at debug level alone', () => {
    const timers = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    try {
      const samples = (['info', 'debug'] as const).map(level => {
        const { logged, watch, observe } = watched(4096, level)
        const item = { venue: 'binance', date: '2024-08-08', dataType: 'trades', symbol: 'A' }
        observe({ kind: 'item-progress', ...item, sourceBytes: 1, textBytes: 2_000_000, rows: 7 })
        timers.tick(999)
        assert.equal(logged.length, 1)
        timers.tick(1)
        watch.close()
        return logged.slice(1).map(([at, message, fields]) => [at, message, fields!.rowsPerSecond])
      })
      assert.deepEqual(samples, [[], [['debug', 'memory', 7]]])
    } finally {
      timers.restore()
    }
  })
})
