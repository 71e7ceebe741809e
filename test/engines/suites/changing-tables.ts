import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { evolveColumns, tableColumns } from '../../../functions/iceberg/columns.ts'
import { createFileCatalog } from '../../../functions/iceberg/file-catalog.ts'
import { placeAt } from '../../../functions/iceberg/place.ts'
import { refreshTables } from '../../../functions/iceberg/refresh.ts'
import type { TableServices } from '../../../functions/iceberg/refresh-days.ts'
import { openLedger } from '../../../functions/ledger/ledger.ts'
import { openFolderBucket } from '../../../functions/storage/folder/folder-bucket.ts'
import { lakeOf, PREFIX, record } from '../../iceberg/lake.ts'
import type { Column } from '../engine.ts'
import { eachEngine, pythonOf, TABLE_ENGINES } from '../engines.ts'
import { matrix } from '../matrix.ts'
import { assertReads, columnsAs, columnsOf, Oracle } from '../oracle.ts'
import { type SampleLake, sampleLake } from '../sample-lake.ts'

const DAYS = ['2024-08-01', '2024-08-02', '2024-08-03', '2024-08-04'] as const
const COLUMNS = columnsOf('trades')
/** The column that `addColumn` adds. */
const NOTE: Column = { header: 'note', name: 'note', type: 'VARCHAR' }

/** What engines cannot do, with their error. A test asserts that they still cannot. */
const CANNOT: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  icebird: {
    'a column that came later': /parquet column not found: note/,
    'files with a column that the table does not know': /parquet column not found: note/,
  },
}

describe('Iceberg tables that change', () => {
  let oracle: Oracle
  /** The vendor added a column; a day was forced; snapshots were dropped. */
  const lakes: Partial<Record<'evolved' | 'unknown' | 'forced' | 'expired', SampleLake>> = {}
  let expired: ExpiredLake
  const cells = matrix('table of trades')

  before(async function () {
    oracle = new Oracle(pythonOf(this))
    await oracle.version()
    lakes.evolved = await evolvedLake()
    lakes.unknown = await unknownLake()
    lakes.forced = await forcedLake()
    expired = await expiredLake()
    lakes.expired = expired.lake
  })
  after(async () => {
    cells.print()
    await oracle?.[Symbol.asyncDispose]()
    for (const lake of Object.values(lakes)) await lake[Symbol.asyncDispose]()
  })
  const rowsOf = (lake: SampleLake, columns: readonly Column[], isRead: (path: string) => boolean) =>
    oracle.rows(lake.filesOf('trades').filter(isRead).map(lake.urlOf), columns)

  eachEngine(TABLE_ENGINES, cells, (name, engine) => {
    const columns = () => columnsAs(engine(), COLUMNS)
    const expected = (lake: SampleLake, days: readonly string[] = DAYS, wanted = columns()) =>
      rowsOf(lake, wanted, path => days.some(day => path.includes(`date=${day}`)))
    const reads = (what: string, body: () => Promise<unknown>) => {
      const cannot = CANNOT[name]?.[what]
      it(cannot ? `${what}: ${cannot.source}` : what, async () => {
        if (cannot) await assert.rejects(body, cannot)
        else await body()
        cells.set(what, name, cannot ? `no: ${cannot.source}` : 'right')
      })
    }

    reads('a column that came later', async () => {
      const lake = lakes.evolved!
      const { folder } = lake.table('trades')
      const wider = [...columns(), NOTE]
      await assertReads(
        { engine: engine(), source: { table: folder } },
        wider,
        await expected(lake, DAYS.slice(0, 2), wider),
      )
    })

    reads('the snapshot before it', async () => {
      const lake = lakes.evolved!
      const { folder, metadata } = lake.table('trades')
      const source = { table: folder, snapshot: metadata.snapshots[0]!['snapshot-id'] }
      await assertReads({ engine: engine(), source }, columns(), await expected(lake, DAYS.slice(0, 1)))
    })

    reads('files with a column that the table does not know', async () => {
      const lake = lakes.unknown!
      const source = { table: lake.table('trades').folder }
      await assertReads({ engine: engine(), source }, columns(), await expected(lake, DAYS.slice(0, 2)))
    })

    reads('a day that was downloaded again, with other data', async () => {
      const lake = lakes.forced!
      await assertReads(
        { engine: engine(), source: { table: lake.table('trades').folder } },
        columns(),
        await expected(lake),
      )
    })

    reads('the first and the last of 100 snapshots, after three were dropped', async () => {
      const { lake, dropped, without } = expired
      const { folder, metadata } = lake.table('trades')
      assert.equal(metadata.snapshots.length, 100)
      await assertReads({ engine: engine(), source: { table: folder } }, columns(), await expected(lake))
      const source = { table: folder, snapshot: metadata.snapshots[0]!['snapshot-id'] }
      const rest = await rowsOf(lake, columns(), path => path !== `data/${without}`)
      await assertReads({ engine: engine(), source }, columns(), rest)
      for (const snapshot of dropped)
        await assert.rejects(engine().rows({ table: folder, snapshot }, columns(), []), /snapshot/i)
    })

    reads('a table while rivals commit to it', async () => {
      await using lake = await downloaded()
      await using bucket = await bucketOf(lake)
      const commitOne = () => Promise.all([refreshOne(bucket.services), refreshOne(bucket.services)])
      await commitOne()
      const table = lake.table('trades').folder
      const seen: number[] = []
      for (let isDone = false; !isDone; ) {
        const reading = engine().rows({ table }, columns(), [])
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
      await assertReads({ engine: engine(), source: { table } }, columns(), await expected(lake))
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

interface ExpiredLake {
  readonly lake: SampleLake
  /** The ids of the snapshots that its table has no longer. */
  readonly dropped: readonly number[]
  /** The object that every second state lacks, the first of the kept ones among them. */
  readonly without: string
}

/** The table has had 103 snapshots, and keeps 100. After each commit the hint names a document that is there. */
async function expiredLake(): Promise<ExpiredLake> {
  const lake = await downloaded()
  await using bucket = await bucketOf(lake)
  const { services } = bucket
  const whole = (await openLedger(services.bucket, PREFIX).readManifest({ venue: 'binance', date: DAYS[0] }))!
  const [first, ...others] = whole.items
  const ids: number[] = []
  for (let commit = 1; commit <= 103; commit += 1) {
    if (commit > 1) await record(services.bucket, commit % 2 === 0 ? { ...whole, items: others } : whole)
    assert.equal((await refreshTables(services)).commits, 1)
    // Reads the document that the hint names.
    ids.push(lake.table('trades').metadata['current-snapshot-id'])
  }
  const documents = readdirSync(join(lake.table('trades').folder, 'metadata')).filter(name => name.endsWith('.json'))
  assert.deepEqual(
    [1, 2, 3].map(version => documents.includes(`v${version}.metadata.json`)),
    [false, false, true],
  )
  return { lake, dropped: ids.slice(0, 3), without: first!.object! }
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
