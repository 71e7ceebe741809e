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
 *     _iceberg/_queue/venue=V/date=D.json
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

/** The data type of a table's folder; undefined for any other folder. */
export function parseTableFolder(prefix: string, folder: string): DataType | undefined {
  const name = folder.slice(tablesPrefix(prefix).length, -1)
  return DATA_TYPE.test(name) && folder === tableFolder(prefix, name) ? name : undefined
}

/** What all venue-days that wait for the next refresh begin with. */
export function queuePrefix(prefix: string): string {
  return `${tablesPrefix(prefix)}_queue/venue=`
}

/** Says that the tables may lack a venue-day. */
export function queuedDayName(prefix: string, { venue, date }: VenueDay): string {
  return `${queuePrefix(prefix)}${checkedVenue(venue)}/date=${checkedDate(date)}.json`
}

/** The venue-day of such an object; undefined for any other name. */
export function parseQueuedDayName(prefix: string, name: string): VenueDay | undefined {
  const [venue = '', date = ''] = name.slice(queuePrefix(prefix).length, -'.json'.length).split('/date=')
  if (!VENUE.test(venue) || !isDay(date)) return undefined
  return name === queuedDayName(prefix, { venue, date }) ? { venue, date } : undefined
}

/** How far the first build of the tables has come. */
export function tableBuildName(prefix: string): string {
  return `${tablesPrefix(prefix)}_build.json`
}
