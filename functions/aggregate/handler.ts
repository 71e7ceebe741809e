import { type Ledger, openLedger } from '../ledger/ledger.ts'
import type { Manifest } from '../ledger/manifest.ts'
import type { Batch } from '../ledger/plan.ts'
import type { Receipt } from '../ledger/receipt.ts'
import { type Delivery, rejected } from '../ledger/rejected.ts'
import { queueDay } from '../ledger/table-queue.ts'
import type { Updated } from '../ledger/update.ts'
import type { VenueDay } from '../market/items.ts'
import { parseCompletion } from '../pubsub/messages.ts'
import { mapConcurrently } from '../runtime/concurrently.ts'
import { createDeadline } from '../runtime/deadline.ts'
import type { Services } from '../services.ts'
import { foldManifest } from './manifest.ts'
import type { ManifestPace } from './pace.ts'

export interface AggregateServices
  extends Pick<Services, 'bucket' | 'config' | 'log' | 'clock' | 'random' | 'observe' | 'signal'> {
  /** One per process: it runs the process's folds of a manifest one at a time. */
  readonly pace: ManifestPace
  /** How long one delivery may take; a later delivery tries again. 60 s by default. */
  readonly deadlineMs?: number
}

export type AggregateOutcome =
  | { readonly outcome: 'written' | 'unchanged'; readonly status: Manifest['status'] }
  | { readonly outcome: 'no-plan' }
  | { readonly outcome: 'rejected'; readonly reason: string }

const DEADLINE_MS = 60_000
const RECEIPTS_AT_ONCE = 8
/** A writer that met a conflict waits for one to two of these: a bucket takes about one write per second and object. */
const CONFLICT_BACKOFF_MS = 1_000

/**
 * Brings the manifest of a completion's venue-day up to date. Safe to run at any time, any number of times and in any
 * order: it writes only what the ledger says now, and only over the manifest that it read before. Rejects, so that the
 * message comes again, where the bucket fails, a document does not fit, or other writers are first until the deadline.
 */
export async function handleCompletion(delivery: Delivery, services: AggregateServices): Promise<AggregateOutcome> {
  const parsed = parseCompletion(delivery.data)
  if (!parsed.ok) return rejected(parsed)
  const { venue, date, plan, index } = parsed.message
  const log = services.log.child({ venue, date, plan, index })
  return services.pace.share({ venue, date }, () => aggregate({ venue, date }, { ...services, log }))
}

async function aggregate(day: VenueDay, services: AggregateServices): Promise<AggregateOutcome> {
  const { clock, pace, random, log } = services
  const ledger = openLedger(services.bucket, services.config.gcsPrefix)
  using deadline = createDeadline(services.deadlineMs ?? DEADLINE_MS, clock, services.signal)
  const { signal } = deadline
  let folded: Manifest | undefined
  const queueIfComplete = async (manifest: Manifest | undefined) => {
    if (manifest?.status === 'complete') await queueDay(services.bucket, services.config.gcsPrefix, day, signal)
  }
  const change = async () => {
    folded = await fold(ledger, day, signal)
    return folded
  }
  const updated = await ledger.update('manifest', day, change, {
    clock,
    random,
    log,
    signal,
    maxAttempts: Number.POSITIVE_INFINITY,
    backoffMs: (_attempt, jitter) => CONFLICT_BACKOFF_MS * (1 + jitter),
    beforeRead: () => pace.turn(day, signal),
    async beforeWrite() {
      // A laptop has no message that comes again: what is killed after the manifest has queued the venue-day before it.
      await queueIfComplete(folded)
      pace.wrote(day)
    },
  })
  if (updated) {
    // After the manifest too, also where an earlier delivery wrote it and died: a refresh that read the manifest before it was
    // complete may have taken the venue-day off.
    await queueIfComplete(updated.document)
    return report(day, updated, services)
  }
  // The plan is written before any completion is published, so a later delivery would not find one either.
  log.warn('completion for a venue-day without a plan: nothing to fold')
  return { outcome: 'no-plan' }
}

/**
 * The manifest of the current plan and receipts; undefined without a plan. They are read after the stored manifest. If
 * one of them changes meanwhile, the fold of that change either reads our manifest or makes our write a conflict.
 */
async function fold(ledger: Ledger, day: VenueDay, signal: AbortSignal): Promise<Manifest | undefined> {
  const plan = await ledger.readPlan(day, signal)
  return plan && foldManifest(plan, await readReceipts(ledger, day, plan.batches, signal))
}

async function readReceipts(
  ledger: Ledger,
  day: VenueDay,
  batches: readonly Batch[],
  signal: AbortSignal,
): Promise<Receipt[]> {
  const receipts: Receipt[] = []
  const wanted = batches.filter(batch => batch.items.length > 0)
  const read = ({ plan, index }: Batch) => ledger.readReceipt({ ...day, plan, index }, signal)
  for await (const receipt of mapConcurrently(wanted, RECEIPTS_AT_ONCE, read)) {
    if (receipt) receipts.push(receipt)
  }
  return receipts
}

function report(
  day: VenueDay,
  { document: manifest, written }: Updated<Manifest>,
  services: AggregateServices,
): AggregateOutcome {
  const { status, counts, totals, condition, reasons } = manifest
  const judged = { ...(condition && { condition }), ...(reasons && { reasons }) }
  const fields = { event: 'manifest', status, written, ...counts, ...totals, ...judged }
  services.log.info(written ? 'manifest written' : 'manifest is up to date', fields)
  services.observe?.({ kind: 'manifest', ...day, status, written })
  return { outcome: written ? 'written' : 'unchanged', status }
}
