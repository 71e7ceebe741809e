import type { Quality } from '../../ledger/quality.ts'
import { type CalendarDay, DAY_MS, dayStartMs } from '../../market/days.ts'
import { type Checked, checkedColumns } from '../../ticks/quality-content.ts'
import { GapValues } from './gap-values.ts'
import { IdValues } from './id-values.ts'
import { LatencyValues } from './latency-values.ts'

/** The values of a column of a row group; null and undefined stand for none. */
export type Values = ArrayLike<unknown>

/** What the values of a file say, by the names of `quality`. */
export interface SeenValues {
  readonly rows: number
  readonly firstTimestampMicros?: string
  readonly lastTimestampMicros?: string
  readonly quality: Partial<Quality>
}

const TIMES = ['timestamp', 'local_timestamp'] as const

/**
 * Looks at every value of a file, a row group and a column at a time, by the definitions of ticks/QUALITY.md and with none of
 * the converter's code. Memory: the columns of a row group that several checks need.
 */
export class ValuesCheck {
  readonly #checked: Checked
  readonly #hasIds: boolean
  readonly #day: { readonly from: bigint; readonly to: bigint }
  readonly #kept = new Map<string, Values>()
  readonly #needed: ReadonlySet<string>
  readonly #lastValues = new Map<string, unknown>()
  readonly #nulls = new Map<string, number>()
  readonly #counts = {
    ...{ rowsOutOfOrder: 0, exchangeRowsOutOfOrder: 0, rowsOutsideDay: 0, repeatedRows: 0, repeatedIds: 0 },
    ...{ nonPositivePrices: 0, nonPositiveAmounts: 0, crossed: 0, locked: 0, oneSided: 0, snapshots: 0 },
  }
  #isRepeated = new Uint8Array()
  #rows = 0
  #first: bigint | undefined
  #last: bigint | undefined
  #before: { readonly [K in (typeof TIMES)[number]]?: bigint } = {}
  readonly #gaps = new GapValues()
  readonly #latencies = new LatencyValues()
  readonly #ids = new IdValues()
  #price: { min: number; max: number } | undefined
  #sums: { volume: number; notional: number } | undefined

  constructor(dataType: string, date: CalendarDay) {
    this.#checked = checkedColumns(dataType)
    this.#hasIds = dataType === 'trades'
    const from = BigInt(dayStartMs(date)) * 1000n
    this.#day = { from, to: from + BigInt(DAY_MS) * 1000n }
    const { prices, amounts, book = [] } = this.#checked
    this.#needed = new Set([...TIMES, ...prices, ...amounts, ...book, 'price', 'amount'])
  }

  beginGroup(rows: number): void {
    this.#isRepeated = new Uint8Array(rows).fill(1)
    if (this.#rows === 0) this.#isRepeated[0] = 0
    this.#rows += rows
  }

  /** All values of a column in the row group that was begun. */
  addColumn(name: string, values: Values): void {
    let nulls = 0
    let above = this.#lastValues.get(name)
    for (let row = 0; row < values.length; row++) {
      const value = values[row] ?? undefined
      if (value === undefined) nulls += 1
      if (!Object.is(value, above)) this.#isRepeated[row] = 0
      else if (this.#hasIds && name === 'id' && value !== undefined) this.#counts.repeatedIds += 1
      if (name === 'is_snapshot' && value === true && above !== true) this.#counts.snapshots += 1
      above = value
    }
    this.#lastValues.set(name, above)
    if (this.#hasIds && name === 'id') this.#ids.add(values)
    if (nulls > 0) this.#nulls.set(name, (this.#nulls.get(name) ?? 0) + nulls)
    if (this.#needed.has(name)) this.#kept.set(name, values)
  }

  endGroup(): void {
    for (const same of this.#isRepeated) this.#counts.repeatedRows += same
    const [sent, received] = TIMES.map(name => this.#kept.get(name) as ArrayLike<bigint | undefined> | undefined)
    if (received) this.#followReceived(received)
    if (sent) this.#counts.exchangeRowsOutOfOrder += this.#follow('timestamp', sent, () => {})
    if (sent && received) this.#latencies.add(sent, received)
    const numbers = (name: string) => this.#kept.get(name) as ArrayLike<number | undefined> | undefined
    for (const name of this.#checked.prices) this.#addPrices(numbers(name) ?? [])
    for (const name of this.#checked.amounts) this.#counts.nonPositiveAmounts += countNonPositive(numbers(name) ?? [])
    const [bids, asks] = (this.#checked.book ?? []).map(numbers)
    if (bids && asks) this.#addBook(bids, asks)
    if (this.#checked.sums) this.#addSums(numbers('price') ?? [], numbers('amount') ?? [])
    this.#kept.clear()
  }

  get seen(): SeenValues {
    const latency = this.#latencies.seen
    const ids = this.#ids.seen
    const nulls = [...this.#nulls].map(([column, rows]) => ({ column, rows }))
    return {
      rows: this.#rows,
      ...(this.#first !== undefined && { firstTimestampMicros: `${this.#first}` }),
      ...(this.#last !== undefined && { lastTimestampMicros: `${this.#last}` }),
      quality: {
        ...this.#counts,
        ...this.#gaps.seen,
        ...(nulls.length > 0 && { nulls }),
        ...(latency && { latency }),
        ...(ids && { ids }),
        ...(this.#price && { price: this.#price }),
        ...(this.#price && this.#sums),
      },
    }
  }

  #followReceived(times: ArrayLike<bigint | undefined>): void {
    const { from, to } = this.#day
    this.#counts.rowsOutOfOrder += this.#follow('local_timestamp', times, (time, above) => {
      if (time < from || time >= to) this.#counts.rowsOutsideDay += 1
      if (this.#first === undefined || time < this.#first) this.#first = time
      if (this.#last === undefined || time > this.#last) this.#last = time
      if (above !== undefined) this.#gaps.add(above, time - above)
    })
  }

  /** Goes through the times that there are. @returns how many are before the one above */
  #follow(
    name: (typeof TIMES)[number],
    times: ArrayLike<bigint | undefined>,
    onTime: (time: bigint, above: bigint | undefined) => void,
  ): number {
    let above = this.#before[name]
    let outOfOrder = 0
    for (let row = 0; row < times.length; row++) {
      const time = times[row] ?? undefined
      if (time === undefined) continue
      if (above !== undefined && time < above) outOfOrder += 1
      onTime(time, above)
      above = time
    }
    this.#before = { ...this.#before, ...(above !== undefined && { [name]: above }) }
    return outOfOrder
  }

  #addPrices(values: ArrayLike<number | undefined>): void {
    this.#counts.nonPositivePrices += countNonPositive(values)
    for (let row = 0; row < values.length; row++) {
      const value = values[row] ?? undefined
      if (value === undefined) continue
      this.#price ??= { min: value, max: value }
      if (value < this.#price.min) this.#price.min = value
      if (value > this.#price.max) this.#price.max = value
    }
  }

  #addBook(bids: ArrayLike<number | undefined>, asks: ArrayLike<number | undefined>): void {
    for (let row = 0; row < bids.length; row++) {
      const [bid, ask] = [bids[row] ?? undefined, asks[row] ?? undefined]
      if ((bid === undefined) !== (ask === undefined)) this.#counts.oneSided += 1
      if (bid === undefined || ask === undefined) continue
      if (bid > ask) this.#counts.crossed += 1
      if (bid === ask) this.#counts.locked += 1
    }
  }

  #addSums(prices: ArrayLike<number | undefined>, amounts: ArrayLike<number | undefined>): void {
    const sums = { volume: 0, notional: 0, ...this.#sums }
    for (let row = 0; row < prices.length; row++) {
      const [price, amount] = [prices[row] ?? undefined, amounts[row] ?? undefined]
      if (price === undefined || amount === undefined) continue
      sums.volume += amount
      sums.notional += price * amount
    }
    this.#sums = sums
  }
}

function countNonPositive(values: ArrayLike<number | undefined>): number {
  let count = 0
  for (let row = 0; row < values.length; row++) if ((values[row] ?? 1) <= 0) count += 1
  return count
}
