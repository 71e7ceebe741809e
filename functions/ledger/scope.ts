import { z } from 'zod'
import { compareText, dataType, symbol } from './fields.ts'

/** What has been asked of a venue-day so far: for each data type all that the vendor has, or the named symbols. */
export const scope = z.record(dataType, z.union([z.literal('all'), z.array(symbol)]))
export type Scope = Readonly<Record<string, 'all' | readonly string[]>>

/** The scope of one request: these symbols, or all, of each data type. */
export function scopeOf(dataTypes: readonly string[], symbols?: readonly string[]): Scope {
  return sorted(dataTypes.map(type => [type, symbols ? unique(symbols) : 'all']))
}

/** The union: what either asks for. In order of data type and symbol, so that it does not tell who asked first. */
export function uniteScopes(a: Scope, b: Scope): Scope {
  const types = unique([...Object.keys(a), ...Object.keys(b)])
  return sorted(types.map(type => [type, unite(a[type] ?? [], b[type] ?? [])]))
}

/**
 * Grouped symbols hold all instruments of their kind in one file; "all" takes either them or the instruments, not both.
 * https://docs.tardis.dev/downloadable-csv-files#grouped-symbols
 */
export function isGrouped(symbol: string): boolean {
  return GROUPED.has(symbol)
}

const GROUPED = new Set(['SPOT', 'FUTURES', 'PERPETUALS', 'OPTIONS'])

/** True where everything that `asked` asks for is in `scope` already, as far as the scope alone can tell. */
export function covers(scope: Scope, asked: Scope): boolean {
  return Object.entries(asked).every(([type, symbols]) => {
    const has = Object.hasOwn(scope, type) ? scope[type] : undefined
    if (has === 'all') return symbols === 'all' || !symbols.some(isGrouped)
    return has !== undefined && symbols !== 'all' && symbols.every(symbol => has.includes(symbol))
  })
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
