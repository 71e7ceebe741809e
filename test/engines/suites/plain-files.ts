import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleSource } from '../../../functions/emulators/tardis/sample-source.ts'
import { startTardisServer, type TardisServer } from '../../../functions/emulators/tardis/server.ts'
import { KNOWN_DATA_TYPES } from '../../../functions/market/names.ts'
import { callMain } from '../../local/cli/cli.ts'
import { documentedColumns, readText } from '../../support/csv-oracle.ts'
import type { Column, Engine, Rows, Summary, Where } from '../engine.ts'
import { ENGINES, type EngineName, openEngine, pythonOf } from '../engines.ts'
import { matrix } from '../matrix.ts'
import { PythonProcess } from '../python-process.ts'

const DAY = '2024-08-01'
const VENUES = 'binance-futures,binance,deribit'
/** Sums of doubles in another order differ by a part of the sum of their sizes. */
const MAX_SUM_ERROR = 1e-12

type Expected = Rows & { readonly columns: Readonly<Record<string, Summary['columns'][string] & { size?: number }>> }

/** From eight to nine in the morning, of one side or symbol. */
const NOON_MICROS = Date.parse(`${DAY}T12:00:00Z`) * 1000
const HALF_DAY: Where = [
  ['exchange', '=', 'binance-futures'],
  ['local_timestamp', '>=', NOON_MICROS / 2 + (Date.parse(`${DAY}T00:00:00Z`) * 1000) / 2],
  ['local_timestamp', '<', NOON_MICROS],
]

describe('plain files, as `download` stores them', () => {
  let folder: string
  let vendor: TardisServer
  let oracle: PythonProcess
  const cells = matrix('data type')

  before(async function () {
    oracle = new PythonProcess(pythonOf(this), 'oracle')
    cells.version('rows', `Python ${(await oracle.response<{ version: string }>()).version}`)
    folder = await mkdtemp(join(tmpdir(), 'engines-'))
    vendor = await startTardisServer({ source: sampleSource({ dates: [DAY], rowsPerFile: 4000 }) })
    const args = ['--venues', VENUES, '--start-date', DAY, '--end-date', DAY, '--data-types', KNOWN_DATA_TYPES.join()]
    const env = { TARDIS_API_URL: vendor.apiUrl, TARDIS_DATASETS_URL: vendor.datasetsUrl, LOG_LEVEL: 'warn' }
    const { code, stdout, stderr } = await callMain(['download', ...args], { cwd: folder, env })
    assert.equal(code, 0, stdout + stderr)
  })
  after(async () => {
    cells.print()
    await oracle?.[Symbol.asyncDispose]()
    await vendor?.close()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  const filesOf = (dataType: string) =>
    globSync(`data/ticks/data_type=${dataType}/**/*.parquet`, { cwd: folder }).sort()

  /** The vendor's address of what a file was made from. */
  function urlOf(path: string): string {
    const [, dataType, venue, date, symbol] = /data_type=(.+)\/venue=(.+)\/date=(.+)\/(.+)\.parquet$/.exec(path)!
    return `${vendor.datasetsUrl}/${venue}/${dataType}/${date!.replaceAll('-', '/')}/${symbol}.csv.gz`
  }

  const known = new Map<string, Promise<Expected>>()
  function expectedOf(dataType: string, where: Where): Promise<Expected> {
    const key = `${dataType} ${JSON.stringify(where)}`
    const urls = filesOf(dataType).map(urlOf)
    known.set(key, known.get(key) ?? oracle.call<Expected>('rows', { urls, columns: columnsOf(dataType), where }))
    return known.get(key)!
  }

  for (const name of Object.keys(ENGINES) as EngineName[])
    describe(name, () => {
      let engine: Engine
      before(async function () {
        engine = await openEngine(this, name)
        cells.version(name, engine.version)
      })
      after(() => engine?.[Symbol.asyncDispose]())

      for (const dataType of KNOWN_DATA_TYPES)
        it(dataType, async () => {
          const columns = columnsOf(dataType)
          const source = { files: filesOf(dataType).map(path => join(folder, path)) }
          assert.ok(source.files.length > 0)
          const startedMs = performance.now()
          for (const where of [[], HALF_DAY]) {
            const { rows, digest, columns: summaries } = await expectedOf(dataType, where)
            assert.deepEqual(await engine.rows(source, columns, where), { rows, digest })
            assertSummary(await engine.summary(source, columns, where), { rows, digest, columns: summaries })
            if (where === HALF_DAY) continue
            assert.ok(rows > 0)
            cells.set(dataType, 'rows', String(rows))
          }
          cells.set(dataType, name, `right ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
        })
    })
})

function columnsOf(dataType: string): Column[] {
  const header = [...documentedColumns(dataType).keys()].join()
  return readText(`${header}\n`, dataType).columns.map(({ header, name, type }) => ({ header, name, type }))
}

function assertSummary(found: Summary, expected: Expected): void {
  assert.equal(found.rows, expected.rows)
  for (const [name, { size = 0, sum, ...exact }] of Object.entries(expected.columns)) {
    const { sum: foundSum, ...rest } = found.columns[name]!
    assert.deepEqual(rest, exact, name)
    if (sum === undefined) continue
    const isNear = foundSum !== undefined && Math.abs(foundSum - sum) <= MAX_SUM_ERROR * size
    assert.ok(isNear, `${name}: found the sum ${foundSum}, expected ${sum}`)
  }
}
