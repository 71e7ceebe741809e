import { type Ledger, openLedger } from '../ledger/ledger.ts'
import type { Batch, Plan } from '../ledger/plan.ts'
import { isSettled, type Receipt } from '../ledger/receipt.ts'
import { type Item, type ItemName, itemKey, type VenueDay } from '../market/items.ts'
import { countNamedItems, MAX_NAMED_ITEMS, type Scope, uniteScopes } from '../market/scope.ts'
import { mapConcurrently } from '../runtime/concurrently.ts'
import { createDeadline } from '../runtime/deadline.ts'
import type { Log } from '../runtime/log/log.ts'
import type { Services } from '../services.ts'
import type { Bucket, Generation } from '../storage/bucket.ts'
import { dataObjectName } from '../storage/names.ts'
import type { ExchangeDetails } from '../tardis/exchange.ts'
import { datasetsOn, groupedInstead } from '../tardis/items.ts'
import { CONVERTER_VERSION } from '../ticks/convert.ts'
import { type Asked, forcedItems, growPlan } from './plan.ts'
import { receiptsOf } from './receipts.ts'
import { hasTooManySelectors } from './selectors.ts'
import { addUpgrade, outdatedItems } from './upgrade.ts'

export interface PlanReport {
  readonly status: Plan['status']
  readonly items: number
  readonly settled: number
  /** Batches with unsettled items, each published. */
  readonly batches: number
}

export type Planned =
  | { readonly kind: 'planned'; readonly report: PlanReport }
  | { readonly kind: 'unknown-venue'; readonly detail: string }
  /** The plan has too many items by name or selectors, or would have. It is left as it is. */
  | { readonly kind: 'too-many-items' }

const OBJECTS_AT_ONCE = 16

/**
 * Plans a venue-day: reads what the vendor has, commits the grown plan, and publishes every batch with unsettled items, and
 * one completion, so that the manifest exists from the beginning. Safe to run twice and concurrently: the same request
 * gives the same plan. Rejects where the vendor, the bucket or a topic fails.
 */
export async function planVenueDay(day: VenueDay, asked: Asked, services: Services): Promise<Planned> {
  using deadline = createDeadline(services.config.deadlineMs, services.clock, services.signal)
  const outcome = await services.vendor.exchange(day.venue, { deadline })
  if (outcome.kind === 'unknown') return { kind: 'unknown-venue', detail: outcome.detail }
  const ledger = openLedger(services.bucket, services.config.gcsPrefix)
  logGroups(outcome.details, day, asked, services.log)
  const plan = await commitPlan(ledger, day, asked, outcome.details, services, deadline.signal)
  if (plan === undefined) return { kind: 'too-many-items' }
  const { unsettled, ...counts } = await progressOf(ledger, plan, deadline.signal)
  const messages = unsettled.map(batch => ({ ...day, batch: { plan: batch.plan, index: batch.index } }))
  const { signal } = deadline
  const batches = await services.publisher.publishMany(services.config.venueDaysTopic, messages, { signal })
  await services.publisher.publish(services.config.completionsTopic, { ...day, plan: plan.plan, index: 0 }, { signal })
  const report = { status: plan.status, ...counts, batches }
  services.log.info(plan.status === 'pending' ? 'Tardis has not exported the day yet' : 'venue-day planned', report)
  services.observe?.({ kind: 'planned', ...day, items: counts.items, settled: counts.settled, status: plan.status })
  return { kind: 'planned', report }
}

const MAX_LOGGED_SYMBOLS = 10

/** A person who looks for the file of an instrument finds here why it is in a grouped file. */
function logGroups(details: ExchangeDetails, { date }: VenueDay, { scope }: Asked, log: Log): void {
  const whole = Object.keys(scope).filter(dataType => scope[dataType] === 'all')
  for (const { dataType, group, withoutFile } of groupedInstead(details, date, whole)) {
    const symbols = withoutFile.slice(0, MAX_LOGGED_SYMBOLS)
    const message = `${dataType} come as one file ${group}, because not all of its instruments have a file of their own`
    log.info(message, { dataType, group, withoutFile: withoutFile.length, symbols })
  }
}

async function commitPlan(
  ledger: Ledger,
  day: VenueDay,
  asked: Asked,
  details: ExchangeDetails,
  { bucket, config, clock, random, log }: Services,
  signal: AbortSignal,
): Promise<Plan | undefined> {
  const grow = async (current: Plan | undefined) => {
    const scope = uniteScopes((current?.scope ?? {}) as Scope, asked.scope)
    if (countNamedItems(scope) > MAX_NAMED_ITEMS) return undefined
    const again = forcedItems(current, day, asked, datasetsOn(details, day.date))
    const present = await generationsOf(again, day, bucket, config.gcsPrefix, signal)
    const plan = growPlan(current, day, { ...asked, present }, details, config)
    if (hasTooManySelectors(plan)) return undefined
    if (asked.upgradedBy === undefined) return plan
    const outdated = await outdatedItems(ledger, plan, asked.scope, CONVERTER_VERSION, signal)
    return addUpgrade(plan, outdated, CONVERTER_VERSION, asked.upgradedBy, config)
  }
  // Commit point of the plan: its batches exist from here on, and a message that dies now finds them when it comes again.
  const updated = await ledger.update('plan', day, grow, { clock, random, log, signal })
  return updated?.document
}

/** The generations of the items' objects, of those that are there. */
async function generationsOf(
  items: readonly Item[],
  day: VenueDay,
  bucket: Pick<Bucket, 'stat'>,
  prefix: string,
  signal: AbortSignal,
): Promise<Map<string, Generation>> {
  const generations = new Map<string, Generation>()
  const look = async (item: Item) => ({ item, object: await statData(prefix, { ...day, ...item }, bucket, signal) })
  for await (const { item, object } of mapConcurrently(items, OBJECTS_AT_ONCE, look)) {
    if (object) generations.set(itemKey(item), object.generation)
  }
  return generations
}

async function statData(prefix: string, name: ItemName, bucket: Pick<Bucket, 'stat'>, signal: AbortSignal) {
  let object: string
  try {
    object = dataObjectName(prefix, name)
  } catch {
    // A symbol that cannot be a name has no object; the item's own error says why.
    return undefined
  }
  return bucket.stat(object, signal)
}

interface Progress {
  readonly items: number
  readonly settled: number
  readonly unsettled: readonly Batch[]
}

/** Which batches have something left to do, in the plan's order. Memory: a few receipts at once. */
async function progressOf(ledger: Ledger, plan: Plan, signal: AbortSignal): Promise<Progress> {
  const open = new Set<Batch>()
  let items = 0
  let settled = 0
  for await (const { batch, receipt } of receiptsOf(ledger, plan, signal)) {
    const settledItems = countSettled(batch, receipt)
    items += batch.items.length
    settled += settledItems
    if (settledItems < batch.items.length) open.add(batch)
  }
  return { items, settled, unsettled: plan.batches.filter(batch => open.has(batch)) }
}

function countSettled(batch: Batch, receipt: Receipt | undefined): number {
  const settled = new Set(receipt?.results.filter(isSettled).map(itemKey))
  return batch.items.filter(item => settled.has(itemKey(item))).length
}
