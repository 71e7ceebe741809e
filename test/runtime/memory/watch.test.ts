import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import sinon from 'sinon'
import type { LogFields } from '../../../functions/runtime/log/log.ts'
import type { MemoryUsage } from '../../../functions/runtime/memory/usage.ts'
import { createMemoryWatch } from '../../../functions/runtime/memory/watch.ts'

const MIB = 1048576
const WORK = { rows: 1_000_000, textBytes: 80_000_000, sourceBytes: 6_000_000, seconds: 2 }

function recorder() {
  const entries: { level: string; message: string; fields: LogFields }[] = []
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      entries.push({ level, message, fields })
    }
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
  return { log, entries, of: (event: string) => entries.filter(entry => entry.fields.event === event) }
}

function usageOf(rssBytes: number): MemoryUsage {
  return {
    rssBytes,
    peakRssBytes: rssBytes + MIB,
    heapUsedBytes: 1,
    heapTotalBytes: 2,
    externalBytes: 3,
    arrayBuffersBytes: 4,
    systemFreeBytes: 5,
    containerBytes: undefined,
  }
}

describe('createMemoryWatch', () => {
  it('logs and returns the figures of a batch, with its rates, as numbers', () => {
    const { log, of } = recorder()
    const watch = createMemoryWatch({ log, limitBytes: 256 * MIB, usage: () => usageOf(128 * MIB) })
    const figures = watch.batchFinished(WORK)
    assert.deepEqual(figures, {
      rssBytes: 128 * MIB,
      peakRssBytes: 129 * MIB,
      heapUsedBytes: 1,
      heapTotalBytes: 2,
      externalBytes: 3,
      arrayBuffersBytes: 4,
      systemFreeBytes: 5,
      limitBytes: 256 * MIB,
      limitShare: 0.5,
      rowsPerSecond: 500_000,
      megabytesPerSecond: 40,
      batchesOfProcess: 1,
    })
    assert.deepEqual(of('memory_batch')[0]?.fields, { event: 'memory_batch', ...figures })
  })

  it('leaves rates out where no time passed', () => {
    const { log } = recorder()
    const figures = createMemoryWatch({ log }).batchFinished({ ...WORK, seconds: 0 })
    assert.equal('rowsPerSecond' in figures, false)
    assert.ok(Object.values(figures).every(Number.isFinite))
  })

  it('warns of a planted leak once, with the fields an alert stands on, and not of a healthy run as long', () => {
    const run = (kibPerBatch: number) => {
      const { log, entries, of } = recorder()
      let batch = 0
      const teeth = () => usageOf(120 * MIB + batch * kibPerBatch * 1024 + (batch % 7) * MIB)
      const watch = createMemoryWatch({ log, limitBytes: 256 * MIB, usage: teeth })
      for (batch = 1; batch <= 400; batch++) watch.batchFinished(WORK)
      return { warnings: entries.filter(({ level }) => level === 'warn'), of }
    }
    const leaking = run(100)
    const suspected = leaking.of('memory_leak_suspected')
    assert.equal(leaking.warnings.length, suspected.length)
    assert.ok(suspected.length >= 1 && suspected.length <= 2, 'once per verdict')
    const { verdict, confidence, bytesPerBatch, batchesUntilLimit } = suspected.at(-1)!.fields
    assert.equal(verdict, 'leak')
    assert.ok(Number(confidence) > 0.8)
    assert.ok(Math.abs(Number(bytesPerBatch) / 1024 - 100) < 15)
    assert.ok(Number(batchesUntilLimit) > 800 && Number(batchesUntilLimit) < 1400)
    const healthy = run(0)
    assert.deepEqual(healthy.warnings, [])
  })

  it('finds memory that a process really leaks, and does not accuse one without a leak', () => {
    const script = fileURLToPath(new URL('../../support/leaking-process.ts', import.meta.url))
    const verdictOf = (leakedBytes: number) =>
      JSON.parse(execFileSync(process.execPath, [script, `${leakedBytes}`], { encoding: 'utf8' }))
    assert.equal(verdictOf(0).verdict, 'none')
    const leak = verdictOf(512 * 1024)
    assert.notEqual(leak.verdict, 'none')
    // The allocator's own gaps come on top.
    const kibibytes = leak.bytesPerBatch / 1024
    assert.ok(kibibytes > 400 && kibibytes < 1024, `${kibibytes} KiB a batch`)
  })

  it('logs a sample every second if asked, until it is closed, and keeps no process alive', () => {
    const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    try {
      const { log, of } = recorder()
      const moved = { rows: 0, textBytes: 0 }
      const watch = createMemoryWatch({ log, everyMs: 1000, usage: () => usageOf(MIB), moved: () => moved })
      moved.rows = 3000
      moved.textBytes = 2_000_000
      clock.tick(1000)
      clock.tick(1000)
      assert.deepEqual(
        of('memory_sample').map(({ fields }) => [fields.rssBytes, fields.rowsPerSecond, fields.megabytesPerSecond]),
        [
          [MIB, 3000, 2],
          [MIB, 0, 0],
        ],
      )
      watch.close()
      watch.close()
      assert.equal(clock.countTimers(), 0)
    } finally {
      clock.restore()
    }
  })
})
