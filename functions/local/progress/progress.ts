import { itemNameKey, venueDayKey } from '../../market/items.ts'
import type { PipelineEvent } from '../../runtime/events.ts'
import { type ItemInWork, ItemsInWork, type Waiting } from './in-work.ts'
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
  /** Compressed bytes read, CSV bytes they held and rows in them, also of transfers that were given up or repeated. */
  readonly sourceBytes: number
  readonly textBytes: number
  readonly rows: number
  /** The same of the files that this run stored. */
  readonly stored: Moved & { readonly files: number }
  readonly rates?: Rates
  readonly leftMs?: number
  readonly byStatus: Readonly<Record<string, number>>
  readonly adopted: number
  readonly inWork: readonly ItemInWork[]
  /** Set where nothing has come for any item for some seconds. */
  readonly waiting?: Waiting
}

/**
 * Folds pipeline events into what a display shows. Memory: the venue-days, the items in work and those that failed.
 * Events may come doubled and in any order, as deliveries do.
 */
export class Progress {
  readonly #startedMs: number
  #scheduled: { venueDays: number; alreadyComplete: number } | undefined
  readonly #planned = new Map<string, { items: number; settledBefore: number }>()
  readonly #inWork = new ItemsInWork()
  /** Items whose last result may be replaced by a better one. */
  readonly #unsettled = new Map<string, string>()
  readonly #byStatus: Record<string, number> = {}
  readonly #complete = new Set<string>()
  #done = 0
  #adopted = 0
  /** Only grows, also where an item is begun again: rates come from it. */
  readonly #moved: Moved = { sourceBytes: 0, textBytes: 0, rows: 0 }
  readonly #stored = { files: 0, sourceBytes: 0, textBytes: 0, rows: 0 }
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
        const key = venueDayKey(event)
        // The first plan counts: in a later one, items that this run settled would count as settled before it.
        const settledBefore = this.#planned.get(key)?.settledBefore ?? event.settled
        this.#planned.set(key, { items: event.items, settledBefore })
        break
      }
      case 'item-started':
        this.#inWork.start(event, nowMs)
        break
      case 'item-opened':
        this.#inWork.opened(event, event.contentLength, nowMs)
        break
      case 'item-waits':
        this.#inWork.waits(event, event.for, nowMs)
        break
      case 'item-progress':
        this.#add(this.#moved, this.#inWork.move(event, nowMs))
        break
      case 'item-finished':
        this.#finish(event)
        break
      case 'manifest':
        if (event.status === 'complete') this.#complete.add(venueDayKey(event))
        else this.#complete.delete(venueDayKey(event))
        break
    }
    this.#window.sample(this.#moved, nowMs)
  }

  view(nowMs: number): ProgressView {
    this.#window.sample(this.#moved, nowMs)
    const items = this.#items()
    const inWork = this.#inWork.view(nowMs)
    const waiting = this.#inWork.waiting(nowMs)
    const rates = this.#window.rates(this.#moved, nowMs)
    const remainingBytes = this.#remainingBytes(items.total - this.#done, inWork)
    const share = this.#share(items, remainingBytes, inWork)
    const leftMs = waiting ? undefined : this.#leftMs(nowMs, share, remainingBytes, rates?.sourceBytesPerSecond)
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
      stored: { ...this.#stored },
      adopted: this.#adopted,
      inWork,
      ...(waiting && { waiting }),
    }
  }

  #finish(event: Extract<PipelineEvent, { kind: 'item-finished' }>): void {
    const key = itemNameKey(event)
    this.#add(this.#moved, this.#inWork.finish(event))
    if (event.adopted) this.#adopted += 1
    else if (STORED.has(event.status)) {
      this.#stored.files += 1
      this.#add(this.#stored, event)
    }
    // Stopped at the deadline or by the user: it is not done, and another delivery reports it.
    if (event.status === 'stopped') return
    const before = this.#unsettled.get(key)
    if (before === undefined) this.#done += 1
    else this.#byStatus[before] = this.#byStatus[before]! - 1
    this.#byStatus[event.status] = (this.#byStatus[event.status] ?? 0) + 1
    if (SETTLED.has(event.status)) this.#unsettled.delete(key)
    else this.#unsettled.set(key, event.status)
  }

  #add(sum: Moved, { sourceBytes, textBytes, rows }: Moved): void {
    sum.sourceBytes += sourceBytes
    sum.textBytes += textBytes
    sum.rows += rows
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
    total = Math.max(total, this.#done + this.#inWork.newTo(this.#unsettled))
    return { done: this.#done, total, estimated: unplanned > 0, settledBefore }
  }

  #remainingBytes(itemsLeft: number, inWork: readonly ItemInWork[]): number | undefined {
    const worked = this.#done - this.#adopted
    const meanBytes = worked > 0 ? this.#inWork.finishedBytes / worked : meanOf(inWork)
    let remaining = 0
    for (const item of inWork) {
      const wholeBytes = item.totalBytes ?? meanBytes
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
    const doneBytes = inWork.reduce((sum, item) => sum + item.sourceBytes, this.#inWork.finishedBytes)
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

/** The mean size of the items in work, for those that wait, before any item is finished. */
function meanOf(inWork: readonly ItemInWork[]): number | undefined {
  const known = inWork.flatMap(({ totalBytes }) => (totalBytes === undefined ? [] : [totalBytes]))
  return known.length === 0 ? undefined : known.reduce((sum, bytes) => sum + bytes, 0) / known.length
}

const STORED: ReadonlySet<string> = new Set(['stored', 'empty'])
const SETTLED: ReadonlySet<string> = new Set(['stored', 'empty', 'missing'])
