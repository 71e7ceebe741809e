import { once } from 'node:events'
import { extname, resolve } from 'node:path'
import * as values from '../../../runtime/config/values.ts'
import { shown } from '../../../runtime/shown.ts'
import { type LakeTables, loadDuckDb, openTables, tablesIn } from '../../lake/duckdb.ts'
import { copyFiles } from '../../lake/local-copy.ts'
import { resultCsv, resultJson, resultTable } from '../../lake/result-text.ts'
import { bytes, counted } from '../../terminal/human.ts'
import { progressBar } from '../../terminal/progress-bar.ts'
import { EXIT_COMPLETE, EXIT_INCOMPLETE } from '../exit-codes.ts'
import { natural, single } from '../flags.ts'
import { gapLines, isWhole, SELECTION_FLAGS, type Selected, selectFiles, selectionFaults } from '../selection.ts'
import { rangeFaults, trySettings } from '../settings.ts'
import { type CliContext, defineCommand } from './command.ts'

const FORMATS = ['table', 'csv', 'json'] as const
const ENDINGS = { '.csv': 'csv', '.json': 'json', '.parquet': 'parquet' } as const
const DEFAULT_ROWS = 40

const NO_DUCKDB = 'query needs DuckDB, which is optional: npm install --no-save @duckdb/node-api'

export default defineCommand({
  usage: "'SQL' [flags]",
  about:
    'Runs SQL of DuckDB over the stored files of a selection. Each data type is a table with the columns venue and date; it is\nread through the list of files in the manifests. Files of a bucket are copied into a temporary folder first.',
  flags: {
    ...SELECTION_FLAGS,
    as: single('FORMAT', `one of ${FORMATS.join(', ')} (default table)`, values.oneOf(FORMATS)),
    out: single<string>('FILE', 'write the result to FILE: .csv, .json or .parquet', path =>
      extname(path) in ENDINGS ? { value: path } : { faults: [`found ${shown(path)}, expected ${ENDING_NAMES}`] },
    ),
    'max-rows': natural('N', `at most N rows in a table (default ${DEFAULT_ROWS})`, 100_000),
  },
  examples: [
    ["tick-handler query 'SELECT venue, symbol, count(*) FROM trades GROUP BY ALL'", 'over everything in ./data'],
    [
      "tick-handler query 'FROM quotes' --venues deribit --start-date 2024-08-01 --end-date 2024-08-01 --out quotes.parquet",
      'a day of quotes as one file',
    ],
  ],
  takesRest: true,
  async check({ flags, rest }, context) {
    const [sql, ...more] = rest
    const faults = more.map(arg => `unexpected argument ${shown(arg)}: put the SQL into single quotes`)
    if (sql === undefined || sql.trim() === '') faults.push("missing the SQL, such as 'SELECT count(*) FROM trades'")
    if (flags.out && flags.as) faults.push('--out and --as exclude each other: the ending of FILE is the format')
    faults.push(...rangeFaults(flags), ...selectionFaults(flags), ...(await trySettings(flags, context)).faults)
    return faults
  },
  async run({ flags, rest }, context) {
    const [sql = ''] = rest
    const { stdout, stderr } = context
    const duckDb = await loadDuckDb()
    if (!duckDb) throw new Error(NO_DUCKDB)
    await using selected = await selectFiles(flags, { flags, prefix: undefined }, context)
    for (const line of gapLines(selected)) stderr.write(`tick-handler: ${line}\n`)
    if (selected.files.length === 0) return EXIT_INCOMPLETE
    await using local = await localFiles(selected, sql, context, flags.quiet)
    using tables = await openTables(duckDb, local.folder, selected.files, sql)
    if (flags.out) await exportTo(tables, sql, resolve(context.cwd, flags.out))
    else {
      const result = await tables.query(sql)
      const format = flags.json ? 'json' : (flags.as ?? 'table')
      if (format === 'table') stdout.write(await resultTable(result, flags['max-rows'] ?? DEFAULT_ROWS))
      else await writeAll(stdout, format === 'csv' ? resultCsv(result) : resultJson(result))
    }
    return isWhole(selected) ? EXIT_COMPLETE : EXIT_INCOMPLETE
  },
})

const ENDING_NAMES = 'a name that ends in .csv, .json or .parquet'

async function exportTo(tables: LakeTables, sql: string, path: string): Promise<void> {
  await tables.export(sql, path, ENDINGS[extname(path) as keyof typeof ENDINGS])
}

/** The folder of the files: the destination itself, or a copy of what the query reads from a bucket. */
async function localFiles({ folder, files, bucket }: Selected, sql: string, context: CliContext, quiet?: boolean) {
  if (folder !== undefined) return { folder, async [Symbol.asyncDispose]() {} }
  const read = tablesIn(sql, files)
  const size = bytes(read.reduce((sum, file) => sum + file.bytes, 0))
  using bar = progressBar(context.stderr, context.env, `copied files (${size})`, undefined, quiet)
  if (!quiet) context.stderr.write(`copying ${counted(read.length, 'file')}, ${size}, from ${bucket.url}\n`)
  return await copyFiles(bucket, read, (done, total) => bar.update(done, total))
}

/** Waits while the reader is slower than the query. */
async function writeAll(stream: CliContext['stdout'], pieces: AsyncIterable<string>): Promise<void> {
  for await (const piece of pieces) if (!stream.write(piece)) await once(stream, 'drain')
}
