import type { Encoder } from './kernel.ts'
import type { Column, GroupRows } from './layout.ts'
import { columnOf, presenceOf } from './quality-columns.ts'

/** Which columns a data type's checks look at. */
export interface Checked {
  readonly prices: readonly string[]
  readonly amounts: readonly string[]
  /** The best bid and ask. */
  readonly book?: readonly [bid: string, ask: string]
  /** Whether price and amount are of trades, which add up. */
  readonly sums?: true
}

const TRADES: Checked = { prices: ['price'], amounts: ['amount'], sums: true }
const QUOTES: Checked = {
  prices: ['bid_price', 'ask_price'],
  amounts: ['bid_amount', 'ask_amount'],
  book: ['bid_price', 'ask_price'],
}
const SNAPSHOTS: Checked = {
  prices: ['bid_price_1', 'ask_price_1'],
  amounts: ['bid_amount_1', 'ask_amount_1'],
  book: ['bid_price_1', 'ask_price_1'],
}
const CHECKED: ReadonlyMap<string, Checked> = new Map([
  ['trades', TRADES],
  ['liquidations', TRADES],
  // An amount of zero removes a level.
  ['incremental_book_L2', { prices: ['price'], amounts: [] }],
  ['quotes', QUOTES],
  ['book_ticker', QUOTES],
  ['book_snapshot_5', SNAPSHOTS],
  ['book_snapshot_25', SNAPSHOTS],
  ['derivative_ticker', { prices: ['last_price', 'index_price', 'mark_price'], amounts: [] }],
])
const NOTHING: Checked = { prices: [], amounts: [] }

/** The columns that the checks of a data type look at. */
export function checkedColumns(dataType: string): Checked {
  return CHECKED.get(dataType) ?? NOTHING
}

export interface Content {
  readonly nulls: readonly { readonly column: string; readonly rows: number }[]
  readonly nonPositivePrices: number
  readonly nonPositiveAmounts: number
  readonly price?: { readonly min: number; readonly max: number }
  readonly volume?: number
  readonly notional?: number
  readonly crossed: number
  readonly locked: number
  readonly oneSided: number
  readonly snapshots: number
  readonly repeatedIds: number
  readonly ids?: { readonly first: bigint; readonly last: bigint; readonly missing: bigint }
}

/** What the values of a dataset say, row group by row group. */
export class ContentCheck {
  private readonly kernel: Encoder
  private readonly checked: Checked
  /** Ids of trades count trades; those of liquidations skip the other trades. */
  readonly hasIds: boolean
  private readonly nulls = new Map<string, number>()
  private counts = { nonPositivePrices: 0, nonPositiveAmounts: 0, crossed: 0, locked: 0, oneSided: 0, snapshots: 0 }
  private min = Number.POSITIVE_INFINITY
  private max = Number.NEGATIVE_INFINITY
  private volume = 0
  private notional = 0
  private isSnapshot = false
  private repeatedIds = 0
  private firstId = -1n
  private lastId = -1n
  private missingIds = 0n
  private idsIncrease = true

  constructor(kernel: Encoder, dataType: string) {
    this.kernel = kernel
    this.checked = checkedColumns(dataType)
    this.hasIds = dataType === 'trades'
  }

  /** Adds a row group; says whether each of its rows is known to have another id than the one above. */
  add(group: GroupRows): { readonly idsDiffer: boolean } {
    this.countNulls(group)
    for (const name of this.checked.prices) this.addPrices(group, columnOf(group, name))
    for (const name of this.checked.amounts) this.addAmounts(group, columnOf(group, name))
    this.addSums(group)
    this.addBook(group)
    this.addSnapshots(group)
    return { idsDiffer: this.hasIds && this.addIds(group) }
  }

  get found(): Content {
    const { min, max, checked, counts, idsIncrease, firstId: first } = this
    return {
      nulls: [...this.nulls].map(([column, rows]) => ({ column, rows })),
      ...counts,
      ...(min <= max && { price: { min, max } }),
      ...(checked.sums && min <= max && { volume: this.volume, notional: this.notional }),
      repeatedIds: this.repeatedIds,
      ...(idsIncrease && first >= 0n && { ids: { first, last: this.lastId, missing: this.missingIds } }),
    }
  }

  private countNulls({ layout, rows }: GroupRows): void {
    for (const { name, validity } of layout.columns) {
      const nulls = rows - this.kernel.countValues(validity, 0, rows)
      if (nulls > 0) this.nulls.set(name, (this.nulls.get(name) ?? 0) + nulls)
    }
  }

  private addPrices({ rows }: GroupRows, column: Column | undefined): void {
    if (!column) return
    const { kernel } = this
    kernel.scanValues(column.values, presenceOf(kernel, column, rows), rows)
    this.counts.nonPositivePrices += kernel.nonPositive.value
    this.min = Math.min(this.min, kernel.smallestValue.value)
    this.max = Math.max(this.max, kernel.largestValue.value)
  }

  private addAmounts({ rows }: GroupRows, column: Column | undefined): void {
    if (!column) return
    const { kernel } = this
    kernel.scanValues(column.values, presenceOf(kernel, column, rows), rows)
    this.counts.nonPositiveAmounts += kernel.nonPositive.value
  }

  private addSums(group: GroupRows): void {
    const [price, amount] = [columnOf(group, 'price'), columnOf(group, 'amount')]
    if (!this.checked.sums || !price || !amount) return
    const { kernel } = this
    const { rows } = group
    const [priceIn, amountIn] = [presenceOf(kernel, price, rows), presenceOf(kernel, amount, rows)]
    kernel.sumTrades(price.values, priceIn, amount.values, amountIn, rows)
    this.volume += kernel.volume.value
    this.notional += kernel.notional.value
  }

  private addBook(group: GroupRows): void {
    const [bid, ask] = (this.checked.book ?? []).map(name => columnOf(group, name))
    if (!bid || !ask) return
    const { kernel, counts } = this
    const { rows } = group
    kernel.scanBook(bid.values, presenceOf(kernel, bid, rows), ask.values, presenceOf(kernel, ask, rows), rows)
    counts.crossed += kernel.crossed.value
    counts.locked += kernel.locked.value
    counts.oneSided += kernel.oneSided.value
  }

  private addSnapshots(group: GroupRows): void {
    const column = columnOf(group, 'is_snapshot')
    if (!column) return
    this.counts.snapshots += this.kernel.countStarts(column.values, group.rows, this.isSnapshot)
    const last = group.rows - 1
    const byte = new Uint8Array(this.kernel.memory.buffer)[column.values + (last >> 3)]!
    this.isSnapshot = ((byte >> (last & 7)) & 1) === 1
  }

  private addIds(group: GroupRows): boolean {
    const column = columnOf(group, 'id')
    if (!column) return false
    const { kernel } = this
    const { rows } = group
    const present = presenceOf(kernel, column, rows)
    kernel.scanIds(column.offsets, column.data, present, rows, this.lastId)
    this.repeatedIds += kernel.repeatedIds.value
    this.idsIncrease &&= kernel.idsIncrease.value !== 0
    if (this.idsIncrease) {
      if (this.firstId < 0n) this.firstId = kernel.firstId.value
      this.missingIds += kernel.missingIds.value
      this.lastId = kernel.lastId.value
    }
    return present === 0 && kernel.repeatedIds.value === 0
  }
}
