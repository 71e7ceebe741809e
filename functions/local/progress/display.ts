import { Writable } from 'node:stream'
import type { PipelineEvent } from '../../runtime/events.ts'
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
  observe(event: PipelineEvent): void
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
export function createDisplay(options: DisplayOptions): Display {
  return new RunDisplay(options)
}

class RunDisplay implements Display {
  readonly isLive: boolean
  readonly stream: Display['stream']
  readonly #options: DisplayOptions
  readonly #progress = new Progress(Date.now())
  readonly #block: LiveBlock
  readonly #looks: ReturnType<typeof looksOf>
  #timer: NodeJS.Timeout | undefined
  #noted: (() => string) | undefined
  #common: Frame['common']

  constructor(options: DisplayOptions) {
    const { stderr, env, quiet } = options
    this.#options = options
    this.isLive = canAnimate(stderr, env) && !quiet
    this.#block = new LiveBlock(stderr)
    this.#looks = looksOf(this.isLive, env)
    const print = (text: string) => (this.#timer && this.isLive ? this.#block.print(text) : void stderr.write(text))
    this.stream = Object.assign(writableTo(print), { isTTY: isTerminal(stderr) })
  }

  observe(event: PipelineEvent): void {
    this.#progress.observe(event, Date.now())
  }

  start(title: string, log: Log, common: Frame['common']): void {
    this.#common = common
    if (this.isLive) this.#startBlock(title)
    else if (!this.#options.quiet) this.#startLines(title, log)
  }

  note(text: string): void {
    this.#noted = () => text
  }

  async during<T>(text: string, work: Promise<T>): Promise<T> {
    const sinceMs = Date.now()
    const mine = () => `${text}, ${duration(Date.now() - sinceMs)}`
    this.#noted ??= mine
    try {
      return await work
    } finally {
      if (this.#noted === mine) this.#noted = undefined
    }
  }

  view(): ProgressView {
    return this.#progress.view(Date.now())
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#block.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #startBlock(title: string): void {
    const { stderr } = this.#options
    for (const line of wrapText(printable(title), stderr.columns ?? 80)) {
      stderr.write(`${paint(line, 'bold', this.#looks)}\n`)
    }
    this.#every(FRAME_EVERY_MS, () => this.#draw())
    this.#draw()
  }

  #startLines(title: string, log: Log): void {
    log.info(title)
    this.#every(LINE_EVERY_MS, () => log.info('progress', progressFields(this.view(), residentBytes())))
  }

  #every(ms: number, work: () => void): void {
    this.#timer = setInterval(work, ms)
    this.#timer.unref()
  }

  #draw(): void {
    const { stderr, limitBytes } = this.#options
    const width = Math.max(20, (stderr.columns ?? 80) - 1)
    const height = Math.min(MAX_LINES, Math.max(2, (stderr.rows ?? 24) - 2))
    const frame = {
      progress: this.view(),
      rssBytes: residentBytes(),
      ...(limitBytes !== undefined && { limitBytes }),
      ...(this.#noted && { note: this.#noted() }),
      ...(this.#common && { common: this.#common }),
    }
    this.#block.draw(renderFrame(frame, { ...this.#looks, width, height }))
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
