/**
 * Many small files from a vendor and into a bucket that are far away: the built fetch function under a hard memory limit, and
 * beside it a client that downloads one symbol after the other and converts nothing, as the vendor's own Node client does.
 *
 *   npm run bench:latency -- [--files 2000] [--rows 500] [--vendor-ms 150] [--bucket-ms 50] [--runs 1] [--limit-mb 256]
 *   npm run bench:small                    the same without latency
 */
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { startTardisServer } from '../../functions/emulators/tardis/server.ts'
import type { TardisSource } from '../../functions/emulators/tardis/source.ts'
import { build, isStale } from '../../functions/local/dev/build.ts'
import { wholeFlag } from './flags.ts'
import { median } from './median.ts'
import { type DeployedRun, runDeployed } from './memory/deployed.ts'
import { DATE, manySymbols, marketOf, repeatedDataset, VENUE } from './memory/market.ts'

const DATA_TYPE = 'trades'
/** Of a row of trades, about. */
const ROW_BYTES = 87

const { values: flags } = parseArgs({
  options: {
    files: { type: 'string', default: '2000' },
    rows: { type: 'string', default: '500' },
    'vendor-ms': { type: 'string', default: '150' },
    'bucket-ms': { type: 'string', default: '50' },
    runs: { type: 'string', default: '1' },
    'limit-mb': { type: 'string', default: '256' },
  },
})
const files = wholeFlag('files', flags.files)
const limitMb = wholeFlag('limit-mb', flags['limit-mb'])
const vendorLatencyMs = latencyFlag('vendor-ms')
const bucketLatencyMs = latencyFlag('bucket-ms')

if (isStale()) await build()
const dataset = await repeatedDataset(DATA_TYPE, wholeFlag('rows', flags.rows) * ROW_BYTES)
const symbols = manySymbols(files)
const source = marketOf(DATA_TYPE, symbols, dataset)
const ours: DeployedRun[] = []
const clients: number[] = []
for (let run = 0; run < wholeFlag('runs', flags.runs); run++) {
  ours.push(await runOurs())
  clients.push(await downloadOneByOne(source))
}
const of = (figure: (run: DeployedRun) => number) => median(ours.map(figure))
console.log(
  `${files} files of ${dataset.rows} rows, vendor ${vendorLatencyMs} ms and bucket ${bucketLatencyMs} ms away`,
)
console.log(`medians of ${ours.length} runs, ${limitMb} MiB: ${ours[0]!.limit}\n`)
print('', 'seconds', 'ms per file', 'CPU ms per file', 'peak MiB')
print(
  'this project, download and convert',
  of(run => run.seconds).toFixed(2),
  of(run => (run.seconds * 1000) / files).toFixed(2),
  of(run => (run.cpuSeconds * 1000) / files).toFixed(2),
  of(run => run.peakRssBytes / 1048576).toFixed(1),
)
const clientSeconds = median(clients)
print('one symbol after the other, download', clientSeconds.toFixed(2), ((clientSeconds * 1000) / files).toFixed(2))

async function runOurs(): Promise<DeployedRun> {
  const run = await runDeployed({
    source,
    dataType: DATA_TYPE,
    limitMb,
    isHard: true,
    vendorLatencyMs,
    bucketLatencyMs,
  })
  if (run.stored !== files || run.rows !== files * dataset.rows)
    throw new Error(`${run.stored} files of ${run.rows} rows are stored, expected ${files} of ${files * dataset.rows}`)
  return run
}

/** Downloads the datasets into files, each when the one before it is there. Returns the seconds. */
async function downloadOneByOne(source: TardisSource): Promise<number> {
  await using open = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'tick-handler-bench-latency-'))
  open.defer(() => rm(folder, { recursive: true }))
  const server = open.adopt(await startTardisServer({ source, latencyMs: vendorLatencyMs }), one => one.close())
  const startMs = performance.now()
  for (const symbol of symbols) {
    const url = `${server.datasetsUrl}/${VENUE}/${DATA_TYPE}/${DATE.replaceAll('-', '/')}/${symbol}.csv.gz`
    const response = await fetch(url)
    if (!response.ok || !response.body) throw new Error(`GET ${url}: answered ${response.status}`)
    await pipeline(response.body, createWriteStream(join(folder, `${symbol}.csv.gz`)))
  }
  return (performance.now() - startMs) / 1000
}

function latencyFlag(name: 'vendor-ms' | 'bucket-ms'): number {
  return flags[name] === '0' ? 0 : wholeFlag(name, flags[name])
}

function print(...cells: readonly string[]): void {
  console.log(
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(38) : cell.padStart(17)))
      .join('')
      .trimEnd(),
  )
}
