import type { BatchName } from '../ledger/ledger.ts'
import type { Batch, BatchItem } from '../ledger/plan.ts'
import { hasTables } from '../ledger/table-queue.ts'
import { copyRequest } from '../pubsub/messages.ts'
import type { Services } from '../services.ts'

/**
 * Where there are tables, and the batch replaces objects that they may name: asks for copies, and resolves to true. The
 * batch's message comes again once the tables name these. Safe to repeat.
 *
 * The plan has the batch already. So a refresh that begins after this has looked sees in the plan what will be replaced.
 */
export async function waitsForCopies(
  name: BatchName,
  batch: Batch,
  items: readonly BatchItem[],
  { bucket, config, publisher, log }: Pick<Services, 'bucket' | 'config' | 'publisher' | 'log'>,
  signal: AbortSignal,
): Promise<boolean> {
  const isUpgrade = batch.upgrade !== undefined && items.length > 0
  if (!isUpgrade && !items.some(({ replaces }) => replaces !== undefined)) return false
  if (!(await hasTables(bucket, config.gcsPrefix, signal))) return false
  await publisher.publish(config.tablesTopic, copyRequest(name), { signal })
  log.info('the batch waits until the tables name copies of what it replaces', { event: 'copies_requested' })
  return true
}
