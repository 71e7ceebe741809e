import { type Clock, systemClock } from '../deadline.ts'
import type { Log } from '../log/log.ts'
import { judgeGrowth, type LeakVerdict } from './leak.ts'
import { SampleRing } from './sample-ring.ts'
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
  /** The last verdict on the batches so far. */
  readonly verdict: LeakVerdict
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

/** Judging takes a millisecond or two: not worth it after every one of thousands of small batches. */
const JUDGED_EVERY_BATCHES = 10

/**
 * Watches this process's memory from batch to batch. Its own memory is fixed: samples of any number of batches are kept
 * in a ring that joins neighbours. One for the life of a process.
 */
export function createMemoryWatch(options: MemoryWatchOptions): MemoryWatch {
  const { usage = readMemoryUsage, limitBytes } = options
  const ring = new SampleRing()
  const alarm = createAlarm(limitBytes)
  let batches = 0
  const stop = options.everyMs === undefined ? () => {} : every(options.everyMs, options)
  return {
    batchFinished(work, log = options.log) {
      batches += 1
      const seen = usage()
      const rates = ratesOf(work, work.seconds)
      const figures: MemoryFigures = { ...figuresOf(seen, limitBytes), ...rates, batchesOfProcess: batches }
      ring.add(batches, seen.rssBytes)
      log.info('memory after the batch', { event: 'memory_batch', ...figures })
      if (batches % JUDGED_EVERY_BATCHES === 0) alarm.judge(judgeRing(ring), { batches, rssBytes: seen.rssBytes }, log)
      return figures
    },
    get verdict() {
      return alarm.verdict
    },
    close: stop,
  }
}

/** The verdict on a series in a ring: the lows of its buckets are what a floor is made of. */
export function judgeRing(ring: SampleRing): LeakVerdict {
  return judgeGrowth(ring.buckets.map(({ to, lowest }) => ({ at: to, bytes: lowest })))
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

const GRAVITY = { none: 0, suspected: 1, leak: 2 } as const

/**
 * Speaks once when the verdict gets graver, and once when it is none again. What is on the edge does not make it speak
 * again and again: a change needs two judgements in a row, and a leak that is less clear than before is still one.
 */
function createAlarm(limitBytes: number | undefined) {
  let verdict = judgeGrowth([])
  let before: LeakVerdict['verdict'] = 'none'
  return {
    get verdict() {
      return verdict
    },
    judge(found: LeakVerdict, now: Standing, log: Log): void {
      const agreed = found.verdict === before
      before = found.verdict
      const rise = GRAVITY[found.verdict] - GRAVITY[verdict.verdict]
      const over = rise < 0 && found.verdict === 'none'
      if (rise !== 0 && !(agreed && (rise > 0 || over))) return
      verdict = found
      if (rise !== 0) say(found, now, limitBytes, log)
    },
  }
}

function say(found: LeakVerdict, now: Standing, limitBytes: number | undefined, log: Log): void {
  const { verdict, confidence, bytesPerUnit, lowBytesPerUnit, highBytesPerUnit, growthBytes, reason } = found
  if (verdict === 'none') {
    log.info('memory no longer grows', { event: 'memory_leak_cleared', reason })
    return
  }
  const left = limitBytes === undefined ? undefined : Math.floor((limitBytes - now.rssBytes) / bytesPerUnit)
  log.warn(`memory grows by ${Math.round(bytesPerUnit / 1024)} KiB a batch and does not stop: probably a leak`, {
    event: 'memory_leak_suspected',
    verdict,
    confidence: rounded(confidence, 4),
    bytesPerBatch: Math.round(bytesPerUnit),
    lowBytesPerBatch: Math.round(lowBytesPerUnit),
    highBytesPerBatch: Math.round(highBytesPerUnit),
    growthBytes: Math.round(growthBytes),
    batchesOfProcess: now.batches,
    rssBytes: now.rssBytes,
    ...(left !== undefined && { limitBytes, batchesUntilLimit: Math.max(0, left) }),
  })
}

/** Logs a sample every `everyMs`; returns what stops it. */
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
