import { LedgerDocumentError } from '../../ledger/document.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { fromManifestScope, type Manifest, type ManifestSummary } from '../../ledger/manifest.ts'
import type { VenueDay } from '../../market/items.ts'
import { covers, type Scope } from '../../market/scope.ts'
import { mapConcurrently } from '../../runtime/concurrently.ts'

/** What the manifests say of one venue-day. */
export interface VenueDayReport extends VenueDay {
  /** `absent`: no manifest. `unreadable`: one that does not fit its schema, see `error`. */
  readonly status: 'complete' | 'incomplete' | 'pending' | 'absent' | 'unreadable'
  readonly counts?: ManifestSummary['counts']
  readonly totals?: ManifestSummary['totals']
  /** The items that stand in the way of `complete`. */
  readonly problems: readonly Problem[]
  /** Items that the vendor does not have; looked up only where it was asked for. */
  readonly missing?: readonly Problem[]
  readonly error?: string
}

export interface Problem {
  readonly dataType: string
  readonly symbol: string
  /** `pending`: planned, and no result yet. */
  readonly status: 'forbidden' | 'failed' | 'pending' | 'missing'
  readonly error?: string
  readonly retryable?: boolean
}

/** True where nothing is left to do for any of them; not where there are none. */
export function allComplete(reports: readonly VenueDayReport[]): boolean {
  return reports.length > 0 && reports.every(({ status }) => status === 'complete')
}

/** A venue-day with what is wanted of it. */
export interface ReadDay extends VenueDay {
  /** Where given, a manifest that is complete for less than this is incomplete. */
  readonly scope?: Scope
}

/**
 * Reads one venue-day's manifest: its beginning only, all of it where there is something to tell of items. Only errors of
 * the bucket are thrown. Memory: one manifest.
 */
export async function readVenueDay(ledger: Ledger, day: ReadDay, tellMissing: boolean): Promise<VenueDayReport> {
  const { venue, date, scope } = day
  try {
    const summary = await ledger.readSummary({ venue, date })
    if (!summary) return { venue, date, status: 'absent', problems: [] }
    const { counts, totals } = summary
    const wide = scope === undefined || covers(fromManifestScope(summary.scope), scope)
    const status = summary.status === 'complete' && !wide ? 'incomplete' : summary.status
    const known = { venue, date, status, counts, totals, ...(!wide && { error: NARROW }) }
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

const NARROW = 'the manifest does not cover all that is asked for yet'

function problemsOf(manifest: Manifest | undefined): Problem[] {
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

/** Reads many, a few at a time; the reports are in the order given. */
export async function readVenueDays(
  ledger: Ledger,
  days: readonly ReadDay[],
  { tellMissing = false }: { readonly tellMissing?: boolean } = {},
): Promise<VenueDayReport[]> {
  const reports: VenueDayReport[] = new Array(days.length)
  const read = async ([at, day]: [number, ReadDay]) => {
    reports[at] = await readVenueDay(ledger, day, tellMissing)
  }
  for await (const _ of mapConcurrently(days.entries(), READ_AT_ONCE, read));
  return reports
}

const READ_AT_ONCE = 16
