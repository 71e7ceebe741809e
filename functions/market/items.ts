import type { CalendarDay } from './days.ts'
import type { DataType, InstrumentSymbol, Venue } from './names.ts'

/** A venue's data of one UTC day: what is planned, fetched and reported as a whole. */
export interface VenueDay {
  readonly venue: Venue
  readonly date: CalendarDay
}

/** One dataset of a venue-day: what the vendor has as one file, and we as one object. */
export interface Item {
  readonly dataType: DataType
  readonly symbol: InstrumentSymbol
}

/** An item with its venue-day: names one file at the vendor, and one object of ours. */
export interface ItemName extends VenueDay, Item {}

export function venueDayKey({ venue, date }: VenueDay): string {
  return `${venue} ${date}`
}

export function compareVenueDays(a: VenueDay, b: VenueDay): number {
  return compareText(a.venue, b.venue) || compareText(a.date, b.date)
}

/** Names an item within its venue-day; data types hold no slash. */
export function itemKey(item: Item): string {
  return `${item.dataType}/${item.symbol}`
}

/** Names an item among those of all venue-days. */
export function itemNameKey(name: ItemName): string {
  return `${venueDayKey(name)} ${itemKey(name)}`
}

/** Order of items everywhere: by data type, then symbol, by code units, so that it is the same on every machine. */
export function compareItems(a: Item, b: Item): number {
  return compareText(a.dataType, b.dataType) || compareText(a.symbol, b.symbol)
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
