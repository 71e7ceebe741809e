import { gzipSync } from 'node:zlib'
import { vendorName } from '../../functions/ticks/column-name.ts'
import { standardColumns } from '../../functions/ticks/columns.ts'
import { DatasetReader } from '../../functions/ticks/csv.ts'
import { createKernel } from '../../functions/ticks/kernel.ts'
import type { Sizes } from '../../functions/ticks/layout.ts'
import { type Quality, QualityCollector } from '../../functions/ticks/quality.ts'

/** The fewest rows a group can have: 1024. */
export const TINY: Sizes = { groupRows: 1024, groupBytes: 1 << 20, textBytes: 1 << 20 }

/** The vendor's names of a data type's columns. */
export function columnsOfDataType(dataType: string): string[] {
  return standardColumns(dataType).map(field => vendorName(field.name))
}

/** The quality of a dataset with these rows: cells by the vendor's column names, undefined where a cell is empty. */
export function toQuality(
  dataType: string,
  rows: readonly Readonly<Record<string, string | number | undefined>>[],
  day?: string,
): Quality {
  const columns = columnsOfDataType(dataType)
  const lines = rows.map(row => columns.map(name => row[name] ?? '').join(','))
  const kernel = createKernel()
  const reader = new DatasetReader(kernel, dataType, TINY)
  const collector = new QualityCollector(kernel, dataType, day)
  const gzip = gzipSync([columns.join(','), ...lines, ''].join('\n'))
  for (const group of reader.push(gzip)) collector.add(group)
  for (const group of reader.end()) collector.add(group)
  return collector.quality
}
