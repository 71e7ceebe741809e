import { INSTRUMENTS } from '../../../market/names.ts'
import type { ExchangeDetails } from '../../../tardis/exchange.ts'
import { counted } from '../../terminal/human.ts'
import type { Wanted } from './requests.ts'

/** Entries of the vendor's metadata that cannot be read and are left out, one line per venue that has any. Pure. */
export function skippedEntries(details: readonly ExchangeDetails[]): string[] {
  return details.flatMap(({ venue, skipped }) => {
    if (!skipped) return []
    const entries = counted(skipped.count, 'entry', 'entries')
    const example = `${skipped.count > 1 ? 'for example ' : ''}${skipped.examples[0]}`
    return [`${venue}: skipped ${entries} of Tardis's metadata that cannot be read: ${example}.`]
  })
}

/**
 * Data types that were asked for by name and that a venue never has, one line per venue with those that it has. Without
 * names nothing is said: the default means "where the venue has it". Pure.
 */
export function lackingTypes({ dataTypes = [] }: Wanted, details: readonly ExchangeDetails[]): string[] {
  return details.flatMap(({ venue, datasets }) => {
    const offered = new Set<string>()
    for (const symbol of datasets.symbols) for (const dataType of symbol.dataTypes) offered.add(dataType)
    const lacking = dataTypes.filter(dataType => dataType !== INSTRUMENTS && !offered.has(dataType))
    if (lacking.length === 0) return []
    return [`${venue} has no ${lacking.join(', ')} at Tardis; it has ${[...offered].sort().join(', ')}.`]
  })
}
