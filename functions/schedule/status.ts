import { planCovers } from '../ledger/coverage.ts'
import { LedgerDocumentError } from '../ledger/document.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { fromManifestScope, hasOlderThan, type ManifestSummary } from '../ledger/manifest.ts'
import type { VenueDay } from '../market/items.ts'
import type { Scope } from '../market/scope.ts'
import type { Log } from '../runtime/log/log.ts'
import { CONVERTER_VERSION } from '../ticks/parquet/metadata.ts'

/** `absent`: there is no manifest. `outdated`: complete, except for the requested upgrade. */
export type VenueDayStatus = ManifestSummary['status'] | 'absent' | 'outdated'

/**
 * The status of a venue-day for a request, from its manifest's summary. `incomplete` also where the manifest covers less
 * than the request, where the plan has grown since (a forced request does that first), and where the manifest cannot be
 * read: work on the venue-day writes it anew. Rejects where the bucket fails. Memory: one summary.
 */
export async function statusOf(
  ledger: Pick<Ledger, 'readSummary' | 'readPlanId' | 'readPlan'>,
  day: VenueDay,
  { scope, upgrade }: { readonly scope: Scope; readonly upgrade?: boolean },
  { log, signal }: { readonly log: Log; readonly signal?: AbortSignal },
): Promise<VenueDayStatus> {
  try {
    const summary = await ledger.readSummary(day, signal)
    if (!summary) return 'absent'
    if (summary.status !== 'complete') return summary.status
    if (!(await planCovers(ledger, day, fromManifestScope(summary.scope), scope, signal))) return 'incomplete'
    if ((await ledger.readPlanId(day, signal)) !== summary.plan) return 'incomplete'
    return upgrade && hasOlderThan(CONVERTER_VERSION, summary) ? 'outdated' : 'complete'
  } catch (error) {
    if (!(error instanceof LedgerDocumentError)) throw error
    log.warn('manifest cannot be read, scheduling its venue-day', { ...day, error })
    return 'incomplete'
  }
}
