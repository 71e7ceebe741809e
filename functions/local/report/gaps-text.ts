import type { Incident } from '../../ledger/fields.ts'
import { count, counted, duration } from '../terminal/human.ts'
import { type Looks, paint, printable, wrapText } from '../terminal/style.ts'
import type { FoundGaps, ItemGap } from './gaps.ts'
import { momentOf } from './incidents-text.ts'
import { csvLine } from './status-csv.ts'
import { titleOf } from './venue-days.ts'

const MAX_GAPS = 100
const MAX_WIDTH = 120

/** The gaps below the items that they count against, in lines that fit the width: for a terminal or a file. Pure. */
export function gapLines({ gaps, unknownItems, unreadable }: FoundGaps, looks: Looks, width: number): string[] {
  const fit = Math.min(width, MAX_WIDTH)
  const unknown = `Gaps are unknown of ${counted(unknownItems, 'item')}: an older release recorded no quality.`
  const remarks = [...(unknownItems > 0 ? [unknown] : []), ...unreadable.map(error => `Not read: ${error}`)]
  const ends = remarks.flatMap(line => wrapText(printable(line), fit))
  if (gaps.length === 0) return ['No gap that counts against an item is recorded.', ...ends]
  const explained = gaps.filter(({ incident }) => incident).length
  const more = gaps.length - MAX_GAPS
  const shown = Map.groupBy(gaps.slice(0, MAX_GAPS), titleOf)
  return [
    paint(`${counted(gaps.length, 'gap')}, ${count(explained)} in an incident of Tardis (UTC):`, 'bold', looks),
    ...[...shown].flatMap(([title, ofItem]) => [`  ${printable(title)}`, ...ofItem.flatMap(gap => linesOf(gap, fit))]),
    ...(more > 0 ? [`  and ${count(more)} more (--json and --csv list all)`] : []),
    ...ends,
  ]
}

function linesOf({ date, begin, end, seconds, incident }: ItemGap, width: number): string[] {
  const span = `    ${wholeSecond(begin)} … ${endText(date, end)}  ${duration(seconds * 1000)}`
  if (!incident) return [`${span}  no incident`]
  return [span, ...wrapText(printable(incidentText(incident)), width - 6).map(line => `      ${line}`)]
}

/** `2024-08-01T03:30:00.123Z` as `2024-08-01 03:30:00`. */
function wholeSecond(moment: string): string {
  return `${moment.slice(0, 10)} ${moment.slice(11, 19)}`
}

/** The end of the day itself is `24:00:00`. */
function endText(date: string, end: string): string {
  if (end.startsWith(date)) return end.slice(11, 19)
  const isMidnight = Date.parse(end) === Date.parse(date) + 86_400_000
  return isMidnight ? '24:00:00' : wholeSecond(end)
}

function incidentText({ from, to, status, details }: Incident): string {
  return `incident ${momentOf(from)} … ${to === undefined ? 'goes on' : momentOf(to)}, ${status}: ${details}`
}

/** What `status --gaps --csv` prints: a head, and a line per gap, with the condition of its item. Pure. */
export function* gapsCsv(gaps: readonly ItemGap[]): Generator<string> {
  const incidentHead = ['incident_from', 'incident_to', 'incident_status', 'incident_details']
  const head = ['venue', 'date', 'data_type', 'symbol', 'begin', 'end', 'seconds', 'in_incident', ...incidentHead]
  yield csvLine([...head, 'condition', 'reasons'])
  for (const { venue, date, dataType, symbol, begin, end, seconds, incident, condition, reasons } of gaps) {
    yield csvLine([
      ...[venue, date, dataType, symbol, begin, end, seconds, String(incident !== undefined)],
      ...[incident?.from, incident?.to, incident?.status, incident?.details],
      ...[condition, reasons?.join(' ')],
    ])
  }
}
