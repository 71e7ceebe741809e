import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { MALLOC_ENVIRONMENT, nodeOptions } from '../../../functions/local/dev/topology.ts'
import { startGcsServer } from '../../../functions/local/gcs-server/server.ts'
import { startTardisServer } from '../../../functions/local/tardis-server/server.ts'
import { median, medianInterval } from '../median.ts'
import type { Order, Outcome, Rate } from './fetch-process.ts'
import { manySymbols, marketOf, repeatedDataset } from './market.ts'

const PROCESS = fileURLToPath(new URL('./fetch-process.ts', import.meta.url))
const MIB = 1048576

interface Task {
  readonly dataType: string
  readonly symbols: readonly string[]
  readonly textBytes: number
  readonly order: Omit<Order, 'gcsEndpoint' | 'apiUrl' | 'datasetsUrl' | 'dataType'>
}

/** Fetch's handler in one process of its own with a vendor and a bucket outside it; resolves with what it reports. */
export async function runOneProcess({ dataType, symbols, textBytes, order }: Task): Promise<Outcome> {
  await using open = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'tick-handler-bench-memory-'))
  open.defer(() => rm(folder, { recursive: true }))
  const source = marketOf(dataType, symbols, await repeatedDataset(dataType, textBytes))
  const vendor = open.adopt(await startTardisServer({ source }), server => server.close())
  const gcs = open.adopt(await startGcsServer({ folder, bucket: 'ticks' }), server => server.close())
  const { apiUrl, datasetsUrl } = vendor
  const whole: Order = { ...order, gcsEndpoint: gcs.endpoint, apiUrl, datasetsUrl, dataType }
  const child = spawn(process.execPath, [PROCESS, JSON.stringify(whole)], {
    env: { PATH: process.env.PATH, NODE_OPTIONS: nodeOptions({ memoryMb: 256 }), ...MALLOC_ENVIRONMENT },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  open.defer(() => void child.kill('SIGKILL'))
  const [output, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (code !== 0) throw new Error(`the process ended with ${signal ?? code}: ${output}`)
  return JSON.parse(output) as Outcome
}

/** Batches of one small file each, in one process. */
export function runBatches(count: number, leakedBytes = 0): Promise<Outcome> {
  const order = { batchSize: 1, dates: ['2024-08-08'], watched: [true], leakedBytes }
  return runOneProcess({ dataType: 'trades', symbols: manySymbols(count), textBytes: 20_000, order })
}

export async function measureBatches(count: number): Promise<string> {
  const { batches, readings, openAfter, seconds, verdict } = await runBatches(count)
  const of = (share: number) => readings.findLast(({ batch }) => batch <= Math.ceil(batches * share))!
  const last = readings.at(-1)!
  const growth = (since: { rssBytes: number }) => `${((last.rssBytes - since.rssBytes) / MIB).toFixed(2)} MiB`
  return [
    `${batches} batches in one process, ${seconds.toFixed(1)} s; resident memory after collecting garbage:`,
    ...readings.map(
      ({ batch, rssBytes, heapBytes }) =>
        `  after batch ${String(batch).padStart(5)}: ${(rssBytes / MIB).toFixed(1)} MiB, heap ${(heapBytes / MIB).toFixed(1)}`,
    ),
    `growth from batch ${of(0.1).batch} to ${last.batch}: ${growth(of(0.1))}; from ${readings[0]!.batch}: ${growth(readings[0]!)}`,
    `leak verdict: ${verdict.verdict} (${verdict.reason})`,
    `handles left: ${openAfter.length === 0 ? 'none' : openAfter.join(', ')}`,
  ].join('\n')
}

/** The same file with the watcher and without, in turn, in one process. */
export async function measureWatcher(pairs: number, textBytes = 100e6): Promise<string> {
  // The first two warm up.
  const runs = 2 * pairs + 2
  const watched = Array.from({ length: runs }, (_, i) => (i % 2 === 0) === i % 4 < 2)
  const dates = Array.from({ length: runs }, (_, i) => new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10))
  const order = { batchSize: 1, dates, watched }
  const { rates } = await runOneProcess({ dataType: 'incremental_book_L2', symbols: ['BTCUSDT'], textBytes, order })
  const counted = rates.slice(2)
  const [on, off] = [counted.filter(rate => rate.watched), counted.filter(rate => !rate.watched)]
  const share = median(on.map(rate => rate.watchShare * 100))
  const costOf = (figure: 'rowsPerSecond' | 'rowsPerCpuSecond') => {
    // Without, with, with, without: of two pairs together it does not matter which run came first, nor a steady drift.
    const ratios = off.map((rate, i) => on[i]![figure] / rate[figure])
    const costs = ratios.filter((_, i) => i % 2 === 1).map((ratio, i) => (1 - Math.sqrt(ratio * ratios[2 * i]!)) * 100)
    const [from, to] = medianInterval(costs)
    return `${median(costs).toFixed(2)} %, between ${from.toFixed(2)} and ${to.toFixed(2)} % in 19 of 20 cases`
  }
  const million = (of: readonly Rate[]) => `${(median(of.map(rate => rate.rowsPerSecond)) / 1e6).toFixed(3)} M rows/s`
  return [
    `samples four times a second and after each batch, ${pairs} pairs of runs over ${textBytes / 1e6} MB of CSV, in turn:`,
    `  with the watcher    ${million(on)}`,
    `  without             ${million(off)}`,
    `  time within the watcher: ${share.toFixed(2)} % of a run`,
    `  cost in rows/s, median of two pairs each: ${costOf('rowsPerSecond')}`,
    `  cost in rows per CPU second, median of two pairs each: ${costOf('rowsPerCpuSecond')}`,
  ].join('\n')
}
