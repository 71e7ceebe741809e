import type { ManifestItem } from '../../ledger/manifest.ts'
import { compareText } from '../../market/items.ts'
import { bytes, count, counted } from '../terminal/human.ts'
import { cells, paint } from '../terminal/style.ts'
import { renderTable } from '../terminal/table.ts'
import type { ParquetGlimpse } from './parquet-rows.ts'
import type { SummaryLooks } from './summary.ts'

/** What there is of one data type. */
export interface Tally {
  readonly dataType: string
  files: number
  rows: number
  textBytes: number
  sourceBytes: number
  parquetBytes: number
}

/** Sums of the items whose objects are there, in order of data type. Pure. */
export function tallyByType(items: readonly ManifestItem[]): Tally[] {
  const tallies = new Map<string, Tally>()
  for (const { dataType, object, rows = 0, textBytes = 0, sourceBytes = 0, bytes: parquetBytes = 0 } of items) {
    if (object === undefined) continue
    const none = { dataType, files: 0, rows: 0, textBytes: 0, sourceBytes: 0, parquetBytes: 0 }
    const tally = tallies.get(dataType) ?? none
    tally.files += 1
    tally.rows += rows
    tally.textBytes += textBytes
    tally.sourceBytes += sourceBytes
    tally.parquetBytes += parquetBytes
    tallies.set(dataType, tally)
  }
  return [...tallies.values()].sort((a, b) => compareText(a.dataType, b.dataType))
}

/** One line per data type; the size of the text goes first where the terminal is narrow. */
function typesTable(tally: readonly Tally[], width: number): string[] {
  const table = (hasText: boolean) =>
    renderTable(
      [
        ['data type', 'files', 'rows', ...(hasText ? ['CSV'] : []), 'CSV.gz', 'Parquet'],
        ...tally.map(({ dataType, files, rows, textBytes, sourceBytes, parquetBytes }) => {
          const sizes = [...(hasText ? [textBytes] : []), sourceBytes, parquetBytes]
          return [dataType, count(files), count(rows), ...sizes.map(bytes)]
        }),
      ],
      1,
    )
  const whole = table(true)
  return whole.every(line => cells(line) <= width) ? whole : table(false)
}

export interface DemoParts {
  /** The file looked into, as a person would name it. */
  readonly name: string
  readonly file: ParquetGlimpse
  readonly tally: readonly Tally[]
  readonly folder: string
}

/** What the demo shows after the summary: the output by data type, the first rows of a file, and the next steps. Pure. */
export function renderDemo({ name, file, tally, folder }: DemoParts, looks: SummaryLooks): string {
  const [typesHead, ...types] = typesTable(tally, looks.width)
  const [rowsHead, ...rows] = renderTable([file.columns, ...file.first], file.columns.length)
  return [
    '',
    `${paint('Output', 'bold', looks)} (generated sample data; each file says so in its metadata)`,
    paint(typesHead!, 'dim', looks),
    ...types,
    '',
    `${paint('First rows', 'bold', looks)} of ${name} (${counted(file.rows, 'row')}, read with hyparquet):`,
    paint(rowsHead!, 'dim', looks),
    ...rows,
    '',
    paint('Next steps', 'bold', looks),
    `  npx --no tick-handler status ${folder}`,
    '  npx --no tick-handler download --venues binance-futures --start-date 2024-08-01 --end-date 2024-08-01 --symbols BTCUSDT',
    '  npx --no -- tick-handler --help',
    '',
  ].join('\n')
}
