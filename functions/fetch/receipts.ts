import type { Ledger } from '../ledger/ledger.ts'
import type { Batch, Plan } from '../ledger/plan.ts'
import type { Receipt } from '../ledger/receipt.ts'
import { mapConcurrently } from '../runtime/concurrently.ts'

const RECEIPTS_AT_ONCE = 8

/** The batches of a plan that have items, each with its receipt, in no particular order. Memory: 8 receipts. */
export function receiptsOf(
  ledger: Pick<Ledger, 'readReceipt'>,
  { venue, date, batches }: Plan,
  signal: AbortSignal,
): AsyncIterable<{ readonly batch: Batch; readonly receipt: Receipt | undefined }> {
  const read = async (batch: Batch) => ({
    batch,
    receipt: await ledger.readReceipt({ venue, date, plan: batch.plan, index: batch.index }, signal),
  })
  return mapConcurrently(
    batches.filter(batch => batch.items.length > 0),
    RECEIPTS_AT_ONCE,
    read,
  )
}
