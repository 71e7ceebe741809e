/**
 * One symbol and one hour of a lake of many files: how long each engine takes to plan the query, how long the whole query
 * takes, and how many files it opens, by the table, by a glob over the folders, and by the list that `tick-handler files`
 * makes of the day or the symbol.
 *
 *     node test/engines/large-lake.ts [FILES [ENGINE …]]      100,000 without FILES; a multiple of 100; all engines without names
 *
 * The file that the query needs holds real rows; the others are hard links to another one. Needs Linux and strace.
 */
import { spawnSync } from 'node:child_process'
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createFileCatalog } from '../../functions/iceberg/file-catalog.ts'
import { placeAt } from '../../functions/iceberg/place.ts'
import { refreshTables } from '../../functions/iceberg/refresh.ts'
import { openLedger } from '../../functions/ledger/ledger.ts'
import { readStoredFiles } from '../../functions/local/lake/stored-files.ts'
import { ItemChoice, type ItemSelection } from '../../functions/local/report/item-choice.ts'
import { addDays } from '../../functions/market/days.ts'
import { openFolderBucket, readFolder } from '../../functions/storage/folder/folder-bucket.ts'
import { dataObjectName } from '../../functions/storage/names.ts'
import { lakeOf, manifestOf, PREFIX, record } from '../iceberg/lake.ts'
import { toParquet } from '../support/dataset.ts'
import type { Engine, Source, Where } from './engine.ts'
import { FILE_ENGINES, TABLE_ENGINES } from './engines.ts'
import { pythonEnvironment } from './environment.ts'
import { columnsOf } from './oracle.ts'

const [files, ...names] = process.argv.slice(2)
const known = new Set(Object.keys({ ...TABLE_ENGINES, ...FILE_ENGINES }))
const unknown = names.filter(name => !known.has(name))
if (unknown.length > 0) throw new Error(`no engine ${unknown.join(', ')}, expected ${[...known].join(', ')}`)
const FILES = Number(files ?? 100_000)
const SYMBOLS = Array.from({ length: 100 }, (_, at) => `S${String(at).padStart(3, '0')}USDT`)
const DAYS_PER_VENUE = 100
/** ext4 takes 65,000 names for one file. */
const MAX_LINKS = 50_000
const ROWS = 24
const WANTED = { dataType: 'trades', venue: 'venue-00', date: '2024-01-02', symbol: SYMBOLS[42]! }
const HOUR = Date.parse(`${WANTED.date}T09:00:00Z`) * 1000
const WHERE: Where = [
  ['symbol', '=', WANTED.symbol],
  ['local_timestamp', '>=', HOUR],
  ['local_timestamp', '<', HOUR + 3_600_000_000],
]

const modules = join(import.meta.dirname, '../../node_modules')
const environment = await pythonEnvironment(join(modules, '.cache/engines'))
if ('unavailable' in environment) throw new Error(environment.unavailable)
const { python } = environment
const folder = mkdtempSync(join(tmpdir(), 'large-lake-'))
try {
  await makeLake()
  const titles = ['engine', 'way', 'plan', 'plan again', 'first query', 'again', 'Parquet files opened']
  const header = `\n| ${titles.join(' | ')} |\n| --- | --- | --: | --: | --: | --: | --: |`
  const lists = {
    'list of the day': await listOf({}),
    'list of the symbol': await listOf({ symbols: [WANTED.symbol] }),
  }
  const table: Source = { table: join(folder, '_iceberg/trades') }
  console.log(header)
  const glob: Source = { root: join(folder, 'ticks/data_type=trades') }
  // icebird opens all files of the table, whatever is asked.
  const { icebird: _icebird, ...planning } = TABLE_ENGINES
  for (const [name, entry] of chosen(planning))
    await measure(name, 'table', entry, table, [['exchange', '=', WANTED.venue], ...WHERE])
  const { hyparquet: _hyparquet, ...globbing } = FILE_ENGINES
  for (const [name, entry] of chosen(globbing))
    await measure(name, 'glob', entry, glob, [['venue', '=', WANTED.venue], ['date', '=', WANTED.date], ...WHERE])
  for (const [way, files] of Object.entries(lists))
    for (const [name, entry] of chosen(globbing)) await measure(name, way, entry, { files }, WHERE)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function chosen<T>(engines: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(engines).filter(([name]) => names.length === 0 || names.includes(name))
}

async function makeLake(): Promise<void> {
  await using bucket = await openedBucket()
  const { services } = bucket
  const { parquet: wanted } = await toParquet(csvOf(WANTED))
  const { parquet: other } = await toParquet(csvOf({ ...WANTED, symbol: 'OTHER' }))
  const link = linksTo(other)
  for (const { venue, date } of venueDays()) {
    const isWanted = (symbol: string) =>
      `${venue} ${date} ${symbol}` === `${WANTED.venue} ${WANTED.date} ${WANTED.symbol}`
    for (const symbol of SYMBOLS) {
      const path = join(folder, dataObjectName(PREFIX, { dataType: 'trades', venue, date, symbol }))
      mkdirSync(dirname(path), { recursive: true })
      if (isWanted(symbol)) writeFileSync(path, wanted)
      else link(path)
    }
    const lastTimestampMicros = String((Date.parse(date) + 86_399_000) * 1000)
    const stored = (symbols: readonly string[], { length: bytes }: Buffer) => {
      return { symbols, rows: ROWS, change: { bytes, lastTimestampMicros } }
    }
    const [one, others] = [SYMBOLS.filter(isWanted), SYMBOLS.filter(symbol => !isWanted(symbol))]
    await record(services.bucket, manifestOf({ venue, date }, [stored(one, wanted), stored(others, other)]))
  }
  const startedMs = performance.now()
  const { entries } = await refreshTables(services)
  const seconds = (performance.now() - startedMs) / 1000
  const speed = `${Math.round(entries / seconds)} entries/s`
  console.log(`${entries} files; the table was made in ${seconds.toFixed(1)} s (${speed})`)
}

/** The paths that `files` prints of the wanted day, from the manifests; says how long that takes. */
async function listOf(symbols: ItemSelection): Promise<string[]> {
  const startedMs = performance.now()
  const bucket = readFolder({ folder })
  const ledger = openLedger(bucket, PREFIX)
  const { venue, date, dataType } = WANTED
  const range = { venues: [venue], startDate: date, endDate: date }
  const choice = new ItemChoice({ dataTypes: [dataType], ...symbols }, ledger)
  const { files } = await readStoredFiles(bucket, ledger, PREFIX, range, choice)
  console.log(`a list of ${files.length} files was made in ${((performance.now() - startedMs) / 1000).toFixed(3)} s`)
  return files.map(({ object }) => join(folder, object))
}

/** Gives the same content one more name. */
function linksTo(content: Buffer): (path: string) => void {
  let links = 0
  return path => {
    const seed = join(folder, `seed-${Math.floor(links / MAX_LINKS)}`)
    if (links % MAX_LINKS === 0) writeFileSync(seed, content)
    links += 1
    linkSync(seed, path)
  }
}

async function openedBucket() {
  const bucket = await openFolderBucket({ folder })
  const place = placeAt(folder)
  const services = lakeOf(bucket, { place, catalog: createFileCatalog(bucket, PREFIX, place) })
  return { services, [Symbol.asyncDispose]: () => bucket.close() }
}

function* venueDays(): Generator<{ venue: string; date: string }> {
  for (let at = 0; at < FILES / SYMBOLS.length; at += 1) {
    const venue = `venue-${String(Math.floor(at / DAYS_PER_VENUE)).padStart(2, '0')}`
    yield { venue, date: addDays('2024-01-01', at % DAYS_PER_VENUE) }
  }
}

/** A trade an hour. */
function csvOf({ venue, date, symbol }: typeof WANTED): string {
  const rows = Array.from({ length: ROWS }, (_, hour) => {
    const micros = (Date.parse(date) + hour * 3_600_000) * 1000
    return `${venue},${symbol},${micros},${micros},${hour},buy,${100 + hour}.5,1\n`
  })
  return `exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n${rows.join('')}`
}

type Entry = { open: (python: string, under?: readonly string[]) => Promise<Engine> }

/** Plans in a fresh process, queries in another one, and in a third one whose calls of the kernel are counted. */
async function measure(name: string, way: string, { open }: Entry, source: Source, where: Where): Promise<void> {
  const plan = (engine: Engine) => timed(() => engine.plan!(source, columnsOf('trades'), where))
  const query = (engine: Engine) =>
    timed(async () => {
      const { rows } = await engine.rows(source, columnsOf('trades'), where)
      if (rows !== 1) throw new Error(`${name}, ${way}: found ${rows} rows, expected 1`)
    })
  const twice = async (run: (engine: Engine) => Promise<string>) => {
    await using engine = await open(python)
    return { version: engine.version, times: `${await run(engine)} | ${await run(engine)}` }
  }
  const [planned, queried] = [await twice(plan), await twice(query)]
  const opened = await filesOpened(open, query)
  console.log(`| ${name} ${queried.version} | ${way} | ${planned.times} | ${queried.times} | ${opened} |`)
}

async function timed(run: () => Promise<void>): Promise<string> {
  const startedMs = performance.now()
  await run()
  return `${((performance.now() - startedMs) / 1000).toFixed(2)} s`
}

async function filesOpened(open: Entry['open'], query: (engine: Engine) => Promise<string>): Promise<string> {
  if (spawnSync('strace', ['-V']).status !== 0) return 'no strace'
  const trace = join(folder, 'trace')
  {
    await using engine = await open(python, [
      'strace',
      '-f',
      '-qq',
      '--seccomp-bpf',
      '-e',
      'trace=open,openat',
      '-o',
      trace,
    ])
    await query(engine)
  }
  const opened = readFileSync(trace, 'utf8').matchAll(/"([^"]+\.parquet)", O_RDONLY/g)
  return String(new Set(Array.from(opened, ([, path]) => path)).size)
}
