import assert from 'node:assert/strict'
import { join } from 'node:path'
import { KNOWN_DATA_TYPES } from '../../../functions/market/names.ts'
import { documentedColumns, readText } from '../../support/csv-oracle.ts'
import type { Column, Engine, Rows, Summary, Where } from '../engine.ts'
import { ENGINES, type EngineName, openEngine, pythonOf } from '../engines.ts'
import { matrix } from '../matrix.ts'
import { PythonProcess } from '../python-process.ts'
import { type SampleLake, sampleLake } from '../sample-lake.ts'

const DAY = '2024-08-01'
/** Sums of doubles in another order differ by a part of the sum of their sizes. */
const MAX_SUM_ERROR = 1e-12

type Expected = Rows & { readonly columns: Readonly<Record<string, Summary['columns'][string] & { size?: number }>> }

const microsAt = (time: string) => Date.parse(`${DAY}T${time}Z`) * 1000

/** Of one venue, in the morning. */
const MORNING: Where = [
  ['exchange', '=', 'binance-futures'],
  ['local_timestamp', '>=', microsAt('06:00:00')],
  ['local_timestamp', '<', microsAt('12:00:00')],
]

describe('plain files, as `download` stores them', () => {
  let lake: SampleLake
  let oracle: PythonProcess
  const cells = matrix('data type')

  before(async function () {
    oracle = new PythonProcess(pythonOf(this), 'oracle')
    cells.version('rows', `Python ${(await oracle.response<{ version: string }>()).version}`)
    lake = await sampleLake(DAY)
  })
  after(async () => {
    cells.print()
    await oracle?.[Symbol.asyncDispose]()
    await lake?.[Symbol.asyncDispose]()
  })

  const known = new Map<string, Promise<Expected>>()
  function expectedOf(dataType: string, where: Where): Promise<Expected> {
    const key = `${dataType} ${JSON.stringify(where)}`
    const urls = lake.filesOf(dataType).map(lake.urlOf)
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
          const source = { files: lake.filesOf(dataType).map(path => join(lake.folder, path)) }
          assert.ok(source.files.length > 0)
          const startedMs = performance.now()
          for (const where of [[], MORNING]) {
            const { rows, digest, columns: summaries } = await expectedOf(dataType, where)
            assert.deepEqual(await engine.rows(source, columns, where), { rows, digest })
            assertSummary(await engine.summary(source, columns, where), { rows, digest, columns: summaries })
            if (where === MORNING) continue
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
