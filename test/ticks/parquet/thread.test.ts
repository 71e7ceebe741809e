import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'
import { forgetIdleKernels } from '../../../functions/ticks/kernel.ts'
import { toParquet } from '../../support/dataset.ts'
import { sampleOf } from '../../support/sample-text.ts'

const HEADER = 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount'
const trades = (price: number) =>
  gzipSync([HEADER, ...Array.from({ length: 250_000 }, (_, i) => `x,y,${i},${i},${i},buy,${price},1`)].join('\n'), {
    level: 1,
  })

describe('the second thread', () => {
  const started: Worker[] = []
  const note = (worker: Worker) => void started.push(worker)
  /** With two threads the same as with one. */
  const assertAlike = async (gzip: Uint8Array, dataType = 'trades') => {
    const [one, two] = [
      await toParquet(gzip, { dataType, threads: 1 }),
      await toParquet(gzip, { dataType, threads: 2 }),
    ]
    assert.ok(one.parquet.equals(two.parquet))
    assert.deepEqual(one.result, two.result)
  }

  beforeEach(() => {
    forgetIdleKernels()
    started.length = 0
    process.on('worker', note)
  })
  afterEach(() => void process.off('worker', note))

  it('is started once for files one after the other, also where a later one needs more memory', async () => {
    await assertAlike(trades(1))
    await assertAlike(gzipSync(sampleOf('options_chain', 100_000), { level: 1 }), 'options_chain')
    await assertAlike(trades(2))
    await assertAlike(gzipSync(HEADER))
    assert.equal(started.length, 1)
  })

  it('ends with its kernel, and where a conversion fails', async () => {
    await assertAlike(trades(1))
    const ended = once(started[0]!, 'exit')
    forgetIdleKernels()
    await ended
    const reason = new Error('no more')
    const signal = AbortSignal.abort(reason)
    await assertAlike(trades(2))
    assert.equal(started.length, 2)
    const cut = trades(3).subarray(0, -1)
    const endedToo = once(started[1]!, 'exit')
    await assert.rejects(toParquet(cut, { threads: 2 }), { name: 'DamagedSourceError' })
    await endedToo
    await assert.rejects(toParquet(cut, { threads: 2, signal }), reason)
    await assertAlike(trades(4))
    assert.equal(started.length, 3)
  })

  it('is replaced where it has ended by itself', async () => {
    await assertAlike(trades(1))
    await started[0]!.terminate()
    await assertAlike(trades(2))
    assert.equal(started.length, 2)
  })

  it('does not keep a process alive that has nothing else to do', () => {
    const program = `
      const { convert } = await import(${JSON.stringify(import.meta.resolve('../../../functions/ticks/convert.ts'))})
      const rows = Array.from({ length: 250_000 }, (_, i) => 'x,y,1,1,,buy,1,1')
      const gzip = (await import('node:zlib')).gzipSync([${JSON.stringify(HEADER)}, ...rows].join('\\n'), { level: 1 })
      const options = { dataType: 'trades', metadata: () => ({}), threads: 2 }
      const { rows: found } = await convert([gzip], { write: async () => {} }, options)
      console.log(found, process.getActiveResourcesInfo().includes('Worker'))`
    const folder = mkdtempSync(join(tmpdir(), 'thread-'))
    try {
      writeFileSync(join(folder, 'program.mjs'), program)
      const output = execFileSync(process.execPath, [join(folder, 'program.mjs')], {
        encoding: 'utf8',
        timeout: 30_000,
      })
      assert.equal(output, '250000 false\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
