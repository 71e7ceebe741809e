import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { startGcsServer } from '../../../functions/emulators/gcs/server.ts'
import { startTardisServer } from '../../../functions/emulators/tardis/server.ts'
import { MALLOC_ENVIRONMENT, nodeOptions } from '../../../functions/local/dev/topology.ts'
import { median, medianInterval } from '../median.ts'
import type { Order, Outcome } from './fetch-process.ts'
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

const SMALL_BATCH_BYTES = 5e6
const BATCH_BYTES = 100e6

/**
 * What watching takes of a batch of 100 MB. Such batches differ by more on a shared machine than it costs, so it is
 * measured on many small ones, each beside its neighbours: with the watcher, without, without, with.
 */
export async function measureWatcher(pairs: number): Promise<string> {
  const warmUp = 40
  const watched = Array.from({ length: warmUp + 2 * pairs }, (_, i) => (i % 2 === 0) === i % 4 < 2)
  const { runs, sampleMs } = await runDays(SMALL_BATCH_BYTES, watched)
  const counted = runs.slice(warmUp)
  const [on, off] = [counted.filter(run => run.watched), counted.filter(run => !run.watched)]
  const costs = off.map((run, i) => on[i]!.ms - run.ms)
  const [from, to] = medianInterval(costs)
  const batches = (await runDays(BATCH_BYTES, new Array<boolean>(20).fill(false))).runs.slice(5)
  const batchMs = median(batches.map(run => run.ms))
  const rate = median(batches.map(run => run.rows / run.ms)) / 1e3
  const share = (ms: number) => (((ms + (sampleMs * batchMs) / 1000) / batchMs) * 100).toFixed(2)
  return [
    `watching a batch: ${median(costs).toFixed(2)} ms, between ${from.toFixed(2)} and ${to.toFixed(2)} in 19 of 20 cases`,
    `  (median of ${pairs} pairs of batches of ${SMALL_BATCH_BYTES / 1e6} MB of CSV, with the watcher and without, in turn)`,
    `a sample: ${sampleMs.toFixed(2)} ms`,
    `a batch of ${BATCH_BYTES / 1e6} MB: ${batchMs.toFixed(0)} ms at ${rate.toFixed(2)} M rows/s`,
    `so the watcher, with a sample each second, takes ${share(median(costs))} % (${share(from)} to ${share(to)}) of such a batch`,
  ].join('\n')
}

/** A venue-day of one file after the other, in one process. */
function runDays(textBytes: number, watched: readonly boolean[]): Promise<Outcome> {
  const dates = watched.map((_, i) => new Date(Date.UTC(2020, 0, 2 + i)).toISOString().slice(0, 10))
  const order = { batchSize: 1, dates, watched }
  return runOneProcess({ dataType: 'incremental_book_L2', symbols: ['BTCUSDT'], textBytes, order })
}
