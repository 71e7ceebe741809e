import { planCovers } from '../../ledger/coverage.ts'
import { LedgerDocumentError } from '../../ledger/document.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { convertersOf, fromManifestScope, type ManifestItem, type ManifestSummary } from '../../ledger/manifest.ts'
import type { Item, VenueDay } from '../../market/items.ts'
import type { Scope } from '../../market/scope.ts'
import { mapConcurrently } from '../../runtime/concurrently.ts'

/** What the manifests say of one venue-day, or of a part of it. */
export interface VenueDayReport extends VenueDay {
  /** Of a part only: its data type, and the symbol of a single item. */
  readonly dataType?: string
  readonly symbol?: string
  /** `absent`: no manifest. `unreadable`: one that does not fit its schema, see `error`. */
  readonly status: 'complete' | 'incomplete' | 'pending' | 'absent' | 'unreadable'
  /** What the counts are of: data types, each with all its symbols or some. */
  readonly scope?: Scope
  readonly counts?: ManifestSummary['counts']
  readonly totals?: Omit<ManifestSummary['totals'], 'seconds'> & { readonly seconds?: number }
  /** Whether the data can be used, and why not, as the manifest records it; absent where a release did not judge it. */
  readonly condition?: ManifestSummary['condition']
  readonly reasons?: ManifestSummary['reasons']
  /** Faults of the venue's feed that touch the day, as the vendor reports them; absent where there are none. */
  readonly incidents?: ManifestSummary['incidents']
  /** Stored files by the converter version that wrote them; `unknown` where it was not recorded. */
  readonly converterVersions?: Readonly<Record<string, number>>
  /** The items that stand in the way of `complete`. */
  readonly problems: readonly Problem[]
  /** Items that the vendor does not have; looked up only where it was asked for. */
  readonly missing?: readonly Problem[]
  /** Named by symbol, but not listed by the vendor for this day. */
  readonly unlisted?: readonly Item[]
  readonly error?: string
}

export interface Problem {
  readonly dataType: string
  readonly symbol: string
  /**
   * `pending`: planned, and no result yet. `gone`, `changed`: recorded as stored, but the bucket does not have the file
   * any more, or another one.
   */
  readonly status: 'forbidden' | 'failed' | 'pending' | 'missing' | 'gone' | 'changed'
  readonly error?: string
  readonly retryable?: boolean
}

/** The name of a venue, or of a part of it: `binance trades BTCUSDT`. */
export function titleOf({ venue, dataType, symbol }: Pick<VenueDayReport, 'venue' | 'dataType' | 'symbol'>): string {
  return [venue, dataType, symbol].filter(name => name !== undefined).join(' ')
}

/** True where nothing is left to do for any of them; not where there are none. */
export function allComplete(reports: readonly VenueDayReport[]): boolean {
  return reports.length > 0 && reports.every(({ status }) => status === 'complete')
}

/** True of a venue-day that is complete because Tardis has nothing of what was asked for. */
export function hasNoData({ status, counts }: VenueDayReport): boolean {
  return status === 'complete' && counts !== undefined && counts.stored + counts.empty === 0
}

/** True of a venue-day that its manifest judges degraded. */
export function isDegraded({ condition }: VenueDayReport): boolean {
  return condition === 'degraded'
}

/** True where all is complete and there is data at all: what exit code 0 stands for. */
export function isDone(reports: readonly VenueDayReport[]): boolean {
  return allComplete(reports) && !reports.every(hasNoData)
}

/** A venue-day with what is wanted of it. */
export interface ReadDay extends VenueDay {
  /** Where given, a manifest that is complete for less than this is incomplete. */
  readonly scope?: Scope
}

/**
 * Reads one venue-day's manifest: its beginning only, or all of it where single items need a report. Only errors of
 * the bucket are thrown. Memory: one manifest.
 */
export async function readVenueDay(ledger: Ledger, day: ReadDay, tellMissing: boolean): Promise<VenueDayReport> {
  const { venue, date, scope } = day
  try {
    const summary = await ledger.readSummary({ venue, date })
    if (!summary) return { venue, date, status: 'absent', problems: [] }
    const { counts, totals } = summary
    const { unlisted, incidents, condition, reasons } = summary
    const judged = condition && { condition, ...(reasons && { reasons }) }
    const recorded = fromManifestScope(summary.scope)
    const wide = scope === undefined || (await planCovers(ledger, { venue, date }, recorded, scope))
    const status = summary.status === 'complete' && !wide ? 'incomplete' : summary.status
    const converterVersions = filesByVersion(summary)
    const said = {
      scope: recorded,
      counts,
      totals,
      converterVersions,
      ...(unlisted && { unlisted }),
      ...(incidents.length > 0 && { incidents }),
      ...judged,
    }
    const known = { venue, date, status, ...said, ...(!wide && { error: NARROW }) }
    const missing = tellMissing && counts.missing > 0
    if (status === 'complete' && !missing) return { ...known, problems: [] }
    const items = problemsOf(await ledger.readManifest({ venue, date }))
    return {
      ...known,
      problems: items.filter(item => item.status !== 'missing'),
      ...(missing && { missing: items.filter(item => item.status === 'missing') }),
    }
  } catch (error) {
    if (!(error instanceof LedgerDocumentError)) throw error
    return { venue, date, status: 'unreadable', problems: [], error: error.message }
  }
}

function filesByVersion(summary: ManifestSummary): Record<string, number> {
  return Object.fromEntries(convertersOf(summary).map(({ version, items }) => [version || 'unknown', items]))
}

export const NARROW = 'recorded for fewer data types or symbols than requested'

/** The items that are not stored, those that the vendor does not have among them. */
export function problemsOf(manifest: { readonly items: readonly ManifestItem[] } | undefined): Problem[] {
  const problems: Problem[] = []
  for (const { dataType, symbol, status, error, retryable } of manifest?.items ?? []) {
    if (status === 'stored' || status === 'empty') continue
    problems.push({
      dataType,
      symbol,
      status,
      ...(error !== undefined && { error }),
      ...(retryable !== undefined && { retryable }),
    })
  }
  return problems
}

export interface ReadOptions {
  readonly tellMissing?: boolean
  /** Called after each venue-day with how many have been read, and of how many. */
  readonly onRead?: ((done: number, total: number) => void) | undefined
}

/** Reads many venue-days, 16 at once. The reports are in the order of `days`. */
export async function readVenueDays(
  ledger: Ledger,
  days: readonly ReadDay[],
  { tellMissing = false, onRead }: ReadOptions = {},
): Promise<VenueDayReport[]> {
  const reports: VenueDayReport[] = new Array(days.length)
  let done = 0
  const read = async ([at, day]: [number, ReadDay]) => {
    reports[at] = await readVenueDay(ledger, day, tellMissing)
    onRead?.(++done, days.length)
  }
  for await (const _ of mapConcurrently(days.entries(), READ_AT_ONCE, read));
  return reports
}

const READ_AT_ONCE = 16

/** The files of all venue-days by converter version, in order of version, `unknown` last. */
export function sumVersions(reports: readonly VenueDayReport[]): Record<string, number> {
  // Keys that are whole numbers come first in an object, in ascending order.
  const sums: Record<string, number> = {}
  for (const { converterVersions } of reports) {
    for (const [version, files] of Object.entries(converterVersions ?? {})) sums[version] = (sums[version] ?? 0) + files
  }
  return sums
}
