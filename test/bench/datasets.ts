import { createReadStream } from 'node:fs'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createGunzip } from 'node:zlib'
import { KNOWN_DATA_TYPES } from '../../functions/market/names.ts'
import { columnName } from '../../functions/ticks/column-name.ts'
import { standardColumns } from '../../functions/ticks/columns.ts'
import { isHeader } from '../../functions/ticks/header.ts'
import { writeSampleDataset } from '../support/write-sample-dataset.ts'

/** A gzipped CSV file to be measured with. */
export interface Dataset {
  readonly path: string
  readonly dataType: string
  readonly rows: number
  readonly gzipBytes: number
  readonly textBytes: number
}

/** How many rows of each data type are generated; the wide ones make as many bytes of fewer. */
const SAMPLE_ROWS: Readonly<Record<string, number>> = {
  incremental_book_L2: 5_000_000,
  trades: 1_500_000,
  quotes: 1_500_000,
  book_ticker: 1_500_000,
  book_snapshot_5: 1_500_000,
  derivative_ticker: 1_500_000,
  liquidations: 500_000,
  book_snapshot_25: 300_000,
  options_chain: 300_000,
}
/** The same for pairs: as many rows as take about a second of a processor or more, beside which a process's start is little. */
export const PAIR_ROWS: Readonly<Record<string, number>> = {
  incremental_book_L2: 8_000_000,
  trades: 4_000_000,
  quotes: 4_000_000,
  book_ticker: 4_000_000,
  book_snapshot_5: 1_500_000,
  derivative_ticker: 2_500_000,
  liquidations: 5_000_000,
  book_snapshot_25: 300_000,
  options_chain: 900_000,
}
/** Goes up when the generated data changes: files of another version are not taken for these. */
const SAMPLE_VERSION = 1

/**
 * Files as they are named on the command line. Each is read once, to count its rows.
 * @throws Error if neither a file's path nor its header shows its data type
 */
export async function namedDatasets(paths: readonly string[]): Promise<Dataset[]> {
  const datasets: Dataset[] = []
  for (const path of paths) {
    const { size: gzipBytes } = await stat(path)
    const { header, rows, textBytes } = await countRows(path)
    const dataType = typeOfPath(resolve(path)) ?? typeOfHeader(header)
    if (!dataType)
      throw new Error(
        `${path}: found neither DATA_TYPE/yyyy/mm/dd/ in the path nor a known header, but ${JSON.stringify(header.slice(0, 100))}`,
      )
    datasets.push({ path, dataType, rows, gzipBytes, textBytes })
  }
  return datasets
}

/**
 * Generated files of the data types named, or of all. They are made when they are first asked for, which takes a minute or
 * two, and kept from run to run.
 */
export async function sampleDatasets(
  rowsOf = SAMPLE_ROWS,
  dataTypes: readonly string[] = Object.keys(rowsOf),
  folder = join(tmpdir(), `tick-handler-bench-samples-v${SAMPLE_VERSION}`),
): Promise<Dataset[]> {
  await mkdir(folder, { recursive: true })
  const datasets: Dataset[] = []
  for (const dataType of dataTypes) datasets.push(await sampleDataset(folder, dataType, rowsOf[dataType]))
  return datasets
}

/** The file's facts are written last, so that they say that it is whole. */
async function sampleDataset(folder: string, dataType: string, rows: number | undefined): Promise<Dataset> {
  if (!rows) throw new Error(`found data type ${dataType}, expected one of ${Object.keys(SAMPLE_ROWS).join(', ')}`)
  const path = join(folder, `${dataType}.${rows}.csv.gz`)
  const factsPath = join(folder, `${dataType}.${rows}.json`)
  try {
    return { path, dataType, rows, ...JSON.parse(await readFile(factsPath, 'utf8')) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  console.error(`generating ${rows.toLocaleString('en')} rows of ${dataType}, once: ${path}`)
  const symbol = dataType === 'options_chain' ? 'OPTIONS' : 'BTCUSDT'
  const facts = await writeSampleDataset({ dataType, symbol, date: '2024-08-08', rows }, `${path}.unfinished`)
  await rename(`${path}.unfinished`, path)
  await writeFile(factsPath, JSON.stringify(facts))
  return { path, dataType, rows, ...facts }
}

function typeOfPath(path: string): string | undefined {
  const [, dataType] = /([^/\\]+)[/\\]\d{4}[/\\]\d{2}[/\\]\d{2}[/\\][^/\\]+$/.exec(path) ?? []
  return KNOWN_DATA_TYPES.find(known => known === dataType)
}

/** Of data types with the same columns the first: they are converted alike. */
function typeOfHeader(header: string): string | undefined {
  const names = header.split(',').map(columnName).join()
  const namesOf = (dataType: string) => standardColumns(dataType).map(field => field.name)
  return KNOWN_DATA_TYPES.find(dataType => namesOf(dataType).join() === names)
}

const NEWLINE = 10

/** Lines but for the header; none of the vendor's files has line ends between quotes. */
async function countRows(path: string): Promise<{ header: string; rows: number; textBytes: number }> {
  let header = ''
  let lines = 0
  let textBytes = 0
  let last = NEWLINE
  const text: AsyncIterable<Buffer> = createReadStream(path).pipe(createGunzip({ chunkSize: 1 << 20 }))
  for await (const chunk of text) {
    if (textBytes === 0) header = chunk.toString('utf8').split(/\r?\n/, 1)[0]!
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines++
    textBytes += chunk.length
    last = chunk.at(-1)!
  }
  if (last !== NEWLINE) lines++
  return { header, rows: lines - (isHeader(header) ? 1 : 0), textBytes }
}
