import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleSource } from '../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer } from '../../functions/emulators/tardis/server.ts'
import { KNOWN_DATA_TYPES } from '../../functions/market/names.ts'
import { callMain } from '../local/cli/cli.ts'

const VENUES = 'binance-futures,binance,deribit'

/** What `download` stores of the sample venues, all data types, and the vendor that it came from. */
export interface SampleLake extends AsyncDisposable {
  readonly folder: string
  /** Paths of the Parquet files of a data type, relative to the folder. */
  filesOf(dataType: string): string[]
  /** The vendor's address of what a file was made from. */
  urlOf(path: string): string
  /** The same file, downloaded as it is. */
  fetched(path: string): Promise<string>
}

export async function sampleLake(date: string): Promise<SampleLake> {
  const folder = await mkdtemp(join(tmpdir(), 'engines-'))
  const vendor = await startTardisServer({ source: sampleSource({ dates: [date], rowsPerFile: 4000 }) })
  const args = ['--venues', VENUES, '--start-date', date, '--end-date', date, '--data-types', KNOWN_DATA_TYPES.join()]
  const env = { TARDIS_API_URL: vendor.apiUrl, TARDIS_DATASETS_URL: vendor.datasetsUrl, LOG_LEVEL: 'warn' }
  const { code, stdout, stderr } = await callMain(['download', ...args], { cwd: folder, env })
  assert.equal(code, 0, stdout + stderr)

  const urlOf = (path: string) => {
    const [, dataType, venue, date, symbol] = /data_type=(.+)\/venue=(.+)\/date=(.+)\/(.+)\.parquet$/.exec(path)!
    return `${vendor.datasetsUrl}/${venue}/${dataType}/${date!.replaceAll('-', '/')}/${symbol}.csv.gz`
  }
  return {
    folder,
    filesOf: dataType => globSync(`data/ticks/data_type=${dataType}/**/*.parquet`, { cwd: folder }).sort(),
    urlOf,
    async fetched(path) {
      const [dataType] = new URL(urlOf(path)).pathname.split('/').slice(4)
      const target = join(folder, `${dataType}.csv.gz`)
      await writeFile(target, Buffer.from(await (await fetch(urlOf(path))).arrayBuffer()))
      return target
    },
    async [Symbol.asyncDispose]() {
      await vendor.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
