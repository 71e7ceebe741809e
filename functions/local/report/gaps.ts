import { type Gap, incidentOf, longGaps, type Thresholds } from '../../ledger/condition.ts'
import { LedgerDocumentError } from '../../ledger/document.ts'
import type { Incident } from '../../ledger/fields.ts'
import type { Manifest, ManifestItem } from '../../ledger/manifest.ts'
import { compareText, type Item, type VenueDay } from '../../market/items.ts'
import { mapConcurrently } from '../../runtime/concurrently.ts'
import type { ItemChoice } from './item-choice.ts'
import type { QualityRules } from './quality-rules.ts'
import type { Reviewer } from './review.ts'
import type { VenueDayReport } from './venue-days.ts'

/** A gap, with the incident that explains it. */
export interface JudgedGap extends Gap {
  readonly incident: Incident | undefined
}

/** The gaps that count against an item, in order of time. Pure. */
export function gapsOf(
  item: ManifestItem,
  { date, incidents }: Pick<Manifest, 'date' | 'incidents'>,
  thresholds: Thresholds,
): JudgedGap[] {
  return longGaps(item, date, thresholds).map(gap => ({ ...gap, incident: incidentOf(gap, incidents) }))
}

/** A gap of an item of a venue-day. */
export interface ItemGap extends VenueDay, Item {
  /** ISO 8601 in UTC with milliseconds. The end of a day is the first moment of the next. */
  readonly begin: string
  readonly end: string
  readonly seconds: number
  /** Absent where the vendor reports none that explains at least half of the gap. */
  readonly incident?: Incident
  /** Of the item, as its reader judges it; absent where a release did not judge it, as `reasons` is where there are none. */
  readonly condition?: ManifestItem['condition']
  readonly reasons?: readonly string[]
}

export interface FoundGaps {
  /** By venue, data type, symbol and time. */
  readonly gaps: readonly ItemGap[]
  /** Stored items with rows of which no quality is recorded: an older release converted them. */
  readonly unknownItems: number
  /** Why a manifest could not be read, one message each. */
  readonly unreadable: readonly string[]
}

const READ_AT_ONCE = 16

/**
 * The gaps that count against the items of venue-days, or of what is chosen of them. Reads whole manifests. Only errors of the
 * bucket are thrown. Memory: all gaps, at most seven per item, and the manifests in reading.
 */
export async function readGaps(
  reviewer: Reviewer,
  days: readonly VenueDayReport[],
  choice: ItemChoice,
  onRead?: (done: number, total: number) => void,
): Promise<FoundGaps> {
  const found: FoundGaps[] = []
  for await (const ofDay of mapConcurrently(days, READ_AT_ONCE, day => readDay(reviewer, day, choice))) {
    found.push(ofDay)
    onRead?.(found.length, days.length)
  }
  return {
    gaps: found.flatMap(({ gaps }) => gaps).sort(compareGaps),
    unknownItems: found.reduce((sum, { unknownItems }) => sum + unknownItems, 0),
    unreadable: found.flatMap(({ unreadable }) => unreadable).sort(),
  }
}

async function readDay(
  reviewer: Reviewer,
  { venue, date, status, error }: VenueDayReport,
  choice: ItemChoice,
): Promise<FoundGaps> {
  const none = { gaps: [], unknownItems: 0, unreadable: [] }
  if (status === 'absent') return none
  if (status === 'unreadable') return { ...none, unreadable: [error ?? `${venue} ${date}: unreadable`] }
  try {
    const manifest = await reviewer.readManifest({ venue, date })
    if (!manifest) return none
    const items = manifest.items.filter(await choice.on({ venue, date }))
    return {
      ...none,
      gaps: items.flatMap(item => itemGaps(item, manifest, reviewer.rules)),
      unknownItems: items.filter(item => isUnknown(item, reviewer.rules.thresholdsFor(venue, item.dataType))).length,
    }
  } catch (error) {
    if (!(error instanceof LedgerDocumentError)) throw error
    return { ...none, unreadable: [error.message] }
  }
}

function itemGaps(item: ManifestItem, manifest: Manifest, rules: QualityRules): ItemGap[] {
  const { venue, date } = manifest
  const { dataType, symbol, condition, reasons } = item
  return gapsOf(item, manifest, rules.thresholdsFor(venue, dataType)).map(({ startMicros, micros, incident }) => ({
    ...{ venue, date, dataType, symbol },
    begin: momentOf(startMicros),
    end: momentOf(startMicros + micros),
    seconds: Math.round(micros / 1000) / 1000,
    ...(incident && { incident }),
    ...(condition && { condition }),
    ...(reasons && { reasons }),
  }))
}

function momentOf(micros: number): string {
  return new Date(Math.round(micros / 1000)).toISOString()
}

function isUnknown({ status, rows = 0, quality }: ManifestItem, { gapFactor }: Thresholds): boolean {
  return status === 'stored' && rows > 0 && !quality && gapFactor !== null
}

function compareGaps(a: ItemGap, b: ItemGap): number {
  return (
    compareText(a.venue, b.venue) ||
    compareText(a.dataType, b.dataType) ||
    compareText(a.symbol, b.symbol) ||
    compareText(a.begin, b.begin)
  )
}
