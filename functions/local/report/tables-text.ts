import type { TableStatus, TablesStatus } from '../../iceberg/status.ts'
import { bytes, count, counted } from '../terminal/human.ts'
import { renderTable } from '../terminal/table.ts'

/** What the tables have, a line per table and per venue in it. Pure. */
export function renderTables(shown: string, { tables, damaged, isBuilt, queued, leftOut }: TablesStatus): string {
  const refresh = 'tick-handler table refresh adds what is missing'
  const lag = isBuilt
    ? queued === 0
      ? 'up to date with the manifests'
      : `${counted(queued, 'venue-day')} written since: ${refresh}`
    : `not complete yet: ${refresh}`
  const faults = damaged.map(({ dataType, fault }) => `${dataType}: cannot be read: ${fault}`)
  const lines = [...tables.flatMap(tableLines), ...faults]
  if (lines.length === 0) lines.push(`No tables in ${shown}.`)
  return `${[...lines, '', ...leftOutLines(leftOut), `Tables: ${lag}.`].join('\n')}\n`
}

function tableLines(table: TableStatus): string[] {
  const { dataType, location, files, rows, snapshots, refreshedAt, version } = table
  const head = ['venue', 'first day', 'last day', 'days', 'files', 'rows']
  const venues = table.venues.map(venue => [
    ...[venue.venue, venue.firstDate, venue.lastDate],
    ...[venue.days, venue.files, venue.rows].map(count),
  ])
  const size = `${counted(files, 'file')}, ${bytes(table.bytes)}, metadata ${bytes(table.metadataBytes)}`
  return [
    `${dataType}: ${counted(rows, 'row')} in ${size}`,
    `  ${location}`,
    `  version ${version} of ${refreshedAt}, ${counted(snapshots, 'snapshot')}`,
    ...copiesLines(table.copies),
    ...renderTable([head, ...venues], 3, '  '),
  ]
}

function copiesLines(copies: TableStatus['copies']): string[] {
  if (!copies) return []
  const until = copies.keptUntil
    ? `kept until the first refresh after ${copies.keptUntil}`
    : 'named by the table until the venue-day is complete again'
  return [`  ${counted(copies.files, 'copy', 'copies')} of replaced files, ${bytes(copies.bytes)}: ${until}`]
}

const MAX_LEFT_OUT = 10

function leftOutLines(days: TablesStatus['leftOut']): string[] {
  const all = days.flatMap(({ objects }) => objects)
  if (all.length === 0) return []
  const shown = all.slice(0, MAX_LEFT_OUT).map(({ object, reason }) => `  ${object}: ${reason}`)
  const more =
    all.length > MAX_LEFT_OUT ? [`  and ${counted(all.length - MAX_LEFT_OUT, 'more file', 'more files')}`] : []
  return [`${counted(all.length, 'stored file is', 'stored files are')} in no table:`, ...shown, ...more, '']
}
