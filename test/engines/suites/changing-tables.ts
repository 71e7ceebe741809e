import assert from 'node:assert/strict'
import { join } from 'node:path'
import { evolveColumns, tableColumns } from '../../../functions/iceberg/columns.ts'
import { createFileCatalog } from '../../../functions/iceberg/file-catalog.ts'
import { placeAt } from '../../../functions/iceberg/place.ts'
import { refreshTables } from '../../../functions/iceberg/refresh.ts'
import type { TableServices } from '../../../functions/iceberg/refresh-days.ts'
import { openFolderBucket } from '../../../functions/storage/folder/folder-bucket.ts'
import { lakeOf, PREFIX } from '../../iceberg/lake.ts'
import type { Column, Engine } from '../engine.ts'
import { type EngineName, openEngine, pythonOf, TABLE_ENGINES } from '../engines.ts'
import { matrix } from '../matrix.ts'
import { assertReads, columnsOf, Oracle } from '../oracle.ts'
import { type SampleLake, sampleLake } from '../sample-lake.ts'

const DAYS = ['2024-08-01', '2024-08-02', '2024-08-03', '2024-08-04'] as const
const COLUMNS = columnsOf('trades')
/** The column that `addColumn` adds. */
const NOTE: Column = { header: 'note', name: 'note', type: 'VARCHAR' }
const KEPT_SNAPSHOTS = 3

describe('Iceberg tables that change', () => {
  let oracle: Oracle
  /** The vendor added a column; a day was forced; snapshots were dropped. */
  const lakes: Partial<Record<'evolved' | 'unknown' | 'forced' | 'expired', SampleLake>> = {}
  let dropped: number
  const cells = matrix('table of trades')

  before(async function () {
    oracle = new Oracle(pythonOf(this))
    await oracle.version()
    lakes.evolved = await evolvedLake()
    lakes.unknown = await unknownLake()
    lakes.forced = await forcedLake()
    const expired = await expiredLake()
    lakes.expired = expired.lake
    dropped = expired.dropped
  })
  after(async () => {
    cells.print()
    await oracle?.[Symbol.asyncDispose]()
    for (const lake of Object.values(lakes)) await lake[Symbol.asyncDispose]()
  })
  const expected = (lake: SampleLake, days: readonly string[] = DAYS, columns = COLUMNS) => {
    const paths = lake.filesOf('trades').filter(path => days.some(day => path.includes(`date=${day}`)))
    return oracle.rows(paths.map(lake.urlOf), columns)
  }

  for (const name of Object.keys(TABLE_ENGINES) as EngineName[])
    describe(name, () => {
      let engine: Engine
      before(async function () {
        engine = await openEngine(this, name)
        cells.version(name, engine.version)
      })
      after(() => engine?.[Symbol.asyncDispose]())

      const reads = (what: string, body: () => Promise<unknown>) =>
        it(what, async () => {
          await body()
          cells.set(what, name, 'right')
        })

      reads('a column that came later', async () => {
        const lake = lakes.evolved!
        const { folder } = lake.table('trades')
        const columns = [...COLUMNS, NOTE]
        await assertReads(
          { engine, source: { table: folder } },
          columns,
          await expected(lake, DAYS.slice(0, 2), columns),
        )
      })

      reads('the snapshot before it', async () => {
        const lake = lakes.evolved!
        const { folder, metadata } = lake.table('trades')
        const source = { table: folder, snapshot: metadata.snapshots[0]!['snapshot-id'] }
        await assertReads({ engine, source }, COLUMNS, await expected(lake, DAYS.slice(0, 1)))
      })

      reads('files with a column that the table does not know', async () => {
        const lake = lakes.unknown!
        const source = { table: lake.table('trades').folder }
        await assertReads({ engine, source }, COLUMNS, await expected(lake, DAYS.slice(0, 2)))
      })

      reads('a day that was downloaded again, with other data', async () => {
        const lake = lakes.forced!
        await assertReads({ engine, source: { table: lake.table('trades').folder } }, COLUMNS, await expected(lake))
      })

      reads('a table whose first snapshots were dropped', async () => {
        const lake = lakes.expired!
        const { folder, metadata } = lake.table('trades')
        assert.equal(metadata.snapshots.length, KEPT_SNAPSHOTS)
        await assertReads({ engine, source: { table: folder } }, COLUMNS, await expected(lake))
        const oldest = { table: folder, snapshot: metadata.snapshots[0]!['snapshot-id'] }
        const { rows } = await engine.rows(oldest, COLUMNS, [])
        assert.equal(String(rows), metadata.snapshots[0]!.summary['total-records'])
        await assert.rejects(engine.rows({ table: folder, snapshot: dropped }, COLUMNS, []), /snapshot/i)
      })

      reads('a table while rivals commit to it', async () => {
        await using lake = await downloaded()
        await using bucket = await bucketOf(lake)
        const commitOne = () => Promise.all([refreshOne(bucket.services), refreshOne(bucket.services)])
        await commitOne()
        const table = lake.table('trades').folder
        const seen: number[] = []
        for (let isDone = false; !isDone; ) {
          const reading = engine.rows({ table }, COLUMNS, [])
          isDone = (await commitOne()).every(({ isDone }) => isDone)
          seen.push((await reading).rows)
        }
        const { snapshots } = lake.table('trades').metadata
        const states = snapshots.map(({ summary }) => Number(summary['total-records']))
        assert.equal(states.length, DAYS.length * 3)
        assert.deepEqual(
          seen.filter(rows => !states.includes(rows)),
          [],
          'a part of a venue-day',
        )
        assert.deepEqual(
          seen,
          seen.toSorted((a, b) => a - b),
          'a state before one that was seen',
        )
        await assertReads({ engine, source: { table } }, COLUMNS, await expected(lake))
      })
    })
})

/** Trades of all days, without tables. */
async function downloaded(): Promise<SampleLake> {
  const lake = await sampleLake(DAYS, ['trades'])
  await lake.download(DAYS[0], DAYS.at(-1)!)
  return lake
}

/** The vendor adds a column on the second day; the table gets it before the files that have it. */
async function evolvedLake(): Promise<SampleLake> {
  const lake = await sampleLake(DAYS, ['trades'])
  await lake.download(DAYS[0], DAYS[0])
  await lake.refresh()
  await addToSchema(lake)
  lake.addColumn(DAYS[1])
  await lake.download(DAYS[1], DAYS[1])
  await lake.refresh()
  return lake
}

async function addToSchema(lake: SampleLake): Promise<void> {
  await using bucket = await bucketOf(lake)
  const { catalog } = bucket.services
  const base = await catalog.load('trades')
  const { schemas } = base!.table
  if (schemas.at(-1)!.columns.some(({ name }) => name === NOTE.name)) return
  const columns = evolveColumns(schemas.at(-1)!.columns, tableColumns('trades', [NOTE.name]))
  const table = { ...base!.table, schemas: [...schemas, { schemaId: schemas.length, columns }] }
  assert.equal(await catalog.commit('trades', base, table), 'committed')
}

/** The files of the second day have a column that the table does not have. */
async function unknownLake(): Promise<SampleLake> {
  const lake = await sampleLake(DAYS, ['trades'])
  lake.addColumn(DAYS[1])
  await lake.download(DAYS[0], DAYS[1])
  await lake.refresh()
  return lake
}

async function forcedLake(): Promise<SampleLake> {
  const lake = await downloaded()
  await lake.refresh()
  lake.changeData(DAYS[1])
  await lake.download(DAYS[1], DAYS[1], '--force')
  await lake.refresh()
  return lake
}

/** @returns the lake, and the id of a snapshot that its table had */
async function expiredLake(): Promise<{ lake: SampleLake; dropped: number }> {
  const lake = await downloaded()
  await using bucket = await bucketOf(lake)
  const services = { ...bucket.services, maxSnapshots: KEPT_SNAPSHOTS }
  await refreshTables(services, { daysPerCommit: 1, isOver: once() })
  const dropped = lake.table('trades').metadata['current-snapshot-id']
  await refreshTables(services, { daysPerCommit: 1 })
  return { lake, dropped }
}

const refreshOne = (services: TableServices) => refreshTables(services, { daysPerCommit: 1, isOver: once() })

/** False when it is first asked, then true. */
function once(): () => boolean {
  let asked = 0
  return () => asked++ > 0
}

async function bucketOf(lake: SampleLake) {
  const folder = join(lake.folder, 'data')
  const bucket = await openFolderBucket({ folder })
  const place = placeAt(folder)
  const services = lakeOf(bucket, { place, catalog: createFileCatalog(bucket, PREFIX, place) })
  return { services, [Symbol.asyncDispose]: () => bucket.close() }
}
