import type { Ledger } from '../../../ledger/ledger.ts'
import type { ManifestItem } from '../../../ledger/manifest.ts'
import { venueDayKey } from '../../../market/items.ts'
import type { DeadLetter } from '../../pipeline/bus.ts'
import { about } from '../../pipeline/pipeline.ts'
import type { FailedVenue } from '../../report/json.ts'
import type { VenueDayReport } from '../../report/venue-days.ts'

/** The stored item with rows of the type that is queried most, from the first venue-day that has any. */
export async function sampleOf(ledger: Ledger, reports: readonly VenueDayReport[]): Promise<ManifestItem | undefined> {
  for (const report of reports) {
    if (!report.totals?.rows) continue
    const items = (await ledger.readManifest(report))?.items ?? []
    const stored = items.filter(item => item.status === 'stored' && item.rows)
    const best = stored.find(({ dataType }) => dataType === 'trades') ?? stored[0]
    if (best) return best
  }
  return undefined
}

/** Adds the reasons that a manifest cannot have: the error of a message that was given up, or of the venue. */
export function withErrors(
  reports: readonly VenueDayReport[],
  failedVenues: readonly FailedVenue[],
  letters: readonly DeadLetter[],
): VenueDayReport[] {
  const venues = new Map(failedVenues.map(({ venue, error }) => [venue, error]))
  const errors = new Map(
    letters.flatMap(letter => {
      const { venue, date } = about({ ...letter, attempt: letter.attempts })
      if (venue === undefined || date === undefined) return []
      return [
        [venueDayKey({ venue, date }), letter.error instanceof Error ? letter.error.message : String(letter.error)],
      ]
    }),
  )
  return reports.map(report => {
    const error =
      report.status === 'complete' ? undefined : (errors.get(venueDayKey(report)) ?? venues.get(report.venue))
    return error === undefined || report.problems.length > 0 ? report : { ...report, error: report.error ?? error }
  })
}
