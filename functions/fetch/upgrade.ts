import { shortHash } from '../ledger/forced.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Batch, Plan } from '../ledger/plan.ts'
import { compareItems, type Item, itemKey } from '../market/items.ts'
import { holder, type Scope } from '../market/scope.ts'
import { type BatchLimits, cutBatches } from './plan.ts'
import { receiptsOf } from './receipts.ts'

/**
 * The items of a scope whose stored objects an older converter version than `version` wrote, or whose version is not
 * recorded, as the receipts say; in order. Items without a stored object are none of them: they are converted anyway.
 */
export async function outdatedItems(
  ledger: Pick<Ledger, 'readReceipt'>,
  plan: Plan,
  scope: Scope,
  version: number,
  signal: AbortSignal,
): Promise<Item[]> {
  const isOfScope = holder(scope, plan.selectors)
  const outdated: Item[] = []
  for await (const { batch, receipt } of receiptsOf(ledger, plan, signal)) {
    const old = receipt?.results.filter(result => 'object' in result && (result.converterVersion ?? 0) < version)
    const keys = new Set(old?.map(itemKey))
    outdated.push(...batch.items.filter(item => keys.has(itemKey(item)) && isOfScope(item)))
  }
  return outdated.map(({ dataType, symbol }) => ({ dataType, symbol })).sort(compareItems)
}

/**
 * The plan with the items in new batches that convert them again if a converter version below `version` wrote them. Every
 * delivery of the message `upgradedBy` finds what the first one planned. Pure.
 */
export function addUpgrade(
  plan: Plan,
  items: readonly Item[],
  version: number,
  upgradedBy: string,
  limits: BatchLimits,
): Plan {
  const id = shortHash('upgrade', plan, upgradedBy)
  if (items.length === 0 || plan.batches.some(batch => batch.plan === id)) return plan
  const taken = new Set(items.map(itemKey))
  // An empty batch stays, because its index is used and a message for it must find that nothing is left to do.
  const left = plan.batches.map(batch => ({ ...batch, items: batch.items.filter(item => !taken.has(itemKey(item))) }))
  const added = cutBatches(items, limits).map((items, index): Batch => ({ plan: id, index, upgrade: version, items }))
  return { ...plan, plan: id, batches: [...left, ...added] }
}
