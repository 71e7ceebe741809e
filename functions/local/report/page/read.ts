import { LedgerDocumentError } from '../../../ledger/document.ts'
import type { Work } from '../../../ledger/receipt.ts'
import type { VenueDay } from '../../../market/items.ts'
import { mapConcurrently } from '../../../runtime/concurrently.ts'
import { receiptsPrefix } from '../../../storage/names.ts'
import type { DocumentSource } from '../document-cache.ts'
import type { ItemChoice } from '../item-choice.ts'
import type { Reviewer } from '../review.ts'
import { readWork } from '../work.ts'
import type { DayRead } from './collect.ts'

const READ_AT_ONCE = 16

export interface ReadFrom {
  readonly documents: DocumentSource
  readonly reviewer: Reviewer
  readonly prefix: string
  readonly choice: ItemChoice
}

export interface ChosenDay extends DayRead {
  /** True where there are items, and none of them is chosen. */
  readonly isLeftOut: boolean
}

/**
 * Reads the whole manifest of each venue-day with the items that are chosen, and the work of its receipts, 16 days at once, in no particular order.
 * A document that does not fit its schema is a fault of its day; only errors of the bucket are thrown.
 */
export async function* readDays(from: ReadFrom, days: readonly VenueDay[]): AsyncGenerator<ChosenDay> {
  yield* mapConcurrently(days, READ_AT_ONCE, day => readDay(from, day))
}

async function readDay(
  { documents, reviewer, prefix, choice }: ReadFrom,
  { venue, date }: VenueDay,
): Promise<ChosenDay> {
  const faults: string[] = []
  const manifest = await orFault(reviewer.readManifest({ venue, date }), faults)
  const found: Work[] = []
  for await (const { name } of documents.list(receiptsPrefix(prefix, { venue, date }))) {
    const receipt = await orFault(readWork(documents, name), faults)
    if (receipt) found.push(receipt)
  }
  const isWanted = await choice.on({ venue, date })
  const items = manifest?.items.filter(isWanted) ?? []
  const isLeftOut = items.length < (manifest?.items.length ?? 0) && items.length === 0
  return { venue, date, manifest: manifest && { ...manifest, items }, work: found, faults, isLeftOut }
}

async function orFault<T>(reading: Promise<T>, faults: string[]): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (!(error instanceof LedgerDocumentError)) throw error
    faults.push(error.message)
    return undefined
  }
}
