import { type Delivery, type Rejected, rejected } from '../ledger/rejected.ts'
import { batchMessage, parseCopyRequest } from '../pubsub/messages.ts'
import type { Publisher } from '../pubsub/publisher.ts'
import type { Config } from '../runtime/config/config.ts'
import { createDeadline } from '../runtime/deadline.ts'
import { copyReplaced } from './copies.ts'
import type { TableServices } from './refresh-days.ts'

export type CopyOutcome = { readonly outcome: 'copied'; readonly copies: number } | Rejected

interface CopyServices extends TableServices {
  readonly config: Pick<Config, 'deadlineMs' | 'venueDaysTopic'>
  readonly publisher: Pick<Publisher, 'publish'>
}

/**
 * Makes the tables name copies of what a batch replaces, then publishes the batch's message: from then on it may replace
 * them. Safe to run at any time and any number of times. Rejects, so that the message comes again, where the bucket or the
 * topic fails or the deadline is reached: copies that are made already are not made again, unless a table has changed since.
 */
export async function handleCopyRequest(delivery: Delivery, services: CopyServices): Promise<CopyOutcome> {
  const parsed = parseCopyRequest(delivery.data)
  if (!parsed.ok) return rejected(parsed)
  const { venue, date, plan, index } = parsed.message
  const { config, clock, publisher } = services
  using deadline = createDeadline(config.deadlineMs, clock, services.signal)
  const { signal } = deadline
  const copies = await copyReplaced({ venue, date }, plan, { ...services, signal })
  await publisher.publish(config.venueDaysTopic, batchMessage({ venue, date, plan, index }, true), { signal })
  return { outcome: 'copied', copies }
}
