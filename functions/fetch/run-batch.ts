import { SCHEMA_VERSION } from '../ledger/fields.ts'
import { type BatchName, type Ledger, openLedger } from '../ledger/ledger.ts'
import type { Batch } from '../ledger/plan.ts'
import { mergeReceipts, type Receipt, wholeMs } from '../ledger/receipt.ts'
import { compareItems, itemKey, type VenueDay } from '../market/items.ts'
import { batchMessage } from '../pubsub/messages.ts'
import type { Services } from '../services.ts'
import { itemsToDo, workOn } from './batch.ts'
import type { BatchTime } from './batch-time.ts'
import { waitsForCopies } from './copies.ts'
import type { ItemEnd } from './item-result.ts'
import { throwIfDown } from './vendor-down.ts'

export interface BatchReport {
  /** The items that ended in this delivery, by status. */
  readonly counts: Readonly<Record<string, number>>
  readonly adopted: number
  /** Items without a result, for which a further message was published. */
  readonly handedOn: number
  /** True where the vendor refuses everything: schedule brings back what is left. */
  readonly blocked?: true
  /** True where nothing was done, because the tables must name copies of the objects first. */
  readonly waits?: true
}

/**
 * Does one delivery of a batch: works on the items that its receipt has not settled, commits the receipt, publishes the
 * completion, and hands on the items that it had no time for. While the vendor refuses everything it begins no item and
 * hands nothing on: schedule brings the venue-day back when the block is over, and no delivery is used up. Safe to run
 * twice and concurrently, because it adopts what is stored. Rejects, so that the message comes again, where the bucket or a
 * topic fails, where the vendor has not responded for a short time, and where a retry of failed items can succeed.
 * @param isCopied true where the tables name copies of what the batch replaces
 */
export async function runBatch(
  day: VenueDay,
  batch: Batch,
  services: Services,
  time: BatchTime,
  isCopied = false,
): Promise<BatchReport> {
  const { signal } = time.whole
  const ledger = openLedger(services.bucket, services.config.gcsPrefix)
  const name: BatchName = { ...day, plan: batch.plan, index: batch.index }
  const startedMs = services.clock.now()
  const before = await ledger.readReceipt(name, signal)
  throwIfDown(await services.guard.look(services, signal))
  const items = itemsToDo(batch, before?.results ?? [])
  if (!isCopied && (await waitsForCopies(name, batch, items, services, signal))) {
    return { counts: {}, adopted: 0, handedOn: 0, waits: true }
  }
  const ends = await workOn(day, batch, items, services, time)
  const block = services.guard.inForce()
  const blocked = block !== undefined
  const left = (receipt: Receipt) => ({ ...receipt, handedOn: blocked ? 0 : countUntried(batch, receipt) })
  const mine = receiptOf(name, ends, services, startedMs)
  const merged = left(before ? mergeReceipts(before, mine) : mine)
  const receipt = ends.length > 0 ? await commitReceipt(ledger, mine, left, services, signal) : merged
  logBatch(mine, ends, receipt, services)
  // What the receipt records must reach the manifest even if a delivery before this one died here.
  if (!blocked || receipt.results.length > 0) {
    await services.publisher.publish(services.config.completionsTopic, name, { signal })
  }
  if (receipt.handedOn > 0) await handOn(name, isCopied, services, signal)
  await services.guard.recorded(services, signal)
  const report = {
    counts: countByStatus(ends),
    adopted: ends.filter(end => end.adopted).length,
    handedOn: receipt.handedOn,
    ...(blocked && { blocked }),
  }
  services.observe?.({ kind: 'batch-finished', ...day, index: batch.index, handedOn: receipt.handedOn })
  throwIfDown(block)
  if (!blocked && receipt.handedOn === 0) rejectIfRetryable(batch, receipt)
  return report
}

function receiptOf(
  name: BatchName,
  ends: readonly ItemEnd[],
  { clock, watch, log }: Services,
  startedMs: number,
): Receipt {
  const seconds = wholeMs((clock.now() - startedMs) / 1000)
  const done = { downloadedBytes: 0, textBytes: 0, rows: 0 }
  for (const { result, adopted } of ends) {
    if (adopted || !('object' in result)) continue
    done.downloadedBytes += result.sourceBytes
    done.textBytes += result.textBytes
    done.rows += result.rows
  }
  const { downloadedBytes: sourceBytes, ...moved } = done
  const figures = watch.batchFinished({ ...moved, sourceBytes, seconds }, log)
  return {
    schemaVersion: SCHEMA_VERSION,
    ...name,
    handedOn: 0,
    results: ends.map(end => end.result).sort(compareItems),
    work: { deliveries: 1, seconds, ...done, figures },
  }
}

/** Adds this delivery's results to the receipt, also beside other writers. Returns the receipt as it is stored now. */
async function commitReceipt(
  ledger: Ledger,
  mine: Receipt,
  left: (receipt: Receipt) => Receipt,
  { clock, random, log }: Services,
  signal: AbortSignal,
): Promise<Receipt> {
  // Commit point of the batch: the data that the receipt records is there. A delivery that dies after it finds it again.
  const updated = await ledger.update('receipt', mine, stored => left(stored ? mergeReceipts(stored, mine) : mine), {
    clock,
    random,
    log,
    signal,
  })
  return updated.document
}

function countUntried(batch: Batch, receipt: Receipt): number {
  const tried = new Set(receipt.results.map(itemKey))
  return batch.items.filter(item => !tried.has(itemKey(item))).length
}

/** Publishes the same message again. Its receiver continues where the receipt ends. */
async function handOn(name: BatchName, isCopied: boolean, { publisher, config, log }: Services, signal: AbortSignal) {
  await publisher.publish(config.venueDaysTopic, batchMessage(name, isCopied), { signal })
  log.info('batch handed on', { plan: name.plan, index: name.index })
}

/**
 * Throws if a retry of failed items can succeed, also of items that failed in an earlier delivery and had no time in this
 * one. Not called where items were handed on, because that delivery retries the failed ones too.
 */
function rejectIfRetryable(batch: Batch, { results }: Receipt): void {
  const mine = new Set(batch.items.map(itemKey))
  const failed = results.flatMap(result =>
    result.status === 'failed' && result.retryable && mine.has(itemKey(result)) ? [result] : [],
  )
  const [first] = failed
  const items = failed.length === 1 ? 'item' : 'items'
  if (first) throw new Error(`${failed.length} ${items} failed, a retry can succeed; ${itemKey(first)}: ${first.error}`)
}

function logBatch(mine: Receipt, ends: readonly ItemEnd[], receipt: Receipt, { log }: Services): void {
  for (const { result } of ends) {
    if (result.status === 'failed') log.warn(`item failed: ${itemKey(result)}`, { event: 'item_failed', ...result })
    else if ('error' in result) log.warn(`item ${result.status}: ${itemKey(result)}`, result)
  }
  const { figures: memoryAndRates, ...work } = mine.work
  const adopted = ends.filter(end => end.adopted).length
  const counts = { stored: 0, failed: 0, ...countByStatus(ends), adopted, handedOn: receipt.handedOn }
  const objectBytes = ends.reduce(
    (sum, { result, adopted }) => sum + (!adopted && 'object' in result ? result.bytes : 0),
    0,
  )
  log.info('batch done', { event: 'batch_done', ...counts, ...work, objectBytes, ...memoryAndRates })
}

function countByStatus(ends: readonly ItemEnd[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { result } of ends) counts[result.status] = (counts[result.status] ?? 0) + 1
  return counts
}
