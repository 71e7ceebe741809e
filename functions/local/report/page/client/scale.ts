import type { Cell, View } from './view.ts'
import { shareComplete } from './view.ts'

/** What the calendar's colours stand for, as values from 0 to 1 for a scale of one hue. */
export interface Scale {
  readonly low: string
  readonly high: string
  /** undefined: nothing to show. */
  readonly at: (cell: Cell) => number | undefined
}

export function scaleOf(measure: View['measure'], cells: readonly Cell[], format: (value: number) => string): Scale {
  if (measure === 'complete' || measure === 'condition')
    return { low: '0%', high: '100%', at: cell => shareComplete(cell) }
  const values = cells.map(cell => cell[measure]).filter(value => value > 0)
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const most = values.reduce((a, b) => Math.max(a, b), 0)
  // Venues differ a thousandfold, so the scale is logarithmic.
  const span = Math.log(most / least) || 1
  return {
    low: values.length > 0 ? format(least) : '0',
    high: values.length > 0 ? format(most) : '0',
    at: cell => (cell[measure] > 0 ? Math.log(cell[measure] / least) / span : undefined),
  }
}

/** A colour between two, for `at` from 0 to 1: `#rrggbb` each. */
export function mix(from: string, to: string, at: number): string {
  const part = (text: string, index: number) => Number.parseInt(text.slice(1 + 2 * index, 3 + 2 * index), 16)
  const parts = [0, 1, 2].map(index => Math.round(part(from, index) + (part(to, index) - part(from, index)) * at))
  return `rgb(${parts.join(' ')})`
}
