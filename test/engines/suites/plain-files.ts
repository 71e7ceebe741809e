import assert from 'node:assert/strict'
import { join } from 'node:path'
import { KNOWN_DATA_TYPES } from '../../../functions/market/names.ts'
import type { Where } from '../engine.ts'
import { eachEngine, FILE_ENGINES, pythonOf } from '../engines.ts'
import { matrix } from '../matrix.ts'
import { assertReads, columnsOf, Oracle } from '../oracle.ts'
import { type SampleLake, sampleLake } from '../sample-lake.ts'

const DAY = '2024-08-01'
const microsAt = (time: string) => Date.parse(`${DAY}T${time}Z`) * 1000

/** Of one venue, in the morning. */
const MORNING: Where = [
  ['exchange', '=', 'binance-futures'],
  ['local_timestamp', '>=', microsAt('06:00:00')],
  ['local_timestamp', '<', microsAt('12:00:00')],
]

describe('plain files, as `download` stores them', () => {
  let lake: SampleLake
  let oracle: Oracle
  const cells = matrix('data type')

  before(async function () {
    oracle = new Oracle(pythonOf(this))
    cells.version('rows', `Python ${await oracle.version()}`)
    lake = await sampleLake([DAY])
    await lake.download(DAY, DAY)
  })
  after(async () => {
    cells.print()
    await oracle?.[Symbol.asyncDispose]()
    await lake?.[Symbol.asyncDispose]()
  })

  eachEngine(FILE_ENGINES, cells, (name, engine) => {
    for (const dataType of KNOWN_DATA_TYPES)
      it(dataType, async () => {
        const columns = columnsOf(dataType)
        const paths = lake.filesOf(dataType)
        const source = { files: paths.map(path => join(lake.folder, path)) }
        const startedMs = performance.now()
        const expected = (where: Where) => oracle.rows(paths.map(lake.urlOf), columns, where)
        await assertReads({ engine: engine(), source, where: MORNING }, columns, await expected(MORNING))
        const rows = await assertReads({ engine: engine(), source }, columns, await expected([]))
        assert.ok(rows > 0)
        cells.set(dataType, 'rows', String(rows))
        cells.set(dataType, name, `right ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
      })
  })
})
