import { planCovers } from '../ledger/coverage.ts'
import { LedgerDocumentError } from '../ledger/document.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { fromManifestScope, hasOlderThan, type ManifestSummary } from '../ledger/manifest.ts'
import type { VenueDay } from '../market/items.ts'
import type { Scope } from '../market/scope.ts'
import type { Log } from '../runtime/log/log.ts'
import { CONVERTER_VERSION } from '../ticks/parquet/metadata.ts'

/** How a venue-day stands; `absent`: it has no manifest; `outdated`: complete, but for the upgrade that is asked for. */
export type VenueDayStatus = ManifestSummary['status'] | 'absent' | 'outdated'

/**
 * How a venue-day stands for what is asked, by its manifest's summary: complete for less is incomplete, and so is one
 * whose plan has grown since, as a forced request's does before anything is done, and one whose manifest cannot be read,
 * because it is folded anew when the venue-day is worked on. Rejects where the bucket fails. Memory: one summary.
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
