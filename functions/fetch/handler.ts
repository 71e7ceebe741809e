import { openLedger } from '../ledger/ledger.ts'
import { type Delivery, rejected } from '../ledger/rejected.ts'
import type { VenueDay } from '../market/items.ts'
import { scopeOf } from '../market/scope.ts'
import { datasetSymbol } from '../market/symbols.ts'
import { parseVenueDay, type VenueDayMessage } from '../pubsub/messages.ts'
import { startBatchTime } from './batch-time.ts'
import { type PlanContext, type PlanReport, planVenueDay } from './plan-venue-day.ts'
import { type BatchReport, type RunBatchContext, runBatch } from './run-batch.ts'

/** All that fetch needs; see the parts. */
export interface FetchContext extends RunBatchContext, PlanContext {
  readonly bucket: RunBatchContext['bucket']
  readonly publisher: PlanContext['publisher']
  readonly vendor: RunBatchContext['vendor'] & PlanContext['vendor']
  readonly config: RunBatchContext['config'] & PlanContext['config']
}

export type FetchOutcome =
  | ({ readonly outcome: 'planned' } & PlanReport)
  | ({ readonly outcome: 'batch' } & BatchReport)
  | { readonly outcome: 'unknown-batch' }
  | { readonly outcome: 'rejected'; readonly reason: string }

/**
 * Receives a venue-day: plans it, or works on one of its batches. Resolving acknowledges the message, rejecting asks for
 * it again. Safe to run any number of times, at once and in any order.
 */
export async function handleVenueDay(delivery: Delivery, context: FetchContext): Promise<FetchOutcome> {
  const parsed = parseVenueDay(delivery.data)
  if (!parsed.ok) return rejected(parsed)
  const { venue, date, batch } = parsed.message
  const log = context.log.child({ venue, date, ...(batch && { plan: batch.plan, index: batch.index }) })
  if (batch) return fetchBatch({ venue, date }, batch, { ...context, log })
  const planned = await planVenueDay({ venue, date }, askedBy(parsed.message, delivery, context), { ...context, log })
  if (planned.kind === 'unknown-venue') {
    return { outcome: 'rejected', reason: `the vendor knows no venue ${JSON.stringify(venue)}: ${planned.detail}` }
  }
  return { outcome: 'planned', ...planned.report }
}

function askedBy({ dataTypes, symbols, force }: VenueDayMessage, { id }: Delivery, { config }: FetchContext) {
  const scope = scopeOf(dataTypes ?? config.dataTypes, symbols?.map(datasetSymbol))
  return force ? { scope, forcedBy: id } : { scope }
}

async function fetchBatch(
  day: VenueDay,
  { plan, index }: { readonly plan: string; readonly index: number },
  context: FetchContext,
): Promise<FetchOutcome> {
  using time = startBatchTime(context.config.deadlineMs, context.clock, context.signal)
  const ledger = openLedger(context.bucket, context.config.gcsPrefix)
  const stored = await ledger.readPlan(day, time.whole.signal)
  const batch = stored?.batches.find(candidate => candidate.plan === plan && candidate.index === index)
  if (!batch) {
    // A plan is written before its batches are published and loses none, so a later delivery would not find it either.
    context.log.error('message for a batch that is in no plan: nothing to do', { found: stored?.plan })
    return { outcome: 'unknown-batch' }
  }
  return { outcome: 'batch', ...(await runBatch(day, batch, context, time)) }
}
