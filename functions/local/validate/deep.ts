import { type FileMetaData, parquetRead } from 'hyparquet'
import type { Quality } from '../../ledger/quality.ts'
import type { CalendarDay } from '../../market/days.ts'
import type { Check, StoredItem } from './finding.ts'
import type { Fault } from './footer.ts'
import { COMPRESSORS, type ObjectFile, PARSERS } from './object-file.ts'
import { type SeenValues, ValuesCheck } from './values.ts'

/** Sums of doubles depend on the order of their parts. */
const SUM_TOLERANCE = 1e-9

/** The ledger's quantiles are at most 1.6 % off, those of `LatencyValues` at most 0.1 %. */
const QUANTILE_TOLERANCE = 0.017
/** From here on the ledger does not tell latencies apart. */
const MAX_QUANTILE_MICROS = 2 ** 45

/**
 * Reads every value of a file with hyparquet, which shares no code with the converter, and compares counts, ranges and sums
 * with what the manifest records. Memory: a column of a row group, and those that several checks need.
 * @throws Error where the file cannot be decoded
 */
export async function valueFaults(
  file: ObjectFile,
  metadata: FileMetaData,
  item: StoredItem,
  date: CalendarDay,
): Promise<Fault[]> {
  return differences(await readValues(file, metadata, item.dataType, date), item)
}

async function readValues(
  file: ObjectFile,
  metadata: FileMetaData,
  dataType: string,
  date: CalendarDay,
): Promise<SeenValues> {
  const check = new ValuesCheck(dataType, date)
  const columns = metadata.schema.filter(element => !element.num_children).map(({ name }) => name)
  let rowStart = 0
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows)
    check.beginGroup(rowEnd - rowStart)
    for (const name of columns) check.addColumn(name, await readColumn(file, metadata, name, rowStart, rowEnd))
    check.endGroup()
    rowStart = rowEnd
  }
  return check.seen
}

async function readColumn(
  file: ObjectFile,
  metadata: FileMetaData,
  column: string,
  rowStart: number,
  rowEnd: number,
): Promise<ArrayLike<unknown>> {
  let values: ArrayLike<unknown> | undefined
  await parquetRead({
    ...{ file, metadata, columns: [column], rowStart, rowEnd, compressors: COMPRESSORS, parsers: PARSERS },
    onChunk: chunk => {
      values = chunk.columnData
    },
  })
  if (values?.length !== rowEnd - rowStart) {
    throw new Error(
      `column ${column}: found ${values?.length ?? 0} values from row ${rowStart}, expected ${rowEnd - rowStart}`,
    )
  }
  return values
}

/** Pure. What the manifest's release did not look at is not compared. */
function differences(
  { rows, firstTimestampMicros, lastTimestampMicros, quality: seen }: SeenValues,
  item: StoredItem,
): Fault[] {
  const { quality } = item
  const always = [
    pair('rows', 'rows', rows, item.rows),
    pair('time-range', 'first local_timestamp', firstTimestampMicros, item.firstTimestampMicros),
    pair('time-range', 'last local_timestamp', lastTimestampMicros, item.lastTimestampMicros),
    ...(quality ? [pair('order', 'rows out of order', seen.rowsOutOfOrder, quality.rowsOutOfOrder)] : []),
    ...(quality ? [pair('values', 'longest gap', seen.largestGapMicros, quality.largestGapMicros)] : []),
    ...(quality?.largestGapStartMicros !== undefined || quality?.version !== undefined
      ? [pair('values', 'start of the longest gap', seen.largestGapStartMicros, quality.largestGapStartMicros)]
      : []),
  ]
  return [...always, ...(quality?.version === undefined ? [] : checkedPairs(seen, quality))]
    .filter(({ isEqual }) => !isEqual)
    .map(({ fault }) => fault)
}

const COUNTS = [
  'exchangeRowsOutOfOrder',
  'rowsOutsideDay',
  'repeatedRows',
  'repeatedIds',
  'nonPositivePrices',
  'nonPositiveAmounts',
  'crossed',
  'locked',
  'oneSided',
  'snapshots',
] as const

function checkedPairs(seen: Partial<Quality>, quality: Quality) {
  const { latency, price } = seen
  const nulls = (of: Partial<Quality>) =>
    JSON.stringify(Object.fromEntries((of.nulls ?? []).map(n => [n.column, n.rows])))
  const text = (value: unknown) => value && JSON.stringify(value)
  return [
    ...COUNTS.map(name => pair('values', name, seen[name] ?? 0, quality[name] ?? 0)),
    pair('values', 'nulls', nulls(seen), nulls(quality)),
    pair('values', 'gaps', text(seen.gaps), text(quality.gaps)),
    pair('values', 'ids', text(seen.ids), text(quality.ids)),
    quantilePair('median latency', latency?.medianMicros, quality.latency?.medianMicros),
    quantilePair('99th percentile of the latency', latency?.p99Micros, quality.latency?.p99Micros),
    pair('values', 'smallest latency', latency?.minMicros, quality.latency?.minMicros),
    pair('values', 'largest latency', latency?.maxMicros, quality.latency?.maxMicros),
    pair('values', 'negative latencies', latency?.negative ?? 0, quality.latency?.negative ?? 0),
    pair('values', 'lowest price', price?.min, quality.price?.min),
    pair('values', 'highest price', price?.max, quality.price?.max),
    sumPair('volume', seen.volume, quality.volume),
    sumPair('notional', seen.notional, quality.notional),
  ]
}

function pair(check: Check, what: string, found: unknown, expected: unknown) {
  const detail = `${what} of the values: found ${found ?? 'nothing'}, expected ${expected ?? 'nothing'}`
  return { isEqual: found === expected, fault: { check, detail } }
}

function sumPair(what: string, found: number | undefined, expected: number | undefined) {
  const { fault, isEqual } = pair('values', what, found, expected)
  if (found === undefined || expected === undefined) return { fault, isEqual }
  const scale = Math.max(Math.abs(found), Math.abs(expected))
  return { fault, isEqual: isEqual || Math.abs(found - expected) <= scale * SUM_TOLERANCE }
}

function quantilePair(what: string, found: string | undefined, expected: string | undefined) {
  const { fault, isEqual } = pair('values', what, found, expected)
  if (found === undefined || expected === undefined) return { fault, isEqual }
  const [a, b] = [Number(found), Number(expected)]
  const isBeyond =
    Math.sign(a) === Math.sign(b) &&
    Math.min(Math.abs(a), Math.abs(b)) >= MAX_QUANTILE_MICROS * (1 - QUANTILE_TOLERANCE)
  return { fault, isEqual: isBeyond || Math.abs(a - b) <= Math.max(Math.abs(a), Math.abs(b)) * QUANTILE_TOLERANCE }
}
