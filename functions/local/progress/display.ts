import { Writable } from 'node:stream'
import type { Observer } from '../../runtime/events.ts'
import type { Log } from '../../runtime/log/log.ts'
import { residentBytes } from '../../runtime/memory/usage.ts'
import { duration } from '../terminal/human.ts'
import { LiveBlock, type TerminalStream } from '../terminal/live-block.ts'
import { canAnimate, isTerminal, looksOf, paint, printable, wrapText } from '../terminal/style.ts'
import { Progress, type ProgressView } from './progress.ts'
import { type Frame, progressFields, renderFrame } from './render.ts'

export interface DisplayOptions {
  /** The terminal. */
  readonly stderr: TerminalStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Neither a live block nor progress lines. */
  readonly quiet: boolean
  readonly limitBytes?: number
}

export interface Display extends Disposable {
  /** True if there is a live block. */
  readonly isLive: boolean
  readonly observe: Observer
  /** What the log writes to, so that its lines stand above the live block. */
  readonly stream: Writable & { readonly isTTY: boolean }
  /**
   * Starts the display: a live block below the title on a terminal, else a log line with the figures every 10 s.
   * `common`: the venue and the day, if the run has only one of them.
   */
  start(title: string, log: Log, common?: Frame['common']): void
  /** What the run is doing that the figures do not show. */
  note(text: string): void
  /** Shows a note, and for how long, until the work has ended. */
  during<T>(text: string, work: Promise<T>): Promise<T>
  /** How far the run is. */
  view(): ProgressView
  /** Removes the live block. Safe to call twice. */
  close(): void
}

const FRAME_EVERY_MS = 125
const LINE_EVERY_MS = 10_000
const MAX_LINES = 12

/** Shows the progress of a run. Its timer does not keep the process alive. */
export function createDisplay({ stderr, env, quiet, limitBytes }: DisplayOptions): Display {
  const progress = new Progress(Date.now())
  const isLive = canAnimate(stderr, env) && !quiet
  const block = new LiveBlock(stderr)
  const looks = looksOf(isLive, env)
  let timer: NodeJS.Timeout | undefined
  let noted: (() => string) | undefined
  let common: Frame['common']

  const draw = () => {
    const width = Math.max(20, (stderr.columns ?? 80) - 1)
    const height = Math.min(MAX_LINES, Math.max(2, (stderr.rows ?? 24) - 2))
    const frame = {
      progress: progress.view(Date.now()),
      rssBytes: residentBytes(),
      ...(limitBytes !== undefined && { limitBytes }),
      ...(noted && { note: noted() }),
      ...(common && { common }),
    }
    block.draw(renderFrame(frame, { ...looks, width, height }))
  }
  const every = (ms: number, work: () => void) => {
    timer = setInterval(work, ms)
    timer.unref()
  }
  const close = () => {
    clearInterval(timer)
    timer = undefined
    block.close()
  }
  return {
    isLive,
    observe: event => progress.observe(event, Date.now()),
    stream: Object.assign(
      writableTo(text => (timer && isLive ? block.print(text) : void stderr.write(text))),
      {
        isTTY: isTerminal(stderr),
      },
    ),
    start(title, log, shared) {
      common = shared
      if (isLive) {
        for (const line of wrapText(printable(title), stderr.columns ?? 80)) {
          stderr.write(`${paint(line, 'bold', looks)}\n`)
        }
        every(FRAME_EVERY_MS, draw)
        draw()
      } else if (!quiet) {
        log.info(title)
        every(LINE_EVERY_MS, () => log.info('progress', progressFields(progress.view(Date.now()), residentBytes())))
      }
    },
    note(text) {
      noted = () => text
    },
    async during(text, work) {
      const sinceMs = Date.now()
      const mine = () => `${text}, ${duration(Date.now() - sinceMs)}`
      noted ??= mine
      try {
        return await work
      } finally {
        if (noted === mine) noted = undefined
      }
    },
    view: () => progress.view(Date.now()),
    close,
    [Symbol.dispose]: close,
  }
}

function writableTo(take: (text: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      take(String(chunk))
      done()
    },
  })
}
