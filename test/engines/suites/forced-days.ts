import assert from 'node:assert/strict'
import { join } from 'node:path'
import { createFileCatalog } from '../../../functions/iceberg/file-catalog.ts'
import { COPIES_KEPT_MS } from '../../../functions/iceberg/old-copies.ts'
import { placeAt } from '../../../functions/iceberg/place.ts'
import { refreshTables } from '../../../functions/iceberg/refresh.ts'
import { openFolderBucket } from '../../../functions/storage/folder/folder-bucket.ts'
import { lakeOf, PREFIX } from '../../iceberg/lake.ts'
import type { Column, Engine } from '../engine.ts'
import { type EngineName, openEngine, pythonOf, TABLE_ENGINES } from '../engines.ts'
import { matrix } from '../matrix.ts'
import { assertReads, columnsAs, columnsOf, type Expected, Oracle } from '../oracle.ts'
import { type SampleLake, sampleLake } from '../sample-lake.ts'

const DAYS = ['2024-08-01', '2024-08-02'] as const
const NAMES = Object.keys(TABLE_ENGINES) as EngineName[]

describe('Iceberg tables while a day is downloaded again', () => {
  let oracle: Oracle
  const cells = matrix('table of trades')

  before(async function () {
    oracle = new Oracle(pythonOf(this))
    await oracle.version()
  })
  after(async () => {
    cells.print()
    await oracle?.[Symbol.asyncDispose]()
  })
  const expected = (lake: SampleLake, columns: readonly Column[]): Promise<Expected> => {
    oracle.forget()
    return oracle.rows(lake.filesOf('trades').map(lake.urlOf), columns)
  }

  for (const name of NAMES)
    describe(name, () => {
      let engine: Engine
      let lake: SampleLake
      let table: string
      /** Times as exact as the engine gives them. */
      let columns: readonly Column[]
      let oldDay: Expected
      let newDay: Expected

      before(async function () {
        engine = await openEngine(this, name)
        cells.version(name, engine.version)
        columns = columnsAs(engine, columnsOf('trades'))
        lake = await sampleLake(DAYS, ['trades'])
        await lake.download(DAYS[0], DAYS[1])
        await lake.refresh()
        table = lake.table('trades').folder
        oldDay = await expected(lake, columns)
        lake.changeData(DAYS[1])
        newDay = await expected(lake, columns)
        assert.notEqual(oldDay.digest, newDay.digest)
      })
      after(async () => {
        await engine?.[Symbol.asyncDispose]()
        await lake?.[Symbol.asyncDispose]()
      })

      const reads = (what: string, body: (this: Mocha.Context) => Promise<unknown>) =>
        it(what, async function () {
          await body.call(this)
          cells.set(what, name, 'right')
        })

      reads('the old day in each query that begins once copies are named', async () => {
        let isDone = false
        const downloading = lake.download(DAYS[1], DAYS[1], '--force').finally(() => {
          isDone = true
        })
        const { rows, digest } = oldDay
        const files = countOf(lake, 'total-data-files') / DAYS.length
        for (let begun = 0; !isDone || begun < 2; ) {
          const isBegun = countOf(lake, 'tick-handler.copied-files') === files
          const reading = engine.rows({ table }, columns, [])
          // A query that began before may meet an object that is replaced meanwhile. Each venue has its copies in a commit.
          if (isBegun) assert.deepEqual(await reading, { rows, digest })
          else await reading.catch(() => {})
          if (isBegun) begun += 1
        }
        await downloading
      })

      reads('the old day when all objects are replaced', () =>
        assertReads({ engine, source: { table } }, columns, oldDay),
      )

      reads('the new day after a refresh, and the old one in the snapshot before', async function () {
        await lake.refresh()
        // DuckDB keeps parts of files in a session, and takes files of tables for never changed.
        await engine[Symbol.asyncDispose]()
        engine = await openEngine(this, name)
        await assertReads({ engine, source: { table } }, columns, newDay)
        const { snapshots } = lake.table('trades').metadata
        assert.equal(snapshots.length, 2)
        const source = { table, snapshot: snapshots[0]!['snapshot-id'] }
        await assertReads({ engine, source }, columns, oldDay)
      })

      reads('the new day when the copies are removed', async () => {
        await refreshLater(lake)
        assert.equal(lake.table('trades').metadata.snapshots.length, 1)
        await assertReads({ engine, source: { table } }, columns, newDay)
      })
    })
})

/** What the summary of the newest snapshot counts. */
function countOf(lake: SampleLake, name: string): number {
  return Number(lake.table('trades').metadata.snapshots.at(-1)!.summary[name] ?? 0)
}

/** A refresh when copies are not kept any more. */
async function refreshLater({ folder }: SampleLake): Promise<void> {
  const root = join(folder, 'data')
  const bucket = await openFolderBucket({ folder: root })
  const place = placeAt(root)
  const services = lakeOf(bucket, { place, catalog: createFileCatalog(bucket, PREFIX, place) })
  const clock = { ...services.clock, now: () => Date.now() + 2 * COPIES_KEPT_MS }
  await refreshTables({ ...services, clock }).finally(() => bucket.close())
}
