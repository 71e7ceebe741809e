/**
 * One batch of a large file and many small ones, the large one first: when the last small file is stored and when the large
 * one is. The fetch function's artefact under a hard memory limit.
 *
 *   npm run bench:mixed -- [--files 2000] [--rows 500] [--large 5GB] [--runs 3] [--limit-mb 256]
 */
import { parseArgs } from 'node:util'
import type { TardisSource } from '../../functions/emulators/tardis/source.ts'
import { bytesFlag, wholeFlag } from './flags.ts'
import { median } from './median.ts'
import { type DeployedRun, runDeployed } from './memory/deployed.ts'
import { manySymbols, marketOf, repeatedDataset } from './memory/market.ts'

const DATA_TYPE = 'trades'
/** Of a row of trades, about. */
const ROW_BYTES = 87
/** In order of symbols it comes before the small ones. */
const LARGE = 'BTCUSDT'

const { values: flags } = parseArgs({
  options: {
    files: { type: 'string', default: '2000' },
    rows: { type: 'string', default: '500' },
    large: { type: 'string', default: '5GB' },
    runs: { type: 'string', default: '3' },
    'limit-mb': { type: 'string', default: '256' },
  },
})
const files = wholeFlag('files', flags.files)
const limitMb = wholeFlag('limit-mb', flags['limit-mb'])
const large = await repeatedDataset(DATA_TYPE, bytesFlag('large', flags.large))
const small = await repeatedDataset(DATA_TYPE, wholeFlag('rows', flags.rows) * ROW_BYTES)

interface MixedRun extends DeployedRun {
  readonly largeSeconds: number
  readonly lastSmallSeconds: number
  readonly smallBeforeLarge: number
}

const runs: MixedRun[] = []
for (let run = 0; run < wholeFlag('runs', flags.runs); run++) runs.push(await runMixed())
const of = (figure: (run: MixedRun) => number) => median(runs.map(figure))
console.log(
  `One file of ${flags.large} and ${files} of ${small.rows} rows in one batch, medians of ${runs.length} runs`,
)
console.log(`${limitMb} MiB: ${runs[0]!.limit}\n`)
console.log(`the last small file is stored after ${of(run => run.lastSmallSeconds).toFixed(2)} s`)
console.log(`the large file is stored after      ${of(run => run.largeSeconds).toFixed(2)} s`)
console.log(`small files stored before it         ${of(run => run.smallBeforeLarge)} of ${files}`)
console.log(`peak memory                         ${of(run => run.peakRssBytes / 1048576).toFixed(1)} MiB`)

async function runMixed(): Promise<MixedRun> {
  const stored = new Map<string, number>()
  const run = await runDeployed({
    source: mixedMarket(),
    dataType: DATA_TYPE,
    limitMb,
    isHard: true,
    env: { BATCH_SIZE: String(files + 1), BATCH_MAX_BYTES: String(large.bytes * 1000) },
    onStored: async apiEndpoint => {
      for (const [name, timeMs] of await storedTimes(apiEndpoint)) stored.set(name, timeMs)
    },
  })
  if (stored.size !== files + 1) throw new Error(`${stored.size} files are stored, expected ${files + 1}`)
  const largeName = [...stored.keys()].find(name => name.includes(LARGE))
  const largeMs = stored.get(largeName ?? '')
  if (largeName === undefined || largeMs === undefined) throw new Error(`${LARGE} is not stored`)
  stored.delete(largeName)
  const smallMs = [...stored.values()]
  return {
    ...run,
    largeSeconds: (largeMs - run.startedMs) / 1000,
    lastSmallSeconds: (Math.max(...smallMs) - run.startedMs) / 1000,
    smallBeforeLarge: smallMs.filter(timeMs => timeMs < largeMs).length,
  }
}

function mixedMarket(): TardisSource {
  const market = marketOf(DATA_TYPE, [LARGE, ...manySymbols(files)], small)
  const onlyLarge = marketOf(DATA_TYPE, [LARGE], large)
  return { ...market, dataset: async name => (await onlyLarge.dataset(name)) ?? market.dataset(name) }
}

/** When each Parquet object was created, in milliseconds since 1970. */
async function storedTimes(apiEndpoint: string): Promise<[string, number][]> {
  const times: [string, number][] = []
  let pageToken = ''
  do {
    const response = await fetch(`${apiEndpoint}/storage/v1/b/ticks/o?pageToken=${encodeURIComponent(pageToken)}`)
    if (!response.ok) throw new Error(`the bucket answered ${response.status} to the list of its objects`)
    const page = (await response.json()) as {
      items?: { name: string; timeCreated: string }[]
      nextPageToken?: string
    }
    for (const { name, timeCreated } of page.items ?? [])
      if (name.endsWith('.parquet')) times.push([name, Date.parse(timeCreated)])
    pageToken = page.nextPageToken ?? ''
  } while (pageToken !== '')
  return times
}
