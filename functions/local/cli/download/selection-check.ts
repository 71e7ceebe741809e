import { isGlob } from '../../../market/glob.ts'
import { REQUESTABLE_DATA_TYPES } from '../../../market/names.ts'
import { selectorMatcher, selectorsOf } from '../../../market/selector.ts'
import { datasetSymbol, isGrouped } from '../../../market/symbols.ts'
import { shown } from '../../../runtime/shown.ts'
import type { ExchangeDetails } from '../../../tardis/exchange.ts'
import { didYouMean, nearest } from '../nearest.ts'
import type { Wanted } from './requests.ts'

/** A requested name or pattern of symbols that no venue has. */
export interface UnknownSymbol {
  readonly symbol: string
  readonly nearest: readonly string[]
}

const MAX_NEAREST = 3

/** The names and patterns that no venue has a symbol for, with the nearest. What only some of the venues have is no fault. */
export function symbolsOfNone({ symbols = [] }: Wanted, details: readonly ExchangeDetails[]): UnknownSymbol[] {
  const known = new Set(details.flatMap(({ datasets }) => datasets.symbols.map(({ id }) => datasetSymbol(id))))
  return [...new Set(symbols.map(datasetSymbol))]
    .filter(symbol => !(isGlob(symbol) ? [...known].some(fitter(symbol)) : known.has(symbol)))
    .map(symbol => ({ symbol, nearest: nearestTo(symbol, known) }))
}

function fitter(pattern: string): (symbol: string) => boolean {
  const fits = selectorMatcher([pattern])
  return symbol => fits({ symbol, type: undefined })
}

/** For `BTX-*` the nearest beginnings of the same length, for `*-PREP` the nearest ends. */
function nearestTo(symbol: string, known: ReadonlySet<string>): string[] {
  const { left = '', right = '' } = /^(?<left>[^*?]*)\*(?<right>[^*?]*)$/.exec(symbol)?.groups ?? {}
  if (!isGlob(symbol)) return nearest(symbol, known, MAX_NEAREST)
  const names = [...known].filter(name => !isGrouped(name))
  const parts = (cut: (name: string) => string) => new Set(names.map(cut))
  if (left && !right)
    return nearest(
      left,
      parts(name => name.slice(0, left.length)),
      MAX_NEAREST,
    ).map(part => `${part}*`)
  if (right && !left)
    return nearest(
      right,
      parts(name => name.slice(-right.length)),
      MAX_NEAREST,
    ).map(part => `*${part}`)
  return []
}

/** Data types and types of instruments that no venue has, one line each with the nearest. */
export function unknownTypes(wanted: Wanted, details: readonly ExchangeDetails[]): string[] {
  const offered = new Set<string>(REQUESTABLE_DATA_TYPES)
  const types = new Set<string>()
  for (const { datasets } of details) {
    for (const { type, dataTypes } of datasets.symbols) {
      types.add(type)
      for (const dataType of dataTypes) offered.add(dataType)
    }
  }
  const { dataTypes = [], instrumentTypes = [] } = wanted
  return [...lines('--data-types', dataTypes, offered), ...lines('--instrument-types', instrumentTypes, types)]
}

function lines(flag: string, wanted: readonly string[], offered: ReadonlySet<string>): string[] {
  return wanted
    .filter(name => !offered.has(name))
    .map(name => `${flag}: none of the venues has ${shown(name)}${didYouMean(name, offered, MAX_NEAREST)}`)
}

/** Why nothing is selected although each name and pattern has a symbol; empty where something is. */
export function emptySelection(wanted: Wanted, details: readonly ExchangeDetails[]): string[] {
  const entries = selectorsOf(wanted)
  if (!entries) return []
  const fits = selectorMatcher(entries)
  const symbols = details.flatMap(({ datasets }) => datasets.symbols)
  if (symbols.length === 0 || symbols.some(({ id, type }) => fits({ symbol: id, type }))) return []
  const types = [...new Set(symbols.map(({ type }) => type))].sort().join(', ')
  return [
    `no symbol of ${wanted.venues.join(', ')} is left by --symbols, --instrument-types and --exclude (types: ${types})`,
  ]
}
