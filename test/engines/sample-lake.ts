import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gunzipSync, gzipSync } from 'node:zlib'
import { sampleSource } from '../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer } from '../../functions/emulators/tardis/server.ts'
import type { ServedFile } from '../../functions/emulators/tardis/source.ts'
import { KNOWN_DATA_TYPES } from '../../functions/market/names.ts'
import { callMain } from '../local/cli/cli.ts'

const VENUES = ['binance', 'binance-futures', 'deribit']
const FILE = /data_type=(.+)\/venue=(.+)\/date=(.+)\/(.+)\.parquet$/

export interface SampleLake extends AsyncDisposable {
  readonly folder: string
  /** Downloads some days of the sample venues. */
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
  /** From now on the vendor has other data of a day. */
  changeData(date: string): void
  /** From now on the vendor's trades of a day have a column more, at the end. */
  addColumn(date: string): void
}

/** As much of https://iceberg.apache.org/spec/#table-metadata-fields as tests look at. */
export interface Metadata {
  readonly 'current-snapshot-id': number
  readonly snapshots: readonly { readonly 'snapshot-id': number; readonly summary: Record<string, string> }[]
}

/** A vendor with sample data of some days, and a folder in which `download` stores it. */
export async function sampleLake(
  dates: readonly string[],
  dataTypes: readonly string[] = KNOWN_DATA_TYPES,
  rowsPerFile = 4000,
): Promise<SampleLake> {
  const folder = await mkdtemp(join(tmpdir(), 'engines-'))
  const source = sampleSource({ dates, rowsPerFile })
  const changed = sampleSource({ dates, rowsPerFile, seed: 2 })
  const [changedDates, widerDates] = [new Set<string>(), new Set<string>()]
  const vendor = await startTardisServer({
    source: {
      ...source,
      async dataset(name) {
        const file = await (changedDates.has(name.date) ? changed : source).dataset(name)
        return file && name.dataType === 'trades' && widerDates.has(name.date) ? await widened(file) : file
      },
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
      return run(['download', '--venues', VENUES.join(), ...range, '--data-types', dataTypes.join(), ...more])
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
    changeData: date => void changedDates.add(date),
    addColumn: date => void widerDates.add(date),
    async [Symbol.asyncDispose]() {
      await vendor.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The same with a column `note`, which no documentation has. */
async function widened(file: ServedFile): Promise<ServedFile> {
  const text = gunzipSync(Buffer.concat(await file.stream().toArray())).toString()
  const lines = text.split('\n').map((line, at) => (line === '' ? '' : `${line},${at === 0 ? 'note' : `n${at}`}`))
  const data = gzipSync(lines.join('\n'))
  const md5Hex = createHash('md5').update(data).digest('hex')
  return { ...file, bytes: data.length, md5Hex, stream: () => Readable.from([data]) }
}
