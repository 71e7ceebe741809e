import { compareText, type VenueDay } from '../../market/items.ts'
import { isFreeDay } from '../../tardis/key-access.ts'
import { BASES, type Basis, type EstimateSize, type ItemToDo, type Size } from './sizes.ts'

/** A venue-day of a request, and what is left of it to download. */
export interface DayToDo extends VenueDay {
  /** `pending`: the vendor has not exported the day. `unreadable`: the key may not read it, or there is none. */
  readonly state: 'complete' | 'pending' | 'unreadable' | 'open'
  /** What is neither stored nor known to be missing; not of a day that is complete or pending. */
  readonly items: readonly ItemToDo[]
  readonly lack?: string | undefined
}

/** A sum of sizes with the likely bounds of its source bytes. */
export interface SizeSum extends Size {
  readonly files: number
  readonly lowSourceBytes: number
  readonly highSourceBytes: number
  /** How many files were estimated from what. */
  readonly bases: Readonly<Record<Basis, number>>
}

export interface Forecast {
  readonly venueDays: { readonly all: number } & Readonly<Record<DayToDo['state'], number>>
  /** Open venue-days that are the first of a month: these are free without a key. */
  readonly freeVenueDays: number
  /** By data type: what can be downloaded. */
  readonly byType: readonly (SizeSum & { readonly dataType: string })[]
  readonly total: SizeSum
  /** Files of the days that cannot be read, with the reasons and how many venue-days have each. */
  readonly unreadable: { readonly files: number; readonly reasons: Readonly<Record<string, number>> }
  /** Requests to the vendor: one per file, one per venue for its details, one for what the key may read. */
  readonly requests: number
}

const STATES = ['complete', 'pending', 'unreadable', 'open'] as const

/** Adds up what a request will take. Pure. */
export function forecastOf(days: Iterable<DayToDo>, estimate: EstimateSize): Forecast {
  const venueDays = { all: 0, complete: 0, pending: 0, unreadable: 0, open: 0 } satisfies Record<
    'all' | (typeof STATES)[number],
    number
  >
  const sums = new Map<string, Sum>()
  const reasons: Record<string, number> = {}
  const venues = new Set<string>()
  let freeVenueDays = 0
  let unreadableFiles = 0
  for (const { venue, date, state, items, lack } of days) {
    venueDays.all += 1
    venueDays[state] += 1
    venues.add(venue)
    if (state === 'unreadable') {
      unreadableFiles += items.length
      const reason = lack ?? ''
      reasons[reason] = (reasons[reason] ?? 0) + 1
    }
    if (state !== 'open') continue
    if (isFreeDay(date)) freeVenueDays += 1
    for (const item of items) sumOf(sums, item.dataType).add(estimate({ ...item, venue }))
  }
  const byType = [...sums].map(([dataType, sum]) => ({ dataType, ...sum.value }))
  const total = byType.reduce((all, one) => addSums(all, one), new Sum().value)
  return {
    venueDays,
    freeVenueDays,
    byType: byType.sort((a, b) => compareText(a.dataType, b.dataType)),
    total,
    unreadable: { files: unreadableFiles, reasons },
    requests: total.files + venues.size + 1,
  }
}

function sumOf(sums: Map<string, Sum>, dataType: string): Sum {
  const sum = sums.get(dataType) ?? new Sum()
  sums.set(dataType, sum)
  return sum
}

class Sum {
  value: SizeSum = {
    files: 0,
    sourceBytes: 0,
    bytes: 0,
    rows: 0,
    lowSourceBytes: 0,
    highSourceBytes: 0,
    bases: { symbol: 0, venue: 0, 'data type': 0, table: 0 },
  }

  add({ sourceBytes, bytes, rows, basis, low, high }: ReturnType<EstimateSize>): void {
    const { value } = this
    this.value = {
      files: value.files + 1,
      sourceBytes: value.sourceBytes + sourceBytes,
      bytes: value.bytes + bytes,
      rows: value.rows + rows,
      lowSourceBytes: value.lowSourceBytes + sourceBytes * low,
      highSourceBytes: value.highSourceBytes + sourceBytes * high,
      bases: { ...value.bases, [basis]: value.bases[basis] + 1 },
    }
  }
}

function addSums(a: SizeSum, b: SizeSum): SizeSum {
  const bases = { ...a.bases }
  for (const basis of BASES) bases[basis] += b.bases[basis]
  return {
    files: a.files + b.files,
    sourceBytes: a.sourceBytes + b.sourceBytes,
    bytes: a.bytes + b.bytes,
    rows: a.rows + b.rows,
    lowSourceBytes: a.lowSourceBytes + b.lowSourceBytes,
    highSourceBytes: a.highSourceBytes + b.highSourceBytes,
    bases,
  }
}
