import type { Item, VenueDay } from '../market/items.ts'
import { itemKey } from '../market/items.ts'
import { covers, type Scope } from '../market/scope.ts'
import type { Ledger } from './ledger.ts'
import type { Plan } from './plan.ts'

/**
 * True where a venue-day's plan holds everything in `asked`; `scope` is the scope of its manifest. The plan itself
 * is read only where `asked` names a grouped symbol of a type that is planned whole.
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
  return plan !== undefined && covers(scope, asked, groupsOf(plan))
}

/**
 * Whether a plan settles a grouped symbol: it is planned, or the vendor does not have it, or the vendor has nothing at all
 * of its type.
 */
function groupsOf(plan: Plan): (group: Item) => boolean {
  const items = [...plan.batches.flatMap(batch => batch.items), ...plan.unlisted]
  const named = new Set(items.map(itemKey))
  const types = new Set(items.map(({ dataType }) => dataType))
  return group => named.has(itemKey(group)) || !types.has(group.dataType)
}
