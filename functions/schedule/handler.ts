import { LedgerDocumentError } from '../ledger/document.ts'
import type { VenueDay } from '../ledger/fields.ts'
import { type Ledger, openLedger } from '../ledger/ledger.ts'
import { fromManifestScope } from '../ledger/manifest.ts'
import { type Delivery, keepRejected } from '../ledger/rejected.ts'
import { covers } from '../ledger/scope.ts'
import { parseScheduleRequest, type VenueDay as VenueDayMessage } from '../pubsub/messages.ts'
import type { Publisher } from '../pubsub/publisher.ts'
import { mapConcurrently } from '../runtime/concurrently.ts'
import type { Config } from '../runtime/config.ts'
import type { Clock } from '../runtime/deadline.ts'
import type { Observer } from '../runtime/events.ts'
import type { Log } from '../runtime/log.ts'
import type { Bucket } from '../storage/bucket.ts'
import { countVenueDays, resolveRequest, venueDays, type Wanted } from './venue-days.ts'

export interface ScheduleContext {
  readonly bucket: Bucket
  readonly publisher: Publisher
  readonly config: Pick<Config, 'venues' | 'dataTypes' | 'lookbackDays' | 'gcsPrefix' | 'venueDaysTopic'>
  readonly log: Log
  readonly clock: Pick<Clock, 'now'>
  readonly observe?: Observer
  /** The instance is being stopped. */
  readonly signal?: AbortSignal
}

export type ScheduleOutcome =
  | {
      readonly outcome: 'scheduled'
      readonly venueDays: number
      readonly published: number
      readonly alreadyComplete: number
      readonly startDate: string
      readonly endDate: string
    }
  | { readonly outcome: 'rejected'; readonly reason: string }

/** Waiting for the bucket is nearly all there is to do: two small requests for each venue-day. */
const SUMMARIES_AT_ONCE = 32

/**
 * Turns a request into one message per venue-day that is not complete for what is asked. Safe to run twice: it reads,
 * and publishes what is safe to deliver twice. Memory: 32 summaries, and what the publisher's flow control lets wait.
 * Rejects where the bucket or the topic fails: the request comes again and is worked on from the start.
 */
export async function handleSchedule(delivery: Delivery, context: ScheduleContext): Promise<ScheduleOutcome> {
  const parsed = parseScheduleRequest(delivery.data)
  if (!parsed.ok) return reject(delivery, parsed.reason, context)
  const today = new Date(context.clock.now()).toISOString().slice(0, 10)
  const resolved = resolveRequest(parsed.message, today, context.config)
  if (!resolved.ok) return reject(delivery, resolved.reason, context)
  return schedule(resolved.wanted, parsed.message.symbols, context)
}

async function schedule(
  wanted: Wanted,
  symbols: readonly string[] | undefined,
  context: ScheduleContext,
): Promise<ScheduleOutcome> {
  const { publisher, config, signal } = context
  let alreadyComplete = 0
  const messages = unfinished(wanted, symbols, context, () => {
    alreadyComplete += 1
  })
  // Commit point of each venue-day: its message is taken. What follows only tells of it.
  const published = await publisher.publishMany(config.venueDaysTopic, messages, signal ? { signal } : {})
  const { startDate, endDate } = wanted
  const summary = { venueDays: countVenueDays(wanted), published, alreadyComplete, startDate, endDate }
  const fields = { ...summary, venues: wanted.venues.length, scope: wanted.scope, force: wanted.force }
  if (summary.venueDays === 0) context.log.warn('nothing scheduled: no day of the request has begun', fields)
  else context.log.info('scheduled', fields)
  context.observe?.({ kind: 'scheduled', venueDays: summary.venueDays, alreadyComplete })
  return { outcome: 'scheduled', ...summary }
}

/** The messages to publish, made only as fast as they are taken. They say what was asked for, defaults and all. */
async function* unfinished(
  wanted: Wanted,
  symbols: readonly string[] | undefined,
  context: ScheduleContext,
  onComplete: (day: VenueDay) => void,
): AsyncGenerator<VenueDayMessage> {
  const ledger = openLedger(context.bucket, context.config.gcsPrefix)
  const asked = {
    dataTypes: Object.keys(wanted.scope),
    ...(symbols && { symbols: [...symbols] }),
    ...(wanted.force && { force: true }),
  }
  const look = async (day: VenueDay) => ({
    day,
    complete: !wanted.force && (await isComplete(ledger, day, wanted, context)),
  })
  for await (const { day, complete } of mapConcurrently(venueDays(wanted), SUMMARIES_AT_ONCE, look)) {
    if (complete) onComplete(day)
    else yield { ...day, ...asked }
  }
}

async function isComplete(
  ledger: Ledger,
  day: VenueDay,
  { scope }: Wanted,
  { log, signal }: ScheduleContext,
): Promise<boolean> {
  try {
    const summary = await ledger.readSummary(day, signal)
    return summary?.status === 'complete' && covers(fromManifestScope(summary.scope), scope)
  } catch (error) {
    if (!(error instanceof LedgerDocumentError)) throw error
    // The manifest is folded anew when the venue-day is worked on, so this heals by scheduling it.
    log.warn('manifest cannot be read, scheduling its venue-day', { ...day, error })
    return false
  }
}

async function reject(delivery: Delivery, reason: string, context: ScheduleContext): Promise<ScheduleOutcome> {
  const object = await keepRejected(context.bucket, context.config.gcsPrefix, 'schedule', delivery, reason)
  context.log.error('message not understood', { messageId: delivery.id, reason, object })
  return { outcome: 'rejected', reason }
}
