import type { ManifestItem } from '../../ledger/manifest.ts'
import type { VendorBlock } from '../../ledger/vendor-block.ts'
import type { DiskFullError } from '../../storage/folder/disk-full-error.ts'
import type { ProgressView } from '../progress/progress.ts'
import { degradedOf } from './degraded.ts'
import type { PartKind } from './parts.ts'
import { manifestsQuery, rowsQuery } from './queries.ts'
import type { UnderWay } from './requests-text.ts'
import { allComplete, hasNoData, isDone, sumVersions, type VenueDayReport } from './venue-days.ts'

export interface Where {
  /** The folder, or `gs://NAME`. */
  readonly shown: string
  readonly prefix: string
}

/** A requested venue of which nothing could be downloaded in this run, with the reason. */
export interface FailedVenue {
  readonly venue: string
  readonly error: string
}

/** How a run of the pipeline ended. */
export interface DownloadEnd {
  /** Every requested venue-day, as its manifest says now; by venue and day. */
  readonly reports: readonly VenueDayReport[]
  readonly progress: ProgressView
  /** The messages that were given up. */
  readonly deadLetters: readonly unknown[]
  /** The exit code of the signal that ended the run before it was done. */
  readonly interruptedBy: number | undefined
  /** Set where the disk was full, so that the run ended early. */
  readonly diskFull?: DiskFullError | undefined
  /** A stored item with rows, to show queries on; undefined where nothing has any. */
  readonly sample: ManifestItem | undefined
  readonly failedVenues: readonly FailedVenue[]
  /** Requested symbols that none of the venues has, with the nearest names. */
  readonly unknownSymbols: readonly { readonly symbol: string; readonly nearest: readonly string[] }[]
  /** Set where Tardis refused everything, so that the run ended early. */
  readonly block?: VendorBlock | undefined
  /** Remarks on the request, one line each: data types that a venue does not have, skipped metadata. */
  readonly notes: readonly string[]
}

/** What `status --json` prints: every venue-day, whether all is complete, whether the bucket was compared, what is under way. */
export function statusDocument(
  where: Where,
  range: object,
  reports: readonly VenueDayReport[],
  isChecked: boolean,
  { block, requests }: UnderWay,
  by?: PartKind,
): object {
  const openRequests = requests.filter(({ state }) => state === 'open').map(({ id }) => id)
  const underWay = { ...(block && { vendorBlock: block }), ...(openRequests.length > 0 && { openRequests }) }
  return { ...stateOf(where, reports), checked: isChecked, range, ...(by && { by }), ...underWay, venueDays: reports }
}

/** True where everything requested is there: what exit code 0 of a download stands for. */
export function isDownloadDone({ reports, failedVenues, unknownSymbols }: DownloadEnd): boolean {
  return isDone(reports) && failedVenues.length === 0 && unknownSymbols.length === 0
}

/** What `download --json` prints: the same, and what the run did. */
export function downloadDocument(where: Where, { reports, progress, deadLetters, ...end }: DownloadEnd): object {
  const { sourceBytes, textBytes, rows, elapsedMs, byStatus, adopted, stored } = progress
  const seconds = Math.round(elapsedMs) / 1000
  const dataType = end.sample?.dataType
  const { failedVenues, unknownSymbols } = end
  const state = stateOf(where, reports)
  const degraded = degradedOf(reports, where)
  return {
    ...state,
    complete: state.complete && failedVenues.length === 0 && unknownSymbols.length === 0,
    failedVenues,
    unknownSymbols,
    ...(degraded && { degraded }),
    interrupted: end.interruptedBy !== undefined,
    ...(end.diskFull && { diskFull: diskFullOf(end.diskFull) }),
    ...(end.block && { vendorBlock: end.block }),
    run: { seconds, downloadedBytes: sourceBytes, textBytes, rows, itemsByStatus: byStatus, adopted, stored },
    notes: end.notes,
    deadLetters: deadLetters.length,
    queries: { ...(dataType && { rows: rowsQuery(where, dataType) }), manifests: manifestsQuery(where) },
    venueDays: reports,
  }
}

function diskFullOf({ path, freeBytes, neededBytes }: DiskFullError): object {
  return { path, ...(freeBytes !== undefined && { freeBytes }), neededBytes }
}

function stateOf({ shown, prefix }: Where, reports: readonly VenueDayReport[]) {
  return {
    where: shown,
    prefix,
    complete: allComplete(reports),
    statuses: byStatus(reports),
    withoutData: reports.filter(hasNoData).length,
    converterVersions: sumVersions(reports),
  }
}

function byStatus(reports: readonly VenueDayReport[]): Record<VenueDayReport['status'], number> {
  const counts = { complete: 0, incomplete: 0, pending: 0, absent: 0, unreadable: 0 }
  for (const { status } of reports) counts[status] += 1
  return counts
}
