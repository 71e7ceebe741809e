import { planCovers } from '../../ledger/coverage.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { globMatcher, isGlob } from '../../market/glob.ts'
import type { Item, VenueDay } from '../../market/items.ts'
import { type DataType, INSTRUMENTS, type InstrumentType } from '../../market/names.ts'
import { type Scope, scopeOf } from '../../market/scope.ts'
import { type Selection, selectorMatcher, selectorsOf } from '../../market/selector.ts'
import { groupedMarket } from '../../market/symbols.ts'
import { instrumentTypes, type TypesLedger } from './instrument-types.ts'

/** What is chosen of the recorded items; what is left out chooses all. */
export interface ItemSelection extends Selection {
  /** Names, and patterns such as `book*`. */
  readonly dataTypes?: readonly string[] | undefined
}

/**
 * Chooses recorded items as requests do: a pattern never takes a grouped symbol, and instruments are one item, whatever the
 * symbols. A symbol whose type the bucket does not tell fits no type; `untyped` names it.
 */
export class ItemChoice {
  /** `deribit BTC-1`: left out because nothing tells their type, and chosen if it were one of the types. */
  readonly untyped = new Set<string>()
  /** The types that are recorded, as far as they were looked up. */
  readonly types = new Set<InstrumentType>()
  readonly isEverything: boolean
  readonly selection: ItemSelection
  readonly #ledger: TypesLedger
  /** Undefined: all. */
  readonly #entries: readonly string[] | undefined
  readonly #hasType: (dataType: DataType) => boolean
  readonly #fits: ReturnType<typeof selectorMatcher>

  constructor(selection: ItemSelection, ledger: TypesLedger) {
    const { dataTypes } = selection
    this.selection = selection
    this.#ledger = ledger
    this.#entries = selectorsOf(selection)
    this.#hasType = dataTypes ? globMatcher(dataTypes) : () => true
    this.#fits = this.#entries ? selectorMatcher(this.#entries) : () => true
    this.isEverything = dataTypes === undefined && this.#entries === undefined
  }

  /** What is chosen of a venue-day. Reads its plan and its list of instruments where types are asked for. */
  async on(day: VenueDay, signal?: AbortSignal): Promise<(item: Item) => boolean> {
    const typeOf = this.selection.instrumentTypes ? await instrumentTypes(this.#ledger, day, signal) : () => undefined
    return ({ dataType, symbol }) => {
      if (!this.#hasType(dataType)) return false
      return dataType === INSTRUMENTS || this.#hasSymbol(day.venue, symbol, groupedMarket(symbol) ?? typeOf(symbol))
    }
  }

  #hasSymbol(venue: string, symbol: string, type: InstrumentType | undefined): boolean {
    if (type !== undefined) this.types.add(type)
    if (this.#fits({ symbol, type })) return true
    const { instrumentTypes = [] } = this.selection
    if (type === undefined && instrumentTypes.some(type => this.#fits({ symbol, type })))
      this.untyped.add(`${venue} ${symbol}`)
    return false
  }

  /** True of a data type of which some items can be chosen by what is not in their names: of an object without a record. */
  takesUnrecorded(dataType: DataType): boolean {
    return this.#hasType(dataType) && this.#entries === undefined
  }

  /**
   * The data types of which a venue-day was asked for less than is chosen here; `recorded` is the scope of its manifest.
   * Where only data types are chosen, each counts with the symbols that it was asked for. Reads the plan where names do
   * not tell.
   */
  async notCovered(ledger: Pick<Ledger, 'readPlan'>, day: VenueDay, recorded: Scope): Promise<DataType[]> {
    const asked = this.#asked(recorded)
    if (await planCovers(ledger, day, recorded, asked)) return []
    const types: DataType[] = []
    for (const [dataType, symbols] of Object.entries(asked))
      if (!(await planCovers(ledger, day, recorded, { [dataType]: symbols }))) types.push(dataType)
    return types
  }

  #asked(recorded: Scope): Scope {
    const { dataTypes = ['*'] } = this.selection
    const named = dataTypes.filter(dataType => !isGlob(dataType))
    const types = new Set([...named, ...Object.keys(recorded).filter(this.#hasType)])
    const choosesSymbols = this.selection.symbols !== undefined || this.#entries !== undefined
    if (choosesSymbols) return scopeOf([...types], this.#entries)
    return Object.fromEntries([...types].map(type => [type, Object.hasOwn(recorded, type) ? recorded[type]! : 'all']))
  }
}
