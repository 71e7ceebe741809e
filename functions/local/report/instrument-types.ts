import { LedgerDocumentError } from '../../ledger/document.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { parseInstrumentName } from '../../market/instrument-name.ts'
import type { VenueDay } from '../../market/items.ts'
import type { InstrumentSymbol, InstrumentType } from '../../market/names.ts'
import { selectionsOf } from '../../market/selector.ts'
import { datasetSymbol } from '../../market/symbols.ts'

export type TypesLedger = Pick<Ledger, 'readPlan' | 'readVendorInstruments'>

/**
 * The types of a venue-day's symbols, as far as the bucket tells them: by the vendor's saved list of instruments, or by a
 * selector with a type that the plan has resolved, or by the symbol's name. Undefined for any other symbol; never a guess.
 * A document that cannot be read tells nothing. Memory: both documents.
 */
export async function instrumentTypes(
  ledger: TypesLedger,
  day: VenueDay,
  signal?: AbortSignal,
): Promise<(symbol: InstrumentSymbol) => InstrumentType | undefined> {
  const [listed, plan] = await Promise.all([
    orUndefined(ledger.readVendorInstruments(day, signal)),
    orUndefined(ledger.readPlan(day, signal)),
  ])
  const types = new Map<InstrumentSymbol, InstrumentType>()
  for (const { selector, symbols } of plan?.selectors ?? []) {
    const [type] = selectionsOf([selector])[0]!.instrumentTypes ?? []
    if (type !== undefined) for (const symbol of symbols) types.set(symbol, type)
  }
  for (const { symbol, type } of listed?.instruments ?? []) types.set(datasetSymbol(symbol), type)
  return symbol => types.get(datasetSymbol(symbol)) ?? parseInstrumentName(day.venue, symbol).type ?? undefined
}

async function orUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof LedgerDocumentError) return undefined
    throw error
  }
}
