import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { KNOWN_DATA_TYPES } from '../../../functions/market/names.ts'
import type { Engine, Where } from '../engine.ts'
import { type EngineName, openEngine, pythonOf, TABLE_ENGINES } from '../engines.ts'
import { matrix } from '../matrix.ts'
import { assertReads, columnsOf, Oracle } from '../oracle.ts'
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

/** What engines cannot do, and why. A test asserts that they still cannot. */
const CANNOT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ClickHouse: { 'a symbol and an hour': 'opens all files of the day: takes no bounds of texts' },
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
  const expected = (dataType: string, where: Where = [], isRead = (_path: string) => true) =>
    oracle.rows(lake.filesOf(dataType).filter(isRead).map(lake.urlOf), columnsOf(dataType), where)

  for (const name of Object.keys(TABLE_ENGINES) as EngineName[])
    describe(name, () => {
      let engine: Engine
      before(async function () {
        engine = await openEngine(this, name)
        cells.version(name, engine.version)
      })
      after(() => engine?.[Symbol.asyncDispose]())
      const set = (row: string, rows: number) => {
        assert.ok(rows > 0)
        cells.set(row, 'rows', String(rows))
        cells.set(row, name, 'right')
      }

      for (const dataType of KNOWN_DATA_TYPES)
        it(`reads ${dataType}`, async () => {
          const source = { table: lake.table(dataType).folder }
          set(dataType, await assertReads({ engine, source }, columnsOf(dataType), await expected(dataType)))
        })

      for (const [what, { where, needs }] of Object.entries(PRUNED)) {
        const cannot = CANNOT[name]?.[what]
        it(cannot ? `${cannot} (${what})` : `opens no other file for ${what}`, async () => {
          const all = await expected('trades', where)
          const source = { table: lake.table('trades').folder }
          const columns = columnsOf('trades')
          const removed = lake.filesOf('trades').filter(path => !needs(path))
          const row = `${what}, ${removed.length} files removed`
          await without(
            removed.map(path => join(lake.folder, path)),
            async () => {
              const found = assertReads({ engine, source, where }, columns, all)
              if (!cannot) set(row, await found)
              else {
                await assert.rejects(found)
                cells.set(row, name, `no: ${cannot}`)
              }
              await assert.rejects(engine.rows(source, columns, []), 'the files are missed where they are needed')
            },
          )
        })
      }

      it('reads earlier snapshots', async () => {
        const { folder, metadata } = lake.table('trades')
        const snapshots = metadata.snapshots.map(snapshot => snapshot['snapshot-id'])
        assert.equal(snapshots.length, DAYS.length)
        let rows = 0
        for (const [at, snapshot] of snapshots.entries()) {
          const days = DAYS.slice(0, at + 1)
          const wanted = expected('trades', [], path => days.some(day => path.includes(`date=${day}`)))
          rows = await assertReads({ engine, source: { table: folder, snapshot } }, columnsOf('trades'), await wanted)
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
