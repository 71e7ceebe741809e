import { LedgerDocumentError } from '../../ledger/document.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { Work } from '../../ledger/receipt.ts'
import { countDays } from '../../market/days.ts'
import type { VenueDay } from '../../market/items.ts'
import { mapConcurrently } from '../../runtime/concurrently.ts'
import type { Bucket } from '../../storage/bucket.ts'
import { receiptsPrefix } from '../../storage/names.ts'
import { knownDays } from '../report/survey.ts'
import { readWork } from '../report/work.ts'
import type { KnownSize } from './sizes.ts'

/** What is stored already, as far as estimates need it. */
export interface History {
  readonly sizes: readonly KnownSize[]
  /** Sums over the batches of the venue-days that were read: their wall time, and what they downloaded. */
  readonly seconds: number
  readonly downloadedBytes: number
}

const DAYS_OF_A_VENUE = 14
const DAYS_OF_ANOTHER_VENUE = 3
const READ_AT_ONCE = 16

/**
 * Reads the manifests and the receipts of the days that are nearest to `near`: 14 of each of the venues, 3 of each other
 * one. Memory: a record per stored file of them. A document that cannot be read is left out.
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
  let [seconds, downloadedBytes] = [0, 0]
  const read = async (day: VenueDay) => ({
    manifest: await orUndefined(ledger.readManifest(day)),
    work: await workOf(bucket, prefix, day),
  })
  for await (const { manifest, work } of mapConcurrently(days, READ_AT_ONCE, read)) {
    for (const one of work.filter(({ downloadedBytes }) => downloadedBytes > 0)) {
      seconds += one.seconds
      downloadedBytes += one.downloadedBytes
    }
    if (!manifest) continue
    for (const { dataType, symbol, bytes, rows, sourceBytes } of manifest.items) {
      if (bytes === undefined || rows === undefined || sourceBytes === undefined) continue
      sizes.push({ venue: manifest.venue, date: manifest.date, dataType, symbol, bytes, rows, sourceBytes })
    }
  }
  return { sizes, seconds, downloadedBytes }
}

function distance(a: string, b: string): number {
  return Math.abs(countDays(a, b) - 1)
}

async function workOf(bucket: Bucket, prefix: string, day: VenueDay): Promise<Work[]> {
  const found: Work[] = []
  for await (const { name } of bucket.list(receiptsPrefix(prefix, day))) {
    const work = await orUndefined(readWork(bucket, name))
    if (work) found.push(work)
  }
  return found
}

async function orUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (!(error instanceof LedgerDocumentError)) throw error
    return undefined
  }
}
