/**
 * Memory of the fetch function on venue-days of growing size, under a hard limit where one may be set: peak resident
 * memory and what the kernel charged, seconds, and whether it was killed.
 *
 *   npm run bench:memory -- [--sizes 100MB,1GB,5GB,2000files] [--limit-mb 256] [--data-type incremental_book_L2]
 *                                               [--no-malloc]   without the MALLOC_ variables of infra
 *   npm run bench:memory -- --tight             two items at once in an allocation that has room for one
 *   npm run bench:memory -- --efficient         MEMORY_EFFICIENT true and false  [--sizes 1GB] [--pairs 3]
 *   npm run bench:memory -- --batches 1000      one process, batch after batch
 *   npm run bench:memory -- --watcher           what watching memory costs  [--pairs 1500]
 */
import { parseArgs } from 'node:util'
import { build, isStale } from '../../functions/local/dev/build.ts'
import { bytesFlag, wholeFlag } from './flags.ts'
import { median } from './median.ts'
import { type DeployedRun, runDeployed } from './memory/deployed.ts'
import { manySymbols, marketOf, repeatedDataset } from './memory/market.ts'
import { measureBatches, measureWatcher } from './memory/one-process.ts'

const MIB = 1048576
/** Rows of one of many small files: a quiet instrument's trades. */
const SMALL_FILE_BYTES = 20_000
/** Room for one item, not for two. */
const TIGHT_MB = 200
const HEAD = ['', 'files', 'rows', 'seconds', 'MB/s', 'idle MiB', 'peak MiB', 'charged MiB', 'limit'].map(pad).join('')

const { values: flags } = parseArgs({
  options: {
    sizes: { type: 'string' },
    'limit-mb': { type: 'string', default: '256' },
    'data-type': { type: 'string', default: 'incremental_book_L2' },
    'no-malloc': { type: 'boolean', default: false },
    tight: { type: 'boolean', default: false },
    efficient: { type: 'boolean', default: false },
    watcher: { type: 'boolean', default: false },
    batches: { type: 'string' },
    pairs: { type: 'string' },
  },
})
const limitMb = wholeFlag('limit-mb', flags['limit-mb'])
const dataType = flags['data-type']
const isMallocSet = !flags['no-malloc']

if (flags.batches !== undefined) console.log(await measureBatches(wholeFlag('batches', flags.batches)))
else if (flags.watcher) console.log(await measureWatcher(wholeFlag('pairs', flags.pairs ?? '1500')))
else {
  if (isStale()) await build()
  if (flags.tight) await showTight()
  else if (flags.efficient) await compareEfficient(flags.sizes ?? '1GB', wholeFlag('pairs', flags.pairs ?? '3'))
  else await showSizes((flags.sizes ?? '100MB,1GB,5GB,2000files').split(','))
}

async function showSizes(sizes: readonly string[]): Promise<void> {
  console.log(
    `fetch function, MEMORY_LIMIT_MB=${limitMb}, ${dataType}${isMallocSet ? '' : ', without MALLOC_ variables'}\n`,
  )
  console.log(HEAD)
  const peaks = new Map<string, number>()
  for (const size of sizes) {
    const run = await runSize(size)
    peaks.set(size, run.peakRssBytes)
    console.log(lineOf(size, run))
  }
  const [first, last] = [peaks.get('100MB'), peaks.get('5GB')]
  if (first && last) console.log(`\npeak RSS at 5 GB less that at 100 MB: ${mib(last - first)} MiB`)
}

/** `5GB`: one file of so much CSV; `2000files`: so many small ones, of trades. */
async function runSize(size: string, env: Record<string, string> = {}, mb = limitMb): Promise<DeployedRun> {
  const [, files] = /^(\d+)files$/.exec(size) ?? []
  const type = files ? 'trades' : dataType
  const dataset = await repeatedDataset(type, files ? SMALL_FILE_BYTES : bytesFlag('sizes', size))
  const symbols = files ? manySymbols(Number(files)) : ['BTCUSDT']
  const source = marketOf(type, symbols, dataset)
  const run = await runDeployed({ source, dataType: type, limitMb: mb, isHard: true, env, isMallocSet })
  if (run.rows !== dataset.rows * symbols.length)
    throw new Error(`${run.rows} rows are in the receipts, expected ${dataset.rows * symbols.length}`)
  return run
}

/** Two files at once in 200 MiB, which have room for one. */
async function showTight(): Promise<void> {
  const dataset = await repeatedDataset(dataType, 100e6)
  const source = marketOf(dataType, manySymbols(4), dataset)
  console.log(`4 files of 100 MB, DOWNLOAD_MAX_WORKERS=2\n\n${HEAD}`)
  for (const mb of [limitMb, TIGHT_MB]) {
    const run = await runDeployed({ source, dataType, limitMb: mb, isHard: true })
    console.log(lineOf(`${mb} MiB`, run))
    console.log(`    stored ${run.stored} of 4; planned at once: ${run.budget.itemsAtOnce}; waits: ${waitsOf(run)}`)
  }
}

async function compareEfficient(size: string, pairs: number): Promise<void> {
  const mb = Math.max(limitMb, 2048)
  const runs: Record<string, DeployedRun[]> = { true: [], false: [] }
  for (let pair = 0; pair < pairs; pair++)
    for (const efficient of pair % 2 === 0 ? ['true', 'false'] : ['false', 'true'])
      runs[efficient]!.push(await runSize(size, { MEMORY_EFFICIENT: efficient }, mb))
  console.log(`${size} of ${dataType}, ${mb} MiB, medians of ${pairs} interleaved runs\n`)
  for (const [efficient, of] of Object.entries(runs)) {
    const seconds = median(of.map(run => run.seconds))
    const peak = median(of.map(run => run.peakRssBytes))
    const threads = of[0]!.budget.threads
    console.log(`MEMORY_EFFICIENT=${efficient.padEnd(6)} ${seconds.toFixed(2)} s  ${mib(peak)} MiB  ${threads} threads`)
  }
}

function lineOf(name: string, run: DeployedRun): string {
  const { stored, rows, seconds, textBytes, idleBytes, peakRssBytes, peakChargedBytes, limit, kills } = run
  return [
    name,
    stored.toLocaleString('en'),
    rows.toLocaleString('en'),
    seconds.toFixed(2),
    (textBytes / 1e6 / seconds).toFixed(1),
    mib(idleBytes),
    mib(peakRssBytes),
    peakChargedBytes === undefined ? '–' : mib(peakChargedBytes),
    `  ${limit}${kills > 0 ? `, killed ${kills} times` : ''}`,
  ]
    .map(pad)
    .join('')
}

function waitsOf({ waits }: DeployedRun): string {
  const all = Object.entries(waits).map(([reason, count]) => `${count} × ${reason}`)
  return all.length > 0 ? all.join(', ') : 'none'
}

function pad(cell: string, column: number): string {
  return column === 0 ? cell.padEnd(12) : cell.padStart(13)
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1)
}
