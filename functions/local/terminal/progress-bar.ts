import { count, duration, percent } from './human.ts'
import { LiveBlock, type TerminalStream } from './live-block.ts'
import { canAnimate, type Looks, looksOf, type Piece, paintLine } from './style.ts'

/** One line that shows the progress of one piece of work. */
export interface ProgressBar extends Disposable {
  /** `total` is needed where it was not known at the start. */
  update(done: number, total?: number): void
}

const BAR_CELLS = 30
const FRAME_EVERY_MS = 100
/** Shorter work shows no bar. */
const QUICK_MS = 300

/** Draws on a terminal, at most ten times per second, and nothing elsewhere. Disposal removes the line. */
export function progressBar(
  stderr: TerminalStream,
  env: Readonly<Record<string, string | undefined>>,
  what: string,
  end?: number,
  quiet = false,
): ProgressBar {
  const isLive = canAnimate(stderr, env) && !quiet
  const looks = looksOf(isLive, env)
  const block = new LiveBlock(stderr)
  const startedMs = Date.now()
  let drawnMs = 0
  return {
    update(done, total = end) {
      const nowMs = Date.now()
      if (!isLive || nowMs - startedMs < QUICK_MS || (nowMs - drawnMs < FRAME_EVERY_MS && done !== total)) return
      drawnMs = nowMs
      block.draw([paintLine(pieces(what, done, total, nowMs - startedMs, looks), (stderr.columns ?? 80) - 1, looks)])
    },
    [Symbol.dispose]: () => block.close(),
  }
}

function pieces(what: string, done: number, total: number | undefined, elapsedMs: number, looks: Looks): Piece[] {
  if (total === undefined) return [{ text: `${what} ${count(done)}  ${duration(elapsedMs)}` }]
  const share = total === 0 ? 1 : done / total
  const figures = `${what} ${count(done)} of ${count(total)}  ${duration(elapsedMs)}${outlook(done, total, elapsedMs)}`
  return [...bar(share, BAR_CELLS, looks), { text: ` ${percent(share).padStart(4)}  ${figures}` }]
}

/** The rate, and the time left at it. */
function outlook(done: number, total: number, elapsedMs: number): string {
  if (done <= 0 || done >= total) return ''
  const perSecond = (done / elapsedMs) * 1000
  const rate = perSecond >= 10 ? count(Math.round(perSecond)) : perSecond.toFixed(1)
  return `, ${rate}/s, ${duration(((total - done) / perSecond) * 1000)} left`
}

/** `━━━━╸───`: it moves by half cells, so that slow progress is visible. */
export function bar(share: number, width: number, { unicode }: Looks): Piece[] {
  const halves = Math.floor(Math.min(1, Math.max(0, share)) * width * 2)
  const full = Math.floor(halves / 2)
  const half = halves % 2
  const [done, tip, rest] = unicode ? ['━', '╸', '─'] : ['#', '-', '.']
  return [
    { text: done!.repeat(full) + (half ? tip : ''), style: share >= 1 ? 'green' : 'cyan' },
    { text: rest!.repeat(width - full - half), style: 'dim' },
  ]
}
