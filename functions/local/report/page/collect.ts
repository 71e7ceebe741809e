import type { Manifest, ManifestItem } from '../../../ledger/manifest.ts'
import type { Work } from '../../../ledger/receipt.ts'
import { countDays, dayStartMs } from '../../../market/days.ts'
import { compareItems, compareText, type VenueDay } from '../../../market/items.ts'
import type { Where } from '../json.ts'
import { QualityRules } from '../quality-rules.ts'
import { type Finding, findingsOf, gapSpansOf } from './findings.ts'
import { CONDITION_LETTERS, type DayFinding, type IncidentRow, type ItemRow, type ReportData } from './model.ts'
import { conditionOf, letterOf, ms, type OpenSeries, openSeries, rounded, setDay } from './series.ts'
import { Top } from './top.ts'

/** What is read of one venue-day. */
export interface DayRead extends VenueDay {
  readonly manifest?: Manifest | undefined
  /** Of the batches, from their receipts. */
  readonly work: readonly Work[]
  /** What could not be read, and why. */
  readonly faults: readonly string[]
}

/** So many are written into the page. They bound its size; the calendars hold everything. */
export const MAX_ITEMS = 5_000
const MAX_ITEMS_PER_DAY = 100
const MAX_DAY_FINDINGS = 8_000
const MAX_INCIDENTS = 2_000
const MAX_NOTES = 100
const MAX_TEXT = 300

interface OpenVenue {
  readonly venue: string
  readonly letters: string[]
  readonly workSeconds: number[]
  readonly downloadedBytes: number[]
  readonly peakMemoryBytes: number[]
}

/**
 * Folds venue-days, in any order, into the data of the page. Memory: what the page holds, whatever the number of items.
 */
export class ReportCollector {
  readonly #rules: QualityRules
  readonly #firstDay: string
  readonly #days: number
  readonly #venues: readonly OpenVenue[]
  readonly #venueAt: ReadonlyMap<string, number>
  readonly #series = new Map<string, OpenSeries>()
  readonly #incidents = new Map<string, IncidentRow>()
  readonly #dayFindings = new Top<DayFinding>(MAX_DAY_FINDINGS, compareDayFindings)
  readonly #items = new Top<ScoredRow>(MAX_ITEMS, compareItemRows)
  readonly #notes: string[] = []
  #itemsSeen = 0

  /** @param days every venue-day that will be added; at least one */
  constructor(days: readonly VenueDay[], rules = new QualityRules()) {
    this.#rules = rules
    const dates = days.map(({ date }) => date).sort(compareText)
    this.#firstDay = dates[0]!
    this.#days = countDays(dates[0]!, dates.at(-1)!)
    const venues = [...new Set(days.map(({ venue }) => venue))].sort(compareText)
    this.#venues = venues.map(venue => openVenue(venue, this.#days))
    this.#venueAt = new Map(venues.map((venue, at) => [venue, at]))
  }

  add({ venue, date, manifest, work, faults }: DayRead): void {
    const at = this.#venueAt.get(venue)!
    const day = countDays(this.#firstDay, date) - 1
    this.#notes.push(...faults)
    const row = this.#venues[at]!
    row.letters[day] = CONDITION_LETTERS[faults.length > 0 ? 'unreadable' : 'absent']
    addWork(row, day, work)
    if (!manifest) return
    row.letters[day] = letterOf(manifest, manifest.items)
    for (const [dataType, items] of Map.groupBy(manifest.items, item => item.dataType))
      setDay(this.#seriesOf(at, dataType), day, manifest, items)
    this.#addIncidents(at, manifest)
    this.#addFindings(at, day, manifest)
  }

  finish({ shown, prefix }: Where, now: Date): ReportData {
    const incidents = [...this.#incidents.values()].sort((a, b) => b.fromMs - a.fromMs || a.venue - b.venue)
    const dataTypes = [...new Set([...this.#series.values()].map(({ dataType }) => dataType))].sort(compareText)
    const numbered = <T extends { readonly dataType: string }>(row: T) => ({
      ...row,
      dataType: dataTypes.indexOf(row.dataType),
    })
    const series = [...this.#series.values()].map(numbered)
    return {
      ...{ where: shown, prefix, madeAt: now.toISOString(), firstDay: this.#firstDay, days: this.#days },
      dataTypes,
      venues: this.#venues.map(({ letters, ...row }) => ({ ...row, condition: letters.join('') })),
      series: series
        .sort((a, b) => a.venue - b.venue || a.dataType - b.dataType)
        .map(({ letters, ...row }) => ({ ...row, condition: letters.join('') })),
      incidents: incidents.slice(0, MAX_INCIDENTS),
      dayFindings: this.#dayFindings.values(),
      items: this.#items.values().map(shownRow).map(numbered),
      omitted: {
        dayFindings: this.#dayFindings.omitted,
        items: this.#itemsSeen - this.#items.values().length,
        incidents: Math.max(0, incidents.length - MAX_INCIDENTS),
      },
      notes: notesOf(this.#notes),
    }
  }

  #seriesOf(venue: number, dataType: string): OpenSeries {
    const key = `${venue} ${dataType}`
    const found = this.#series.get(key)
    if (found) return found
    const made = openSeries(venue, dataType, this.#days)
    this.#series.set(key, made)
    return made
  }

  /** An incident of several days stands in the manifest of each. */
  #addIncidents(venue: number, { incidents }: Manifest): void {
    for (const { from, to, status, details } of incidents) {
      const end = to === undefined ? {} : { toMs: Date.parse(to) }
      const row = { venue, fromMs: Date.parse(from), ...end, status, details: details.slice(0, MAX_TEXT) }
      if (!Number.isNaN(row.fromMs)) this.#incidents.set(`${venue} ${from} ${details}`, row)
    }
  }

  #addFindings(venue: number, day: number, manifest: Manifest): void {
    const rows = manifest.items.map(item => itemRow(venue, day, item, manifest, this.#rules))
    const found = rows.flatMap(row => row.findings.map(finding => ({ ...finding, row })))
    for (const [reason, all] of Map.groupBy(found, finding => finding.reason)) {
      const worst = all.reduce((a, b) => (b.score > a.score ? b : a))
      const items = all.length
      const name = `${manifest.items.length > 1 ? `${worst.row.dataType} ${worst.row.symbol}: ` : ''}`
      // Each tenfold number of items counts as much as a tenth of a day without rows.
      const score = rounded(worst.score + 10 * Math.log10(items))
      this.#dayFindings.add({ venue, day, reason, items, score, worst: name + worst.text })
    }
    this.#itemsSeen += rows.length
    for (const row of rows.sort(compareItemRows).slice(0, MAX_ITEMS_PER_DAY)) this.#items.add(row)
  }
}

function openVenue(venue: string, days: number): OpenVenue {
  const zeros = () => new Array<number>(days).fill(0)
  const letters = new Array<string>(days).fill(CONDITION_LETTERS.none)
  return { venue, letters, workSeconds: zeros(), downloadedBytes: zeros(), peakMemoryBytes: zeros() }
}

function addWork(row: OpenVenue, day: number, work: readonly Work[]): void {
  row.workSeconds[day] = rounded(work.reduce((sum, { seconds }) => sum + seconds, 0))
  row.downloadedBytes[day] = rounded(work.reduce((sum, { downloadedBytes }) => sum + downloadedBytes, 0))
  row.peakMemoryBytes[day] = rounded(work.reduce((most, { figures }) => Math.max(most, figures.peakRssBytes ?? 0), 0))
}

/** With the data type by name: its number is known only when all days are read. */
type NamedRow = Omit<ItemRow, 'dataType'> & { readonly dataType: string }
type ScoredRow = Omit<NamedRow, 'findings'> & { readonly findings: readonly Finding[] }

function shownRow(row: ScoredRow): NamedRow {
  return { ...row, findings: row.findings.map(({ reason, text }) => ({ reason, text })) }
}

function itemRow(venue: number, day: number, item: ManifestItem, manifest: Manifest, rules: QualityRules): ScoredRow {
  const { date } = manifest
  const gaps = gapSpansOf(item, manifest, rules.thresholdsFor(manifest.venue, item.dataType))
  const findings = findingsOf(item, date, gaps).map(finding => ({
    ...finding,
    text: finding.text.slice(0, MAX_TEXT),
  }))
  const { dataType, symbol, status, rows, bytes, quality } = item
  const latency = quality?.latency
  const { firstTimestampMicros: first, lastTimestampMicros: last } = item
  const startMs = dayStartMs(date)
  const sinceDay = (micros: string) => Math.round(ms(micros) - startMs)
  return {
    ...{ venue, day, dataType, symbol, status, condition: conditionOf(item, date) ?? 'unknown', findings },
    score: rounded(findings.reduce((most, { score }) => Math.max(most, score), 0)),
    ...(rows !== undefined && { rows }),
    ...(bytes !== undefined && { bytes }),
    ...(first !== undefined && last !== undefined && { span: [sinceDay(first), sinceDay(last)] as const }),
    ...(gaps.length > 0 && { gaps }),
    ...(latency && {
      latencyMs: [
        ms(latency.minMicros),
        ms(latency.medianMicros),
        ms(latency.p99Micros),
        ms(latency.maxMicros),
      ] as const,
    }),
    ...(quality && quality.version === undefined && { isPartlyChecked: true }),
    ...checksOf(item),
  }
}

/** The counts of a converter's checks, with the words of the page. */
const CHECKS = [
  ['rowsOutOfOrder', 'rows received out of order'],
  ['exchangeRowsOutOfOrder', 'rows sent out of order'],
  ['rowsOutsideDay', 'rows outside the day'],
  ['repeatedRows', 'rows equal to the row before'],
  ['repeatedIds', 'ids equal to the id before'],
  ['nonPositivePrices', 'prices not above zero'],
  ['nonPositiveAmounts', 'amounts not above zero'],
  ['crossed', 'crossed books'],
  ['locked', 'locked books'],
  ['oneSided', 'one-sided books'],
  ['snapshots', 'snapshots of the book'],
] as const

function checksOf({ quality }: ManifestItem): Pick<ItemRow, 'checks'> {
  const negative = ['rows received before they were sent', quality?.latency?.negative] as const
  const missing = ['ids missing', quality?.ids?.missing] as const
  const counts = [...CHECKS.map(([field, words]) => [words, quality?.[field]] as const), negative, missing]
  const found = counts.filter(([, count]) => count)
  return found.length > 0 ? { checks: Object.fromEntries(found) as Record<string, number> } : {}
}

function compareItemRows(a: NamedRow, b: NamedRow): number {
  return b.score - a.score || b.day - a.day || a.venue - b.venue || compareItems(a, b)
}

function compareDayFindings(a: DayFinding, b: DayFinding): number {
  return b.score - a.score || b.day - a.day || a.venue - b.venue || compareText(a.reason, b.reason)
}

function notesOf(notes: readonly string[]): string[] {
  const sorted = notes.toSorted(compareText)
  const more = sorted.length - MAX_NOTES
  return [...sorted.slice(0, MAX_NOTES).map(note => note.slice(0, MAX_TEXT)), ...(more > 0 ? [`and ${more} more`] : [])]
}
