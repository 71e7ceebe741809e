import { copyFileSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { encodeDocument } from '../../functions/ledger/document.ts'
import { openLedger } from '../../functions/ledger/ledger.ts'
import { manifest } from '../../functions/ledger/manifest.ts'
import { loadDuckDb } from '../../functions/local/lake/duckdb.ts'
import { renderFiles } from '../../functions/local/lake/snippets.ts'
import { readStoredFiles } from '../../functions/local/lake/stored-files.ts'
import { ItemChoice } from '../../functions/local/report/item-choice.ts'
import { addDays } from '../../functions/market/days.ts'
import { readFolder } from '../../functions/storage/folder/folder-bucket.ts'
import { dataObjectName, manifestName } from '../../functions/storage/names.ts'
import { manifestOf } from '../local/report/fixtures.ts'

/**
 * One day of a lake of 100,000 files, counted by DuckDB: found by a glob over all folders, or by the list that `files`
 * makes from the manifests. Prints the seconds of each, medians of interleaved runs. `node test/bench/lake.ts [FOLDER]`
 * leaves the lake in FOLDER, for other engines.
 */
const VENUES = ['binance', 'binance-futures', 'bitmex', 'deribit']
const TYPES = ['trades', 'quotes', 'book_snapshot_5', 'derivative_ticker', 'liquidations']
const [DAYS, SYMBOLS, RUNS] = [250, 20, 3]
/** A file system lets a file have so many names; ext4 has 65,000. */
const MAX_LINKS = 20_000
const FIRST = '2024-01-01'
const NAMES = {
  glob: 'glob over all folders',
  files: 'files: the list from the manifests',
  list: 'query over the list',
}

const given = process.argv[2]
const folder = given ?? mkdtempSync(join(tmpdir(), 'bench-lake-'))
try {
  const duckDb = await loadDuckDb()
  if (!duckDb) throw new Error('@duckdb/node-api is not installed: run npm ci')
  const run = async (sql: string) => {
    const instance = await duckDb.DuckDBInstance.create(':memory:', { threads: '2' })
    const connection = await instance.connect()
    const rows = (await connection.runAndReadAll(sql)).getRows()
    connection.closeSync()
    instance.closeSync()
    return String(rows[0]?.[0])
  }
  const made = await make(folder, run)
  const glob = `SELECT count(*) AS n FROM read_parquet('${folder}/ticks/data_type=trades/*/*/*.parquet', hive_partitioning = true)
    WHERE venue = 'binance' AND date = DATE '2024-06-01'`
  const counts = new Set<string>()
  const count = async (sql: string) => void counts.add(await run(sql))
  const seconds = { glob: [] as number[], files: [] as number[], list: [] as number[] }
  for (let n = 0; n < RUNS; n++) {
    seconds.glob.push(await timed(() => count(glob)))
    let views = ''
    seconds.files.push(
      await timed(async () => {
        const bucket = readFolder({ folder })
        const range = { venues: ['binance'], startDate: '2024-06-01', endDate: '2024-06-01' }
        const ledger = openLedger(bucket, 'ticks')
        const choice = new ItemChoice({ dataTypes: ['trades'] }, ledger)
        const { files } = await readStoredFiles(bucket, ledger, 'ticks', range, choice)
        views = renderFiles('duckdb', { shown: folder, prefix: 'ticks' }, files)
      }),
    )
    const list = views.replace(/^.*?SELECT \*/s, 'SELECT count(*) AS n').replace(/;\s*$/, '')
    seconds.list.push(await timed(() => count(list)))
  }
  if (counts.size !== 1) throw new Error(`found ${[...counts].join(' and ')} rows, expected the same of both`)
  console.log(
    `${made} files, ${[...counts][0]} rows in one day of one venue and data type, median seconds of ${RUNS} runs`,
  )
  for (const [name, list] of Object.entries(seconds)) {
    console.log(`${NAMES[name as keyof typeof NAMES].padEnd(40)} ${list.sort((a, b) => a - b)[1]!.toFixed(3)}`)
  }
} finally {
  if (given === undefined) rmSync(folder, { recursive: true, force: true })
}

/** Each file is a link to one of a few, so that the lake takes names only. */
async function make(root: string, run: (sql: string) => Promise<string>): Promise<number> {
  const sql = `COPY (SELECT 'binance' AS exchange, now() AS local_timestamp, random() AS price FROM range(100)) TO '${root}/one.parquet'`
  mkdirSync(root, { recursive: true })
  await run(sql)
  const one = join(root, 'one.parquet')
  let files = 0
  for (const venue of VENUES) {
    for (let n = 0; n < DAYS; n++) {
      const day = { venue, date: addDays(FIRST, n) }
      const items = TYPES.flatMap(dataType =>
        Array.from({ length: SYMBOLS }, (_, s) => ({ dataType, symbol: `SYMBOL${100 + s}` })),
      ).map(item => {
        const object = dataObjectName('ticks', { ...day, ...item })
        mkdirSync(dirname(join(root, object)), { recursive: true })
        if (files % MAX_LINKS === 0) copyFileSync(one, `${one}.${files / MAX_LINKS}`)
        linkSync(`${one}.${Math.floor(files / MAX_LINKS)}`, join(root, object))
        files += 1
        return { ...item, status: 'stored' as const, object, rows: 100, bytes: 1000 }
      })
      const name = manifestName('ticks', day)
      mkdirSync(dirname(join(root, name)), { recursive: true })
      writeFileSync(join(root, name), encodeDocument(manifest, name, manifestOf(day, 'complete', items)))
    }
  }
  return files
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return (performance.now() - startedMs) / 1000
}
