import { isDay } from '../market/days.ts'
import type { VenueDay } from '../market/items.ts'
import { DATA_TYPE, type DataType, VENUE } from '../market/names.ts'
import { TABLES_FOLDER } from '../market/prefix.ts'
import { besidePrefix, checkedDataType, checkedDate, checkedVenue } from './names.ts'

/**
 * The names of what belongs to the Iceberg tables, beside the data's prefix. A data type begins with a letter, so no table
 * is called `_queue`.
 *
 *     _iceberg/{data type}/metadata/{version-hint.text, vN.metadata.json, manifest lists, manifest files}
 *     _iceberg/{data type}/data/{sequence number}/venue=V/date=D/SYMBOL.parquet
 *     _iceberg/_queue/venue=V/date=D.json
 *     _iceberg/_left-out/venue=V/date=D.json
 *     _iceberg/_build.json
 */

/** The folder of all tables, with its slash: `_iceberg/` for `ticks`, `a/_iceberg/` for `a/ticks`. */
export function tablesPrefix(prefix: string): string {
  return besidePrefix(prefix, TABLES_FOLDER)
}

/** The folder of one table, with its slash. @throws RangeError for what is no data type */
export function tableFolder(prefix: string, dataType: DataType): string {
  return `${tablesPrefix(prefix)}${checkedDataType(dataType)}/`
}

/** What the names of a table's copies begin with. */
export function copiesPrefix(prefix: string, dataType: DataType): string {
  return `${tableFolder(prefix, dataType)}data/`
}

/**
 * The name of the copy of a data object that the snapshot with this sequence number names.
 * @throws RangeError where the object's name has no venue
 */
export function copyName(prefix: string, dataType: DataType, sequenceNumber: number, object: string): string {
  const at = object.indexOf('/venue=')
  if (at < 0) throw new RangeError(`${object}: expected the name of a data object, with /venue=`)
  return `${copiesPrefix(prefix, dataType)}${sequenceNumber}${object.slice(at)}`
}

/** The data type of a table's folder; undefined for any other folder. */
export function parseTableFolder(prefix: string, folder: string): DataType | undefined {
  const name = folder.slice(tablesPrefix(prefix).length, -1)
  return DATA_TYPE.test(name) && folder === tableFolder(prefix, name) ? name : undefined
}

/** What notes of venue-days begin with: `queue`, those that wait for the next refresh; `left-out`, those with files that no table has. */
export function dayNotesPrefix(prefix: string, kind: DayNote): string {
  return `${tablesPrefix(prefix)}_${kind}/venue=`
}

export type DayNote = 'queue' | 'left-out'

export function dayNoteName(prefix: string, kind: DayNote, { venue, date }: VenueDay): string {
  return `${dayNotesPrefix(prefix, kind)}${checkedVenue(venue)}/date=${checkedDate(date)}.json`
}

/** The venue-day of such an object; undefined for any other name. */
export function parseDayNoteName(prefix: string, kind: DayNote, name: string): VenueDay | undefined {
  const [venue = '', date = ''] = name.slice(dayNotesPrefix(prefix, kind).length, -'.json'.length).split('/date=')
  if (!VENUE.test(venue) || !isDay(date)) return undefined
  return name === dayNoteName(prefix, kind, { venue, date }) ? { venue, date } : undefined
}

/** How far the first build of the tables has come. */
export function tableBuildName(prefix: string): string {
  return `${tablesPrefix(prefix)}_build.json`
}
