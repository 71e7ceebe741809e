import { type Delivery, rejected } from '../ledger/rejected.ts'
import { isCopyRequest, parseTablesRequest } from '../pubsub/messages.ts'
import { createDeadline } from '../runtime/deadline.ts'
import type { Services } from '../services.ts'
import { type CopyOutcome, handleCopyRequest } from './copies-handler.ts'
import { createFileCatalog } from './file-catalog.ts'
import { placeAt } from './place.ts'
import { type Refreshed, refreshTables } from './refresh.ts'

export interface TablesServices
  extends Pick<Services, 'bucket' | 'config' | 'log' | 'clock' | 'random' | 'publisher' | 'signal'> {
  /** What the tables' addresses begin with; the bucket's URL by default. */
  readonly root?: string
}

export type TablesOutcome = CopyOutcome | ({ readonly outcome: 'refreshed' | 'unfinished' } & Refreshed)

/** Smaller than by hand: a chunk that is begun must end before the function is stopped. */
const DAYS_PER_COMMIT = 100
/** A function is stopped at least 29 s after the longest DEADLINE_SECONDS. */
const CHUNK_MS = 25_000

/**
 * Brings the tables up to date, or makes them name copies. What the deadline leaves is for the next request: the first build of a large archive takes
 * several. Safe to run at any time, also beside others. Rejects, so that the message comes again, where the bucket fails.
 */
export async function handleTablesRequest(delivery: Delivery, services: TablesServices): Promise<TablesOutcome> {
  const { bucket, config, clock, random, log, root = bucket.url } = services
  const place = placeAt(root)
  const catalog = createFileCatalog(bucket, config.gcsPrefix, place)
  const newUuid = () => crypto.randomUUID()
  const tables = { bucket, prefix: config.gcsPrefix, catalog, place, clock, random, log, newUuid }
  if (isCopyRequest(delivery.data)) return handleCopyRequest(delivery, { ...services, ...tables })
  const parsed = parseTablesRequest(delivery.data)
  if (!parsed.ok) return rejected(parsed)
  const budgetMs = config.deadlineMs
  const overMs = clock.now() + budgetMs
  using deadline = createDeadline(budgetMs + CHUNK_MS, clock, services.signal)
  const done = await refreshTables(
    { ...tables, signal: deadline.signal },
    { daysPerCommit: DAYS_PER_COMMIT, isOver: () => clock.now() >= overMs },
  )
  const outcome = done.isDone ? 'refreshed' : 'unfinished'
  log.info(done.isDone ? 'tables are up to date' : 'tables are not up to date yet, the next request goes on', {
    event: 'tables',
    ...done,
  })
  return { outcome, ...done }
}
