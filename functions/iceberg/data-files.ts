import type { Manifest, ManifestItem } from '../ledger/manifest.ts'
import { DAY_MS, dayStartMs } from '../market/days.ts'
import type { DataType } from '../market/names.ts'
import { groupedMarket } from '../market/symbols.ts'
import { shown } from '../runtime/shown.ts'

/** A Parquet object as a table names it. */
export interface DataFile {
  readonly object: string
  readonly bytes: number
  readonly rows: number
  /** Partition: the venue, which is the column `exchange`, and the UTC day of `local_timestamp` in days since 1970. */
  readonly exchange: string
  readonly day: number
  /** Undefined where the file holds many symbols, or its symbol need not be written as the item's. */
  readonly symbol: string | undefined
  /** First and last `local_timestamp`, in microseconds since 1970. */
  readonly firstMicros: bigint
  readonly lastMicros: bigint
}

/** A stored object that a table does not name, and why. */
export interface LeftOut {
  readonly object: string
  readonly reason: string
}

/** What a data type of a venue-day adds to its table. */
export interface DayFiles {
  readonly files: readonly DataFile[]
  readonly leftOut: readonly LeftOut[]
  /** Columns of the files that the data type does not document, by name. */
  readonly otherColumns: readonly string[]
}

const MICROS_PER_DAY = BigInt(DAY_MS) * 1000n
/**
 * The vendor's rows have symbols in upper case. `-` in a dataset's name can be `/` or `:` in its rows. A text bound longer
 * than 16 characters must be cut, and a cut upper bound loses rows.
 */
const SYMBOL_AS_IN_ROWS = /^[A-Z0-9_]{1,16}$/

/**
 * The files of one data type that a venue-day adds to the table, from its manifest alone, in the manifest's order.
 * Objects without rows are not named: no query finds anything in them.
 */
export function dataFilesOf(manifest: Manifest, dataType: DataType): DayFiles {
  const files: DataFile[] = []
  const leftOut: LeftOut[] = []
  const otherColumns = new Set<string>()
  for (const item of manifest.items) {
    if (item.dataType !== dataType || item.status !== 'stored' || item.rows === 0) continue
    const found = dataFileOf(manifest, item)
    if ('reason' in found) leftOut.push(found)
    else {
      files.push(found)
      for (const name of item.otherColumns ?? []) otherColumns.add(name)
    }
  }
  return { files, leftOut, otherColumns: [...otherColumns].sort() }
}

function dataFileOf({ venue, date }: Manifest, item: ManifestItem): DataFile | LeftOut {
  const { object, bytes, rows, firstTimestampMicros, lastTimestampMicros, exchanges } = item
  if (object === undefined || bytes === undefined || rows === undefined)
    return { object: object ?? `${item.dataType} ${item.symbol}`, reason: 'the manifest has no object, bytes or rows' }
  if (firstTimestampMicros === undefined || lastTimestampMicros === undefined)
    return { object, reason: 'the manifest has no first and last timestamp' }
  if (exchanges)
    return {
      object,
      reason: `its rows have the exchange ${exchanges.map(shown).join(' and ')}, expected ${venue} alone`,
    }
  const [firstMicros, lastMicros] = [BigInt(firstTimestampMicros), BigInt(lastTimestampMicros)]
  const startMicros = BigInt(dayStartMs(date)) * 1000n
  const endMicros = startMicros + MICROS_PER_DAY
  if (firstMicros < startMicros || lastMicros >= endMicros)
    return {
      object,
      reason: `its rows are from ${firstMicros} to ${lastMicros} µs, expected from ${startMicros} to before ${endMicros} (${date})`,
    }
  const day = dayStartMs(date) / DAY_MS
  return { object, bytes, rows, exchange: venue, day, symbol: symbolInRows(item), firstMicros, lastMicros }
}

function symbolInRows({ symbol }: ManifestItem): string | undefined {
  return groupedMarket(symbol) === undefined && SYMBOL_AS_IN_ROWS.test(symbol) ? symbol : undefined
}
