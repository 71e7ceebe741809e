import { containsGlob, globMatcher, isGlob } from './glob.ts'
import { compareText } from './items.ts'
import type { InstrumentSymbol, InstrumentType } from './names.ts'
import { datasetSymbol, groupedMarket, isGrouped } from './symbols.ts'

/** Which symbols of a venue are chosen; what is left out chooses all. The same in messages, flags and documents. */
export interface Selection {
  /** Names, and patterns of names: `*` stands for any characters or none, `?` for one. Case, `/` and `:` do not matter. */
  readonly symbols?: readonly InstrumentSymbol[] | undefined
  /** The vendor's words: spot, perpetual, future, option … */
  readonly instrumentTypes?: readonly InstrumentType[] | undefined
  /** Names and patterns of what is left out. */
  readonly exclude?: readonly string[] | undefined
}

/** The fields of a selection that are given, of anything that has them among others. */
export function selectionOf({ symbols, instrumentTypes, exclude }: Selection) {
  return {
    ...(symbols && { symbols: [...symbols] }),
    ...(instrumentTypes && { instrumentTypes: [...instrumentTypes] }),
    ...(exclude && { exclude: [...exclude] }),
  }
}

/** True of a selection that more than names of symbols make. */
export function usesSelectors({ symbols, instrumentTypes, exclude }: Selection): boolean {
  return instrumentTypes !== undefined || exclude !== undefined || (symbols?.some(isGlob) ?? false)
}

/** Most selectors of a request. Each is compared with every symbol of a venue, so more would take too long. */
export const MAX_SELECTORS = 100

/** What is wrong with a selection as a whole, with the field that it is about; undefined if nothing is. Pure. */
export function selectionFault(
  selection: Selection,
): { readonly field: keyof Selection; readonly text: string } | undefined {
  const texts = selectorsOf(selection)
  const selectors = texts?.filter(isSelector).length ?? 0
  if (texts?.length === 0) return { field: 'exclude', text: 'names and patterns that leave at least one symbol over' }
  if (selectors <= MAX_SELECTORS) return undefined
  const text = `at most ${MAX_SELECTORS} selectors (patterns, or names with types; these are ${selectors})`
  return { field: 'symbols', text }
}

/**
 * One entry of a scope. A scope lists names of datasets and selectors as texts: `BTCUSDT`, `BTC-*`, `option:BTC-*`,
 * `option:* without *-P`. No dataset's name has small letters or a colon, so a selector is never taken for a name.
 *
 * A pattern chooses instruments, never a grouped symbol, whose file holds those that do not fit too. A type without a
 * pattern chooses what all symbols of the market would be: its instruments, or its grouped symbol.
 */
interface Selector {
  readonly type: InstrumentType | undefined
  /** A name, or a pattern of names; `*` without `exclude` is the whole type. */
  readonly pattern: string
  /** Empty where `pattern` is a name. */
  readonly exclude: readonly string[]
}

const TEXT = /^(?:(?<type>[a-z][a-z0-9_-]*):)?(?<pattern>.*?)(?: without (?<exclude>.+))?$/su

/** The entries of a scope that a selection means; undefined: all. Pure; the order of names does not matter. */
export function selectorsOf({ symbols, instrumentTypes, exclude = [] }: Selection): readonly string[] | undefined {
  const patterns = written(symbols ?? ['*'])
  const without = written(exclude)
  const isLeftOut = globMatcher(without)
  const kept = patterns.filter(pattern => isGlob(pattern) || !isLeftOut(pattern))
  const types = instrumentTypes ? [...new Set(instrumentTypes)].sort(compareText) : [undefined]
  const texts = types.flatMap(type =>
    kept.map(pattern => textOf({ type, pattern, exclude: isGlob(pattern) ? without : [] })),
  )
  return texts.includes('*') ? undefined : texts
}

/** Names and patterns as datasets are named, each once. Stars in a row mean one. */
function written(names: readonly string[]): string[] {
  return [...new Set(names.map(name => datasetSymbol(name).replace(/\*+/g, '*')))].sort(compareText)
}

function textOf({ type, pattern, exclude }: Selector): string {
  return `${type === undefined ? '' : `${type}:`}${pattern}${exclude.length > 0 ? ` without ${exclude.join(',')}` : ''}`
}

function selectorOf(text: string): Selector {
  const { type, pattern = text, exclude } = TEXT.exec(text)?.groups ?? {}
  return { type, pattern, exclude: exclude?.split(',') ?? [] }
}

/** True of an entry of a scope that is more than a name. */
export function isSelector(text: string): boolean {
  return isGlob(text) || /^[a-z][a-z0-9_-]*:/.test(text)
}

/** The type, where an entry of a scope means all of a type; else undefined. */
export function wholeTypeOf(text: string): InstrumentType | undefined {
  const { type, pattern, exclude } = selectorOf(text)
  return pattern === '*' && exclude.length === 0 ? type : undefined
}

/** The selections that have these entries, as requests write them: the inverse of `selectorsOf`. */
export function selectionsOf(texts: readonly string[]): Selection[] {
  const alike = Map.groupBy(texts.map(selectorOf), ({ type, exclude }) => textOf({ type, pattern: '', exclude }))
  return [...alike.values()].map(selectors => {
    const { type, exclude } = selectors[0]!
    const patterns = selectors.map(({ pattern }) => pattern)
    return {
      ...(!patterns.includes('*') && { symbols: patterns }),
      ...(type !== undefined && { instrumentTypes: [type] }),
      ...(exclude.length > 0 && { exclude }),
    }
  })
}

/** What is known of a symbol; an unknown type fits no selector that names one. */
export interface TypedSymbol {
  readonly symbol: InstrumentSymbol
  readonly type: InstrumentType | undefined
}

/**
 * Whether a symbol is one of the entries'. For each symbol a look-up of its name, and at most the length of the patterns
 * times that of the name. Pure.
 */
export function selectorMatcher(texts: readonly string[]): (symbol: TypedSymbol) => boolean {
  const selectors = texts.filter(isSelector).map(selectorOf)
  const names = new Set(texts.filter(text => !isSelector(text)))
  const typedNames = new Set(selectors.filter(({ pattern }) => !isGlob(pattern)).map(textOf))
  const globs = selectors.filter(({ pattern }) => isGlob(pattern)).map(globOf)
  return ({ symbol, type }) => {
    const name = datasetSymbol(symbol)
    const group = groupedMarket(name)
    const market = group ?? type
    if (names.has(name) || (market !== undefined && typedNames.has(`${market}:${name}`))) return true
    return globs.some(glob => {
      if (glob.type !== undefined && glob.type !== market) return false
      return glob.isWhole || (group === undefined && glob.fits(name) && !glob.isLeftOut(name))
    })
  }
}

function globOf({ type, pattern, exclude }: Selector) {
  const isWhole = type !== undefined && pattern === '*' && exclude.length === 0
  return { type, isWhole, fits: globMatcher([pattern]), isLeftOut: globMatcher(exclude) }
}

/** Whether the entry `outer` holds all that `inner` does; `maybe` where that depends on the type of the symbol `inner`. */
export function containment(outer: string, inner: string): 'yes' | 'no' | 'maybe' {
  if (outer === inner) return 'yes'
  if (!isSelector(outer)) return 'no'
  const [a, b] = [selectorOf(outer), selectorOf(inner)]
  if (b.type === undefined && isGrouped(b.pattern)) return a.type === groupedMarket(b.pattern) ? 'maybe' : 'no'
  const isWithin = containsGlob(a.pattern, b.pattern) && !isGrouped(b.pattern) && a.exclude.every(isLeftOutOf(b))
  if (!isWithin) return 'no'
  if (a.type === undefined || a.type === b.type) return 'yes'
  return b.type === undefined && !isGlob(b.pattern) ? 'maybe' : 'no'
}

/** True where a selector has nothing of what a pattern stands for. */
function isLeftOutOf({ pattern, exclude }: Selector): (left: string) => boolean {
  if (isGlob(pattern)) return left => exclude.some(own => containsGlob(own, left))
  return left => !containsGlob(left, pattern)
}
