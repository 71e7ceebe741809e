import type { Plan } from '../ledger/plan.ts'
import { compareText } from '../market/items.ts'
import { compareSelectors, type Scope, selectorsIn } from '../market/scope.ts'
import { datasetSymbol } from '../market/symbols.ts'
import type { datasetsOn } from '../tardis/items.ts'

/**
 * The selectors of scopes, and those that are resolved already, with the symbols that they have on the day of `find`.
 * What one had before stays, so that it only grows. Pure; undefined where there are none.
 */
export function resolveSelectors(
  before: Plan['selectors'] = [],
  scopes: readonly Scope[],
  find: ReturnType<typeof datasetsOn>,
): Plan['selectors'] {
  const all = [...before, ...scopes.flatMap(selectorsIn)]
  const resolved = [...Map.groupBy(all, ({ selector }) => selector)].map(([selector, same]) => {
    const dataTypes = unique(same.flatMap(one => one.dataTypes))
    const known = before.filter(one => one.selector === selector).flatMap(({ symbols }) => symbols)
    const found = find({ dataTypes, symbols: [selector] }).items.map(({ symbol }) => datasetSymbol(symbol))
    return { selector, dataTypes, symbols: unique([...known, ...found]) }
  })
  return resolved.length > 0 ? resolved.sort(compareSelectors) : undefined
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort(compareText)
}

/** Most selectors of a plan, and most symbols that they have together: both are listed in it. */
const MAX_PLAN_SELECTORS = 500
const MAX_PLAN_SELECTED = 200_000

/** True where a plan has more selectors, or more symbols by selectors, than fit into the smallest function's memory. */
export function hasTooManySelectors({ selectors = [] }: Pick<Plan, 'selectors'>): boolean {
  const selected = selectors.reduce((sum, { symbols }) => sum + symbols.length, 0)
  return selectors.length > MAX_PLAN_SELECTORS || selected > MAX_PLAN_SELECTED
}
