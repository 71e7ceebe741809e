import type { VendorInstrument, VendorInstruments } from '../ledger/vendor-instruments.ts'
import { type CalendarDay, dayOf, dayStartMs } from '../market/days.ts'
import { instrumentKey, type NamedInstrument, parseInstrumentName } from '../market/instrument-name.ts'
import type { Venue } from '../market/names.ts'

type Cell = string | number | undefined | null

/**
 * A snapshot as CSV in the columns of the data type `instruments` (`ticks/schema.ts`): one row per instrument, with what was
 * in force when the day began. Pure.
 */
export function instrumentText({ venue, date, instruments }: VendorInstruments): string {
  const rows = instruments.map(instrument => rowOf(venue, date, instrument))
  const header = Object.keys(rows[0] ?? {})
  return [header, ...rows.map(row => Object.values(row))].map(cells => `${cells.map(written).join(',')}\n`).join('')
}

function rowOf(venue: Venue, date: CalendarDay, instrument: VendorInstrument): Readonly<Record<string, Cell>> {
  const { symbol, type, described } = instrument
  const startMs = dayStartMs(date)
  const named = nameOf(venue, instrument)
  const sizes = described && sizesAt(startMs, described)
  const told: NamedInstrument = {
    type: TYPES.find(one => one === type) ?? null,
    base: described?.baseCurrency ?? named.base,
    quote: described?.quoteCurrency ?? named.quote,
    expiry: dayOfTime(described?.expiry) ?? named.expiry,
    strike: described?.strikePrice ?? named.strike,
    side: described?.optionType ?? named.side,
  }
  return {
    exchange: venue,
    symbol,
    timestamp: startMs * 1_000,
    local_timestamp: startMs * 1_000,
    type,
    // The name first: the key of an instrument is the same whether the vendor's list could be read or not.
    key: instrumentKey(venue, named) ?? instrumentKey(venue, told),
    base: told.base,
    quote: told.quote,
    settlement: described?.settlementCurrency,
    // The day: its hour is in no name.
    expiry: told.expiry === null ? null : dayStartMs(told.expiry) * 1_000,
    expiration: micros(described?.expiry),
    strike: told.strike,
    side: told.side,
    contract_multiplier: sizes?.contractMultiplier,
    tick_size: sizes?.priceIncrement,
    lot_size: sizes?.amountIncrement,
    available_since: micros(instrument.availableSince),
    available_to: micros(instrument.availableTo),
    data_types: [...instrument.dataTypes].sort().join(','),
    changes: described && described.changes.length > 0 ? JSON.stringify(described.changes) : null,
    described_by: described ? 'vendor' : named.type === null ? null : 'name',
  }
}

const TYPES = ['spot', 'perpetual', 'future', 'option'] as const
const NOTHING: NamedInstrument = { type: null, base: null, quote: null, expiry: null, strike: null, side: null }

/** What the name says, where it does not contradict the vendor's type. */
function nameOf(venue: Venue, { symbol, type }: VendorInstrument): NamedInstrument {
  const named = parseInstrumentName(venue, symbol)
  return named.type === type ? named : NOTHING
}

/**
 * The sizes at a moment. A change tells what was in force until its time, so of each size the first change after the moment
 * that has it tells, and without one what is in force now.
 */
function sizesAt(ms: number, described: NonNullable<VendorInstrument['described']>) {
  const later = described.changes
    .filter(({ until }) => Date.parse(until) > ms)
    .sort((a, b) => Date.parse(a.until) - Date.parse(b.until))
  const at = (size: 'priceIncrement' | 'amountIncrement' | 'contractMultiplier') =>
    later.find(change => change[size] !== undefined)?.[size] ?? described[size]
  return {
    priceIncrement: at('priceIncrement'),
    amountIncrement: at('amountIncrement'),
    contractMultiplier: at('contractMultiplier'),
  }
}

function dayOfTime(time: string | undefined): CalendarDay | undefined {
  return time === undefined ? undefined : dayOf(Date.parse(time))
}

function micros(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time) * 1_000
}

/** https://www.rfc-editor.org/rfc/rfc4180 */
function written(cell: Cell): string {
  const text = String(cell ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
