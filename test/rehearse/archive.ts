import { estimateSourceBytes } from '../../functions/fetch/estimate.ts'
import { addDays, type CalendarDay, DAY_MS, dayStartMs } from '../../functions/market/days.ts'
import type { ItemName } from '../../functions/market/items.ts'
import type { ExchangeDetails, ExchangeSymbol } from '../../functions/tardis/exchange.ts'
import { Chance } from '../faults/model/chance.ts'

/** How the archive is drawn. No account lists it, so this is an assumption; `README.md` states it in words. */
const DISTRIBUTION = {
  /** Instruments of the smallest and of the largest venue; the others lie between, in equal ratios. */
  minSymbols: 4,
  maxSymbols: 250,
  /** Share of a venue's instruments that is listed on the first day. The others are listed one by one. */
  listedAtStart: 0.3,
  /** Bytes of the instrument of rank r are `busiest × r^-decay`. */
  decay: 0.8,
  /** The busiest instrument of a venue with n instruments has `typical × (n / maxSymbols)^spread`. */
  spread: 0.5,
  /** Days differ by a factor from 1 / dayFactor to dayFactor. */
  dayFactor: 2,
} as const

const SPOT_TYPES = ['trades', 'book_snapshot_5']
const DERIVATIVE_TYPES = [...SPOT_TYPES, 'derivative_ticker', 'liquidations']

/** An empty gzip file. */
const MIN_BYTES = 20

export interface ArchiveSize {
  readonly venues: number
  readonly days: number
  readonly lastDay: CalendarDay
}

/** What the vendor has: venues, instruments and the sizes of their files. The same size gives the same archive. */
export class Archive {
  readonly venues: readonly string[]
  readonly firstDay: CalendarDay
  readonly lastDay: CalendarDay
  readonly venueDays: number
  readonly #symbols = new Map<string, readonly ExchangeSymbol[]>()
  readonly #busiest = new Map<string, number>()

  constructor({ venues, days, lastDay }: ArchiveSize) {
    this.lastDay = lastDay
    this.firstDay = addDays(lastDay, 1 - days)
    this.venues = Array.from({ length: venues }, (_, at) => `venue-${String(at).padStart(2, '0')}`)
    this.venueDays = venues * days
    this.venues.forEach((venue, at) => {
      this.#symbols.set(venue, this.#symbolsOf(at, venues, days))
    })
  }

  /** What the vendor says of a venue at a time: each day is exported six hours after its end. */
  details(venue: string, nowMs: number): ExchangeDetails | undefined {
    const symbols = this.#symbols.get(venue)
    if (symbols === undefined) return undefined
    const exportedUntil = new Date(Math.floor((nowMs - DAY_MS / 4) / DAY_MS) * DAY_MS).toISOString()
    return { venue, datasets: { symbols, exportedUntil }, incidentReports: [] }
  }

  /** The compressed bytes of a file. */
  sourceBytes({ venue, dataType, symbol, date }: ItemName): number {
    const rank = symbol === 'OPTIONS' ? 1 : Number(symbol.slice(1)) + 1
    const busiest = estimateSourceBytes({ dataType, symbol }) * this.#busiest.get(venue)!
    const factor = DISTRIBUTION.dayFactor ** (2 * fraction(venue, dataType, symbol, date) - 1)
    return Math.max(MIN_BYTES, Math.round(busiest * rank ** -DISTRIBUTION.decay * factor))
  }

  /** Every third venue has derivatives, every twentieth has options too. The venues' sizes do not depend on that. */
  #symbolsOf(at: number, venues: number, days: number): ExchangeSymbol[] {
    const { minSymbols, maxSymbols, listedAtStart, spread } = DISTRIBUTION
    const position = venues === 1 ? 0.5 : at / (venues - 1)
    const count = Math.round(maxSymbols * (minSymbols / maxSymbols) ** position)
    this.#busiest.set(this.venues[at]!, (count / maxSymbols) ** spread)
    const isDerivative = at % 3 === 0
    const listed = Array.from({ length: count }, (_, n): ExchangeSymbol => {
      const day = Math.max(0, Math.round(((n / count - listedAtStart) / (1 - listedAtStart)) * days))
      return {
        id: `S${String(n).padStart(3, '0')}`,
        type: isDerivative ? 'perpetual' : 'spot',
        availableSince: new Date(dayStartMs(this.firstDay) + day * DAY_MS).toISOString(),
        availableTo: undefined,
        dataTypes: isDerivative ? DERIVATIVE_TYPES : SPOT_TYPES,
      }
    })
    return at % 20 === 0 ? [...listed, this.#options()] : listed
  }

  #options(): ExchangeSymbol {
    const availableSince = new Date(dayStartMs(this.firstDay)).toISOString()
    return { id: 'OPTIONS', type: 'option', availableSince, availableTo: undefined, dataTypes: ['options_chain'] }
  }
}

/** In [0, 1), the same for the same names. http://www.isthe.com/chongo/tech/comp/fnv/ (FNV-1a, 32 bits), then mixed. */
function fraction(...names: readonly string[]): number {
  let hash = 0x811c9dc5
  for (const name of names) {
    for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
    hash = Math.imul(hash ^ 0x2f, 0x01000193)
  }
  return new Chance(hash).next()
}
