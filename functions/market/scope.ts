import { compareText, type Item } from './items.ts'
import { type DataType, INSTRUMENTS, type InstrumentSymbol } from './names.ts'
import { containment, isSelector, selectorMatcher } from './selector.ts'
import { isGrouped } from './symbols.ts'

/**
 * What has been asked of a venue-day so far: for each data type all that the vendor has, or names of symbols and the texts
 * of selectors; see `selectorsOf`.
 */
export type Scope = Readonly<Record<DataType, 'all' | readonly InstrumentSymbol[]>>

/**
 * The scope of one request: these symbols and selectors, or all, of each data type. Instruments are one item, whatever the
 * symbols.
 */
export function scopeOf(dataTypes: readonly string[], symbols?: readonly string[]): Scope {
  return sorted(dataTypes.map(type => [type, symbols && type !== INSTRUMENTS ? unique(symbols) : 'all']))
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
 * True where `scope` holds everything in `asked`, as far as names and selectors tell. Of two kinds of symbols `settles` says
 * whether the plan settles them: a grouped symbol where all symbols are in the scope, because "all" takes either the
 * instruments or the grouped symbols, and a symbol that a selector has if it is of its type.
 */
export function covers(scope: Scope, asked: Scope, settles: (item: Item) => boolean): boolean {
  return Object.entries(asked).every(([dataType, symbols]) => {
    const has = symbolsOf(scope, dataType)
    if (has === undefined) return false
    if (has === 'all')
      return symbols === 'all' || symbols.every(symbol => !isGrouped(symbol) || settles({ dataType, symbol }))
    return symbols !== 'all' && everyCovered(has, symbols, symbol => settles({ dataType, symbol }))
  })
}

function everyCovered(has: readonly string[], asked: readonly string[], settles: (symbol: string) => boolean): boolean {
  const names = new Set(has)
  const selectors = has.filter(isSelector)
  return asked.every(one => {
    if (names.has(one)) return true
    const found = selectors.map(selector => containment(selector, one))
    return found.includes('yes') || (found.includes('maybe') && settles(one))
  })
}

/** The selectors of a scope, each with its data types, in order. */
export function selectorsIn(scope: Scope): Pick<Resolved, 'selector' | 'dataTypes'>[] {
  const types = new Map<string, DataType[]>()
  for (const [dataType, symbols] of Object.entries(scope)) {
    if (symbols === 'all') continue
    for (const text of symbols.filter(isSelector)) types.set(text, [...(types.get(text) ?? []), dataType])
  }
  return [...types].map(([selector, dataTypes]) => ({ selector, dataTypes })).sort(compareSelectors)
}

export function compareSelectors(a: Pick<Resolved, 'selector'>, b: Pick<Resolved, 'selector'>): number {
  return compareText(a.selector, b.selector)
}

/** A selector with what it resolved to on a day. */
export interface Resolved {
  readonly selector: string
  readonly dataTypes: readonly DataType[]
  readonly symbols: readonly InstrumentSymbol[]
}

/**
 * Whether an item is one of the scope's. A selector has what it resolved to; one that is not in `resolved` has what fits it
 * by name.
 */
export function holder(scope: Scope, resolved: readonly Resolved[] = []): (item: Item) => boolean {
  const known = new Map(resolved.map(one => [one.selector, new Set(one.symbols)]))
  const fits = new Map(
    Object.entries(scope).map(([type, symbols]) => [type, symbols === 'all' || matcher(symbols, known)]),
  )
  return ({ dataType, symbol }) => {
    const has = fits.get(dataType)
    return typeof has === 'function' ? has(symbol) : (has ?? false)
  }
}

function matcher(
  texts: readonly string[],
  known: ReadonlyMap<string, ReadonlySet<string>>,
): (symbol: string) => boolean {
  const sets = texts.flatMap(text => known.get(text) ?? [])
  const matches = selectorMatcher(texts.filter(text => !known.has(text)))
  return symbol => sets.some(set => set.has(symbol)) || matches({ symbol, type: undefined })
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
