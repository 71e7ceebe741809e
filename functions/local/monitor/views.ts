import { totalmem } from 'node:os'
import { BottomBlock, type Terminal } from '../terminal/bottom-block.ts'
import { canAnimate, type Looks, looksOf } from '../terminal/style.ts'
import { type Frame, frameHeight, renderFrame } from './frame.ts'
import type { MonitorView } from './monitor.ts'
import { progressLine } from './summary.ts'

export interface ViewOptions {
  readonly title: string
  readonly limitBytes: number | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly quiet: boolean
}

const REDRAWN_EVERY_SECONDS = 0.25

/** A block at the bottom of a terminal, or a line now and then elsewhere. */
export function createView(stream: Terminal & { readonly isTTY?: boolean }, options: ViewOptions): MonitorView {
  if (options.quiet) return { sampled: () => {}, finish: () => {} }
  return canAnimate(stream, options.env) ? liveView(stream, options) : lineView(stream)
}

function liveView(terminal: Terminal, { title, limitBytes, env }: ViewOptions): MonitorView {
  const block = new BottomBlock(terminal)
  const looks: Looks = looksOf(true, env)
  let drawnAtSeconds = -Infinity
  let frame: Frame | undefined
  const draw = () => {
    const height = frameHeight(terminal.rows ?? 24)
    // The last column stays free: writing there makes some terminals wrap.
    const width = (terminal.columns ?? 80) - 1
    if (height === 0) block.close()
    else if (frame !== undefined) block.draw(renderFrame(frame, { ...looks, width, height }))
  }
  // At once, because until then the command's output overwrites the block.
  terminal.on?.('resize', draw)
  return {
    sampled(_sample, recording, elapsedSeconds, ownShare) {
      if (elapsedSeconds - drawnAtSeconds < REDRAWN_EVERY_SECONDS) return
      drawnAtSeconds = elapsedSeconds
      frame = { title, recording, elapsedSeconds, limitBytes, systemTotalBytes: totalmem(), ownShare }
      draw()
    },
    finish: () => {
      terminal.off?.('resize', draw)
      block.close()
    },
  }
}

/** Each line comes after twice the time of the one before, later one per minute. */
function lineView(stream: Terminal): MonitorView {
  let nextSeconds = 1
  return {
    sampled(_sample, recording, elapsedSeconds) {
      if (elapsedSeconds < nextSeconds) return
      nextSeconds = elapsedSeconds + Math.min(60, elapsedSeconds)
      stream.write(progressLine(recording, elapsedSeconds))
    },
    finish: () => {},
  }
}
