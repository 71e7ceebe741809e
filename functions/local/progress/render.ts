import { bytes, count, duration, percent, short } from '../terminal/human.ts'
import { bar } from '../terminal/progress-bar.ts'
import { cells, type Looks, type Piece, pad, paintLine, shorten } from '../terminal/style.ts'
import { type ItemInWork, QUIET_MS } from './in-work.ts'
import type { ProgressView } from './progress.ts'
import type { Rates } from './rates.ts'

export interface Frame {
  readonly progress: ProgressView
  readonly rssBytes: number
  /** The fixed allocation, if there is one. */
  readonly limitBytes?: number
  /** What the run is doing that the figures do not show, such as stopping. */
  readonly note?: string
  /** The venue and the day, if all items have the same: the title names them, so narrow lines leave them out. */
  readonly common?: { readonly venue?: string; readonly date?: string }
}

export interface Screen extends Looks {
  readonly width: number
  /** Most lines to use. */
  readonly height: number
}

/**
 * The live block as lines of at most `width` cells: the bar with the overall figures, the rates, and the items in work.
 * A pure function; the parts that do not fit are left out, least important first.
 */
export function renderFrame(frame: Frame, screen: Screen): string[] {
  const lines = [barLine(frame, screen), ratesLine(frame, screen)]
  const room = Math.max(0, screen.height - lines.length)
  lines.push(...itemLines(frame.progress.inWork.slice(0, room), frame.common ?? {}, screen))
  return lines.map(pieces => paintLine(pieces, screen.width, screen))
}

const MAX_BAR = 40
const MIN_BAR = 8

function barLine({ progress, note }: Frame, screen: Screen): Piece[] {
  const figures = fitting(
    [
      piece(percent(progress.share).padStart(4), 'bold'),
      piece(itemsText(progress)),
      ...noteOf(progress, note),
      piece(daysText(progress), 'dim'),
    ],
    screen.width - MIN_BAR - 1,
  )
  const barCells = Math.min(MAX_BAR, screen.width - 1 - widthOf(figures))
  return barCells < MIN_BAR ? figures : [...bar(progress.share ?? 0, barCells, screen), piece(' '), ...figures]
}

function ratesLine({ progress, rssBytes, limitBytes }: Frame, { width, unicode }: Screen): Piece[] {
  const { rates } = progress
  const [arrow, unknown] = unicode ? ['→', '–'] : ['->', '-']
  const memory = limitBytes ? `memory ${bytes(rssBytes)} of ${bytes(limitBytes)}` : `memory ${bytes(rssBytes)}`
  const tight = limitBytes !== undefined && rssBytes > limitBytes * 0.75
  return fitting(
    [
      piece(`${rates?.rowsPerSecond === undefined ? unknown : short(rates.rowsPerSecond)} rows/s`),
      piece(rates ? bytesRateText(rates, arrow) : ''),
      piece(memory, tight ? 'yellow' : undefined),
      piece(`${count(progress.rows)} rows, ${bytes(progress.sourceBytes)} gz`, 'dim'),
    ],
    width,
  )
}

function bytesRateText({ sourceBytesPerSecond, textBytesPerSecond }: Rates, arrow: string): string {
  const source = `${bytes(sourceBytesPerSecond)}/s gz`
  return textBytesPerSecond === undefined ? source : `${source} ${arrow} ${bytes(textBytesPerSecond)}/s CSV`
}

const MARK_CELLS = 3
const GAP_CELLS = 2
const MIN_TAIL_CELLS = 4

/** All labels have the same form: the fullest one that leaves room for a percentage. */
function itemLines(items: readonly ItemInWork[], common: NonNullable<Frame['common']>, screen: Screen): Piece[][] {
  const { width, unicode } = screen
  const room = Math.max(0, width - MARK_CELLS - GAP_CELLS - MIN_TAIL_CELLS)
  const widest = (labels: readonly string[]) => Math.max(0, ...labels.map(cells))
  const forms = labelForms(common).map(form => items.map(form))
  const fitting = forms.find(labels => widest(labels) <= room) ?? forms.at(-1)!
  const labels = fitting.map(label => shorten(label, room, unicode))
  const labelCells = widest(labels)
  return items.map((item, at) => [
    piece(unicode ? ' ▸ ' : ' > ', 'cyan'),
    piece(pad(labels[at]!, labelCells)),
    piece('  '),
    tailPiece(item, width - MARK_CELLS - labelCells - GAP_CELLS),
  ])
}

/** The forms of a label, from the fullest to the shortest. What the title names is left out first. */
function labelForms({ venue, date }: NonNullable<Frame['common']>): ((item: ItemInWork) => string)[] {
  const dayOf = (item: ItemInWork) => (date === undefined ? `${item.date.slice('YYYY-'.length)} ` : '')
  return [
    item => `${item.venue} ${item.date} ${item.dataType} ${item.symbol}`,
    item => `${item.venue} ${dayOf(item)}${item.dataType} ${item.symbol}`,
    ...(venue === undefined ? [] : [(item: ItemInWork) => `${dayOf(item)}${item.dataType} ${item.symbol}`]),
  ]
}

function tailPiece(item: ItemInWork, room: number): Piece {
  const tail = tailsOf(item).find(text => text.length <= room) ?? ''
  return piece(tail, item.quietMs >= QUIET_MS ? 'yellow' : 'dim')
}

/** The progress of an item, from the fullest form to the shortest. */
function tailsOf({ totalBytes, isGuess, sourceBytes, rows, quietMs }: ItemInWork): string[] {
  const share = totalBytes ? sourceBytes / totalBytes : undefined
  // A size that turned out too small was only a guess, and is not shown any more.
  const known = share !== undefined && share <= 1
  const part = (known ? percent(share) : '').padStart(4)
  const size = known ? `${bytes(sourceBytes)} of ${isGuess ? '~' : ''}${bytes(totalBytes!)}` : bytes(sourceBytes)
  if (quietMs >= QUIET_MS)
    return [`${part}  ${size}  waiting ${duration(quietMs)}`, `${part}  waiting ${duration(quietMs)}`, part]
  return [`${part}  ${size}  ${short(rows)} rows`, `${part}  ${bytes(sourceBytes)}`, part]
}

/** Why the run is not moving, or else the time that is left. */
function noteOf(progress: ProgressView, note: string | undefined): Piece[] {
  const { waiting } = progress
  const who = waiting?.for === 'bucket' ? 'the bucket' : 'Tardis'
  if (note !== undefined) return [piece(note, 'yellow')]
  return waiting ? [piece(`waiting for ${who}, ${duration(waiting.ms)}`, 'yellow')] : [piece(leftText(progress))]
}

function itemsText({ items, byStatus }: ProgressView): string {
  const total = `${items.estimated ? '~' : ''}${count(items.total)}`
  const bad = (byStatus.failed ?? 0) + (byStatus.forbidden ?? 0)
  return `${count(items.done)}/${total} items${bad > 0 ? `, ${count(bad)} failed or forbidden` : ''}`
}

function leftText({ leftMs, elapsedMs, share }: ProgressView): string {
  if (share !== undefined && share >= 1) return `${duration(elapsedMs)} so far`
  return leftMs === undefined ? `${duration(elapsedMs)} so far` : `${duration(leftMs)} left`
}

function daysText({ venueDays }: ProgressView): string {
  return venueDays && venueDays.total > 1 ? `${count(venueDays.complete)}/${count(venueDays.total)} venue-days` : ''
}

function piece(text: string, style?: Piece['style']): Piece {
  return style ? { text, style } : { text }
}

/** The pieces two spaces apart, dropping from the end what would not fit. */
function fitting(pieces: readonly Piece[], width: number): Piece[] {
  const result: Piece[] = []
  let used = 0
  for (const next of pieces) {
    if (next.text === '') continue
    const gap = used > 0 ? 2 : 0
    if (used + gap + cells(next.text) > width && used > 0) break
    if (gap > 0) result.push({ text: '  ' })
    result.push(next)
    used += gap + cells(next.text)
  }
  return result
}

function widthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { text }) => sum + cells(text), 0)
}

/** The same figures as fields of a log line, for a pipe: whole numbers, units in the names, none that is not known. */
export function progressFields(view: ProgressView, rssBytes: number): Readonly<Record<string, number>> {
  const { items, venueDays, rates, byStatus } = view
  const known: Record<string, number | undefined> = {
    percent: view.share === undefined ? undefined : view.share * 100,
    items: items.done,
    itemsTotal: items.total,
    failed: (byStatus.failed ?? 0) + (byStatus.forbidden ?? 0),
    venueDaysComplete: venueDays?.complete,
    venueDays: venueDays?.total,
    rows: view.rows,
    sourceBytes: view.sourceBytes,
    textBytes: view.textBytes,
    rowsPerSecond: rates?.rowsPerSecond,
    sourceBytesPerSecond: rates?.sourceBytesPerSecond,
    textBytesPerSecond: rates?.textBytesPerSecond,
    rssBytes,
    elapsedSeconds: view.elapsedMs / 1000,
    secondsLeft: view.leftMs === undefined ? undefined : view.leftMs / 1000,
  }
  const present = Object.entries(known).filter((entry): entry is [string, number] => entry[1] !== undefined)
  return Object.fromEntries(present.map(([name, value]) => [name, Math.floor(value)]))
}
