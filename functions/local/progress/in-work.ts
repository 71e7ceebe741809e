import { type ItemName, itemNameKey } from '../../market/items.ts'
import type { PipelineEvent, WaitsFor } from '../../runtime/events.ts'
import type { Moved } from './rates.ts'

export interface ItemInWork extends ItemName {
  /** Compressed bytes of the whole file: the Content-Length, or a guess before the response. */
  readonly totalBytes?: number
  readonly isGuess: boolean
  readonly sourceBytes: number
  readonly rows: number
  /** Milliseconds since its last progress. */
  readonly quietMs: number
}

/** How long no item has made progress, and what they wait for. */
export interface Waiting {
  readonly for: WaitsFor
  readonly ms: number
}

/** Shorter pauses are not shown. */
export const QUIET_MS = 3_000

type Started = Extract<PipelineEvent, { kind: 'item-started' }>
type Finished = Extract<PipelineEvent, { kind: 'item-finished' }>

interface Work extends Omit<ItemInWork, 'quietMs'> {
  readonly textBytes: number
  readonly guessedBytes: number | undefined
  readonly waitsFor: WaitsFor
  readonly movedMs: number
}

const NOTHING: Moved = { sourceBytes: 0, textBytes: 0, rows: 0 }

/** The items that are being downloaded. Memory: one entry per item. */
export class ItemsInWork {
  readonly #items = new Map<string, Work>()
  /** Compressed bytes of the finished items, and what they were guessed to have. */
  finishedBytes = 0
  #guessedBytes = 0

  /** How many have no result yet: those in `finished` are being tried again. */
  newTo(finished: ReadonlyMap<string, unknown>): number {
    return [...this.#items.keys()].filter(key => !finished.has(key)).length
  }

  start({ venue, date, dataType, symbol, estimatedBytes }: Started, nowMs: number): void {
    this.#items.set(itemNameKey({ venue, date, dataType, symbol }), {
      ...{ venue, date, dataType, symbol, ...NOTHING, isGuess: true, guessedBytes: estimatedBytes },
      ...{ waitsFor: 'vendor', movedMs: nowMs },
      ...(estimatedBytes !== undefined && { totalBytes: estimatedBytes }),
    })
  }

  opened(item: ItemName, contentLength: number | undefined, nowMs: number): void {
    const exact = contentLength !== undefined && { totalBytes: contentLength, isGuess: false }
    // Another response is another transfer, which counts from zero.
    this.#update(item, { movedMs: nowMs, ...NOTHING, ...exact })
  }

  waits(item: ItemName, waitsFor: WaitsFor, nowMs: number): void {
    this.#update(item, { movedMs: nowMs, waitsFor })
  }

  /** Returns the growth since the last report of the same transfer. */
  move(item: ItemName & Moved, nowMs: number): Moved {
    const before = this.#items.get(itemNameKey(item))
    if (!before) return NOTHING
    const { sourceBytes, textBytes, rows } = item
    this.#update(item, { sourceBytes, textBytes, rows, movedMs: nowMs })
    return further(item, before)
  }

  finish(event: Finished): Moved {
    const before = this.#items.get(itemNameKey(event))
    this.#items.delete(itemNameKey(event))
    if (event.adopted) return NOTHING
    this.finishedBytes += event.sourceBytes
    this.#guessedBytes += before?.guessedBytes ?? event.sourceBytes
    return further(event, before ?? NOTHING)
  }

  view(nowMs: number): ItemInWork[] {
    return [...this.#items.values()].map(item => {
      const { venue, date, dataType, symbol, sourceBytes, rows, isGuess, totalBytes } = item
      const scale = isGuess ? this.#scale() : 1
      return {
        ...{ venue, date, dataType, symbol, sourceBytes, rows, isGuess, quietMs: nowMs - item.movedMs },
        ...(totalBytes !== undefined && { totalBytes: totalBytes * scale }),
      }
    })
  }

  /** Undefined while some item makes progress. */
  waiting(nowMs: number): Waiting | undefined {
    const items = [...this.#items.values()]
    const ms = nowMs - Math.max(...items.map(({ movedMs }) => movedMs))
    if (items.length === 0 || ms < QUIET_MS) return undefined
    return { for: items.some(({ waitsFor }) => waitsFor === 'vendor') ? 'vendor' : 'bucket', ms }
  }

  /** Corrects guesses by the error of the guesses for finished items: the files of a small venue are all small. */
  #scale(): number {
    return this.#guessedBytes === 0 ? 1 : this.finishedBytes / this.#guessedBytes
  }

  #update(item: ItemName, change: Partial<Work>): void {
    const before = this.#items.get(itemNameKey(item))
    if (before) this.#items.set(itemNameKey(item), { ...before, ...change })
  }
}

function further(now: Moved, before: Moved): Moved {
  return {
    sourceBytes: Math.max(0, now.sourceBytes - before.sourceBytes),
    textBytes: Math.max(0, now.textBytes - before.textBytes),
    rows: Math.max(0, now.rows - before.rows),
  }
}
