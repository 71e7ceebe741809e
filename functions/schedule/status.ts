import { planCovers } from '../ledger/coverage.ts'
import { LedgerDocumentError } from '../ledger/document.ts'
import { isForcedBy } from '../ledger/forced.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { fromManifestScope, hasOlderThan, type ManifestSummary } from '../ledger/manifest.ts'
import type { VenueDay } from '../market/items.ts'
import type { Scope } from '../market/scope.ts'
import type { Log } from '../runtime/log/log.ts'
import { CONVERTER_VERSION } from '../ticks/parquet/metadata.ts'

/** Venue-days that are looked up at once: each takes two to four small requests to the bucket. */
export const MAX_SUMMARIES_AT_ONCE = 32

/** `absent`: there is no manifest. `outdated`: complete, except for the requested upgrade. */
export type VenueDayStatus = ManifestSummary['status'] | 'absent' | 'outdated'

/**
 * The status of a venue-day for a request, from its manifest's summary. `incomplete` also where the manifest covers less
 * than the request, where the plan has grown since (a forced request does that first), where the plan does not have the
 * batches of `forcedBy` yet, and where the manifest cannot be read: work on the venue-day writes it anew. Rejects where the
 * bucket fails. Memory: one summary; with `forcedBy` one plan.
 */
export async function statusOf(
  ledger: Pick<Ledger, 'readSummary' | 'readPlanId' | 'readPlan'>,
  day: VenueDay,
  { scope, upgrade, forcedBy }: { readonly scope: Scope; readonly upgrade?: boolean; readonly forcedBy?: string },
  { log, signal }: { readonly log: Log; readonly signal?: AbortSignal },
): Promise<VenueDayStatus> {
  try {
    const summary = await ledger.readSummary(day, signal)
    if (!summary) return 'absent'
    if (summary.status !== 'complete') return summary.status
    if (!(await planCovers(ledger, day, fromManifestScope(summary.scope), scope, signal))) return 'incomplete'
    if ((await ledger.readPlanId(day, signal)) !== summary.plan) return 'incomplete'
    if (forcedBy !== undefined && !(await isForced(ledger, day, forcedBy, scope, signal))) return 'incomplete'
    return upgrade && hasOlderThan(CONVERTER_VERSION, summary) ? 'outdated' : 'complete'
  } catch (error) {
    if (!(error instanceof LedgerDocumentError)) throw error
    log.warn('manifest cannot be read, scheduling its venue-day', { ...day, error })
    return 'incomplete'
  }
}

async function isForced(
  ledger: Pick<Ledger, 'readPlan'>,
  day: VenueDay,
  forcedBy: string,
  scope: Scope,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const plan = await ledger.readPlan(day, signal)
  return plan !== undefined && isForcedBy(plan, day, forcedBy, scope)
}
