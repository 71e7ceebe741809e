import { basename } from 'node:path'
import type { EngineName, Run, Runs } from './bench.ts'
import type { Dataset } from './datasets.ts'
import { median } from './median.ts'

const NAMES: Readonly<Record<EngineName, string>> = {
  gunzip: 'bare gunzip',
  ours: 'this project',
  polars: 'Polars sink',
  duckdb: 'DuckDB COPY',
}

/** One dataset's figures: seconds of wall and CPU, warm seconds, peak memory, output size and ratios of wall time. */
export function printTable(dataset: Dataset, runs: Runs): void {
  const rows = dataset.rows.toLocaleString('en')
  const gzip = (dataset.gzipBytes / 1e6).toFixed(1)
  console.log(
    `${dataset.dataType}: ${basename(dataset.path)}, ${rows} rows, ${(dataset.textBytes / 1e6).toFixed(0)} MB of CSV in ${gzip} MB of gzip`,
  )
  console.log(['', 'wall s', '× gunzip', 'CPU s', 'warm s', 'peak MB', 'output MB'].map(pad).join(''))
  for (const engine of Object.keys(NAMES) as EngineName[]) console.log(cells(engine, runs).map(pad).join(''))
  console.log()
}

function cells(engine: EngineName, runs: Runs): string[] {
  const of = (figure: (run: Run) => number) => median(runs[engine].map(figure))
  const ratio = median(runs[engine].map((run, i) => run.wallMs / runs.gunzip[i]!.wallMs))
  return [
    NAMES[engine],
    (of(run => run.wallMs) / 1000).toFixed(2),
    ratio.toFixed(2),
    (of(run => run.cpuMs) / 1000).toFixed(2),
    (of(run => run.warm!.wallMs) / 1000).toFixed(2),
    (of(run => run.peakRssBytes) / 1e6).toFixed(0),
    engine === 'gunzip' ? '' : (of(run => run.outputBytes) / 1e6).toFixed(2),
  ]
}

function pad(cell: string, column: number): string {
  return column === 0 ? cell.padEnd(14) : cell.padStart(11)
}
