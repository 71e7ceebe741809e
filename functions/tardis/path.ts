/** One file at the vendor: a venue's data of one type, UTC day (`YYYY-MM-DD`) and symbol. */
export interface DatasetName {
  readonly venue: string
  readonly dataType: string
  readonly date: string
  readonly symbol: string
}

/** A symbol as datasets are named: upper-case, `/` and `:` become `-` (https://docs.tardis.dev/downloadable-csv-files/api). */
export function datasetSymbol(symbol: string): string {
  return symbol.replace(/[/:]/g, '-').toUpperCase()
}

/** The dataset's path below the datasets address, each part percent-encoded, without a leading slash. */
export function datasetPath({ venue, dataType, date, symbol }: DatasetName): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) throw new RangeError(`date "${date}" of a dataset, expected YYYY-MM-DD`)
  const parts = [venue, dataType, ...date.split('-'), datasetSymbol(symbol)]
  return `${parts.map(encodePart).join('/')}.csv.gz`
}

/** `.` and `..` survive encodeURIComponent and would be resolved away as path segments. */
function encodePart(part: string): string {
  if (part === '' || part === '.' || part === '..') throw new RangeError(`"${part}" cannot be part of a dataset's path`)
  return encodeURIComponent(part)
}
