import { cells, cut, type Looks, type Piece, paintLine, type Style } from '../terminal/style.ts'
import { cores, mib, share, time } from './format.ts'
import { drawArea, resample } from './plot.ts'
import type { Recording } from './recorder.ts'

export interface Frame {
  readonly title: string
  readonly recording: Recording
  readonly elapsedSeconds: number
  readonly limitBytes: number | undefined
  readonly systemTotalBytes: number
  /** CPU time of the monitor itself as a share of the time passed. */
  readonly ownShare: number
}

export interface FrameSize extends Looks {
  readonly width: number
  /** Lines to fill; `frameHeight` says how many suit a terminal. */
  readonly height: number
}

/** How many of a terminal's `rows` the block takes; most stay the command's. 0 where the terminal is too small. */
export function frameHeight(rows: number): number {
  if (rows < 8) return 0
  return rows < 16 ? 3 : rows < 30 ? 6 : 8
}

/** The block as lines of at most `width` cells: a rule with the command, the figures, and the curve below. Pure. */
export function renderFrame(frame: Frame, size: FrameSize): string[] {
  const lines = [ruleLine(frame, size), figuresLine(frame, size)]
  const rows = size.height - lines.length
  if (rows > 0) lines.push(...plotLines(frame, size, rows))
  return lines.slice(0, size.height).map(pieces => paintLine(pieces, size.width, size))
}

function ruleLine({ title, recording, elapsedSeconds }: Frame, { width, unicode }: FrameSize): Piece[] {
  const dash = unicode ? '─' : '-'
  const dot = unicode ? ' · ' : ', '
  const { latest } = recording
  const count = latest?.processes ?? 0
  const figures = [
    count === 1 ? '1 process' : `${count} processes`,
    `${cores(latest?.cpuCores ?? 0)} CPU`,
    time(elapsedSeconds),
  ].join(dot)
  const label = cut(title, Math.max(8, width - cells(figures) - 10))
  const fill = Math.max(1, width - cells(label) - cells(figures) - 8)
  return [
    { text: `${dash}${dash} `, style: 'dim' },
    { text: label, style: 'bold' },
    { text: ` ${dash.repeat(fill)} `, style: 'dim' },
    { text: figures },
    { text: ` ${dash}${dash}`, style: 'dim' },
  ]
}

function figuresLine(frame: Frame, { width, unicode }: FrameSize): Piece[] {
  const { recording, limitBytes, systemTotalBytes } = frame
  const now = recording.latest?.residentBytes ?? 0
  const of = limitBytes === undefined ? '' : ` ${share(recording.peakBytes / limitBytes)} of ${mib(limitBytes)}`
  const free = recording.latest?.systemFreeBytes
  const groups: Piece[][] = [
    [
      { text: ' memory ', style: 'dim' },
      { text: mib(now).padStart(9), style: levelStyle(now, limitBytes) ?? 'bold' },
    ],
    [{ text: 'peak ', style: 'dim' }, { text: mib(recording.peakBytes), style: 'bold' }, { text: of }],
    [{ text: 'average ', style: 'dim' }, { text: mib(recording.averageBytes) }],
    free === undefined
      ? []
      : [{ text: 'system ', style: 'dim' }, { text: `${mib(free)} free of ${mib(systemTotalBytes)}` }],
    [{ text: 'monitor ', style: 'dim' }, { text: `${share(frame.ownShare)} CPU` }],
  ]
  return fitting(groups, width, unicode ? '   ' : '   ')
}

/** Groups of pieces side by side, without those at the end that do not fit. */
function fitting(groups: readonly Piece[][], width: number, gap: string): Piece[] {
  const line: Piece[] = []
  let used = 0
  for (const group of groups.filter(({ length }) => length > 0)) {
    const wide = group.reduce((sum, { text }) => sum + cells(text), used > 0 ? gap.length : 0)
    if (used + wide > width) break
    if (used > 0) line.push({ text: gap })
    line.push(...group)
    used += wide
  }
  return line
}

const AXIS_CELLS = 10

/** The limit is shown only if the curve comes near it: a distant limit would flatten the curve. */
function topOf(peakBytes: number, limitBytes: number | undefined): number {
  const shown = limitBytes !== undefined && limitBytes <= peakBytes * 3 ? Math.max(peakBytes, limitBytes) : peakBytes
  const step = 2 ** Math.floor(Math.log2(Math.max(shown, 1)) - 3)
  return Math.ceil((shown * 1.02) / step) * step
}

function plotLines(frame: Frame, { width, unicode }: FrameSize, rows: number): Piece[][] {
  const { recording, limitBytes, elapsedSeconds } = frame
  const top = topOf(recording.peakBytes, limitBytes)
  const columns = Math.max(1, width - AXIS_CELLS)
  const values = resample(recording.memory.buckets, columns, elapsedSeconds)
  const area = drawArea(values, {
    rows,
    top,
    line: limitBytes,
    styleOf: value => levelStyle(value, limitBytes) ?? 'green',
    unicode,
  })
  const axis = unicode ? '┤' : '|'
  return area.map((line, at) => {
    const label =
      at === 0 ? mib(top) : at === rows - 1 && rows > 1 ? '0' : at === rows >> 1 && rows > 3 ? mib(top / 2) : ''
    return [
      { text: `${label.padStart(AXIS_CELLS - 1)}${label === '' ? (unicode ? '│' : '|') : axis}`, style: 'dim' },
      ...line,
    ]
  })
}

function levelStyle(bytes: number, limitBytes: number | undefined): Style | undefined {
  if (limitBytes === undefined) return undefined
  return bytes >= limitBytes ? 'red' : bytes >= 0.75 * limitBytes ? 'yellow' : 'green'
}
