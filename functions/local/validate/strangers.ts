import { type VenueDay, venueDayKey } from '../../market/items.ts'
import type { Bucket, StoredObject } from '../../storage/bucket.ts'
import { dataFolder } from '../../storage/names.ts'
import type { SurveyRange } from '../report/survey.ts'
import type { Finding } from './finding.ts'

/** The data types that the bucket has folders of. */
export async function storedDataTypes(bucket: Bucket, prefix: string, signal: AbortSignal): Promise<string[]> {
  const types: string[] = []
  for await (const folder of bucket.listFolders(`${prefix}/data_type=`, signal)) {
    const [, dataType] = /\/data_type=(\w+)\/$/.exec(folder) ?? []
    if (dataType !== undefined) types.push(dataType)
  }
  return types
}

/**
 * Objects below the prefix that belong to no venue-day of the ledger. With a choice of venues only their folders are looked
 * at. Takes one request per thousand objects. Memory: a page of the list.
 */
export async function* strangers(
  {
    bucket,
    prefix,
    dataTypes,
    signal,
  }: { bucket: Bucket; prefix: string; dataTypes: readonly string[]; signal: AbortSignal },
  known: readonly VenueDay[],
  { venues, startDate = '', endDate = '9999' }: SurveyRange,
  isWanted: (dataType: string) => boolean,
): AsyncGenerator<Finding> {
  const keys = new Set(known.map(day => venueDayKey(day)))
  const folders = venues
    ? dataTypes.flatMap(dataType => venues.map(venue => dataFolder(prefix, { dataType, venue })))
    : [`${prefix}/`]
  for (const folder of folders) {
    for await (const { name } of bucket.list(folder, signal)) {
      const place = placeOf(prefix, name)
      if (place && keys.has(venueDayKey(place))) continue
      if (place && (place.date < startDate || place.date > endDate || !isWanted(place.dataType))) continue
      const detail = place ? 'no manifest has it' : 'it is not where data is stored, and no manifest has it'
      yield { ...(place && { venue: place.venue, date: place.date }), object: name, check: 'unknown-object', detail }
    }
  }
}

function placeOf(prefix: string, name: StoredObject['name']) {
  const rest = name.slice(prefix.length + 1)
  const [, dataType, venue, date] = /^data_type=([^/]+)\/venue=([^/]+)\/date=([^/]+)\/[^/]+$/.exec(rest) ?? []
  return dataType !== undefined && venue !== undefined && date !== undefined ? { dataType, venue, date } : undefined
}
