import type { Batch, BatchItem } from '../ledger/plan.ts'
import { type ItemResult, isSettled } from '../ledger/receipt.ts'
import { itemKey, type VenueDay } from '../market/items.ts'
import { DeadlineExceeded } from '../runtime/deadline.ts'
import type { MemoryGate } from '../runtime/memory/gate.ts'
import type { Services } from '../services.ts'
import type { BatchTime } from './batch-time.ts'
import { createFirstRequest } from './first-request.ts'
import { itemsInWork } from './held.ts'
import { type Again, fetchItem, NotBegun } from './item.ts'
import type { ItemEnd } from './item-result.ts'
import { createListing } from './listing.ts'
import { createOneByOne, type SendInTime } from './one-by-one.ts'
import type { Turns } from './transfer.ts'
import { createTurns } from './turns.ts'

const REFUSES = 'the vendor refuses everything'

/** What the items of a batch wait for. */
interface BatchTurns extends Pick<Turns, 'isAbsent'> {
  readonly gate: Pick<MemoryGate, 'waitToStart'>
  readonly send: SendInTime
}

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
 * Works on items: when the vendor has responded to the first request, small ones are requested ahead, up to
 * `downloadMaxConnections` at once, and up to `downloadMaxWorkers` are converted at once as memory allows. Where the vendor's
 * daily quota ended today or yesterday, each request waits for the response to the one before it. Ends when all are done,
 * the deadline is reached, the instance is stopped or the vendor refuses everything. Returns the ends of the items that
 * ended, in no particular order. Never rejects. No work goes on after it has resolved. Memory: what one item takes, times
 * the workers, the held responses, and the names of the items.
 */
export async function workOn(
  day: VenueDay,
  batch: Batch,
  items: readonly BatchItem[],
  services: Services,
  time: Pick<BatchTime, 'takingOn' | 'working'>,
): Promise<readonly ItemEnd[]> {
  const { config, guard } = services
  const ends: ItemEnd[] = []
  const names = items.map(item => ({ ...day, ...item }))
  const waiting = names[Symbol.iterator]()
  const isAbsent = createListing(names, services, time.working.signal)
  const gate = createTurns(config.downloadMaxWorkers, services.gate)
  const send = createSend(services, time.working.signal)
  const worker = async () => {
    while (!time.takingOn.expired && !guard.inForce()) {
      const next = waiting.next()
      if (next.done) return
      const end = await workOnOne(next.value, batch, services, { gate, send, isAbsent }, time)
      if (end) ends.push(end)
    }
  }
  await Promise.all(Array.from({ length: Math.min(itemsInWork(config), items.length) }, worker))
  return ends
}

/** How the batch sends its requests: see `workOn`. */
function createSend(services: Services, signal: AbortSignal): SendInTime {
  const { guard } = services
  const sendAfterFirst = createFirstRequest(services.clock)
  const sendOneByOne = createOneByOne()
  const unlessBlocked = async <R>(request: () => Promise<R>) => {
    if (guard.inForce()) throw new NotBegun(REFUSES)
    return await request()
  }
  return (request, until) => {
    if (!guard.isBoundByQuota()) return sendAfterFirst(() => unlessBlocked(request))
    return sendOneByOne(async () => {
      await guard.look(services, signal)
      return await unlessBlocked(request)
    }, until)
  }
}

async function workOnOne(
  name: VenueDay & BatchItem,
  batch: Batch,
  services: Services,
  { gate, send, isAbsent }: BatchTurns,
  { takingOn, working }: Pick<BatchTime, 'takingOn' | 'working'>,
): Promise<ItemEnd | undefined> {
  const { clock, config, guard, log } = services
  let leftMs = working.remainingMs()
  let startedMs = clock.now()
  let hadTurn = false
  const take: Turns['take'] = async isPaid => {
    // An item that has begun is worked on to its end. If a new one gets no turn in time, it has no result and is handed on.
    const { signal } = hadTurn || takingOn.expired ? working : takingOn
    const slot = await gate.waitToStart({ signal, log }).catch(cause => {
      throw new NotBegun('no turn before the deadline', { cause })
    })
    if (!hadTurn && !isPaid && guard.inForce()) {
      slot.finish()
      throw new NotBegun(REFUSES)
    }
    if (!hadTurn) [leftMs, startedMs, hadTurn] = [working.remainingMs(), clock.now(), true]
    return slot
  }
  const turns = {
    isAbsent,
    take,
    send: request => send(request, (hadTurn ? working : takingOn).signal),
  } satisfies Turns
  const end = await fetchItem(name, againOf(name, batch), services, working, turns)
  await guard.spent(services, working.signal)
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
