import { compareText, type Item } from './items.ts'
import type { DataType, InstrumentSymbol } from './names.ts'
import { isGrouped } from './symbols.ts'

/** What has been asked of a venue-day so far: for each data type all that the vendor has, or the named symbols. */
export type Scope = Readonly<Record<DataType, 'all' | readonly InstrumentSymbol[]>>

/** The scope of one request: these symbols, or all, of each data type. */
export function scopeOf(dataTypes: readonly string[], symbols?: readonly string[]): Scope {
  return sorted(dataTypes.map(type => [type, symbols ? unique(symbols) : 'all']))
}

/** The union, in order of data type and symbol, so that the order of the arguments does not matter. */
export function uniteScopes(a: Scope, b: Scope): Scope {
  const types = unique([...Object.keys(a), ...Object.keys(b)])
  return sorted(types.map(type => [type, unite(symbolsOf(a, type) ?? [], symbolsOf(b, type) ?? [])]))
}

/** Most items of a venue-day that may be asked for by name: a plan of so many fits into the smallest function's memory. */
export const MAX_NAMED_ITEMS = 50_000

/** How many items the scope names: each of its symbols, for each of its data types. */
export function countNamedItems(scope: Scope): number {
  return Object.values(scope).reduce((sum, symbols) => sum + (symbols === 'all' ? 0 : symbols.length), 0)
}

/**
 * True where `scope` holds everything in `asked`. "All" takes either the instruments or the grouped symbols, so
 * of a grouped symbol that is asked for by name `hasGroup` says whether it is planned beside them.
 */
export function covers(scope: Scope, asked: Scope, hasGroup: (group: Item) => boolean): boolean {
  return Object.entries(asked).every(([dataType, symbols]) => {
    const has = symbolsOf(scope, dataType)
    if (has !== 'all') return has !== undefined && symbols !== 'all' && symbols.every(symbol => has.includes(symbol))
    return symbols === 'all' || symbols.every(symbol => !isGrouped(symbol) || hasGroup({ dataType, symbol }))
  })
}

/** True where an item is one of the scope's. */
export function holds(scope: Scope, { dataType, symbol }: Item): boolean {
  const symbols = symbolsOf(scope, dataType)
  return symbols === 'all' || (symbols?.includes(symbol) ?? false)
}

/** The data types come from outside, so a type may be called like a member that every object has. */
function symbolsOf(scope: Scope, type: DataType): Scope[DataType] | undefined {
  return Object.hasOwn(scope, type) ? scope[type] : undefined
}

function unite(a: 'all' | readonly string[], b: 'all' | readonly string[]): 'all' | readonly string[] {
  return a === 'all' || b === 'all' ? 'all' : unique([...a, ...b])
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort(compareText)
}

function sorted(entries: [string, 'all' | readonly string[]][]): Scope {
  return Object.fromEntries(entries.sort(([a], [b]) => compareText(a, b)))
}
