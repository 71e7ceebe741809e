import { bar } from '../../progress/render.ts'
import { count, duration, percent } from '../../terminal/human.ts'
import { LiveBlock, type TerminalStream } from '../../terminal/live-block.ts'
import { isTerminal, looksOf, paintLine } from '../../terminal/style.ts'

/** One line that shows how far something with a known end is. */
export interface ProgressBar extends Disposable {
  update(done: number): void
}

const BAR_CELLS = 30
const FRAME_EVERY_MS = 100

/** Draws on a terminal, at most ten times a second, and nothing elsewhere. Its line is gone after disposal. */
export function progressBar(
  stderr: TerminalStream,
  env: Readonly<Record<string, string | undefined>>,
  what: string,
  total: number,
): ProgressBar {
  const isLive = isTerminal(stderr) && env.TERM !== 'dumb'
  const looks = looksOf(isLive, env)
  const block = new LiveBlock(stderr)
  const startedMs = Date.now()
  let drawnMs = 0
  return {
    update(done) {
      const nowMs = Date.now()
      if (!isLive || (nowMs - drawnMs < FRAME_EVERY_MS && done < total)) return
      drawnMs = nowMs
      const share = total === 0 ? 1 : done / total
      const figures = ` ${percent(share).padStart(4)}  ${what} ${count(done)} of ${count(total)}  ${duration(nowMs - startedMs)}`
      block.draw([paintLine([...bar(share, BAR_CELLS, looks), { text: figures }], (stderr.columns ?? 80) - 1, looks)])
    },
    [Symbol.dispose]: () => block.close(),
  }
}
