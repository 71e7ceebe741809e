import { judgeDay } from '../../ledger/condition.ts'
import { LedgerDocumentError } from '../../ledger/document.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { fromManifestScope, type Manifest, type ManifestItem } from '../../ledger/manifest.ts'
import { countItems, sumItems } from '../../ledger/sums.ts'
import { compareText, type Item } from '../../market/items.ts'
import { mapConcurrently } from '../../runtime/concurrently.ts'
import type { ItemChoice } from './item-choice.ts'
import type { Reviewer } from './review.ts'
import { NARROW, problemsOf, titleOf, type VenueDayReport } from './venue-days.ts'

export const PART_KINDS = ['data-type', 'symbol'] as const
/** What a venue-day is cut into: its data types, or its single items. */
export type PartKind = (typeof PART_KINDS)[number]

export interface PartSelection {
  /** Undefined: the days stay whole, with what is chosen of them. */
  readonly by: PartKind | undefined
  readonly choice: ItemChoice
}

const READ_AT_ONCE = 16

/**
 * The reports of the parts of venue-days, by venue, data type, symbol and day. Reads each manifest that there is as a
 * whole. A part has no report of a day on which the manifest does not know it. A day without a manifest stands in every part
 * of its venue; where a venue has no part that is selected, its days that are not complete stay whole. A data type, or a day,
 * that was asked for less than is chosen is incomplete; a single symbol is what it is.
 * Only errors of the bucket are thrown. Memory: one report per part and day, and the manifests in reading.
 */
export async function readParts(
  reviewer: Reviewer,
  ledger: Pick<Ledger, 'readPlan'>,
  days: readonly VenueDayReport[],
  selection: PartSelection,
  onRead?: (done: number, total: number) => void,
): Promise<VenueDayReport[]> {
  const cuts: DayParts[] = []
  for await (const cut of mapConcurrently(days, READ_AT_ONCE, day => cutDay(reviewer, ledger, day, selection))) {
    cuts.push(cut)
    onRead?.(cuts.length, days.length)
  }
  return joinParts(cuts)
}

/** A venue-day and the reports of its parts; undefined where there is no manifest to cut, so that the day stands in all. */
export interface DayParts {
  readonly day: VenueDayReport
  readonly parts: readonly VenueDayReport[] | undefined
}

async function cutDay(
  reviewer: Reviewer,
  ledger: Pick<Ledger, 'readPlan'>,
  day: VenueDayReport,
  { by, choice }: PartSelection,
): Promise<DayParts> {
  if (day.status === 'absent' || day.status === 'unreadable') return { day, parts: undefined }
  try {
    const manifest = await reviewer.readManifest(day)
    if (!manifest) return { day: { ...nameOf(day), status: 'absent', problems: [] }, parts: undefined }
    const isWanted = await choice.on(day)
    // A day that is not exported yet may have no items, or only some.
    const parts = by ? partsOf(manifest, by, isWanted) : [chosenOf(manifest, day, isWanted)]
    if (day.status === 'pending' && parts.length === 0) return { day, parts: undefined }
    const narrow = by === 'symbol' ? [] : await choice.notCovered(ledger, day, fromManifestScope(manifest.scope))
    return { day, parts: parts.map(part => (isNarrow(part, narrow) ? narrowed(part) : part)) }
  } catch (error) {
    if (!(error instanceof LedgerDocumentError)) throw error
    return { day: { ...nameOf(day), status: 'unreadable', problems: [], error: error.message }, parts: undefined }
  }
}

/** What is chosen of a day, with what a comparison with the bucket found of it. Pure. */
function chosenOf(manifest: Manifest, day: VenueDayReport, isWanted: (item: Item) => boolean): VenueDayReport {
  const part = partOf(manifest, undefined, manifest.items.filter(isWanted))
  const changed = day.problems.filter(({ status }) => status === 'gone' || status === 'changed').filter(isWanted)
  if (changed.length === 0) return part
  const status = part.status === 'complete' ? 'incomplete' : part.status
  return { ...part, status, problems: [...part.problems, ...changed] }
}

function isNarrow({ dataType }: VenueDayReport, notCovered: readonly string[]): boolean {
  return dataType === undefined ? notCovered.length > 0 : notCovered.includes(dataType)
}

function narrowed(part: VenueDayReport): VenueDayReport {
  return { ...part, status: part.status === 'complete' ? 'incomplete' : part.status, error: NARROW }
}

const nameOf = ({ venue, date }: VenueDayReport) => ({ venue, date })

/** The selected items of a manifest, as one report for each data type or for each item. Pure. */
export function partsOf(manifest: Manifest, by: PartKind, isWanted: (item: Item) => boolean): VenueDayReport[] {
  const keyOf = ({ dataType, symbol }: ManifestItem) => (by === 'symbol' ? `${dataType} ${symbol}` : dataType)
  const groups = Map.groupBy(manifest.items.filter(isWanted), keyOf)
  return [...groups.values()].map(items => partOf(manifest, by, items))
}

function partOf(
  { venue, date, status, conditionVersion }: Manifest,
  by: PartKind | undefined,
  items: readonly ManifestItem[],
): VenueDayReport {
  const counts = countItems(items)
  const isOpen = counts.forbidden + counts.failed + counts.pending > 0
  const judged = conditionVersion === undefined ? undefined : judgeDay(status !== 'pending', items)
  return {
    ...{ venue, date, ...(by && { dataType: items[0]!.dataType }) },
    ...(by === 'symbol' && { symbol: items[0]!.symbol }),
    status: status === 'pending' ? 'pending' : isOpen ? 'incomplete' : 'complete',
    counts,
    totals: sumItems(items),
    ...judged,
    problems: problemsOf({ items }).filter(problem => problem.status !== 'missing'),
  }
}

/** The parts of all days, in order of their names and days. Pure; days in any order. */
export function joinParts(cuts: readonly DayParts[]): VenueDayReport[] {
  const reports: VenueDayReport[] = []
  for (const ofVenue of Map.groupBy(cuts, ({ day }) => day.venue).values()) {
    const parts = ofVenue.flatMap(({ parts }) => parts ?? [])
    const names = new Map(parts.map(part => [titleOf(part), part]))
    const whole = ofVenue.filter(cut => cut.parts === undefined).map(({ day }) => day)
    for (const { dataType, symbol } of names.values()) {
      // The counts of such a day would be those of other parts.
      for (const { venue, date, status, error } of whole) {
        const named = { venue, date, ...(dataType && { dataType }), ...(symbol && { symbol }) }
        parts.push({ ...named, status, problems: [], ...(error !== undefined && { error }) })
      }
    }
    reports.push(
      ...(names.size > 0 ? parts : ofVenue.map(({ day }) => day).filter(({ status }) => status !== 'complete')),
    )
  }
  return reports.sort(compareParts)
}

function compareParts(a: VenueDayReport, b: VenueDayReport): number {
  return (
    compareText(a.venue, b.venue) ||
    compareText(a.dataType ?? '', b.dataType ?? '') ||
    compareText(a.symbol ?? '', b.symbol ?? '') ||
    compareText(a.date, b.date)
  )
}
