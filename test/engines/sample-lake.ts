import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleSource } from '../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer } from '../../functions/emulators/tardis/server.ts'
import { KNOWN_DATA_TYPES } from '../../functions/market/names.ts'
import { callMain } from '../local/cli/cli.ts'

const VENUES = 'binance-futures,binance,deribit'
const FILE = /data_type=(.+)\/venue=(.+)\/date=(.+)\/(.+)\.parquet$/

export interface SampleLake extends AsyncDisposable {
  readonly folder: string
  /** Downloads some days of the sample venues, all data types unless some are named. */
  download(first: string, last: string, ...more: string[]): Promise<void>
  /** Brings the Iceberg tables up to date. */
  refresh(): Promise<void>
  /** The folder of a table, and what its newest metadata document holds. */
  table(dataType: string): { readonly folder: string; readonly metadata: Metadata }
  /** Paths of the Parquet files of a data type, relative to the folder. */
  filesOf(dataType: string): string[]
  /** The vendor's address of what a file was made from. */
  urlOf(path: string): string
  /** The same file, downloaded as it is. */
  fetched(path: string): Promise<string>
  /** From now on the vendor has other data. */
  changeData(): void
}

/** As much of https://iceberg.apache.org/spec/#table-metadata-fields as tests look at. */
export interface Metadata {
  readonly 'current-snapshot-id': number
  readonly snapshots: readonly { readonly 'snapshot-id': number; readonly summary: Record<string, string> }[]
  readonly schemas: readonly object[]
}

/** A vendor with sample data of some days, and a folder in which `download` stores it. */
export async function sampleLake(dates: readonly string[], rowsPerFile = 4000): Promise<SampleLake> {
  const folder = await mkdtemp(join(tmpdir(), 'engines-'))
  let source = sampleSource({ dates, rowsPerFile })
  const vendor = await startTardisServer({
    source: {
      venues: () => source.venues(),
      exchange: venue => source.exchange(venue),
      dataset: name => source.dataset(name),
    },
  })
  const env = { TARDIS_API_URL: vendor.apiUrl, TARDIS_DATASETS_URL: vendor.datasetsUrl, LOG_LEVEL: 'warn' }
  const run = async (args: readonly string[]) => {
    const { code, stdout, stderr } = await callMain(args, { cwd: folder, env })
    assert.equal(code, 0, stdout + stderr)
  }
  const urlOf = (path: string) => {
    const [, dataType, venue, date, symbol] = FILE.exec(path)!
    return `${vendor.datasetsUrl}/${venue}/${dataType}/${date!.replaceAll('-', '/')}/${symbol}.csv.gz`
  }
  return {
    folder,
    download: (first, last, ...more) => {
      const range = ['--start-date', first, '--end-date', last]
      const types = more.includes('--data-types') ? [] : ['--data-types', KNOWN_DATA_TYPES.join()]
      return run(['download', '--venues', VENUES, ...range, ...types, ...more])
    },
    refresh: () => run(['table', 'refresh', 'data']),
    table(dataType) {
      const table = join(folder, 'data/_iceberg', dataType)
      const version = readFileSync(join(table, 'metadata/version-hint.text'), 'utf8')
      const text = readFileSync(join(table, `metadata/v${version}.metadata.json`), 'utf8')
      return { folder: table, metadata: JSON.parse(text) as Metadata }
    },
    filesOf: dataType => globSync(`data/ticks/data_type=${dataType}/**/*.parquet`, { cwd: folder }).sort(),
    urlOf,
    async fetched(path) {
      const target = join(folder, `${FILE.exec(path)![1]}.csv.gz`)
      await writeFile(target, Buffer.from(await (await fetch(urlOf(path))).arrayBuffer()))
      return target
    },
    changeData() {
      source = sampleSource({ dates, rowsPerFile, seed: 2 })
    },
    async [Symbol.asyncDispose]() {
      await vendor.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
