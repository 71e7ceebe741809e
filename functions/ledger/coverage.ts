import type { Item, VenueDay } from '../market/items.ts'
import { itemKey } from '../market/items.ts'
import { covers, type Scope } from '../market/scope.ts'
import { isGrouped } from '../market/symbols.ts'
import type { Ledger } from './ledger.ts'
import type { Plan } from './plan.ts'

/**
 * True where a venue-day's plan holds everything in `asked`; `scope` is the scope of its manifest. The plan itself is read
 * only where names do not tell: of a grouped symbol of a data type that is planned whole, and of a symbol that a selector
 * of the scope has if it is of the right type. Nothing is asked of the vendor.
 */
export async function planCovers(
  ledger: Pick<Ledger, 'readPlan'>,
  day: VenueDay,
  scope: Scope,
  asked: Scope,
  signal?: AbortSignal,
): Promise<boolean> {
  if (covers(scope, asked, () => false)) return true
  if (!covers(scope, asked, () => true)) return false
  const plan = await ledger.readPlan(day, signal)
  return plan !== undefined && covers(scope, asked, settledBy(plan))
}

/**
 * Whether a plan settles a symbol: it is planned, or a selector resolved to it, or the vendor does not have it. A grouped
 * symbol is settled too where the vendor has nothing at all of its data type.
 */
function settledBy(plan: Plan): (item: Item) => boolean {
  const items = [...plan.batches.flatMap(batch => batch.items), ...plan.unlisted]
  const named = new Set(items.map(itemKey))
  const types = new Set(items.map(({ dataType }) => dataType))
  for (const { dataTypes, symbols } of plan.selectors ?? []) {
    for (const dataType of dataTypes) for (const symbol of symbols) named.add(itemKey({ dataType, symbol }))
  }
  return item => named.has(itemKey(item)) || (isGrouped(item.symbol) && !types.has(item.dataType))
}
