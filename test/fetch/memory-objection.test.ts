import assert from 'node:assert/strict'
import { createMemoryBudget, type MemoryBudgetOptions } from '../../functions/fetch/memory-budget.ts'
import { memoryPlan, PROCESS_BYTES, usableBytes } from '../../functions/fetch/memory-plan.ts'
import type { LogFields } from '../../functions/runtime/log/log.ts'
import { TestClock } from './test-clock.ts'

const MIB = 1048576
const LIMIT = 256 * MIB
const PLAN = memoryPlan({ limitBytes: LIMIT, memoryEfficient: true, downloadMaxWorkers: 2, processors: 1 })
const { itemBytes } = PLAN

/** What is logged of the item that asks to start beside `running` others; undefined where it starts. */
async function waitBeside(running: number, residentBytes: number, options: MemoryBudgetOptions = {}, idleBytes = 0) {
  let resident = idleBytes
  const usual = { limitBytes: LIMIT, threshold: 1, processors: 1, reclaim: () => {}, clock: new TestClock(0) }
  const { gate } = createMemoryBudget({ ...usual, ...options, resident: () => resident })
  for (let at = 0; at < running; at++) await gate.waitToStart()
  resident = residentBytes
  const logged: LogFields[] = []
  const none = () => {}
  const info = (_: string, fields?: LogFields) => void logged.push(fields!)
  const log = { info, debug: none, warn: none, error: none, child: () => log }
  void gate.waitToStart({ log })
  return logged[0]
}

describe('why an item waits for memory', () => {
  it('is the threshold, from the byte where it begins', async () => {
    const [limitBytes, thresholdBytes] = [8192 * MIB, 6144 * MIB]
    const found = await waitBeside(1, thresholdBytes, { limitBytes, threshold: 0.75 })
    const reason = 'resident memory is above the threshold'
    const rest = { residentBytes: thresholdBytes, thresholdBytes, limitBytes }
    assert.deepEqual({ ...found, itemBytes }, { event: 'memory_wait', reason, runningItems: 1, ...rest, itemBytes })
    assert.equal(await waitBeside(1, thresholdBytes - 1, { limitBytes, threshold: 0.75 }), undefined)
  })

  it('is the room of one more item, beside what is resident', async () => {
    const most = usableBytes(LIMIT) - itemBytes
    assert.equal(await waitBeside(1, most), undefined)
    const found = await waitBeside(1, most + 1)
    assert.deepEqual(
      [found?.reason, found?.expectedBytes, found?.itemBytes],
      ['the allocation has no room for one more', usableBytes(LIMIT) + 1, itemBytes],
    )
  })

  it('is the room of one more item, beside what those in work and the held responses may still take', async () => {
    const heldItems = 4
    const { heldBytes } = memoryPlan({ ...PLAN, limitBytes: LIMIT, heldItems, downloadMaxWorkers: 2, processors: 1 })
    const of = (idleBytes: number) => waitBeside(1, 0, { heldItems }, idleBytes)
    const most = usableBytes(LIMIT) - heldBytes - 2 * itemBytes
    assert.equal(await of(most), undefined)
    assert.equal((await of(most + 1))?.expectedBytes, usableBytes(LIMIT) + 1)
  })
})

describe('a memory budget', () => {
  it('has a plan for two items with small buffers unless told otherwise, and none for held responses', () => {
    const limitBytes = 2048 * MIB
    const { plan, thresholdBytes } = createMemoryBudget({ limitBytes, processors: 1, resident: () => 0 })
    assert.deepEqual(plan, memoryPlan({ limitBytes, memoryEfficient: true, downloadMaxWorkers: 2, processors: 1 }))
    assert.equal(thresholdBytes, 1536 * MIB)
  })

  it('describes each figure of its plan', () => {
    const budget = createMemoryBudget({ limitBytes: LIMIT, processors: 1, resident: () => 7 })
    assert.deepEqual(budget.describe(), {
      ...{ limitBytes: LIMIT, limitFrom: budget.limitFrom, thresholdBytes: 192 * MIB, residentBytes: 7 },
      ...{ plannedBytes: PLAN.totalBytes, itemsAtOnce: 2, uploadChunkBytes: PLAN.uploadChunkBytes },
      ...{ memoryEfficient: true, threads: 1, fits: true },
    })
  })

  it('has the smallest buffers for short memory, and the row groups of its plan', () => {
    let resident = 0
    const options = { limitBytes: 2048 * MIB, memoryEfficient: false, processors: 2, heldItems: 3 }
    const { plan, buffers, thresholdBytes } = createMemoryBudget({ ...options, resident: () => resident })
    assert.deepEqual([plan.memoryEfficient, plan.threads, buffers()], [false, 2, plan])
    resident = thresholdBytes
    const { uploadChunkBytes, socketBufferBytes, memoryEfficient, threads } = buffers()
    assert.deepEqual([uploadChunkBytes, socketBufferBytes, memoryEfficient, threads], [MIB, 65_536, false, 1])
  })

  it('warns with each figure, from the byte where it is too small', () => {
    const warnings = (limitBytes: number, resident = 0) =>
      createMemoryBudget({ limitBytes, processors: 1, resident: () => resident }).warnings
    assert.deepEqual(warnings(220 * MIB), ['220 MiB have room for 1 of the 2 items that may be in work at once'])
    const room = LIMIT - PLAN.totalBytes + PROCESS_BYTES
    assert.deepEqual(warnings(LIMIT, room), [])
    const mib = Math.ceil((room + 1) / MIB)
    assert.deepEqual(warnings(LIMIT, room + 1), [
      `the process takes ${mib} MiB before any work, planned are 120 MiB; NODE_OPTIONS=--max-semi-space-size=2 makes it smaller`,
    ])
  })
})

describe('a memory plan', () => {
  it('names each part that takes memory, and keeps a sixteenth free', () => {
    const found = PLAN.parts.map(({ part, bytes, count, resident }) => [part, bytes / MIB, count, resident])
    assert.deepEqual(found, [
      ['process and libraries', 120, 1, true],
      ['heap in work, with its garbage', 20, 1, true],
      ['responses that wait for the converter', 0.1875, 0, true],
      ['response body', 0.0625, 2, true],
      ['kernel socket buffers', 2, 2, false],
      ['converter', 39, 2, true],
      ['upload chunk', PLAN.uploadChunkBytes / MIB, 6, true],
      ['kernel socket buffers', 2, 2, false],
      ['reserve', 16, 1, true],
    ])
    assert.equal(itemBytes, 39.0625 * MIB + 3 * PLAN.uploadChunkBytes)
  })

  it('takes the largest chunks that fit, of those for small and for large buffers', () => {
    const of = (limitMib: number, memoryEfficient: boolean) => {
      const limits = { limitBytes: limitMib * MIB, memoryEfficient, downloadMaxWorkers: 2, processors: 1 }
      const { uploadChunkBytes, socketBufferBytes } = memoryPlan(limits)
      return [uploadChunkBytes / MIB, socketBufferBytes / 1024]
    }
    const found = Array.from({ length: 60 }, (_, at) => of(242 + at, true)[0])
    assert.deepEqual([...new Set(found)], [1, 1.5, 2, 3, 4])
    assert.deepEqual(
      [of(4096, true), of(4096, false)],
      [
        [4, 64],
        [16, 1024],
      ],
    )
    const large = Array.from({ length: 60 }, (_, at) => of(560 + 4 * at, false)[0])
    assert.deepEqual([...new Set(large)], [4, 8, 16])
  })
})
