import type { ItemName } from '../../market/items.ts'
import type { PipelineEvent } from '../../runtime/events.ts'
import { type Moved, type Rates, RateWindow } from './rates.ts'

/** What a run looks like at one moment: plain values, to be drawn or logged. */
export interface ProgressView {
  readonly elapsedMs: number
  /** Undefined until schedule has said how many there are. */
  readonly venueDays?: { readonly complete: number; readonly total: number; readonly alreadyComplete: number }
  readonly items: {
    readonly done: number
    /** Known items of this run; an estimate while venue-days are still to be planned. */
    readonly total: number
    readonly estimated: boolean
    /** Settled by an earlier run, not part of the total. */
    readonly settledBefore: number
  }
  /** Done share of the run by bytes, or by items where no bytes are known yet; undefined before anything is known. */
  readonly share?: number
  /** Compressed bytes read, text bytes they held and rows in them, taken-over objects left out. */
  readonly sourceBytes: number
  readonly textBytes: number
  readonly rows: number
  readonly rates?: Rates
  readonly leftMs?: number
  readonly byStatus: Readonly<Record<string, number>>
  readonly adopted: number
  readonly inWork: readonly ItemInWork[]
}

export interface ItemInWork extends ItemName {
  readonly estimatedBytes?: number
  readonly sourceBytes: number
  readonly rows: number
}

/**
 * Folds pipeline events into what a display shows. Memory: the venue-days, the items in work and those that failed.
 * Events may come doubled and in any order, as deliveries do.
 */
export class Progress {
  readonly #startedMs: number
  #scheduled: { venueDays: number; alreadyComplete: number } | undefined
  readonly #planned = new Map<string, { items: number; settledBefore: number }>()
  readonly #inWork = new Map<string, ItemInWork & { textBytes: number }>()
  /** Items whose last result may be replaced by a better one. */
  readonly #unsettled = new Map<string, string>()
  readonly #byStatus: Record<string, number> = {}
  readonly #complete = new Set<string>()
  #done = 0
  #adopted = 0
  /** Only grows, also where an item is begun again: rates come from it. */
  readonly #moved: Moved = { sourceBytes: 0, textBytes: 0, rows: 0 }
  #finishedBytes = 0
  /** Of finished items: what they were thought to have, to be compared with what they had. */
  #guessedBytes = 0
  readonly #window = new RateWindow()

  constructor(startedMs: number) {
    this.#startedMs = startedMs
  }

  observe(event: PipelineEvent, nowMs: number): void {
    switch (event.kind) {
      case 'scheduled':
        this.#scheduled = {
          venueDays: (this.#scheduled?.venueDays ?? 0) + event.venueDays,
          alreadyComplete: (this.#scheduled?.alreadyComplete ?? 0) + event.alreadyComplete,
        }
        break
      case 'planned': {
        const key = `${event.venue} ${event.date}`
        // Planned again, items settled in this run would count as settled before it: the first plan tells.
        const settledBefore = this.#planned.get(key)?.settledBefore ?? event.settled
        this.#planned.set(key, { items: event.items, settledBefore })
        break
      }
      case 'item-started': {
        const { venue, date, dataType, symbol, estimatedBytes } = event
        const item = { venue, date, dataType, symbol, sourceBytes: 0, textBytes: 0, rows: 0 }
        this.#inWork.set(keyOf(event), estimatedBytes === undefined ? item : { ...item, estimatedBytes })
        break
      }
      case 'item-progress':
        this.#move(event)
        break
      case 'item-finished':
        this.#finish(event)
        break
      case 'manifest':
        if (event.status === 'complete') this.#complete.add(`${event.venue} ${event.date}`)
        else this.#complete.delete(`${event.venue} ${event.date}`)
        break
    }
    this.#window.sample(this.#moved, nowMs)
  }

  view(nowMs: number): ProgressView {
    this.#window.sample(this.#moved, nowMs)
    const items = this.#items()
    const inWork = [...this.#inWork.values()].map(item => this.#calibrated(item))
    const rates = this.#window.rates(this.#moved, nowMs)
    const remainingBytes = this.#remainingBytes(items.total - this.#done, inWork)
    const share = this.#share(items, remainingBytes, inWork)
    const leftMs = this.#leftMs(nowMs, share, remainingBytes, rates?.sourceBytesPerSecond)
    return {
      elapsedMs: nowMs - this.#startedMs,
      ...(this.#scheduled && {
        venueDays: {
          complete: this.#scheduled.alreadyComplete + this.#complete.size,
          total: this.#scheduled.venueDays,
          alreadyComplete: this.#scheduled.alreadyComplete,
        },
      }),
      items,
      ...(share !== undefined && { share }),
      ...this.#moved,
      ...(rates && { rates }),
      ...(leftMs !== undefined && { leftMs }),
      byStatus: { ...this.#byStatus },
      adopted: this.#adopted,
      inWork,
    }
  }

  #move(event: ItemName & Moved): void {
    const item = this.#inWork.get(keyOf(event))
    if (!item) return
    this.#count(event, item)
    this.#inWork.set(keyOf(event), {
      ...item,
      sourceBytes: event.sourceBytes,
      textBytes: event.textBytes,
      rows: event.rows,
    })
  }

  /** An item begun again counts from zero: only what is more than before has moved. */
  #count(now: Moved, before: Moved): void {
    this.#moved.sourceBytes += Math.max(0, now.sourceBytes - before.sourceBytes)
    this.#moved.textBytes += Math.max(0, now.textBytes - before.textBytes)
    this.#moved.rows += Math.max(0, now.rows - before.rows)
  }

  #finish(event: Extract<PipelineEvent, { kind: 'item-finished' }>): void {
    const key = keyOf(event)
    const item = this.#inWork.get(key)
    this.#inWork.delete(key)
    if (event.adopted) this.#adopted += 1
    else {
      this.#count(event, item ?? { sourceBytes: 0, textBytes: 0, rows: 0 })
      this.#finishedBytes += event.sourceBytes
      this.#guessedBytes += item?.estimatedBytes ?? event.sourceBytes
    }
    // Stopped at the deadline or by the user: it is not done, another delivery will be told of.
    if (event.status === 'stopped') return
    const before = this.#unsettled.get(key)
    if (before === undefined) this.#done += 1
    else this.#byStatus[before] = this.#byStatus[before]! - 1
    this.#byStatus[event.status] = (this.#byStatus[event.status] ?? 0) + 1
    if (SETTLED.has(event.status)) this.#unsettled.delete(key)
    else this.#unsettled.set(key, event.status)
  }

  /** Guesses are off by the same factor, more or less: a small venue's files are all small. */
  #calibrated(item: ItemInWork): ItemInWork {
    if (item.estimatedBytes === undefined || this.#guessedBytes === 0) return item
    return { ...item, estimatedBytes: (item.estimatedBytes * this.#finishedBytes) / this.#guessedBytes }
  }

  #items(): ProgressView['items'] {
    let total = 0
    let settledBefore = 0
    for (const day of this.#planned.values()) {
      total += Math.max(0, day.items - day.settledBefore)
      settledBefore += day.settledBefore
    }
    const toPlan = (this.#scheduled?.venueDays ?? 0) - (this.#scheduled?.alreadyComplete ?? 0)
    const unplanned = Math.max(0, toPlan - this.#planned.size)
    if (this.#planned.size > 0) total += Math.round((unplanned * total) / this.#planned.size)
    total = Math.max(total, this.#done + this.#inWork.size)
    return { done: this.#done, total, estimated: unplanned > 0, settledBefore }
  }

  #remainingBytes(itemsLeft: number, inWork: readonly ItemInWork[]): number | undefined {
    const worked = this.#done - this.#adopted
    const meanBytes = worked > 0 ? this.#finishedBytes / worked : undefined
    let remaining = 0
    for (const item of inWork) {
      const wholeBytes = item.estimatedBytes ?? meanBytes
      if (wholeBytes === undefined) return undefined
      remaining += Math.max(0, wholeBytes - item.sourceBytes)
    }
    const queued = Math.max(0, itemsLeft - inWork.length)
    if (queued > 0 && meanBytes === undefined) return undefined
    return remaining + queued * (meanBytes ?? 0)
  }

  #share(
    { total, estimated: unplanned }: ProgressView['items'],
    remainingBytes: number | undefined,
    inWork: readonly ItemInWork[],
  ): number | undefined {
    if (total === 0) return this.#scheduled && !unplanned ? 1 : undefined
    const byItems = this.#done / total
    const doneBytes = inWork.reduce((sum, item) => sum + item.sourceBytes, this.#finishedBytes)
    if (remainingBytes === undefined || doneBytes === 0) return byItems
    if (this.#done >= total) return 1
    return Math.min(0.999, doneBytes / (doneBytes + remainingBytes))
  }

  #leftMs(
    nowMs: number,
    share: number | undefined,
    remainingBytes: number | undefined,
    bytesPerSecond: number | undefined,
  ): number | undefined {
    if (share === undefined || share >= 1) return share === undefined ? undefined : 0
    if (remainingBytes !== undefined && bytesPerSecond) return (remainingBytes / bytesPerSecond) * 1000
    const elapsedMs = nowMs - this.#startedMs
    return share > 0 ? (elapsedMs * (1 - share)) / share : undefined
  }
}

const SETTLED: ReadonlySet<string> = new Set(['stored', 'empty', 'missing'])

function keyOf({ venue, date, dataType, symbol }: ItemName): string {
  return `${venue} ${date} ${dataType} ${symbol}`
}
