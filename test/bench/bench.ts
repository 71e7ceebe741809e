/**
 * Measures this project's converter against Polars' streaming sink, DuckDB's COPY and bare gunzip on the same files:
 * each engine as a whole process, in turn, run after run; medians are quoted, with the ratios of one run's neighbours.
 *
 *   npm run bench -- [FILE.csv.gz …] [--runs 5] [--one-core] [--json]
 */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Dataset, namedDatasets, sampleDatasets } from './datasets.ts'
import { wholeFlag } from './flags.ts'
import { median } from './median.ts'
import type { Report } from './report.ts'
import { startEngine } from './start-engine.ts'
import { printTable } from './table.ts'

const ENGINES = ['gunzip', 'ours', 'polars', 'duckdb'] as const
export type EngineName = (typeof ENGINES)[number]

/** One process: its own report, and its wall time from start to exit as its parent saw it. */
export interface Run extends Report {
  readonly wallMs: number
  readonly outputBytes: number
}

export type Runs = Record<EngineName, Run[]>

const { values: flags, positionals } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    'one-core': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const runCount = wholeFlag('runs', flags.runs)
const oneCore = flags['one-core']

const folder = await mkdtemp(join(tmpdir(), 'tick-handler-bench-'))
try {
  const datasets = positionals.length > 0 ? await namedDatasets(positionals) : await sampleDatasets()
  const cores = oneCore ? 1 : availableParallelism()
  if (!flags.json) console.log(`${cores} core${cores === 1 ? '' : 's'}, medians of ${runCount} interleaved runs\n`)
  for (const dataset of datasets) report(dataset, await measure(dataset))
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function measure(dataset: Dataset): Promise<Runs> {
  const runs: Runs = { gunzip: [], ours: [], polars: [], duckdb: [] }
  for (let run = 0; run < runCount; run++)
    for (const engine of ENGINES) runs[engine].push(await runOnce(engine, dataset))
  return runs
}

async function runOnce(engine: EngineName, { path, dataType }: Dataset): Promise<Run> {
  const out = join(folder, `${engine}.parquet`)
  const cold = await startEngine(engine, [path, dataType, out], { oneCore })
  const warm = await startEngine(engine, [path, dataType, out, 'warm'], { oneCore })
  const outputBytes = engine === 'gunzip' ? 0 : (await stat(out)).size
  await rm(out, { force: true })
  return { ...cold.report, warm: warm.report.warm, wallMs: cold.wallMs, outputBytes }
}

function report(dataset: Dataset, runs: Runs): void {
  if (flags.json) console.log(JSON.stringify(jsonFigures(dataset, runs)))
  else printTable(dataset, runs)
}

function jsonFigures(dataset: Dataset, runs: Runs) {
  const of = (engine: EngineName, figure: (run: Run) => number) => median(runs[engine].map(figure))
  return {
    file: dataset.path,
    dataType: dataset.dataType,
    rows: dataset.rows,
    gunzipMs: of('gunzip', run => run.wallMs),
    wallMs: of('ours', run => run.wallMs),
    cpuMs: of('ours', run => run.cpuMs),
    peakRssBytes: of('ours', run => run.peakRssBytes),
    outputBytes: of('ours', run => run.outputBytes),
    polarsMs: of('polars', run => run.wallMs),
    duckdbMs: of('duckdb', run => run.wallMs),
    polarsCpuMs: of('polars', run => run.cpuMs),
    duckdbCpuMs: of('duckdb', run => run.cpuMs),
    polarsPeakRssBytes: of('polars', run => run.peakRssBytes),
    duckdbPeakRssBytes: of('duckdb', run => run.peakRssBytes),
    polarsOutputBytes: of('polars', run => run.outputBytes),
    duckdbOutputBytes: of('duckdb', run => run.outputBytes),
    warmMs: of('ours', run => run.warm!.wallMs),
    polarsWarmMs: of('polars', run => run.warm!.wallMs),
    duckdbWarmMs: of('duckdb', run => run.warm!.wallMs),
  }
}
