import { type Clock, systemClock } from '../deadline.ts'
import type { Log } from '../log/log.ts'
import { type FloorGrowth, MemoryFloor } from './floor.ts'
import { type MemoryUsage, readMemoryUsage } from './usage.ts'

/** What a batch moved, for its rates. */
export interface BatchWork {
  readonly rows: number
  readonly textBytes: number
  readonly sourceBytes: number
  readonly seconds: number
}

/** Figures by field name, as the log and the receipt hold them. */
export type MemoryFigures = Readonly<Record<string, number>>

export interface MemoryWatch {
  /**
   * Takes a sample after a batch, logs it with the batch's rates, and warns if memory leaks. Returns the figures for
   * the receipt. `log` carries the batch's own fields; the watch's log is used without it.
   */
  batchFinished(work: BatchWork, log?: Log): MemoryFigures
  /** Stops the timer, if there is one. Safe to call twice. */
  close(): void
}

export interface MemoryWatchOptions {
  readonly log: Log
  /** The fixed allocation, to say how full it is. */
  readonly limitBytes?: number
  /** Samples are also logged this often, at debug level, if given. The timer does not keep the process alive. */
  readonly everyMs?: number
  /** What was moved altogether so far, for the rates of those samples. */
  readonly moved?: () => Pick<BatchWork, 'rows' | 'textBytes'>
  readonly usage?: () => MemoryUsage
  readonly clock?: Clock
}

/** Two judgements in a row decide, so they must not judge the same few batches. */
const JUDGED_EVERY_BATCHES = 10

/** Watches this process's memory from batch to batch, in fixed memory of its own. One for the life of a process. */
export function createMemoryWatch(options: MemoryWatchOptions): MemoryWatch {
  const { usage = readMemoryUsage, limitBytes } = options
  const floor = new MemoryFloor()
  const alarm = createAlarm(limitBytes)
  let batches = 0
  const stop = options.everyMs === undefined ? () => {} : every(options.everyMs, options)
  return {
    batchFinished(work, log = options.log) {
      batches += 1
      const seen = usage()
      const rates = ratesOf(work, work.seconds)
      const figures: MemoryFigures = { ...figuresOf(seen, limitBytes), ...rates, batchesOfProcess: batches }
      floor.add(seen.rssBytes)
      log.info('memory after the batch', { event: 'memory_batch', ...figures })
      if (batches % JUDGED_EVERY_BATCHES === 0) alarm(floor.growth, { batches, rssBytes: seen.rssBytes }, log)
      return figures
    },
    close: stop,
  }
}

function figuresOf(usage: MemoryUsage, limitBytes: number | undefined): MemoryFigures {
  const { containerBytes, ...figures } = usage
  return {
    ...figures,
    ...(containerBytes !== undefined && { containerBytes }),
    ...(limitBytes !== undefined && { limitBytes, limitShare: rounded(usage.rssBytes / limitBytes, 3) }),
  }
}

function ratesOf({ rows, textBytes }: Pick<BatchWork, 'rows' | 'textBytes'>, seconds: number): MemoryFigures {
  if (seconds <= 0) return {}
  return { rowsPerSecond: Math.round(rows / seconds), megabytesPerSecond: rounded(textBytes / 1e6 / seconds, 1) }
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}

interface Standing {
  readonly batches: number
  readonly rssBytes: number
}

type Verdict = FloorGrowth['verdict'] | 'none'
const GRAVITY: Readonly<Record<Verdict, number>> = { none: 0, suspected: 1, leak: 2 }

/**
 * Warns once when the verdict gets graver, and logs once when there is none again. A change needs two judgements in a row,
 * and a leak that is less clear than before is still one.
 */
function createAlarm(limitBytes: number | undefined) {
  let stated: Verdict = 'none'
  let before: Verdict = 'none'
  return (growth: FloorGrowth | undefined, now: Standing, log: Log): void => {
    const found = growth?.verdict ?? 'none'
    const isConfirmed = found === before
    before = found
    if (!isConfirmed || found === stated || (found !== 'none' && GRAVITY[found] < GRAVITY[stated])) return
    stated = found
    if (growth) warnOf(growth, now, limitBytes, log)
    else log.info('memory no longer grows', { event: 'memory_leak_cleared' })
  }
}

function warnOf(growth: FloorGrowth, now: Standing, limitBytes: number | undefined, log: Log): void {
  const { verdict, confidence, bytesPerBatch, growthBytes } = growth
  const left = limitBytes === undefined ? undefined : Math.floor((limitBytes - now.rssBytes) / bytesPerBatch)
  log.warn(`memory grows by ${Math.round(bytesPerBatch / 1024)} KiB per batch and does not stop: probably a leak`, {
    event: 'memory_leak_suspected',
    verdict,
    confidence: rounded(confidence, 4),
    bytesPerBatch: Math.round(bytesPerBatch),
    growthBytes: Math.round(growthBytes),
    batchesOfProcess: now.batches,
    rssBytes: now.rssBytes,
    ...(left !== undefined && { limitBytes, batchesUntilLimit: Math.max(0, left) }),
  })
}

/** Logs a sample every `everyMs`. Returns a function that stops it. */
function every(everyMs: number, options: MemoryWatchOptions): () => void {
  const { clock = systemClock, usage = readMemoryUsage, moved, limitBytes, log } = options
  let last = { atMs: clock.now(), rows: 0, textBytes: 0, ...moved?.() }
  let timer: unknown
  const tick = () => {
    const now = { rows: 0, textBytes: 0, ...moved?.(), atMs: clock.now() }
    const since = { rows: now.rows - last.rows, textBytes: now.textBytes - last.textBytes }
    const rates = moved === undefined ? {} : ratesOf(since, (now.atMs - last.atMs) / 1000)
    log.debug('memory', { event: 'memory_sample', ...figuresOf(usage(), limitBytes), ...rates })
    last = now
    timer = later()
  }
  const later = () => {
    const next = clock.setTimeout(tick, everyMs)
    if (typeof next === 'object' && next !== null && 'unref' in next) (next as NodeJS.Timeout).unref()
    return next
  }
  timer = later()
  return () => clock.clearTimeout(timer)
}
