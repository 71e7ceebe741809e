import { colour, el } from './dom.ts'

/** A grid of coloured cells with names on the left and months on top. */
export interface HeatMapOptions {
  readonly label: string
  readonly rows: readonly string[]
  readonly columns: number
  /** Labels above the columns, each at the column where it begins. */
  readonly marks: readonly { readonly at: number; readonly label: string }[]
  /** Colours from top to bottom, each with its share of the cell. */
  readonly coloursAt: (row: number, column: number) => readonly (readonly [colour: string, share: number])[]
  /** Written into the cell where there is room. */
  readonly letterAt: (row: number, column: number) => string
  /** Lines for tooltip and screen reader. */
  readonly describe: (row: number, column: number) => readonly string[]
  readonly onOpen: (row: number, column: number) => void
  readonly onBack: () => void
}

/** Where the cells are, in CSS pixels. */
export interface Layout {
  readonly left: number
  readonly top: number
  readonly cellWidth: number
  readonly cellHeight: number
  readonly width: number
  readonly height: number
}

export function layoutOf(widthPx: number, rows: number, columns: number, longestLabelPx: number): Layout {
  const left = Math.min(longestLabelPx + 12, Math.round(widthPx * 0.36))
  const top = 22
  const cellWidth = Math.min(32, (widthPx - left - 1) / columns)
  const cellHeight = rows <= 8 ? 24 : rows <= 20 ? 20 : 16
  return { left, top, cellWidth, cellHeight, width: widthPx, height: top + rows * cellHeight + 2 }
}

/**
 * Draws the grid on one canvas, because 15,000 elements are slow. The arrow keys move a cell, Enter opens it, Escape goes
 * back; a live region reads the cell out.
 */
export function heatMap(options: HeatMapOptions, widthPx: number): HTMLElement {
  const canvas = el('canvas', {
    class: 'heat',
    tabindex: 0,
    role: 'application',
    'aria-roledescription': 'calendar',
    'aria-label': `${options.label}. Arrow keys move, Enter opens, Escape goes back.`,
  })
  const said = el('div', { class: 'hidden', 'aria-live': 'polite' })
  const tip = el('div', { class: 'tip', role: 'tooltip', hidden: true })
  const measureText = canvas.getContext('2d')!
  measureText.font = heatFont()
  const longest = options.rows.reduce((most, label) => Math.max(most, measureText.measureText(label).width), 0)
  const layout = layoutOf(widthPx, options.rows.length, options.columns, longest)
  let at: { row: number; column: number } | undefined
  const show = (next: { row: number; column: number } | undefined, isKey: boolean) => {
    at = next
    drawHeatMap(canvas, options, layout, at)
    tip.hidden = next === undefined
    if (!next) return
    const lines = options.describe(next.row, next.column)
    tip.replaceChildren(...lines.map((line, index) => el(index === 0 ? 'strong' : 'span', {}, line)))
    if (isKey) said.textContent = lines.join(', ')
    placeTip(tip, layout, next)
  }
  canvas.addEventListener('pointermove', event => show(cellAt(event, layout, options), false))
  canvas.addEventListener('pointerleave', () => show(undefined, false))
  canvas.addEventListener('blur', () => show(undefined, false))
  canvas.addEventListener('click', event => {
    const cell = cellAt(event, layout, options)
    if (cell) options.onOpen(cell.row, cell.column)
  })
  canvas.addEventListener('keydown', event => {
    const now = at ?? { row: 0, column: 0 }
    if (event.key === 'Enter' || event.key === ' ') options.onOpen(now.row, now.column)
    else if (event.key === 'Escape') options.onBack()
    else {
      const next = at ? moved(event.key, now, options) : event.key.startsWith('Arrow') ? now : undefined
      if (!next) return
      show(next, true)
    }
    event.preventDefault()
  })
  drawHeatMap(canvas, options, layout, undefined)
  const box = el('div', { class: 'heat-box' }, canvas, tip, said)
  box.addEventListener('redraw', () => drawHeatMap(canvas, options, layout, at))
  return box
}

export function moved(
  key: string,
  { row, column }: { row: number; column: number },
  { rows, columns }: Pick<HeatMapOptions, 'rows' | 'columns'>,
): { row: number; column: number } | undefined {
  const lastRow = rows.length - 1
  const lastColumn = columns - 1
  if (key === 'ArrowLeft') return { row, column: Math.max(0, column - 1) }
  if (key === 'ArrowRight') return { row, column: Math.min(lastColumn, column + 1) }
  if (key === 'ArrowUp') return { row: Math.max(0, row - 1), column }
  if (key === 'ArrowDown') return { row: Math.min(lastRow, row + 1), column }
  if (key === 'Home') return { row, column: 0 }
  if (key === 'End') return { row, column: lastColumn }
  if (key === 'PageUp') return { row: 0, column }
  if (key === 'PageDown') return { row: lastRow, column }
  return undefined
}

export function cellAt(
  { offsetX, offsetY }: { readonly offsetX: number; readonly offsetY: number },
  { left, top, cellWidth, cellHeight }: Layout,
  { rows, columns }: Pick<HeatMapOptions, 'rows' | 'columns'>,
): { row: number; column: number } | undefined {
  const row = Math.floor((offsetY - top) / cellHeight)
  const column = Math.floor((offsetX - left) / cellWidth)
  return row >= 0 && row < rows.length && column >= 0 && column < columns ? { row, column } : undefined
}

/** Beside the cell, on the side where there is room. */
export function placeTip(tip: HTMLElement, layout: Layout, { row, column }: { row: number; column: number }): void {
  const x = layout.left + (column + 0.5) * layout.cellWidth
  const y = layout.top + (row + 1) * layout.cellHeight + 8
  tip.style.left = `${Math.max(0, Math.min(x - tip.offsetWidth / 2, layout.width - tip.offsetWidth))}px`
  tip.style.top = `${y}px`
}

export function heatFont(): string {
  return '12px system-ui, sans-serif'
}

export function drawHeatMap(
  canvas: HTMLCanvasElement,
  options: HeatMapOptions,
  layout: Layout,
  at: { row: number; column: number } | undefined,
): void {
  const { left, top, cellWidth, cellHeight, width, height } = layout
  const ratio = Math.max(1, window.devicePixelRatio)
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  canvas.style.height = `${height}px`
  const draw = canvas.getContext('2d')!
  draw.scale(ratio, ratio)
  draw.font = heatFont()
  draw.textBaseline = 'middle'
  const soft = colour('soft')
  const gapX = cellWidth > 6 ? 1 : 0
  drawMarks(draw, options, layout, soft)
  for (let row = 0; row < options.rows.length; row += 1) {
    const y = top + row * cellHeight
    draw.textAlign = 'left'
    draw.fillStyle = at?.row === row ? colour('ink') : soft
    draw.fillText(fitted(draw, options.rows[row]!, left - 10), 0, y + cellHeight / 2)
    for (let column = 0; column < options.columns; column += 1) {
      const x = left + column * cellWidth
      let done = 0
      for (const [name, share] of options.coloursAt(row, column)) {
        draw.fillStyle = name
        const size = share * (cellHeight - 2)
        draw.fillRect(x, y + 1 + done, cellWidth - gapX + (gapX ? 0 : 0.3), size)
        done += size
      }
      const letter = cellWidth >= 13 ? options.letterAt(row, column) : ''
      if (!letter) continue
      draw.textAlign = 'center'
      draw.fillStyle = colour('on-cell')
      draw.fillText(letter, x + (cellWidth - gapX) / 2, y + cellHeight / 2 + 1)
    }
  }
  if (!at) return
  draw.strokeStyle = colour('ink')
  draw.lineWidth = 2
  draw.strokeRect(left + at.column * cellWidth - 1, top + at.row * cellHeight, cellWidth + 2 - gapX, cellHeight)
}

/** Labels that would run into the one before are left out. */
export function drawMarks(
  draw: CanvasRenderingContext2D,
  { marks }: HeatMapOptions,
  { left, cellWidth, top, width, height }: Layout,
  soft: string,
): void {
  draw.textAlign = 'left'
  let free = 0
  for (const { at, label } of marks) {
    const x = left + at * cellWidth
    draw.fillStyle = colour('rule')
    draw.fillRect(Math.round(x), top - 6, 1, height - top + 4)
    const needed = draw.measureText(label).width
    if (x < free || x + needed > width) continue
    draw.fillStyle = soft
    draw.fillText(label, x + 3, top - 12)
    free = x + needed + 12
  }
}

/** A text cut so that it fits, with `…` in its middle: names such as binance-futures and binance-options end differently. */
export function fitted(draw: Pick<CanvasRenderingContext2D, 'measureText'>, text: string, widthPx: number): string {
  let shown = text
  for (let kept = text.length - 1; kept > 1 && draw.measureText(shown).width > widthPx; kept -= 1)
    shown = `${text.slice(0, Math.ceil(kept / 2))}…${text.slice(text.length - Math.floor(kept / 2))}`
  return shown
}
