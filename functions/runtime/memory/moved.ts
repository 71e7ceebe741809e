import { itemNameKey } from '../../market/items.ts'
import type { Observer } from '../events.ts'

/** What all items moved so far, those in work included. */
export interface Moved {
  readonly rows: number
  readonly textBytes: number
}

/** Adds up the progress of all items. Memory: two numbers for each item in work. */
export function countMoved(): { readonly observe: Observer; readonly moved: () => Moved } {
  const inWork = new Map<string, Moved>()
  let total = NOTHING
  return {
    observe(event) {
      if (event.kind === 'item-finished') inWork.delete(itemNameKey(event))
      if (event.kind !== 'item-progress') return
      const { rows, textBytes } = event
      const last = inWork.get(itemNameKey(event)) ?? NOTHING
      // A transfer that broke starts again from 0. What it moves then counts once more.
      const before = textBytes < last.textBytes ? NOTHING : last
      total = { rows: total.rows + rows - before.rows, textBytes: total.textBytes + textBytes - before.textBytes }
      inWork.set(itemNameKey(event), { rows, textBytes })
    },
    moved: () => total,
  }
}

const NOTHING: Moved = { rows: 0, textBytes: 0 }
