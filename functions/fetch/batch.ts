import type { Batch, BatchItem } from '../ledger/plan.ts'
import { type ItemResult, isSettled } from '../ledger/receipt.ts'
import { itemKey, type VenueDay } from '../market/items.ts'
import { type Deadline, DeadlineExceeded } from '../runtime/deadline.ts'
import type { Services } from '../services.ts'
import type { BatchTime } from './batch-time.ts'
import { type Again, fetchItem } from './item.ts'
import type { ItemEnd } from './item-result.ts'

/**
 * The items to work on, in order: first those that were never tried, so that every delivery gets further, then those that
 * failed or were forbidden. Settled items are left out.
 */
export function itemsToDo(batch: Batch, before: readonly ItemResult[]): BatchItem[] {
  const results = new Map(before.map(result => [itemKey(result), result]))
  const untried = batch.items.filter(item => !results.has(itemKey(item)))
  const unsettled = batch.items.filter(item => {
    const result = results.get(itemKey(item))
    return result !== undefined && !isSettled(result)
  })
  return [...untried, ...unsettled]
}

/**
 * Works on items, up to `downloadMaxWorkers` at once as memory allows, until all are done, the deadline is reached, the
 * instance is stopped or the vendor refuses everything. Returns the ends of the items that ended, in no particular order.
 * Never rejects. No work goes on after it has resolved. Memory: what one item takes, times the workers.
 */
export async function workOn(
  day: VenueDay,
  batch: Batch,
  items: readonly BatchItem[],
  services: Services,
  { takingOn, working }: Pick<BatchTime, 'takingOn' | 'working'>,
): Promise<readonly ItemEnd[]> {
  const { config, gate, guard, log } = services
  const ends: ItemEnd[] = []
  const waiting = items[Symbol.iterator]()
  const worker = async () => {
    while (!takingOn.expired && !guard.inForce()) {
      const next = waiting.next()
      if (next.done) return
      // If no memory is free until `takingOn`, the item has no result and is handed on.
      using slot = await gate.waitToStart({ signal: takingOn.signal, log }).catch(() => undefined)
      if (!slot) return
      const end = await workOnOne({ ...day, ...next.value }, batch, services, working)
      if (end) ends.push(end)
    }
  }
  await Promise.all(Array.from({ length: Math.min(config.downloadMaxWorkers, items.length) }, worker))
  return ends
}

async function workOnOne(
  name: VenueDay & BatchItem,
  batch: Batch,
  services: Services,
  working: Deadline,
): Promise<ItemEnd | undefined> {
  const { clock, config } = services
  const leftMs = working.remainingMs()
  const startedMs = clock.now()
  const end = await fetchItem(name, againOf(name, batch), services, working)
  await services.guard.spent(services, working.signal)
  if (end || !(working.signal.reason instanceof DeadlineExceeded) || leftMs < config.deadlineMs) return end
  // The item had the time of a whole delivery. Another delivery has no more time; only a setting can change that.
  const seconds = Math.round((clock.now() - startedMs) / 1000)
  const error = `not done after ${seconds} s, all the time that one delivery has; raise DEADLINE_SECONDS, or CPU and memory`
  const { dataType, symbol } = name
  return { result: { dataType, symbol, status: 'failed', error, retryable: false, seconds }, adopted: false }
}

function againOf({ replaces }: BatchItem, { force, upgrade }: Batch): Again | undefined {
  if (upgrade !== undefined) return { olderThan: upgrade }
  return force && { replaces }
}
