import { LedgerDocumentError } from '../../ledger/document.ts'
import type { VenueDay } from '../../ledger/fields.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { fromManifestScope, type Manifest, type ManifestSummary } from '../../ledger/manifest.ts'
import { covers, type Scope } from '../../ledger/scope.ts'
import { mapConcurrently } from '../../runtime/concurrently.ts'

/** What the manifests say of one venue-day. */
export interface VenueDayReport {
  readonly venue: string
  readonly date: string
  /** `absent`: no manifest. `unreadable`: one that does not fit its schema, see `error`. */
  readonly status: 'complete' | 'incomplete' | 'pending' | 'absent' | 'unreadable'
  readonly counts?: ManifestSummary['counts']
  readonly totals?: ManifestSummary['totals']
  /** The items that stand in the way of `complete`. */
  readonly problems: readonly Problem[]
  readonly error?: string
}

export interface Problem {
  readonly dataType: string
  readonly symbol: string
  /** `pending`: planned, and no result yet. */
  readonly status: 'forbidden' | 'failed' | 'pending'
  readonly error?: string
  readonly retryable?: boolean
}

/** True where nothing is left to do for any of them; not where there are none. */
export function allComplete(reports: readonly VenueDayReport[]): boolean {
  return reports.length > 0 && reports.every(({ status }) => status === 'complete')
}

/**
 * Reads one venue-day's manifest: its beginning only, all of it where something is wrong. With `asked`, a manifest that
 * is complete for less than that is incomplete. Only errors of the bucket are thrown. Memory: one manifest.
 */
export async function readVenueDay(ledger: Ledger, day: VenueDay, asked?: Scope): Promise<VenueDayReport> {
  const { venue, date } = day
  try {
    const summary = await ledger.readSummary(day)
    if (!summary) return { venue, date, status: 'absent', problems: [] }
    const { counts, totals } = summary
    const wide = asked === undefined || covers(fromManifestScope(summary.scope), asked)
    if (summary.status === 'complete' && wide) return { venue, date, status: 'complete', counts, totals, problems: [] }
    const problems = problemsOf((await ledger.readManifest(day))?.document)
    const narrow = wide ? {} : { error: 'the manifest does not cover all that is asked for yet' }
    const status = summary.status === 'complete' ? 'incomplete' : summary.status
    return { venue, date, status, counts, totals, problems, ...narrow }
  } catch (error) {
    if (!(error instanceof LedgerDocumentError)) throw error
    return { venue, date, status: 'unreadable', problems: [], error: error.message }
  }
}

function problemsOf(manifest: Manifest | undefined): Problem[] {
  const problems: Problem[] = []
  for (const { dataType, symbol, status, error, retryable } of manifest?.items ?? []) {
    if (status !== 'forbidden' && status !== 'failed' && status !== 'pending') continue
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
  days: readonly (VenueDay & { readonly scope?: Scope })[],
): Promise<VenueDayReport[]> {
  const reports: VenueDayReport[] = new Array(days.length)
  const read = async ([at, day]: [number, VenueDay & { readonly scope?: Scope }]) => {
    reports[at] = await readVenueDay(ledger, { venue: day.venue, date: day.date }, day.scope)
  }
  for await (const _ of mapConcurrently(days.entries(), READ_AT_ONCE, read));
  return reports
}

const READ_AT_ONCE = 16
