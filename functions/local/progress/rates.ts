/** What has been transferred so far. The figures only grow. */
export interface Moved {
  sourceBytes: number
  textBytes: number
  rows: number
}

/** Rows and text are counted at the end of a row group: they have no rate while only bytes of the next one arrive. */
export interface Rates {
  readonly rowsPerSecond?: number
  readonly sourceBytesPerSecond: number
  readonly textBytesPerSecond?: number
}

const WINDOW_MS = 5_000
const SAMPLE_EVERY_MS = 250

/** Rates over the last few seconds. Memory: some twenty samples. */
export class RateWindow {
  readonly #samples: (Moved & { readonly atMs: number })[] = []

  sample(moved: Moved, nowMs: number): void {
    const last = this.#samples.at(-1)
    if (last && nowMs - last.atMs < SAMPLE_EVERY_MS) return
    this.#samples.push({ ...moved, atMs: nowMs })
    while (this.#samples.length > 2 && nowMs - this.#samples[1]!.atMs >= WINDOW_MS) this.#samples.shift()
  }

  /** Undefined before the first bytes, and in the first quarter of a second. */
  rates(moved: Moved, nowMs: number): Rates | undefined {
    const first = this.#samples[0]
    if (!first || nowMs - first.atMs < SAMPLE_EVERY_MS || moved.sourceBytes === 0) return undefined
    const perSecond = 1000 / (nowMs - first.atMs)
    const sourceBytesPerSecond = (moved.sourceBytes - first.sourceBytes) * perSecond
    const isWithinRowGroup = sourceBytesPerSecond > 0 && moved.textBytes === first.textBytes
    if (isWithinRowGroup) return { sourceBytesPerSecond }
    return {
      rowsPerSecond: (moved.rows - first.rows) * perSecond,
      sourceBytesPerSecond,
      textBytesPerSecond: (moved.textBytes - first.textBytes) * perSecond,
    }
  }
}
