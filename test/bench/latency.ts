/**
 * Many small files from a vendor and into a bucket that are far away: the fetch function's artefact under a hard memory limit.
 * Beside it the vendor's own Node client (`tardis-dev/`), which downloads as many files and converts nothing: the symbols of a
 * day one after the other, and the days of one symbol, of which it requests 20 at once.
 *
 *   npm run bench:latency -- [--files 2000] [--rows 500] [--vendor-ms 150] [--bucket-ms 50] [--runs 1] [--limit-mb 256]
 *   npm run bench:small                    the same without latency
 */
import { parseArgs } from 'node:util'
import { startTardisServer } from '../../functions/emulators/tardis/server.ts'
import { DAY_MS } from '../../functions/market/days.ts'
import { wholeFlag } from './flags.ts'
import { median } from './median.ts'
import { type DeployedRun, runDeployed } from './memory/deployed.ts'
import { DATE, manySymbols, marketOf, repeatedDataset, VENUE } from './memory/market.ts'
import { downloadWithClient, installClient } from './tardis-dev/tardis-dev.ts'

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

const dataset = await repeatedDataset(DATA_TYPE, wholeFlag('rows', flags.rows) * ROW_BYTES)
const symbols = manySymbols(files)
const source = marketOf(DATA_TYPE, symbols, dataset)
const missing = await installClient()
const ours: DeployedRun[] = []
const bySymbols: number[] = []
const byDays: number[] = []
for (let run = 0; run < wholeFlag('runs', flags.runs); run++) {
  ours.push(await runOurs())
  if (missing) continue
  bySymbols.push(await runClient(symbols, 1))
  byDays.push(await runClient(symbols.slice(0, 1), files))
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
if (missing) console.log(`\n  !! NOT MEASURED: the vendor's client: ${missing}`)
else {
  printClient('tardis-dev, symbols of a day, download', bySymbols)
  printClient('tardis-dev, days of a symbol, download', byDays)
}

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

/** As many files with the vendor's client. Every day has the same. */
async function runClient(symbols: readonly string[], days: number): Promise<number> {
  await using open = new AsyncDisposableStack()
  const server = open.adopt(await startTardisServer({ source, latencyMs: vendorLatencyMs }), one => one.close())
  const to = new Date(Date.parse(DATE) + days * DAY_MS).toISOString().slice(0, 10)
  const selection = { exchange: VENUE, dataTypes: [DATA_TYPE], symbols, from: DATE, to }
  // Awaited here: the server is closed when this function ends.
  return await downloadWithClient(server.datasetsUrl, selection, files)
}

function printClient(name: string, seconds: readonly number[]): void {
  print(name, median(seconds).toFixed(2), ((median(seconds) * 1000) / files).toFixed(2))
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
