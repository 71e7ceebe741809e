import { DAY_EXPECTED, isDay } from '../market/days.ts'
import type { ItemName } from '../market/items.ts'
import { datasetSymbol } from '../market/symbols.ts'

/** The dataset's path below the datasets address, each part percent-encoded, without a leading slash. */
export function datasetPath({ venue, dataType, date, symbol }: ItemName): string {
  if (!isDay(date)) throw new RangeError(`date "${date}" of a dataset, expected ${DAY_EXPECTED}`)
  const parts = [venue, dataType, ...date.split('-'), datasetSymbol(symbol)]
  return `${parts.map(encodePart).join('/')}.csv.gz`
}

/** encodeURIComponent does not change `.` and `..`, which a URL parser removes from a path. */
function encodePart(part: string): string {
  if (part === '' || part === '.' || part === '..') throw new RangeError(`"${part}" cannot be part of a dataset's path`)
  return encodeURIComponent(part)
}
