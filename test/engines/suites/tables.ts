import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { KNOWN_DATA_TYPES } from '../../../functions/market/names.ts'
import type { Column, Where } from '../engine.ts'
import { eachEngine, pythonOf, TABLE_ENGINES } from '../engines.ts'
import { matrix } from '../matrix.ts'
import { assertReads, columnsAs, columnsOf, Oracle } from '../oracle.ts'
import { type SampleLake, sampleLake } from '../sample-lake.ts'

const DAYS = ['2024-08-01', '2024-08-02', '2024-08-03']
const microsAt = (time: string) => Date.parse(`${time}Z`) * 1000
const between = (first: string, end: string): Where => [
  ['local_timestamp', '>=', microsAt(first)],
  ['local_timestamp', '<', microsAt(end)],
]
const isFile = (part: string) => (path: string) => path.includes(part)

/** A query, and the only files that an engine may open for it. */
const PRUNED: Readonly<Record<string, { where: Where; needs: (path: string) => boolean }>> = {
  'a venue': { where: [['exchange', '=', 'binance']], needs: isFile('/venue=binance/') },
  'a day': { where: between('2024-08-02T00:00:00', '2024-08-03T00:00:00'), needs: isFile('/date=2024-08-02/') },
  'an hour': { where: between('2024-08-02T09:00:00', '2024-08-02T10:00:00'), needs: isFile('/date=2024-08-02/') },
  'a symbol and an hour': {
    where: [['symbol', '=', 'SOLBTC'], ...between('2024-08-03T22:00:00', '2024-08-03T23:00:00')],
    // A file of many symbols has no bounds of them.
    needs: path => path.includes('/date=2024-08-03/') && /SOLBTC|OPTIONS|BTC-PERPETUAL/.test(path),
  },
}

const MICROSECONDS = 'times to the microsecond'

/** What engines cannot do, and why. A test asserts that they still cannot. */
const CANNOT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ClickHouse: { 'a symbol and an hour': 'opens all files of the day: takes no bounds of texts' },
  icebird: {
    [MICROSECONDS]: 'a Date has milliseconds',
    plan: 'has no plan apart from reading',
    ...Object.fromEntries(Object.keys(PRUNED).map(what => [what, 'opens all files: takes no filter'])),
  },
}

describe('Iceberg tables over the stored files', () => {
  let lake: SampleLake
  let oracle: Oracle
  const cells = matrix('table')

  before(async function () {
    oracle = new Oracle(pythonOf(this))
    cells.version('rows', `Python ${await oracle.version()}`)
    lake = await sampleLake(DAYS)
    for (const day of DAYS) {
      await lake.download(day, day)
      await lake.refresh()
    }
  })
  after(async () => {
    cells.print()
    await oracle?.[Symbol.asyncDispose]()
    await lake?.[Symbol.asyncDispose]()
  })
  const expected = (
    dataType: string,
    columns: readonly Column[],
    where: Where = [],
    isRead = (_path: string) => true,
  ) => oracle.rows(lake.filesOf(dataType).filter(isRead).map(lake.urlOf), columns, where)

  eachEngine(TABLE_ENGINES, cells, (name, engine) => {
    const set = (row: string, rows: number) => {
      assert.ok(rows > 0)
      cells.set(row, 'rows', String(rows))
      cells.set(row, name, 'right')
    }

    for (const dataType of KNOWN_DATA_TYPES)
      it(`reads ${dataType}`, async () => {
        const source = { table: lake.table(dataType).folder }
        const columns = columnsAs(engine(), columnsOf(dataType))
        set(dataType, await assertReads({ engine: engine(), source }, columns, await expected(dataType, columns)))
      })

    it(CANNOT[name]?.[MICROSECONDS] ?? `reads ${MICROSECONDS}`, async () => {
      const cannot = CANNOT[name]?.[MICROSECONDS]
      const columns = columnsOf('trades')
      const all = await expected('trades', columns)
      const reading = assertReads({ engine: engine(), source: { table: lake.table('trades').folder } }, columns, all)
      if (!cannot) return set(MICROSECONDS, await reading)
      await assert.rejects(reading, assert.AssertionError)
      cells.set(MICROSECONDS, name, `no: ${cannot}`)
    })

    for (const [what, { where, needs }] of Object.entries(PRUNED)) {
      const cannot = CANNOT[name]?.[what]
      it(cannot ? `${cannot} (${what})` : `opens no other file for ${what}`, async () => {
        const columns = columnsAs(engine(), columnsOf('trades'))
        const all = await expected('trades', columns, where)
        const source = { table: lake.table('trades').folder }
        const removed = lake.filesOf('trades').filter(path => !needs(path))
        const row = `${what}, ${removed.length} files removed`
        await without(
          removed.map(path => join(lake.folder, path)),
          async () => {
            const found = assertReads({ engine: engine(), source, where }, columns, all)
            if (!cannot) set(row, await found)
            else {
              await assert.rejects(found)
              cells.set(row, name, `no: ${cannot}`)
            }
            await assert.rejects(engine().rows(source, columns, []), 'the files are missed where they are needed')
          },
        )
      })
    }

    const { plan: cannotPlan } = CANNOT[name] ?? {}
    it(cannotPlan ?? 'plans a query without a data file', async () => {
      const { plan } = engine()
      if (cannotPlan) cells.set('a plan, all files removed', name, `no: ${cannotPlan}`)
      if (!plan || cannotPlan) return assert.equal(plan, undefined)
      const { folder } = lake.table('trades')
      const removed = lake.filesOf('trades').map(path => join(lake.folder, path))
      await without(removed, () => plan({ table: folder }, columnsOf('trades'), PRUNED['a symbol and an hour']!.where))
      cells.set('a plan, all files removed', name, 'right')
    })

    it('reads earlier snapshots', async () => {
      const { folder, metadata } = lake.table('trades')
      const snapshots = metadata.snapshots.map(snapshot => snapshot['snapshot-id'])
      assert.equal(snapshots.length, DAYS.length)
      const columns = columnsAs(engine(), columnsOf('trades'))
      let rows = 0
      for (const [at, snapshot] of snapshots.entries()) {
        const days = DAYS.slice(0, at + 1)
        const wanted = expected('trades', columns, [], path => days.some(day => path.includes(`date=${day}`)))
        rows = await assertReads(
          { engine: engine(), source: { table: folder, snapshot } },
          columnsOf('trades'),
          await wanted,
        )
      }
      set('trades at each snapshot', rows)
    })
  })
})

/** Takes files away while `body` runs. */
async function without(paths: readonly string[], body: () => Promise<void>): Promise<void> {
  assert.ok(paths.length > 0)
  for (const path of paths) renameSync(path, `${path}.away`)
  try {
    await body()
  } finally {
    for (const path of paths) renameSync(`${path}.away`, path)
  }
}
