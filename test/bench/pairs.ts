/**
 * Compares this checkout's converter with another checkout's, which must be built (`npm run build`): whole processes in
 * pairs, the order turned from pair to pair, so that the machine's drift falls on both alike. Prints the median of the
 * pairs' ratios, and the interval that holds it in 19 of 20 cases.
 *
 *   npm run bench:pairs -- --against DIR [FILE.csv.gz …] [--data-types T,…|all] [--pairs 30] [--one-core] [--json]
 *
 * Without files it generates some: of the order book and trades, or of the data types that are named; each takes a second or
 * more, so that a difference is not that of starting a process.
 */
import { access, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { type Dataset, namedDatasets, PAIR_ROWS, sampleDatasets } from './datasets.ts'
import { wholeFlag } from './flags.ts'
import { median, medianInterval } from './median.ts'
import { type EngineRun, startEngine } from './start-engine.ts'

const { values: flags, positionals } = parseArgs({
  options: {
    against: { type: 'string' },
    'data-types': { type: 'string', default: 'incremental_book_L2,trades' },
    pairs: { type: 'string', default: '30' },
    'one-core': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const pairCount = wholeFlag('pairs', flags.pairs)
if (!flags.against) throw new Error('--against: found nothing, expected the folder of another checkout')
const converters = { ours: await converterIn('.'), theirs: await converterIn(flags.against) }

interface Run extends EngineRun {
  readonly outputBytes: number
}

const FIGURES = {
  'CPU s': (run: Run) => run.report.cpuMs / 1000,
  'wall s': (run: Run) => run.wallMs / 1000,
  'peak MB': (run: Run) => run.report.peakRssBytes / 1e6,
  'KB out': (run: Run) => run.outputBytes / 1e3,
}

interface Pair {
  readonly ours: Run
  readonly theirs: Run
}

const folder = await mkdtemp(join(tmpdir(), 'tick-handler-pairs-'))
try {
  const dataTypes = flags['data-types'] === 'all' ? undefined : flags['data-types'].split(',')
  const datasets =
    positionals.length > 0 ? await namedDatasets(positionals) : await sampleDatasets(PAIR_ROWS, dataTypes)
  for (const dataset of datasets) report(dataset, await measure(dataset))
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** The address of a checkout's built converter. */
async function converterIn(checkout: string): Promise<string> {
  const path = resolve(checkout, 'dist/ticks/convert.js')
  await access(path).catch(cause => {
    throw new Error(`found no ${path}: run "npm run build" in ${resolve(checkout)}`, { cause })
  })
  return pathToFileURL(path).href
}

async function measure({ path, dataType }: Dataset): Promise<Pair[]> {
  const out = join(folder, 'out.parquet')
  const run = async (converter: string): Promise<Run> => {
    const env = { CONVERTER: converter }
    const ended = await startEngine('ours', [path, dataType, out], { oneCore: flags['one-core'], env })
    return { ...ended, outputBytes: (await stat(out)).size }
  }
  const pairs: Pair[] = []
  for (let pair = 0; pair < pairCount; pair++) {
    const oursFirst = pair % 2 === 0
    const first = await run(oursFirst ? converters.ours : converters.theirs)
    const second = await run(oursFirst ? converters.theirs : converters.ours)
    pairs.push(oursFirst ? { ours: first, theirs: second } : { ours: second, theirs: first })
  }
  return pairs
}

function report(dataset: Dataset, pairs: readonly Pair[]): void {
  const figures = Object.entries(FIGURES).map(([name, of]) => {
    const changes = pairs.map(({ ours, theirs }) => (of(ours) / of(theirs) - 1) * 100)
    return {
      name,
      ours: median(pairs.map(({ ours }) => of(ours))),
      theirs: median(pairs.map(({ theirs }) => of(theirs))),
      changePercent: median(changes),
      interval: medianInterval(changes),
    }
  })
  if (flags.json) {
    console.log(JSON.stringify({ file: dataset.path, pairs: pairs.length, figures }))
    return
  }
  console.log(`${basename(dataset.path)}, ${dataset.dataType}, ${dataset.rows} rows, ${pairs.length} pairs`)
  for (const { name, ours, theirs, changePercent, interval } of figures) {
    const change = `${signed(changePercent)} % (${interval.map(signed).join(' to ')} %)`
    console.log(`${name.padEnd(8)}${theirs.toFixed(3).padStart(10)} → ${ours.toFixed(3).padStart(8)}   ${change}`)
  }
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(2)}`
}
