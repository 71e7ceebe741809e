import { LedgerDocumentError } from '../../ledger/document.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { compareItems, compareVenueDays, type ItemName, type VenueDay } from '../../market/items.ts'
import { mapConcurrently } from '../../runtime/concurrently.ts'
import type { Bucket } from '../../storage/bucket.ts'
import type { ItemChoice } from '../report/item-choice.ts'
import { knownDays, type SurveyRange } from '../report/survey.ts'

/** A stored Parquet object, as its manifest says. */
export interface StoredFile extends ItemName {
  readonly object: string
  readonly rows: number
  readonly bytes: number
}

export interface StoredFiles {
  /** In order of venue, day, data type and symbol. */
  readonly files: readonly StoredFile[]
  /** Venue-days of the selection that are not complete, or whose manifest cannot be read, with the reason. */
  readonly notComplete: readonly (VenueDay & { readonly reason: string })[]
}

const READ_AT_ONCE = 16

/**
 * The stored objects that are chosen. Reads the ledger only: the data is neither listed nor opened. Memory: one record per
 * file, and the manifests in reading.
 */
export async function readStoredFiles(
  bucket: Bucket,
  ledger: Ledger,
  prefix: string,
  range: SurveyRange,
  choice: ItemChoice,
): Promise<StoredFiles> {
  const days: VenueDay[] = []
  for (const [venue, dates] of await knownDays(bucket, prefix, range)) {
    for (const date of dates) days.push({ venue, date })
  }
  const files: StoredFile[] = []
  const notComplete: (VenueDay & { reason: string })[] = []
  for await (const { day, found, reason } of mapConcurrently(days, READ_AT_ONCE, day => filesOf(ledger, day, choice))) {
    files.push(...found)
    if (reason !== undefined) notComplete.push({ ...day, reason })
  }
  return {
    files: files.sort((a, b) => compareVenueDays(a, b) || compareItems(a, b)),
    notComplete: notComplete.sort(compareVenueDays),
  }
}

async function filesOf(ledger: Ledger, day: VenueDay, choice: ItemChoice) {
  try {
    const manifest = await ledger.readManifest(day)
    if (!manifest) return { day, found: [], reason: 'no manifest yet' }
    const found = manifest.items
      .filter(await choice.on(day))
      .flatMap(({ dataType, symbol, object, rows = 0, bytes = 0 }) =>
        object === undefined ? [] : [{ ...day, dataType, symbol, object, rows, bytes }],
      )
    return { day, found, reason: manifest.status === 'complete' ? undefined : manifest.status }
  } catch (error) {
    if (!(error instanceof LedgerDocumentError)) throw error
    return { day, found: [], reason: error.message }
  }
}
