import { LedgerDocumentError } from '../../ledger/document.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { countDays } from '../../market/days.ts'
import type { VenueDay } from '../../market/items.ts'
import { mapConcurrently } from '../../runtime/concurrently.ts'
import type { Bucket } from '../../storage/bucket.ts'
import { knownDays } from '../report/survey.ts'
import type { KnownSize } from './sizes.ts'

/** What is stored already, as far as estimates need it. */
export interface History {
  readonly sizes: readonly KnownSize[]
  /** Sums over the venue-days that were read: wall time of the items, one after the other, and their source bytes. */
  readonly seconds: number
  readonly sourceBytes: number
}

const DAYS_OF_A_VENUE = 14
const DAYS_OF_ANOTHER_VENUE = 3
const READ_AT_ONCE = 16

/**
 * Reads the manifests of the days that are nearest to `near`: 14 of each of the venues, 3 of each other one. Memory: a
 * record per stored file of them. A manifest that cannot be read is left out.
 */
export async function readHistory(
  bucket: Bucket,
  ledger: Ledger,
  prefix: string,
  venues: readonly string[],
  near: string,
): Promise<History> {
  const days: VenueDay[] = []
  for (const [venue, dates] of await knownDays(bucket, prefix, {})) {
    const most = venues.includes(venue) ? DAYS_OF_A_VENUE : DAYS_OF_ANOTHER_VENUE
    const nearest = [...dates].sort((a, b) => distance(a, near) - distance(b, near))
    for (const date of nearest.slice(0, most)) days.push({ venue, date })
  }
  const sizes: KnownSize[] = []
  let [seconds, sourceBytes] = [0, 0]
  for await (const manifest of mapConcurrently(days, READ_AT_ONCE, day => readManifest(ledger, day))) {
    if (!manifest) continue
    seconds += manifest.totals.seconds
    sourceBytes += manifest.totals.sourceBytes
    for (const { dataType, symbol, bytes, rows, sourceBytes } of manifest.items) {
      if (bytes === undefined || rows === undefined || sourceBytes === undefined) continue
      sizes.push({ venue: manifest.venue, date: manifest.date, dataType, symbol, bytes, rows, sourceBytes })
    }
  }
  return { sizes, seconds, sourceBytes }
}

function distance(a: string, b: string): number {
  return Math.abs(countDays(a, b) - 1)
}

async function readManifest(ledger: Ledger, day: VenueDay) {
  try {
    return await ledger.readManifest(day)
  } catch (error) {
    if (!(error instanceof LedgerDocumentError)) throw error
    return undefined
  }
}
