import type { Scope } from '../../market/scope.ts'
import { count, counted } from '../terminal/human.ts'
import type { VenueDayReport } from './venue-days.ts'

const MAX_SYMBOLS = 4

/** `trades, quotes (all symbols)`, `trades (BTCUSDT, ETHUSDT); quotes (12 symbols)`. */
export function scopeText(scope: Scope): string {
  const bySymbols = new Map<string, string[]>()
  for (const [dataType, symbols] of Object.entries(scope)) {
    const text = symbolsText(symbols)
    bySymbols.set(text, [...(bySymbols.get(text) ?? []), dataType])
  }
  return [...bySymbols].map(([symbols, types]) => `${types.join(', ')} (${symbols})`).join('; ')
}

function symbolsText(symbols: Scope[string]): string {
  if (symbols === 'all') return 'all symbols'
  return symbols.length <= MAX_SYMBOLS ? symbols.join(', ') : counted(symbols.length, 'symbol')
}

/** What venue-days are recorded for: one text where it is the same for all, else each with its number of days. */
export function scopeLines(reports: readonly VenueDayReport[], most: number): string[] {
  const days = new Map<string, number>()
  for (const { scope } of reports) {
    const text = scope && scopeText(scope)
    if (text) days.set(text, (days.get(text) ?? 0) + 1)
  }
  if (days.size <= 1) return [...days.keys()]
  const lines = [...days].map(([text, number]) => `${text}: ${counted(number, 'day')}`)
  const more = lines.length - most
  return more > 0 ? [...lines.slice(0, most), `and ${count(more)} more (--json lists all)`] : lines
}
