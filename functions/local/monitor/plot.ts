import type { Bucket } from '../../runtime/memory/sample-ring.ts'
import type { Piece, Style } from '../terminal/style.ts'

/** A series as `columns` values, each the highest of its stretch of time; NaN where there is none yet. Pure. */
export function resample(buckets: readonly Bucket[], columns: number, endSeconds: number): number[] {
  const values = new Array<number>(columns).fill(Number.NaN)
  if (endSeconds <= 0) return values
  const columnOf = (seconds: number) => Math.min(columns - 1, Math.floor((seconds / endSeconds) * columns))
  for (const { from, to, highest } of buckets) {
    for (let at = columnOf(from); at <= columnOf(to); at++) {
      if (!(values[at]! >= highest)) values[at] = highest
    }
  }
  return bridged(values)
}

/** A column without a sample shows the value of the column before it. */
function bridged(values: readonly number[]): number[] {
  const last = values.findLastIndex(value => !Number.isNaN(value))
  let before = Number.NaN
  return values.map((value, at) => {
    if (!Number.isNaN(value)) before = value
    return at <= last ? before : Number.NaN
  })
}

export interface Plot {
  readonly rows: number
  /** The value at the top edge. */
  readonly top: number
  /** A value with a line across the plot, if it is within it. */
  readonly line?: number | undefined
  readonly styleOf: (value: number) => Style | undefined
  readonly unicode: boolean
}

const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const ASCII = [' ', '.', '.', ':', ':', '|', '|', '#', '#']

/**
 * The area below a curve as columns in eighths of a cell, `rows` lines high, top line first. A value above zero shows
 * at least one eighth.
 */
export function drawArea(values: readonly number[], plot: Plot): Piece[][] {
  const { rows, top, unicode } = plot
  const glyphs = unicode ? EIGHTHS : ASCII
  const heights = values.map(value =>
    value > 0 && top > 0 ? Math.max(1, Math.min(rows * 8, Math.round((value / top) * rows * 8))) : 0,
  )
  const lineRow =
    plot.line !== undefined && plot.line <= top ? Math.min(rows - 1, Math.floor((plot.line / top) * rows)) : -1
  return Array.from({ length: rows }, (_, fromTop) => {
    const row = rows - 1 - fromTop
    return joined(
      values.map((value, at) => {
        const eighths = Math.max(0, Math.min(8, heights[at]! - row * 8))
        if (eighths > 0) return withStyle(glyphs[eighths]!, plot.styleOf(value))
        return row === lineRow ? { text: unicode ? '┄' : '-', style: 'dim' } : { text: ' ' }
      }),
    )
  })
}

function withStyle(text: string, style: Style | undefined): Piece {
  return style === undefined ? { text } : { text, style }
}

/** Joins neighbours of one style into one piece, which needs fewer control codes. */
function joined(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = []
  for (const piece of pieces) {
    const last = result.at(-1)
    if (last !== undefined && last.style === piece.style)
      result[result.length - 1] = { ...last, text: last.text + piece.text }
    else result.push(piece)
  }
  return result
}
